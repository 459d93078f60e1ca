package dev.stardust.wallet;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The time that the caller gave has passed. What was started goes on. */
public final class WalletTimeoutException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public WalletTimeoutException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }
}
