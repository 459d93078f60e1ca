package dev.stardust.wallet.internal.core;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads that run callbacks where the user gives none: daemons, a few, gone when idle. */
public final class Callbacks {
    private static final int THREADS = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
    private static final ThreadPoolExecutor POOL = pool();

    private Callbacks() {}

    /** Returns the pool that all wallets share. */
    public static Executor shared() {
        return POOL;
    }

    private static ThreadPoolExecutor pool() {
        AtomicInteger count = new AtomicInteger();
        // The queue needs no bound of its own: it holds answers to requests, whose number the core bounds, and
        // turns of listeners, one each.
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(THREADS, THREADS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "stardust-callback-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
