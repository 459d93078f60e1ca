package dev.stardust.wallet;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The account's available funds do not cover the payment. Nothing was done. */
public final class InsufficientFundsException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public InsufficientFundsException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }

    /** Returns the amount that the payment needs. */
    public Optional<Amount> needed() {
        return Optional.ofNullable(details().get("needed")).map(Amount::parse);
    }

    /** Returns the amount that the account could spend. */
    public Optional<Amount> available() {
        return Optional.ofNullable(details().get("available")).map(Amount::parse);
    }
}
