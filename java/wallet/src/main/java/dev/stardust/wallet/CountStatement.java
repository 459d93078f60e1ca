package dev.stardust.wallet;

import dev.stardust.wallet.internal.json.BackupRequests;
import dev.stardust.wallet.internal.json.Request;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A request that states counts: whole, or in parts where one message does not hold them.
 *
 * @param whole the request with all counts in it
 * @param named the request that names what was stated in parts
 */
record CountStatement<R>(
        List<IssuedCount> counts, Function<List<IssuedCount>, Request<R>> whole, LongFunction<Request<R>> named) {
    /** With the longest aliases they are within a message of 1 MiB. */
    static final int PART = 1_000;

    R call(CoreDoor door) {
        if (counts.size() <= PART) {
            return door.call(whole.apply(counts));
        }
        long statement = door.call(part(null, 0));
        for (int from = PART; from < counts.size(); from += PART) {
            statement = door.call(part(statement, from));
        }
        return door.call(named.apply(statement));
    }

    CompletableFuture<R> callAsync(CoreDoor door) {
        if (counts.size() <= PART) {
            return door.callAsync(whole.apply(counts));
        }
        Chain<R> chain = new Chain<>(this, door);
        chain.state(null, 0);
        return chain.result;
    }

    private Request<Long> part(@Nullable Long statement, int from) {
        return BackupRequests.stateCounts(statement, counts.subList(from, Math.min(counts.size(), from + PART)));
    }

    /** Its result gives up what is under way when it is given up, which a composed future would not. */
    private static final class Chain<R> {
        private final CountStatement<R> statement;
        private final CoreDoor door;
        private final CompletableFuture<R> result = new CompletableFuture<>();

        Chain(CountStatement<R> statement, CoreDoor door) {
            this.statement = statement;
            this.door = door;
        }

        void state(@Nullable Long number, int from) {
            follow(door.callAsync(statement.part(number, from)), stated -> {
                if (from + PART < statement.counts.size()) {
                    state(stated, from + PART);
                } else {
                    follow(door.callAsync(statement.named.apply(stated)), result::complete);
                }
            });
        }

        private <T> void follow(CompletableFuture<T> step, Consumer<T> then) {
            var unused = result.whenComplete((done, given) -> step.cancel(false));
            var ignored = step.whenComplete((value, failure) -> {
                if (failure != null) {
                    result.completeExceptionally(failure);
                } else if (!result.isDone()) {
                    next(then, value);
                }
            });
        }

        private <T> void next(Consumer<T> then, T value) {
            try {
                then.accept(value);
            } catch (RuntimeException e) {
                // nobody else tells who waits
                result.completeExceptionally(e);
            }
        }
    }
}
