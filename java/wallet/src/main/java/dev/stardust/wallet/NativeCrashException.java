package dev.stardust.wallet;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A defect in the native part, caught before it could do harm; please report it. */
public final class NativeCrashException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public NativeCrashException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }
}
