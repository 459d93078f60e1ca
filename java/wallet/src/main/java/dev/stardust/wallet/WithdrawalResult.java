package dev.stardust.wallet;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What became of one request of {@link Account#withdraw(java.util.List)}: either it was taken, now or by an earlier call, or it
 * was not, and why. Immutable.
 */
public final class WithdrawalResult {
    private final WithdrawalRequest request;
    private final @Nullable Withdrawal withdrawal;
    private final @Nullable WalletException error;

    private WithdrawalResult(
            WithdrawalRequest request, @Nullable Withdrawal withdrawal, @Nullable WalletException error) {
        this.request = request;
        this.withdrawal = withdrawal;
        this.error = error;
    }

    static WithdrawalResult accepted(WithdrawalRequest request, Withdrawal withdrawal) {
        return new WithdrawalResult(request, withdrawal, null);
    }

    static WithdrawalResult refused(WithdrawalRequest request, WalletException error) {
        return new WithdrawalResult(request, null, error);
    }

    /** Returns what was asked for. */
    public WithdrawalRequest request() {
        return request;
    }

    /** Returns whether it was taken: then it is on disk, and nothing has to be asked for again. */
    public boolean isAccepted() {
        return withdrawal != null;
    }

    /**
     * Returns the withdrawal.
     *
     * @throws WalletException the {@link #error()}, if the request was not taken
     */
    public Withdrawal withdrawal() {
        if (withdrawal != null) {
            return withdrawal;
        }
        throw error != null ? error : new WalletException(ErrorKind.INTERNAL, "neither a withdrawal nor an error");
    }

    /**
     * Returns why the request was not taken: {@link InvalidInputException} for a wrong key, address or amount, or for a key that
     * was used for something else ({@link ErrorKind#IDEMPOTENCY_CONFLICT}); {@link WalletHaltedException} when another signer
     * uses the seed, while payments are frozen after a restore, while issuing is frozen after a search of the seed ({@link
     * ErrorKind#ISSUING_FROZEN}), and when a recovered payment may have paid it ({@link ErrorKind#POSSIBLY_PAID}). A request
     * that was not taken has not used its key, and is never paid unless it is made again; but after a {@code
     * WalletHaltedException} it may have been paid before the restore.
     */
    public Optional<WalletException> error() {
        return Optional.ofNullable(error);
    }

    @Override
    public String toString() {
        return "WithdrawalResult[" + (withdrawal != null ? withdrawal : request + ", error=" + error) + "]";
    }
}
