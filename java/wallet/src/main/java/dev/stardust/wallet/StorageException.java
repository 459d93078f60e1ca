package dev.stardust.wallet;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The wallet directory or a backup cannot be used: in use, damaged, newer, foreign, full, not writable. */
public final class StorageException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public StorageException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }
}
