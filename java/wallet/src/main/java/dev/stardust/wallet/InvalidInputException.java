package dev.stardust.wallet;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An argument of the call is wrong: change the argument. Nothing was done. */
public final class InvalidInputException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public InvalidInputException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }
}
