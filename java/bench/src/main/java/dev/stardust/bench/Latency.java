package dev.stardust.bench;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.testkit.Devnet;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** From the request that has the node confirm a milestone to the Java callback of a deposit in it. */
final class Latency {
    private static final int WARM_UP = 10;
    private static final int ROUNDS = 200;
    private static final long AMOUNT = 1_000_000;

    private Latency() {}

    /** Measures with a wallet that follows the node, and one of its addresses. */
    static void measure(
            AccountManager manager, Devnet devnet, String address, String name, String promised, Report report)
            throws InterruptedException {
        manager.sync();
        BlockingQueue<Long> told = new ArrayBlockingQueue<>(4);
        double[] millis = new double[ROUNDS];
        try (var live = manager.listen(DepositEvent.class, event -> told.add(System.nanoTime()))) {
            for (int i = -WARM_UP; i < ROUNDS; i++) {
                // at any moment between two polls
                Thread.sleep(ThreadLocalRandom.current().nextInt(250));
                devnet.fund(address, AMOUNT);
                long start = System.nanoTime();
                devnet.issueMilestones(1);
                Long end = told.poll(30, TimeUnit.SECONDS);
                if (end == null) {
                    throw new IllegalStateException("a deposit did not come within 30 seconds");
                }
                if (i >= 0) {
                    millis[i] = (end - start) / 1e6;
                }
            }
        }
        Arrays.sort(millis);
        String figure = "milestone confirmed to Java callback, " + name;
        report.row(figure + ", p50", format(millis[ROUNDS / 2]), "");
        report.row(figure + ", p99", format(millis[ROUNDS * 99 / 100]), promised);
    }

    private static String format(double millis) {
        return String.format(Locale.ROOT, "%.1f ms", millis);
    }
}
