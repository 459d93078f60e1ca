package dev.stardust.wallet;

import java.util.List;
import java.util.Optional;

/**
 * What a {@link WithdrawalReviewer} is to look at: all that may leave the wallet.
 *
 * @param kind how it was asked for
 * @param accountIndex the account that pays
 * @param idempotencyKey the caller's key; every withdrawal has one
 * @param payments who gets what; one recipient if it is a withdrawal; without the storage deposit that is lent with an amount
 *     below it, which the {@link PaymentRules} count
 * @param remainder where what is left of the inputs goes, if that is not for the wallet to say: by {@link
 *     RemainderValueStrategy#customAddress}
 */
public record ReviewRequest(
        Kind kind,
        int accountIndex,
        Optional<String> idempotencyKey,
        List<Payment> payments,
        Optional<Remainder> remainder) {
    /** How a payment is asked for. */
    public enum Kind {
        /** By {@link Account#withdraw(WithdrawalRequest)}: it is durable, and waits for the answer. */
        WITHDRAWAL,
        /** By {@link Account#sendAmount(List)} or {@link PreparedTransaction#submit()}, whose caller waits for the answer. */
        PAYMENT
    }

    /**
     * What is left of the inputs. It can be much more than what is paid.
     *
     * @param address the address that the caller named (bech32). If the transaction was prepared it is not one of the wallet;
     *     otherwise it may be
     * @param amount how much, if the transaction was prepared; otherwise the inputs are chosen after the review, and it can be
     *     any amount up to all that the account has
     */
    public record Remainder(String address, Optional<Amount> amount) {}

    /** Makes a request. */
    public ReviewRequest {
        payments = List.copyOf(payments);
    }
}
