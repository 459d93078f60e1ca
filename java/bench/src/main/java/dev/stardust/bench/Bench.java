package dev.stardust.bench;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.testkit.Devnet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * Measures with a development node of its own. Arguments: an empty directory; optionally the number of addresses of
 * the largest wallet (a million), and the seconds after which wallets are filled no further.
 */
public final class Bench {
    private static final int SAMPLES = 300;
    private static final int SMALL = 100;

    private final Path directory;
    private final long largest;
    private final Deadline deadline;
    private final Report report = new Report();

    private Bench(Path directory, long largest, Duration time) {
        this.directory = directory;
        this.largest = largest;
        this.deadline = Deadline.in(time);
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        long largest = args.length > 1 ? Long.parseLong(args[1]) : 1_000_000;
        Duration time = Duration.ofSeconds(args.length > 2 ? Long.parseLong(args[2]) : 180);
        System.out.println(Report.machine());
        try (Devnet devnet = Devnet.own("0")) {
            Bench bench = new Bench(Path.of(args[0]).toAbsolutePath(), largest, time);
            bench.keysInMemory(devnet);
            bench.keysInVault(devnet);
            bench.report.print();
        }
    }

    /** Calls, addresses and requests, with one wallet that grows. */
    private void keysInMemory(Devnet devnet) {
        try (AccountManager manager = Wallet.inMemory(directory.resolve("memory"), devnet.node())) {
            Calls.measure(manager, report);
            Account account = manager.getAccount(Wallet.ALIAS);
            for (long size : new long[] {SMALL, 1_000, 10_000, 100_000, 1_000_000}) {
                if (size > largest || !Wallet.fill(account, size, deadline)) {
                    break;
                }
                if (size == SMALL || size == 10_000 || size == 1_000_000) {
                    requests(manager, devnet, size);
                }
                if (size == 1_000 || size == 100_000 || size == 1_000_000) {
                    addresses(account, size);
                }
            }
        }
    }

    private void requests(AccountManager manager, Devnet devnet, long size) {
        report.row(
                String.format(Locale.ROOT, "node requests a milestone without our outputs, %,d addresses", size),
                String.format(Locale.ROOT, "%.1f", Requests.perMilestone(manager, devnet)),
                "the same for all");
    }

    private void addresses(Account account, long size) {
        Samples samples = Samples.of(20, SAMPLES, account::generateAddress);
        report.row(
                String.format(Locale.ROOT, "generateAddress in an account of %,d, on disk, p50", size),
                Report.number(samples.percentile(50) / 1e3, " ms"),
                "< 2 ms, flat");
    }

    private void keysInVault(Devnet devnet) throws IOException, InterruptedException {
        Path small = directory.resolve("small");
        Path large = directory.resolve("large");
        Wallet.withVault(small, devnet.node()).close();
        long size;
        try (AccountManager manager = Wallet.withVault(large, devnet.node())) {
            Account account = manager.getAccount(Wallet.ALIAS);
            Wallet.fill(account, largest, deadline);
            size = Wallet.count(account);
        }
        Opening.measure(small, large, devnet.node(), size, report);
    }
}
