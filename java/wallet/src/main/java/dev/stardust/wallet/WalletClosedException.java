package dev.stardust.wallet;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The manager was closed before or during the call. */
public final class WalletClosedException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public WalletClosedException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }

    /** Makes an exception that says that the wallet is closed. */
    public WalletClosedException() {
        this("the wallet is closed");
    }

    /** Makes an exception that says what is closed. */
    WalletClosedException(String message) {
        super(ErrorKind.CLOSED, message);
    }
}
