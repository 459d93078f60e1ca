package dev.stardust.bench;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.testkit.Devnet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Measures with a development node of its own. Arguments: an empty directory; the file for the plot; optionally the
 * number of addresses of the largest wallet (a million), and the seconds after which wallets are filled no further.
 */
public final class Bench {
    private static final int SAMPLES = 300;
    private static final long SMALL = 100;
    private static final int QUIET = 10_000;
    /** More take the other wallet minutes. */
    private static final long PEER_LIMIT = 100_000;

    private static final Duration POLL = Duration.ofMillis(200);

    private final Path directory;
    private final long largest;
    private final Deadline deadline;
    private final Report report = new Report("promised");
    private final SortedMap<Long, Double> syncs = new TreeMap<>();

    private Bench(Path directory, long largest, Duration time) {
        this.directory = directory;
        this.largest = largest;
        this.deadline = Deadline.in(time);
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        long largest = args.length > 2 ? Long.parseLong(args[2]) : 1_000_000;
        Duration time = Duration.ofSeconds(args.length > 3 ? Long.parseLong(args[3]) : 180);
        System.out.println(Report.machine());
        try (Devnet devnet = Devnet.own("0")) {
            Bench bench = new Bench(Path.of(args[0]).toAbsolutePath(), largest, time);
            // first: it refuses a node whose ledger's clock is ahead, as many quick milestones make it
            SortedMap<Long, Peer.Cost> costs = Peer.measure(devnet, bench.sizes(PEER_LIMIT));
            bench.keysInMemory(devnet);
            bench.keysInVault(devnet);
            bench.compare(costs, Path.of(args[1]));
            bench.report.print();
        }
    }

    /** Calls, addresses and requests, with one wallet that grows. */
    private void keysInMemory(Devnet devnet) {
        try (AccountManager manager = Wallet.inMemory(directory.resolve("memory"), devnet.node())) {
            Calls.measure(manager, report);
            Account account = manager.getAccount(Wallet.ALIAS);
            for (long size : sizes(largest)) {
                if (!Wallet.fill(account, size, deadline)) {
                    break;
                }
                if (size == SMALL || size == 10_000 || size == 1_000_000) {
                    requests(manager, devnet, size);
                }
                double seconds = Syncs.seconds(manager, devnet);
                syncs.put(size, seconds);
                report.row(
                        String.format(
                                Locale.ROOT, "one sync, a milestone with 50 foreign outputs, %,d addresses", size),
                        Report.number(seconds * 1e3, " ms"),
                        "");
                if (size == 1_000 || size == 100_000 || size == 1_000_000) {
                    addresses(account, size);
                }
            }
        }
    }

    private List<Long> sizes(long limit) {
        return Stream.of(SMALL, 1_000L, 10_000L, 100_000L, 1_000_000L)
                .filter(size -> size <= Math.min(limit, largest))
                .toList();
    }

    private void requests(AccountManager manager, Devnet devnet, long size) {
        for (int foreign : new int[] {0, 50}) {
            report.row(
                    String.format(
                            Locale.ROOT,
                            "node requests a milestone with %d foreign outputs, %,d addresses",
                            foreign,
                            size),
                    String.format(Locale.ROOT, "%.1f", Requests.perMilestone(manager, devnet, foreign)),
                    "the same for all");
        }
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
        following(large, devnet, size);
    }

    /** Live, and far behind, over each of the feeds; the vault stays locked. */
    private void following(Path large, Devnet devnet, long size) throws InterruptedException {
        follow(
                large,
                devnet,
                size,
                new Wallet.Feed("REST", POLL, Optional.empty()),
                "polling at 200 ms",
                "p99 < 250 ms");
        follow(large, devnet, size, new Wallet.Feed("INX", POLL, devnet.inx()), "pushed", "p99 < 50 ms");
    }

    private void follow(Path large, Devnet devnet, long size, Wallet.Feed feed, String how, String promised)
            throws InterruptedException {
        try (AccountManager manager = Wallet.locked(large, devnet.node(), feed)) {
            String address = manager.getAccount(Wallet.ALIAS).listAddresses().stream()
                    .findFirst()
                    .orElseThrow()
                    .address();
            String name = String.format(Locale.ROOT, "%s, %s, %,d addresses", feed.name(), how, size);
            Latency.measure(manager, devnet, address, name, promised, report);
        }
        devnet.issueMilestones(QUIET);
        try (AccountManager manager = Wallet.locked(large, devnet.node(), feed)) {
            long start = System.nanoTime();
            manager.sync(Duration.ofMinutes(5));
            report.row(
                    String.format(Locale.ROOT, "catch-up through %,d quiet milestones, %s", QUIET, feed.name()),
                    Report.number((System.nanoTime() - start) / 1e9, " s"),
                    "< 10 s");
        }
    }

    /** The other wallet beside ours, and both in one picture. */
    private void compare(SortedMap<Long, Peer.Cost> costs, Path plot) throws IOException {
        SortedMap<Long, Double> theirs = new TreeMap<>();
        costs.forEach((size, cost) -> {
            theirs.put(size, cost.seconds());
            report.row(
                    String.format(Locale.ROOT, "one sync of iota-sdk 1.1.4, %,d addresses", size),
                    String.format(Locale.ROOT, "%.3f s, %,d requests", cost.seconds(), cost.requests()),
                    "");
            report.row(
                    String.format(Locale.ROOT, "so many times as long as ours, %,d addresses", size),
                    String.format(Locale.ROOT, "%,.0f", cost.seconds() / Objects.requireNonNull(syncs.get(size))),
                    size == PEER_LIMIT ? "> 1,000" : "");
        });
        Plot.write(plot, syncs, theirs);
    }
}
