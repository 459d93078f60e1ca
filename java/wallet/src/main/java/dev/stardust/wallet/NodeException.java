package dev.stardust.wallet;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** No node gave a usable answer; the kind says why. The wallet goes on trying by itself. */
public final class NodeException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public NodeException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }
}
