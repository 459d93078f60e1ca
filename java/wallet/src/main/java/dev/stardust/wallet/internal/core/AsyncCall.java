package dev.stardust.wallet.internal.core;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.internal.json.Request;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** A future that waits for its answer. It is completed on the executor for callbacks, never on the pump thread. */
final class AsyncCall<R> implements Pending {
    private final Request<R> request;
    private final Executor executor;
    private final CallSite caller = new CallSite();
    private final CompletableFuture<R> future = new CompletableFuture<>();

    /** Keeps the manager from being cleaned up while somebody waits. */
    private final Object owner;

    AsyncCall(Request<R> request, Executor executor, Object owner) {
        this.request = request;
        this.executor = executor;
        this.owner = owner;
    }

    CompletableFuture<R> future() {
        return future;
    }

    Object owner() {
        return owner;
    }

    @Override
    public void answered(JsonNode message) {
        Callbacks.run(executor, () -> {
            try {
                future.complete(Answers.result(message, request));
            } catch (Throwable e) {
                fail(e);
            }
        });
    }

    @Override
    public void failed(Supplier<WalletException> reason) {
        Callbacks.run(executor, () -> fail(reason.get()));
    }

    private void fail(Throwable reason) {
        reason.addSuppressed(caller);
        future.completeExceptionally(reason);
    }

    /** Where the call was made; the exception itself is made on another thread. */
    private static final class CallSite extends Throwable {
        private static final long serialVersionUID = 1L;

        CallSite() {
            super("the call was made here");
        }
    }
}
