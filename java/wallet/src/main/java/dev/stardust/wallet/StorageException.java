package dev.stardust.wallet;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The wallet directory cannot be used: in use, damaged, newer, full, not writable. */
public final class StorageException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public StorageException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }
}
