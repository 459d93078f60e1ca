package dev.stardust.wallet.internal.core;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads that run callbacks where the user gives none: daemons, a few, gone when idle. */
public final class Callbacks {
    private static final int THREADS = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
    private static final ThreadPoolExecutor POOL = pool("stardust-callback-");
    private static final ThreadPoolExecutor LISTENERS = pool("stardust-listener-");

    private Callbacks() {}

    /** Returns the pool that all wallets share. */
    public static Executor shared() {
        return POOL;
    }

    /**
     * Returns the pool in which all wallets' listeners run. It is another one, as listeners wait: for a future that
     * the first pool completes, for example.
     */
    public static Executor listeners() {
        return LISTENERS;
    }

    /** Has a task run by an executor of the user, or by the shared pool if that one is gone or broken: somebody may wait for it. */
    static void run(Executor executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RuntimeException e) {
            POOL.execute(task);
        }
    }

    private static ThreadPoolExecutor pool(String name) {
        AtomicInteger count = new AtomicInteger();
        // The queue needs no bound of its own: it holds answers to requests, whose number the core bounds, and
        // turns of listeners, one each.
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, name + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
