package dev.stardust.wallet;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The wallet stopped itself or part of itself and an operator has to look: halted, gap, foreign signer, restored. Of kind {@link
 * ErrorKind#POSSIBLY_PAID} it concerns the one payment that was asked for or about: it may be paid, so nothing may be given back.
 */
public final class WalletHaltedException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public WalletHaltedException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }
}
