package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Scope;
import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.json.Request;
import java.lang.ref.Reference;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How the public classes reach the core. */
abstract sealed class CoreDoor permits VaultDoor {
    final Session session;

    CoreDoor(Session session) {
        this.session = session;
    }

    final <R> R call(Request<R> request) {
        try {
            return session.call(request);
        } finally {
            // or it could be cleaned up, and closed, while it waits
            Reference.reachabilityFence(this);
        }
    }

    final <R> R call(Request<R> request, Scope scope) {
        try {
            return session.call(request, scope);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    final <R> CompletableFuture<R> callAsync(Request<R> request) {
        return session.callAsync(request, this);
    }

    final <R, T> CompletableFuture<T> callAsync(Request<R> request, Function<R, T> then) {
        return callAsync(new Request<T>(
                request.method(), request.params(), request.decoder().andThen(then)));
    }

    final CompletableFuture<Void> done(Supplier<Request<?>> request) {
        try {
            return session.callAsync(withoutResult(request.get()), this);
        } catch (WalletException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    // a future of Void has no other value
    @SuppressWarnings("NullAway")
    private static Request<Void> withoutResult(Request<?> request) {
        return new Request<>(request.method(), request.params(), json -> null);
    }

    final <R, T> Listing<T> listing(
            BiFunction<@Nullable String, Integer, Request<Page<R>>> request, Function<R, T> item) {
        Function<Page<R>, Page<T>> convert =
                page -> new Page<>(page.items().stream().map(item).toList(), page.next());
        return new Listing<>(new Listing.Source<>() {
            @Override
            public Page<T> page(@Nullable String after, int limit) {
                return convert.apply(call(request.apply(after, limit)));
            }

            @Override
            public CompletableFuture<Page<T>> pageAsync(@Nullable String after, int limit) {
                return callAsync(request.apply(after, limit), convert);
            }
        });
    }
}
