package dev.stardust.wallet;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The wallet was opened with a configuration that does not fit: change the configuration. */
public final class ConfigurationException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public ConfigurationException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }
}
