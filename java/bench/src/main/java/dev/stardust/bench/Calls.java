package dev.stardust.bench;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.WalletInfo;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;

/** Java call, core, Java: a method that does nothing. */
final class Calls {
    private static final int WARM_UP = 20_000;
    private static final int BLOCKING = 50_000;
    private static final int PIPELINED = 300_000;
    private static final int IN_FLIGHT = 256;

    private Calls() {}

    static void measure(AccountManager manager, Report report) {
        Samples samples = Samples.of(WARM_UP, BLOCKING, manager::info);
        report.row("trivial call, blocking, p50", Report.number(samples.percentile(50), " µs"), "< 50 µs");
        report.row("trivial call, blocking, p99", Report.number(samples.percentile(99), " µs"), "");

        pipeline(manager, PIPELINED / 3);
        long start = System.nanoTime();
        pipeline(manager, PIPELINED);
        double seconds = (System.nanoTime() - start) / 1e9;
        report.row(
                "trivial calls, pipelined from one thread",
                Report.number(PIPELINED / seconds, " a second"),
                "> 50,000 a second");
    }

    /** Keeps so many calls in flight, all from this thread. */
    private static void pipeline(AccountManager manager, int count) {
        Deque<CompletableFuture<WalletInfo>> waiting = new ArrayDeque<>(IN_FLIGHT);
        for (int i = 0; i < count; i++) {
            if (waiting.size() == IN_FLIGHT) {
                waiting.remove().join();
            }
            waiting.add(manager.infoAsync());
        }
        waiting.forEach(CompletableFuture::join);
    }
}
