package dev.stardust.wallet.internal.core;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.WalletException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A thread that waits for its answer. */
class BlockingCall implements Pending {
    private final Thread waiter = Thread.currentThread();
    private volatile @Nullable JsonNode answer;
    private volatile @Nullable Supplier<WalletException> failure;

    @Override
    public void answered(JsonNode message) {
        answer = message;
        LockSupport.unpark(waiter);
    }

    @Override
    public void failed(Supplier<WalletException> reason) {
        failure = reason;
        LockSupport.unpark(waiter);
    }

    /**
     * Waits for the answer.
     *
     * @throws WalletException if none will come
     * @throws InterruptedException if the thread is interrupted before the answer is there
     */
    final JsonNode await() throws InterruptedException {
        while (true) {
            JsonNode message = answer;
            if (message != null) {
                return message;
            }
            Supplier<WalletException> reason = failure;
            if (reason != null) {
                // made here, so that its stack is the caller's
                throw reason.get();
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            LockSupport.park(this);
        }
    }

    /**
     * Waits for the answer even if the thread is interrupted, which shows afterwards.
     *
     * @throws WalletException if none will come
     */
    final JsonNode awaitUninterruptibly() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return await();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
