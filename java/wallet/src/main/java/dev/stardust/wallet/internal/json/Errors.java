package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.ConfigurationException;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.InsufficientFundsException;
import dev.stardust.wallet.InvalidInputException;
import dev.stardust.wallet.NativeCrashException;
import dev.stardust.wallet.NodeException;
import dev.stardust.wallet.PaymentRefusedException;
import dev.stardust.wallet.SecretManagerException;
import dev.stardust.wallet.StorageException;
import dev.stardust.wallet.TransactionRejectedException;
import dev.stardust.wallet.WalletClosedException;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.WalletHaltedException;
import dev.stardust.wallet.WalletTimeoutException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns errors of the core into exceptions. */
public final class Errors {
    private static final Set<String> SECRETS = Set.of(
            "WRONG_PASSWORD",
            "INVALID_PASSWORD",
            "PASSWORD_THROTTLED",
            "POOL_EMPTY",
            "SEED_MISMATCH",
            "SECRET_REFERENCE");

    private Errors() {}

    private interface Maker {
        WalletException make(
                String rawKind,
                String message,
                boolean retryable,
                Map<String, String> details,
                @Nullable Throwable cause);
    }

    /** Reads an error object: code, message, data with kind, retryable and details. */
    public static WalletException exception(JsonNode error) {
        JsonNode data = error.path("data");
        String kind = data.path("kind").asText("");
        Map<String, String> details = new HashMap<>();
        data.path("details")
                .properties()
                .forEach(entry -> details.put(entry.getKey(), entry.getValue().asText()));
        String message = error.path("message").asText("no message");
        boolean retryable = data.path("retryable").asBoolean(false);
        return maker(ErrorKind.of(kind)).make(kind, message, retryable, details, null);
    }

    /** Reads an error object from its text. */
    public static WalletException exception(byte[] error) {
        try {
            return exception(Json.parse(error));
        } catch (IOException e) {
            return of(ErrorKind.INTERNAL, "the native part gave an error that is not JSON", false);
        }
    }

    /** Makes an exception of the class that belongs to the kind. */
    public static WalletException of(ErrorKind kind, String message, boolean retryable) {
        return maker(kind).make(kind.name(), message, retryable, Map.of(), null);
    }

    /** Reads the negative status of a call of the C interface. */
    public static WalletException status(int status) {
        return switch (status) {
            case -1 -> of(ErrorKind.BUSY, "too many requests are waiting; nothing was started", true);
            case -2 -> of(ErrorKind.CLOSED, "the wallet is closed", false);
            case -3 -> of(ErrorKind.UNKNOWN_HANDLE, "the wallet is closed", false);
            case -4 -> of(ErrorKind.MESSAGE_TOO_LARGE, "the request is too large", false);
            case -5 -> of(ErrorKind.INVALID_MESSAGE, "the native part refuses the request", false);
            default -> of(ErrorKind.INTERNAL, "the native part failed with status " + status, false);
        };
    }

    /** Reads the negative status of handing over a secret. */
    public static WalletException secretStatus(int status) {
        return status == -4
                ? of(ErrorKind.INVALID_ARGUMENT, "a secret has 4,096 bytes at most", false)
                : status(status);
    }

    private static Maker maker(ErrorKind kind) {
        return switch (kind) {
            case CLOSED, UNKNOWN_HANDLE -> WalletClosedException::new;
            case INTERNAL -> NativeCrashException::new;
            // of a request that may be paid nobody may think that its argument was wrong and nothing was done
            case HALTED, GAP, FOREIGN_SIGNER, ISSUING_FROZEN, PAYMENTS_FROZEN, POSSIBLY_PAID ->
                WalletHaltedException::new;
            case TIMEOUT -> WalletTimeoutException::new;
            case INVALID_CONFIGURATION -> ConfigurationException::new;
            case STORAGE,
                    STORAGE_LOCKED,
                    STORAGE_CORRUPT,
                    STORAGE_NEWER,
                    STORAGE_MISMATCH,
                    LOG_REPLACED,
                    BACKUP_FOREIGN,
                    BACKUP_VERSION,
                    BACKUP_DAMAGED,
                    BACKUP_IO,
                    BACKUP_EXISTS,
                    RESTORE_TARGET,
                    JOURNAL_FOREIGN,
                    JOURNAL_VERSION,
                    JOURNAL_DAMAGED,
                    JOURNAL_AHEAD,
                    JOURNAL_IO,
                    NOT_DURABLE -> StorageException::new;
            case POLICY_REFUSED, APPROVAL_REQUIRED, REVIEW_REQUIRED -> PaymentRefusedException::new;
            case INSUFFICIENT_FUNDS -> InsufficientFundsException::new;
            case TRANSACTION_REJECTED -> TransactionRejectedException::new;
            case BUSY, UNKNOWN, NATIVE_LIBRARY, INTERRUPTED -> WalletException::new;
            default -> byName(kind.name());
        };
    }

    /** The kinds of these families begin alike; what is left is about an argument of the call. */
    private static Maker byName(String kind) {
        if (kind.startsWith("NODE_")) {
            return NodeException::new;
        }
        boolean secret = kind.startsWith("VAULT_") || kind.startsWith("MNEMONIC_") || SECRETS.contains(kind);
        return secret ? SecretManagerException::new : InvalidInputException::new;
    }
}
