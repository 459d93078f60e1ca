package dev.stardust.wallet;

import java.util.Objects;

/**
 * A withdrawal that is asked for.
 *
 * @param idempotencyKey the caller's name for it, 1 to 256 bytes of UTF-8, such as the number of the withdrawal in the caller's
 *     own books. With the same key, account, address and amount the same withdrawal is answered, at any time and also after a
 *     crash; it is never paid twice. Payments and withdrawals share one space of keys
 * @param address the recipient's address (bech32)
 * @param amount how much, in base units; at least the storage deposit of an output (TIP-19)
 */
public record WithdrawalRequest(String idempotencyKey, String address, Amount amount) {
    /** Makes a request; what it says is checked by {@link Account#withdraw(java.util.List)}. */
    public WithdrawalRequest {
        Objects.requireNonNull(idempotencyKey, "idempotencyKey");
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(amount, "amount");
    }

    /** Makes a request; what it says is checked by {@link Account#withdraw(java.util.List)}. */
    public static WithdrawalRequest of(String idempotencyKey, String address, Amount amount) {
        return new WithdrawalRequest(idempotencyKey, address, amount);
    }

    /** Makes a request for so many base units. */
    public static WithdrawalRequest of(String idempotencyKey, String address, long amount) {
        return new WithdrawalRequest(idempotencyKey, address, Amount.of(amount));
    }
}
