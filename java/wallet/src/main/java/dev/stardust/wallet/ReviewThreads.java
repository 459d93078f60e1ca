package dev.stardust.wallet;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads in which one manager's reviewer is asked: daemons, gone when idle. No listener runs in them, and no other manager's
 * reviewer, so that one that takes its time holds up nobody else.
 */
final class ReviewThreads {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final long IDLE_SECONDS = 10;

    private ReviewThreads() {}

    /** Returns so many threads, for which so many tasks can wait; more are rejected. */
    static Executor of(int threads, int queue) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(queue), ReviewThread::new);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** Returns whether a reviewer is asked in this thread: it must not wait for another one to be free. */
    static boolean here() {
        return Thread.currentThread() instanceof ReviewThread;
    }

    private static final class ReviewThread extends Thread {
        ReviewThread(Runnable task) {
            super(task, "stardust-review-" + COUNT.incrementAndGet());
            setDaemon(true);
        }
    }
}
