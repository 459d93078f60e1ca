package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.json.Errors;
import dev.stardust.wallet.internal.json.Reviewed;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Has payments that are no withdrawals reviewed. The core is asked first, without a review: it answers a payment that exists, and
 * refuses what cannot be paid. Only what it then wants reviewed is shown to the reviewer, and sent again, with a veto too: the core
 * notes it.
 */
final class PaymentReviews {
    private static final int THREADS = 16;
    private static final int QUEUE = 1_000;

    private final Session session;
    private final WithdrawalReviewer reviewer;
    private final Executor threads;
    /** What the reviewer looks at now: of two calls for the same payment, one could be refused while the other pays. */
    private final Set<String> shown = ConcurrentHashMap.newKeySet();

    PaymentReviews(Session session, WithdrawalReviewer reviewer) {
        this(session, reviewer, ReviewThreads.of(THREADS, QUEUE));
    }

    PaymentReviews(Session session, WithdrawalReviewer reviewer, Executor threads) {
        this.session = session;
        this.reviewer = reviewer;
        this.threads = threads;
    }

    /**
     * Pays; the reviewer is asked in this thread.
     *
     * @param name what a repeated call would have in common with this one, if there is anything
     * @param send sends the payment, and what the reviewer says of it
     */
    <T> T pay(ReviewRequest request, Optional<String> name, Function<Reviewed, T> send) {
        Function<Reviewed, CompletableFuture<T>> now = reviewed -> done(() -> send.apply(reviewed));
        return result(new Paid<>(request, name, now, Runnable::run, Runnable::run).begin());
    }

    /**
     * Like {@link #pay}, without blocking, unless a reviewer calls it. The future is completed where those of the core are: the
     * threads that review are for the reviewer, and what follows a payment must not keep other payments waiting for it.
     */
    <T> CompletableFuture<T> payAsync(
            ReviewRequest request, Optional<String> name, Function<Reviewed, CompletableFuture<T>> send) {
        if (ReviewThreads.here()) {
            return done(() -> pay(request, name, reviewed -> result(send.apply(reviewed))));
        }
        return new Paid<>(request, name, send, threads, session::complete).begin();
    }

    private static <T> CompletableFuture<T> done(Supplier<T> work) {
        try {
            return CompletableFuture.completedFuture(work.get());
        } catch (Throwable e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static <T> T result(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw e;
        }
    }

    /**
     * One payment on its way. The future is completed whatever happens: by the session's answer, or by the session's end while it
     * waits for the reviewer.
     */
    private final class Paid<T> {
        private final ReviewRequest request;
        private final Optional<String> name;
        private final Function<Reviewed, CompletableFuture<T>> send;
        private final Executor where;
        private final Executor completions;
        private final CompletableFuture<T> result = new CompletableFuture<>();
        /** One object, as it is found again by its identity. */
        private final Runnable closed;

        Paid(
                ReviewRequest request,
                Optional<String> name,
                Function<Reviewed, CompletableFuture<T>> send,
                Executor where,
                Executor completions) {
            this.request = request;
            this.name = name;
            this.send = send;
            this.where = where;
            this.completions = completions;
            this.closed = () -> completeExceptionally(new WalletClosedException());
        }

        CompletableFuture<T> begin() {
            send(Reviewed.NO, this::ended, PaymentReviews::isWanted, this::show);
            return result;
        }

        /** Sends it; a failure that is expected goes on in another way. */
        private void send(Reviewed reviewed, Runnable end, Predicate<Throwable> expected, Runnable then) {
            try {
                CompletableFuture<T> unused = send.apply(reviewed).whenComplete((value, failure) -> {
                    if (failure == null) {
                        end.run();
                        completions.execute(() -> result.complete(value));
                    } else {
                        failed(failure, end, expected, then);
                    }
                });
            } catch (Throwable e) {
                failed(e, end, expected, then);
            }
        }

        private void failed(Throwable failure, Runnable end, Predicate<Throwable> expected, Runnable then) {
            if (expected.test(failure)) {
                then.run();
            } else {
                end.run();
                completeExceptionally(failure);
            }
        }

        private void ended() {}

        private void show() {
            if (name.isPresent() && !shown.add(name.get())) {
                completeExceptionally(
                        busy("the reviewer is looking at this payment already, for another call; nothing was started"));
                return;
            }
            try {
                session.scope().enter(closed);
                where.execute(this::ask);
            } catch (RejectedExecutionException e) {
                fail(busy("too many payments wait for the reviewer; nothing was started"));
            } catch (Throwable e) {
                fail(e);
            }
        }

        private void ask() {
            try {
                if (over()) {
                    return;
                }
                Refusal refusal = refusal(request);
                if (over()) {
                    return;
                }
                // from here on the session ends it, with the core's answer if there is one
                session.scope().leave(closed);
                if (refusal == null) {
                    send(
                            Reviewed.YES,
                            this::shownNoMore,
                            PaymentReviews::isWanted,
                            () -> fail(new IllegalStateException("reviewed, and asked for again")));
                } else {
                    PaymentRefusedException refused = refusal.thrown();
                    // a call that was shown before may have paid, unless this has no name: then that is the answer
                    send(
                            Reviewed.vetoed(Reviews.shortened(refusal.reason())),
                            this::shownNoMore,
                            failure -> name.isEmpty() || isVetoed(failure),
                            () -> fail(refused));
                }
            } catch (Throwable e) {
                fail(e);
            }
        }

        /** Ends it if it was given up meanwhile, as nobody would hear that it was paid, or if it cannot be paid any more. */
        private boolean over() {
            if (session.closed()) {
                fail(new WalletClosedException());
                return true;
            }
            if (result.isDone()) {
                shownNoMore();
                return true;
            }
            return false;
        }

        private void fail(Throwable reason) {
            shownNoMore();
            completeExceptionally(reason);
        }

        private void completeExceptionally(Throwable reason) {
            completions.execute(() -> result.completeExceptionally(reason));
        }

        private void shownNoMore() {
            session.scope().leave(closed);
            name.ifPresent(shown::remove);
        }
    }

    private static boolean isWanted(Throwable failure) {
        return failure instanceof WalletException e && e.kind() == ErrorKind.REVIEW_REQUIRED;
    }

    /** Whether the core has noted the veto. */
    private static boolean isVetoed(Throwable failure) {
        return failure instanceof PaymentRefusedException e && e.rule().equals(Optional.of("review"));
    }

    /** Why it is not paid: as the core notes it, and as the caller hears it. */
    private record Refusal(String reason, PaymentRefusedException thrown) {}

    private @Nullable Refusal refusal(ReviewRequest request) {
        try {
            Optional<String> veto = Reviews.ask(reviewer, request).veto();
            return veto.isEmpty()
                    ? null
                    : new Refusal(veto.get(), refused("the reviewer refused it: " + veto.get(), null));
        } catch (Throwable e) {
            String reason = "the reviewer has no answer";
            return new Refusal(reason, refused(reason, e));
        }
    }

    private static PaymentRefusedException refused(String message, @Nullable Throwable cause) {
        return new PaymentRefusedException(
                ErrorKind.POLICY_REFUSED.name(), message, false, Map.of("rule", "review"), cause);
    }

    private static WalletException busy(String message) {
        return Errors.of(ErrorKind.BUSY, message, true);
    }
}
