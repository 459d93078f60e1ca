package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.json.PolicyRequests;
import dev.stardust.wallet.internal.json.WithdrawalData;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the reviewer about withdrawals. They are read from the core, which keeps those that wait: nothing is lost whenever this ends. Knows
 * the session only, so that a forgotten manager can be found and cleaned up.
 */
final class Reviews {
    private static final Logger LOG = LoggerFactory.getLogger(Reviews.class);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    /** The longest reason that the core takes, in bytes. */
    private static final int LONGEST = 1_024;

    private final Session session;
    private final WithdrawalReviewer reviewer;
    private final Duration pause;
    /** There is one task at a time. */
    private final Executor thread = ReviewThreads.of(1, 16);
    /** Since the last pause the core has refused a veto: after a restore the withdrawal may have been paid. */
    private volatile boolean frozen;

    Reviews(Session session, WithdrawalReviewer reviewer, Duration pause) {
        this.session = session;
        this.reviewer = reviewer;
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
            Review review = ask(
                    reviewer,
                    new ReviewRequest(
                            ReviewRequest.Kind.WITHDRAWAL,
                            withdrawal.accountIndex(),
                            Optional.of(key),
                            List.of(payment),
                            Optional.empty()));
            session.call(PolicyRequests.review(key, review.veto().map(Reviews::shortened)));
            return true;
        } catch (WalletHaltedException e) {
            frozen |= e.kind() == ErrorKind.PAYMENTS_FROZEN;
            LOG.warn("the withdrawal {} is asked about again: {}", key, e.getMessage());
            return false;
        } catch (Throwable e) {
            if (!session.closed()) {
                LOG.error("the withdrawal {} has no answer of the reviewer; it is asked about again", key, e);
            }
            return false;
        }
    }

    private void later() {
        // that takes milestones, and the reviewer may be a person
        Duration left = frozen ? PATIENCE : pause;
        frozen = false;
        CompletableFuture.delayedExecutor(left.toMillis(), TimeUnit.MILLISECONDS, this::run)
                .execute(() -> next(null, true));
    }

    /** Whatever happens, what waits is asked about again. */
    private void run(Runnable task) {
        try {
            thread.execute(() -> {
                try {
                    task.run();
                } catch (Throwable e) {
                    again(e);
                }
            });
        } catch (Throwable e) {
            again(e);
        }
    }

    private void again(Throwable reason) {
        if (!session.closed()) {
            LOG.error("the reviewer could not be asked; tried again", reason);
            later();
        }
    }

    /** Asks a reviewer, whose answer may be anything but null. */
    static Review ask(WithdrawalReviewer reviewer, ReviewRequest request) {
        Review review = reviewer.review(request);
        if (review == null) {
            throw new IllegalStateException("the reviewer answered null");
        }
        return review;
    }

    /** What is too long to be stored is a veto all the same, and so is what is no text. */
    static String shortened(String reason) {
        byte[] utf8 = reason.getBytes(StandardCharsets.UTF_8);
        int end = Math.min(utf8.length, LONGEST);
        while (end < utf8.length && (utf8[end] & 0xC0) == 0x80) {
            // in the middle of a character
            end--;
        }
        return new String(utf8, 0, end, StandardCharsets.UTF_8);
    }
}
