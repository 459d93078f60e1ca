package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.json.PolicyRequests;
import dev.stardust.wallet.internal.json.WithdrawalData;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the reviewer. Withdrawals are read from the core, which keeps those that wait: nothing is lost whenever this ends. Knows
 * the session only, so that a forgotten manager can be found and cleaned up.
 */
final class Reviews {
    private static final Logger LOG = LoggerFactory.getLogger(Reviews.class);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    /** The longest reason that the core takes, in characters of at most 3 bytes. */
    private static final int LONGEST = 1_024 / 3;

    private final Session session;
    private final WithdrawalReviewer reviewer;
    private final Executor executor;
    private final Duration pause;

    Reviews(Session session, WithdrawalReviewer reviewer, Executor executor, Duration pause) {
        this.session = session;
        this.reviewer = reviewer;
        this.executor = executor;
        this.pause = pause;
    }

    /** Asks about withdrawals from now on, until the session is closed. */
    void start() {
        next(null, true);
    }

    /** Reads on, after a place or from the beginning; {@code answered} says whether everything before it was. */
    private void next(@Nullable String after, boolean answered) {
        // nothing is behind what was looked at: wait for news, unless there is something to come back to
        Duration patience = answered ? PATIENCE : Duration.ZERO;
        CompletableFuture<Page<WithdrawalData>> page =
                session.callAsync(PolicyRequests.waiting(true, after, 100, patience), this);
        CompletableFuture<Page<WithdrawalData>> unused = page.whenComplete((waiting, failure) -> run(() -> {
            if (failure == null) {
                look(waiting, answered);
            } else if (!session.closed()) {
                LOG.warn("the withdrawals that wait for the reviewer could not be read; tried again", failure);
                later();
            }
        }));
    }

    private void look(Page<WithdrawalData> waiting, boolean answeredBefore) {
        boolean answered = answeredBefore;
        for (WithdrawalData withdrawal : waiting.items()) {
            if (session.closed()) {
                return;
            }
            answered &= answer(withdrawal);
        }
        Optional<String> next = waiting.next();
        if (next.isPresent()) {
            next(next.get(), answered);
        } else if (answered) {
            next(null, true);
        } else {
            later();
        }
    }

    private boolean answer(WithdrawalData withdrawal) {
        Payment payment = Payment.of(withdrawal.address(), withdrawal.amount());
        String key = withdrawal.idempotencyKey();
        try {
            Review review = ask(new ReviewRequest(
                    ReviewRequest.Kind.WITHDRAWAL, withdrawal.accountIndex(), Optional.of(key), List.of(payment)));
            session.call(PolicyRequests.review(key, review.veto().map(Reviews::shortened)));
            return true;
        } catch (Throwable e) {
            if (!session.closed()) {
                LOG.error("the withdrawal {} has no answer of the reviewer; it is asked about again", key, e);
            }
            return false;
        }
    }

    private void later() {
        run(
                () -> next(null, true),
                CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS, executor));
    }

    private void run(Runnable task) {
        run(task, executor);
    }

    private void run(Runnable task, Executor where) {
        try {
            where.execute(task);
        } catch (RuntimeException e) {
            LOG.error("the executor takes no more tasks: withdrawals wait for the reviewer until the next opening", e);
        }
    }

    /**
     * Asks about a payment that is not a withdrawal.
     *
     * @throws PaymentRefusedException if it may not be made, or there is no answer
     */
    void check(int account, Optional<String> key, List<Payment> payments) {
        Review review;
        try {
            review = ask(new ReviewRequest(ReviewRequest.Kind.PAYMENT, account, key, payments));
        } catch (RuntimeException e) {
            throw refused("the reviewer has no answer", e);
        }
        review.veto().ifPresent(reason -> {
            throw refused("the reviewer refused it: " + reason, null);
        });
    }

    private Review ask(ReviewRequest request) {
        Review review = reviewer.review(request);
        if (review == null) {
            throw new IllegalStateException("the reviewer answered null");
        }
        return review;
    }

    private static PaymentRefusedException refused(String message, @Nullable Throwable cause) {
        return new PaymentRefusedException(
                ErrorKind.POLICY_REFUSED.name(), message, false, Map.of("rule", "review"), cause);
    }

    /** What is too long to be stored is a veto all the same. */
    private static String shortened(String reason) {
        return reason.length() <= LONGEST ? reason : reason.substring(0, LONGEST);
    }

    /** Does {@code send} once {@code check} has let it pass. */
    <T> CompletableFuture<T> checkAsync(Runnable check, Supplier<CompletableFuture<T>> send) {
        CompletableFuture<T> result = new CompletableFuture<>();
        run(() -> {
            try {
                check.run();
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
                return;
            }
            CompletableFuture<T> unused = send.get().whenComplete((value, failure) -> {
                if (failure == null) {
                    result.complete(value);
                } else {
                    result.completeExceptionally(failure);
                }
            });
        });
        return result;
    }
}
