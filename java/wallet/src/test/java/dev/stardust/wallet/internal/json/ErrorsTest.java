package dev.stardust.wallet.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.NativeCrashException;
import dev.stardust.wallet.WalletException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorsTest {
    @ParameterizedTest
    @EnumSource(ErrorKind.class)
    void everyKindHasAClassAndKeepsItsName(ErrorKind kind) {
        WalletException e = Errors.of(kind, "what happened", true);
        assertThat(e.kind()).isEqualTo(kind);
        assertThat(e).hasMessage(kind + ": what happened");
        assertThat(e.retryable()).isTrue();
        boolean general = kind == ErrorKind.BUSY
                || kind == ErrorKind.UNKNOWN
                || kind == ErrorKind.INTERRUPTED
                || kind == ErrorKind.NATIVE_LIBRARY;
        assertThat(e.getClass() == WalletException.class).isEqualTo(general);
    }

    @ParameterizedTest
    @CsvSource({
        "ALIAS_TAKEN, InvalidInputException",
        "ADDRESS_WRONG_NETWORK, InvalidInputException",
        "IDEMPOTENCY_CONFLICT, InvalidInputException",
        "WRONG_PASSWORD, SecretManagerException",
        "VAULT_DAMAGED, SecretManagerException",
        "VAULT_LIMIT, SecretManagerException",
        "MNEMONIC_INVALID, SecretManagerException",
        "SEED_MISMATCH, SecretManagerException",
        "NODE_WRONG_NETWORK, NodeException",
        "STORAGE_LOCKED, StorageException",
        "LOG_REPLACED, StorageException",
        "GAP, WalletHaltedException",
        "CLOSED, WalletClosedException",
        "UNKNOWN_HANDLE, WalletClosedException",
        "TIMEOUT, WalletTimeoutException",
        "TRANSACTION_REJECTED, TransactionRejectedException",
        "INSUFFICIENT_FUNDS, InsufficientFundsException",
        "POLICY_REFUSED, PaymentRefusedException",
        "POSSIBLY_PAID, WalletHaltedException",
        "APPROVAL_REQUIRED, PaymentRefusedException",
        "PREPARED_NOT_FOUND, InvalidInputException",
        "INVALID_CONFIGURATION, ConfigurationException",
    })
    void theClassSaysWhatTheCallerCanDo(ErrorKind kind, String type) {
        assertThat(Errors.of(kind, "", false).getClass().getSimpleName()).isEqualTo(type);
    }

    @Test
    void anErrorThatIsNoErrorIsADefect() {
        assertThat(Errors.exception("not json".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(NativeCrashException.class);
        assertThat(Errors.exception(Json.object()).kind()).isEqualTo(ErrorKind.UNKNOWN);
        assertThat(Errors.status(-77)).isInstanceOf(NativeCrashException.class);
    }
}
