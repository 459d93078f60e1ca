package dev.stardust.wallet.internal.core;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs tasks one after the other, in order, on another executor; a bounded number may wait. */
final class SerialExecutor {
    private static final Logger LOG = LoggerFactory.getLogger(SerialExecutor.class);
    /** So that one busy listener does not keep a thread of a shared pool for itself. */
    private static final int TASKS_A_TURN = 100;

    private final Executor executor;
    private final int limit;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private boolean running;

    SerialExecutor(Executor executor, int limit) {
        this.executor = executor;
        this.limit = limit;
    }

    /** Queues a task; false if too many wait or the executor takes none. */
    boolean offer(Runnable task) {
        synchronized (waiting) {
            if (waiting.size() >= limit) {
                return false;
            }
            waiting.add(task);
            if (running) {
                return true;
            }
            running = true;
        }
        return next();
    }

    private boolean next() {
        try {
            executor.execute(this::turn);
            return true;
        } catch (RuntimeException e) {
            LOG.warn("the executor for callbacks takes no more tasks", e);
            synchronized (waiting) {
                waiting.clear();
                running = false;
            }
            return false;
        }
    }

    private void turn() {
        for (int done = 0; done < TASKS_A_TURN; done++) {
            Runnable task = poll();
            if (task == null) {
                return;
            }
            try {
                task.run();
            } catch (Throwable e) {
                // a listener's mistake must not silence the listener
                LOG.error("a callback failed", e);
            }
        }
        next();
    }

    private @Nullable Runnable poll() {
        synchronized (waiting) {
            Runnable task = waiting.poll();
            if (task == null) {
                running = false;
            }
            return task;
        }
    }
}
