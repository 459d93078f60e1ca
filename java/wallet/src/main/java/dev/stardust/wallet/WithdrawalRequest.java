package dev.stardust.wallet;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * A withdrawal that is asked for.
 *
 * @param idempotencyKey the caller's name for it, 1 to 256 bytes of UTF-8, such as the number of the withdrawal in the caller's
 *     own books. With the same key, account, address, amount and terms the same withdrawal is answered, at any time and also
 *     after a crash; it is never paid twice. Payments and withdrawals share one space of keys
 * @param address the recipient's address (bech32)
 * @param amount how much, in base units; at least the storage deposit of an output (TIP-19), unless {@code allowMicroAmount}
 * @param allowMicroAmount whether an amount below the storage deposit is paid with a deposit that comes back
 * @param microAmountExpiration how long such an output can be claimed; the wallet's default, a day, if there is none
 */
public record WithdrawalRequest(
        String idempotencyKey,
        String address,
        Amount amount,
        boolean allowMicroAmount,
        Optional<Duration> microAmountExpiration) {
    /** Makes a request; what it says is checked by {@link Account#withdraw(java.util.List)}. */
    public WithdrawalRequest {
        Objects.requireNonNull(idempotencyKey, "idempotencyKey");
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(amount, "amount");
        Objects.requireNonNull(microAmountExpiration, "microAmountExpiration");
    }

    /** Makes a request; what it says is checked by {@link Account#withdraw(java.util.List)}. */
    public static WithdrawalRequest of(String idempotencyKey, String address, Amount amount) {
        return new WithdrawalRequest(idempotencyKey, address, amount, false, Optional.empty());
    }

    /** Makes a request for so many base units. */
    public static WithdrawalRequest of(String idempotencyKey, String address, long amount) {
        return of(idempotencyKey, address, Amount.of(amount));
    }

    /**
     * Returns the same request that may be for less than the storage deposit (TIP-19), which is refused otherwise. The recipient
     * gets the amount in an output that also holds the deposit it needs, and can claim it for a day from the time at which its
     * transaction is signed: the claim gives the deposit back to the account's change address. What nobody claims is the account's
     * again, and the withdrawal is confirmed nevertheless. What was not applied before less than half an hour is left is
     * {@linkplain Withdrawal#cancel() taken back} by the wallet, and paid anew with a whole time; if it is applied when the time is
     * over, {@link Withdrawal#reason()} says so. The recipient's wallet has to know how to claim.
     */
    public WithdrawalRequest allowingMicroAmount() {
        return new WithdrawalRequest(idempotencyKey, address, amount, true, Optional.empty());
    }

    /** Returns the same request that may be for less than the storage deposit, to be claimed within an hour to 365 days. */
    public WithdrawalRequest allowingMicroAmount(Duration expiration) {
        return new WithdrawalRequest(idempotencyKey, address, amount, true, Optional.of(expiration));
    }
}
