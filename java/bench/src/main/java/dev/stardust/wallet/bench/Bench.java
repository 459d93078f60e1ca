package dev.stardust.wallet.bench;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.AccountManagerBuilder;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.WalletInfo;
import dev.stardust.wallet.testkit.Devnet;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/** Measures, and prints a table of what was found and what is promised. Nothing here passes or fails. */
public final class Bench {
    private static final int BATCH = 10_000;
    private static final char[] PASSWORD = "a password for measuring".toCharArray();

    private final Path directory;
    private final int largest;

    private Bench(Path directory, int largest) {
        this.directory = directory;
        this.largest = largest;
    }

    /**
     * Measures in the directory given first, which should be empty, with as many addresses as given second (1,000,000).
     */
    public static void main(String[] args) throws IOException {
        if (args.length == 3 && args[0].equals("--open")) {
            openOnly(Path.of(args[1]), URI.create(args[2]));
            return;
        }
        Path directory = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("stardust-bench");
        new Bench(directory, args.length > 1 ? Integer.parseInt(args[1]) : 1_000_000).run();
    }

    private void run() throws IOException {
        System.out.printf(Locale.ROOT, "%-66s %14s   %s%n", "figure", "measured", "promised");
        try (Devnet devnet = Devnet.own("0")) {
            try (AccountManager manager = open(directory, devnet.node(), true)) {
                if (manager.getAccounts().first().isEmpty()) {
                    try (Mnemonic mnemonic = Mnemonic.generate()) {
                        manager.storeMnemonic(mnemonic, SeedOrigin.NEW);
                    }
                    manager.createAccount("bench");
                }
                manager.sync();
                calls(manager);
                Account account = manager.getAccount("bench");
                grow(account, 100);
                long few = requestsOfMilestones(devnet, manager);
                addresses(account, Math.min(1_000, largest));
                addresses(account, Math.min(100_000, largest));
                addresses(account, largest);
                long many = requestsOfMilestones(devnet, manager);
                row("requests to the node for 20 empty milestones, 100 addresses", few + "", "the same");
                row("... " + largest + " addresses", many + "", "the same");
            }
            opening(devnet);
        }
    }

    private static AccountManager open(Path directory, URI node, boolean unlocked) {
        Path snapshot = directory.resolve("wallet.stronghold");
        AccountManagerBuilder builder = AccountManager.builder()
                .storagePath(directory)
                .secretManager(unlocked ? Stronghold.at(snapshot, PASSWORD) : Stronghold.at(snapshot))
                .clientOptions(ClientOptions.builder()
                        .node(node)
                        .pollInterval(Duration.ofMillis(100))
                        .build())
                .coinType(CoinType.SHIMMER);
        return builder.open();
    }

    private static void row(String figure, String measured, String promised) {
        System.out.printf(Locale.ROOT, "%-66s %14s   %s%n", figure, measured, promised);
    }

    private static String micros(long nanos) {
        return String.format(Locale.ROOT, "%.1f us", nanos / 1e3);
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
    }

    private static long percentile(long[] sorted, double part) {
        return sorted[(int) (part * (sorted.length - 1))];
    }

    private static void calls(AccountManager manager) {
        for (int i = 0; i < 20_000; i++) {
            touch(manager.info());
        }
        long[] times = new long[50_000];
        for (int i = 0; i < times.length; i++) {
            long start = System.nanoTime();
            touch(manager.info());
            times[i] = System.nanoTime() - start;
        }
        Arrays.sort(times);
        row("a trivial call, blocking, p50", micros(percentile(times, 0.5)), "< 50 us");
        row("... p99", micros(percentile(times, 0.99)), "");
        pipelined(manager, 50_000);
        long start = System.nanoTime();
        int count = 300_000;
        pipelined(manager, count);
        double seconds = (System.nanoTime() - start) / 1e9;
        row("trivial calls a second, pipelined from one thread", Math.round(count / seconds) + "", "> 50000");
    }

    private static void touch(WalletInfo info) {
        if (info.coinType() != CoinType.SHIMMER.number()) {
            throw new IllegalStateException("a wrong answer: " + info);
        }
    }

    private static void pipelined(AccountManager manager, int count) {
        Queue<CompletableFuture<WalletInfo>> open = new ArrayDeque<>();
        for (int i = 0; i < count; i++) {
            CompletableFuture<WalletInfo> call = manager.infoAsync();
            while (isBusy(call)) {
                touch(open.remove().join());
                call = manager.infoAsync();
            }
            open.add(call);
            if (open.size() >= 500) {
                touch(open.remove().join());
            }
        }
        open.forEach(call -> touch(call.join()));
    }

    private static boolean isBusy(CompletableFuture<?> call) {
        return call.isCompletedExceptionally()
                && call.handle((ok, e) -> e instanceof WalletException w && w.kind() == ErrorKind.BUSY)
                        .join();
    }

    private static void grow(Account account, int goal) {
        long have = account.addressCounts().publicCount();
        while (have < goal) {
            int more = (int) Math.min(BATCH, goal - have);
            account.generateAddresses(more);
            have += more;
        }
    }

    private static void addresses(Account account, int count) {
        long start = System.nanoTime();
        long before = account.addressCounts().publicCount();
        grow(account, count);
        long made = account.addressCounts().publicCount() - before;
        if (made > 0) {
            row("an address in batches of " + BATCH, micros((System.nanoTime() - start) / made), "");
        }
        long[] times = new long[300];
        for (int i = 0; i < times.length; i++) {
            long begin = System.nanoTime();
            account.generateAddress();
            times[i] = System.nanoTime() - begin;
        }
        Arrays.sort(times);
        String figure = "generateAddress in an account with " + count + " addresses, p50";
        row(figure, millis(percentile(times, 0.5)), "< 2 ms, flat");
        row("... p99", millis(percentile(times, 0.99)), "");
    }

    private static long requestsOfMilestones(Devnet devnet, AccountManager manager) {
        devnet.issueMilestones(1);
        manager.sync();
        devnet.resetRequests();
        for (int i = 0; i < 20; i++) {
            devnet.issueMilestones(1);
            manager.sync();
        }
        Map<String, Long> routes = devnet.requests();
        return routes.entrySet().stream()
                // asked by time and by sync(), not for a milestone
                .filter(route ->
                        !route.getKey().endsWith("/info") && !route.getKey().endsWith("/health"))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** In a process of its own, whose Java heap is all there from the start, so that what is added is native. */
    private void opening(Devnet devnet) throws IOException {
        ProcessBuilder child = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms128m",
                "-Xmx128m",
                "-XX:+AlwaysPreTouch",
                "-cp",
                System.getProperty("java.class.path"),
                Bench.class.getName(),
                "--open",
                directory.toString(),
                devnet.node().toString());
        Process process = child.inheritIO().start();
        try {
            if (process.waitFor() != 0) {
                throw new IllegalStateException("the process that opens the wallet failed");
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
        }
    }

    private static void openOnly(Path directory, URI node) throws IOException {
        AccountManager.checkNativeLibrary();
        long before = residentKib();
        long start = System.nanoTime();
        try (AccountManager manager = open(directory, node, false)) {
            long count = manager.getAccount("bench").addressCounts().publicCount();
            String figure = "opening a wallet with " + count + " addresses, locked";
            row(figure, millis(System.nanoTime() - start), "< 3000 ms");
            manager.sync();
            row("... resident memory that it adds", (residentKib() - before) / 1024 + " MiB", "< 300 MiB");
        }
    }

    private static long residentKib() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }
}
