package dev.stardust.wallet;

import java.util.Optional;

/**
 * What {@link AccountManager#cancel} found under a key, as it was then: exactly one of the two is there.
 *
 * @param transaction the payment that has the key; wait for its end with {@link Transaction#awaitEnd}
 * @param withdrawal the withdrawal that has the key; wait for its end with {@link Withdrawal#awaitEnd}
 */
public record Cancellation(Optional<Transaction> transaction, Optional<Withdrawal> withdrawal) {
    /** Returns whether nothing changes it any more: it is cancelled, or had ended before. */
    public boolean isFinal() {
        return transaction.map(found -> found.state().isFinal()).orElse(false)
                || withdrawal.map(found -> found.state().isFinal()).orElse(false);
    }

    /** Returns whether it is cancelled for ever: nothing was paid for the key, and nothing will be. */
    public boolean isCancelled() {
        return transaction
                        .map(found -> found.state() == Transaction.State.CANCELLED)
                        .orElse(false)
                || withdrawal
                        .map(found -> found.state() == Withdrawal.State.CANCELLED)
                        .orElse(false);
    }
}
