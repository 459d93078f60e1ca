package dev.stardust.wallet;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A call to the wallet failed. {@link #kind()} says what happened; the subclasses group the kinds by what a
 * caller can do about it. Neither the message nor the details ever hold a secret.
 */
public class WalletException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorKind kind;
    private final String rawKind;
    private final boolean retryable;
    private final transient Map<String, String> details;

    /**
     * Makes an exception of any kind.
     *
     * @param rawKind the kind's name as the core gave it
     * @param message what happened; the exception's message is the kind's name and this
     * @param retryable whether the same call may succeed later without any change by the caller
     * @param details named values that belong to the kind, such as {@code needed} and {@code available}
     */
    public WalletException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind + ": " + message, cause);
        this.kind = ErrorKind.of(rawKind);
        this.rawKind = rawKind;
        this.retryable = retryable;
        this.details = Map.copyOf(details);
    }

    /** Makes an exception without details or cause. */
    public WalletException(ErrorKind kind, String message) {
        this(kind.name(), message, false, Map.of(), null);
    }

    /** Returns what went wrong; {@link ErrorKind#UNKNOWN} for a kind that a newer core has and this jar does not. */
    public final ErrorKind kind() {
        return kind;
    }

    /** Returns the kind's name as the core gave it. */
    public final String rawKind() {
        return rawKind;
    }

    /** Returns whether the same call may succeed later without any change by the caller. */
    public final boolean retryable() {
        return retryable;
    }

    /** Returns named values that belong to the kind; amounts in base units. Empty after deserialization. */
    public final Map<String, String> details() {
        return Objects.requireNonNullElse(details, Map.of());
    }
}
