package dev.stardust.wallet;

import java.util.List;
import java.util.Optional;

/**
 * What a {@link WithdrawalReviewer} is to look at.
 *
 * @param kind how it was asked for
 * @param accountIndex the account that pays
 * @param idempotencyKey the caller's key; every withdrawal has one
 * @param payments who gets what; one recipient if it is a withdrawal
 */
public record ReviewRequest(Kind kind, int accountIndex, Optional<String> idempotencyKey, List<Payment> payments) {
    /** How a payment is asked for. */
    public enum Kind {
        /** By {@link Account#withdraw(WithdrawalRequest)}: it is durable, and waits for the answer. */
        WITHDRAWAL,
        /** By {@link Account#sendAmount(List)} or {@link PreparedTransaction#submit()}, whose caller waits for the answer. */
        PAYMENT
    }

    /** Makes a request. */
    public ReviewRequest {
        payments = List.copyOf(payments);
    }
}
