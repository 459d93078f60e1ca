package dev.stardust.wallet;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The vault or the mnemonic does not serve: wrong password, locked, empty, damaged, missing. */
public final class SecretManagerException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public SecretManagerException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }
}
