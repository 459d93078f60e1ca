package dev.stardust.wallet;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The node refuses the transaction; nothing was spent. */
public final class TransactionRejectedException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public TransactionRejectedException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }
}
