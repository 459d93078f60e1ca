package dev.stardust.wallet;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The vault or the mnemonic does not serve: wrong password, locked, empty, damaged, missing. After several wrong
 * passwords the kind is {@link ErrorKind#PASSWORD_THROTTLED} and {@link #retryAfter()} says how long none is tried.
 */
public final class SecretManagerException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public SecretManagerException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }

    /** Returns how long no password is tried, when several wrong ones were given. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(details().get("retryAfterMs"))
                .map(millis -> Duration.ofMillis(Long.parseLong(millis)));
    }
}
