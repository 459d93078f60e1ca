package dev.stardust.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stardust.wallet.internal.core.FakeCore;
import dev.stardust.wallet.internal.json.Errors;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of passwords and words on their way to the native part, and when they do not get there. */
@Timeout(60)
class SecretHandlingTest {
    private static final Path BACKUP = Path.of("wallet.backup");
    private static final Path VAULT = Path.of("w.stronghold");
    private static final String IMPORTED = "{\"accounts\":1,\"publicAddresses\":2,\"internalAddresses\":3,\"notes\":4}";

    private final FakeCore core = core();

    /** One for each wallet: it is closed with it. */
    private static FakeCore core() {
        return new FakeCore()
                .result("wallet.start", "{}")
                .result("secret.setPassword", "{\"status\":\"unlocked\"}")
                .result("secret.storeMnemonic", "{}")
                .result("secret.changePassword", "{}")
                .result("secret.migrateSnapshot", "{}")
                .result("wallet.import", IMPORTED);
    }

    private AccountManagerBuilder builder(SecretManager secrets) {
        return builder(secrets, core);
    }

    private static AccountManagerBuilder builder(SecretManager secrets, FakeCore core) {
        return AccountManager.builder()
                .storagePath(Path.of("wallet"))
                .secretManager(secrets)
                .clientOptions(ClientOptions.node(URI.create("http://localhost:14265")))
                .coinType(CoinType.SHIMMER)
                .transport(core);
    }

    private static void assertIsWiped(Stronghold vault) {
        assertThatThrownBy(vault::takePassword).isInstanceOf(IllegalStateException.class);
    }

    private static char[] password() {
        return "open sesame".toCharArray();
    }

    @Test
    void aBackupsPasswordServesForOneCall() {
        core.openFailure = Errors.of(ErrorKind.RESTORE_TARGET, "not empty", false);
        AccountManagerBuilder builder = builder(Stronghold.at(VAULT)).restoreFrom(BACKUP, password());
        assertThatThrownBy(builder::open).isInstanceOf(StorageException.class);
        core.openFailure = null;
        assertThatThrownBy(builder::open)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("restoreFrom");
        assertThat(core.config).as("no wallet was opened without the backup").isNull();
        builder.restoreFrom(BACKUP, password()).open().close();
        assertThat(core.secrets).containsExactly("open sesame", "open sesame");
        assertThat(core.secretArrays).allSatisfy(bytes -> assertThat(bytes).containsOnly(0));
    }

    @Test
    void secretsAreWipedWhateverIsMissing() {
        Stronghold vault = Stronghold.at(VAULT, password());
        AccountManagerBuilder builder = builder(vault).coinType(null).restoreFrom(BACKUP, password());
        assertThatThrownBy(builder::open).isInstanceOf(ConfigurationException.class);
        assertIsWiped(vault);
        builder.coinType(CoinType.SHIMMER).secretManager(Stronghold.at(VAULT));
        assertThatThrownBy(builder::open)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("restoreFrom");

        MnemonicSecretManager words = MnemonicSecretManager.of(Mnemonic.of(password()));
        assertThatThrownBy(() -> builder(words).clientOptions(null).open()).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(words::utf8).isInstanceOf(IllegalStateException.class);
        assertThat(core.secrets).isEmpty();
    }

    @Test
    void whatIsReplacedOrWipedServesForNothing() {
        Stronghold first = Stronghold.at(VAULT, password());
        Stronghold second = Stronghold.at(VAULT, password());
        AccountManagerBuilder builder =
                builder(first).secretManager(second).secretManager(second).restoreFrom(BACKUP, password());
        assertIsWiped(first);
        BackupSource replaced = builder.backup;
        builder.restoreFrom(BACKUP, password());
        assertThatThrownBy(() -> replaced.put(core, second)).isInstanceOf(IllegalStateException.class);
        builder.open().close();
        // the backup's password and the vault's for the restore, and the vault's to unlock it
        assertThat(core.secrets).hasSize(3);

        Stronghold unused = Stronghold.at(VAULT, password());
        MnemonicSecretManager words = MnemonicSecretManager.of(Mnemonic.of(password()));
        unused.wipe();
        words.wipe();
        assertIsWiped(unused);
        assertThatThrownBy(words::utf8).isInstanceOf(IllegalStateException.class);
        ImportSource source = ImportSource.stronghold(BACKUP, password());
        source.wipe();
        try (AccountManager manager = TestManagers.open(core())) {
            assertThatThrownBy(() -> manager.importFrom(source)).isInstanceOf(IllegalStateException.class);
        }
    }

    /** The native part keeps what it was given until it is used. */
    @ParameterizedTest
    @ValueSource(ints = {1, 5_000})
    void ofTwoPasswordsNoneIsHandedOverWhenOneCannotBe(int length) {
        char[] flawed = "\ud83d".repeat(length).toCharArray();
        Path target = Path.of("new");
        try (AccountManager manager = TestManagers.open(core)) {
            assertThatThrownBy(() -> manager.changeStrongholdPassword(password(), flawed))
                    .isInstanceOf(InvalidInputException.class);
            assertThatThrownBy(() -> manager.migrateStronghold(VAULT, target, password(), flawed))
                    .isInstanceOf(InvalidInputException.class);
            assertThat(manager.changeStrongholdPasswordAsync(password(), flawed))
                    .isCompletedExceptionally();
            assertThat(manager.migrateStrongholdAsync(VAULT, target, password(), flawed))
                    .isCompletedExceptionally();
            assertThat(core.secrets).isEmpty();
            manager.changeStrongholdPassword(password(), "another".toCharArray());
            assertThat(core.params("secret.changePassword")).hasToString("{\"current\":1,\"replacement\":2}");
            manager.migrateStronghold(VAULT, target, password(), "another".toCharArray());
            assertThat(core.params("secret.migrateSnapshot").path("replacement").asInt())
                    .isEqualTo(4);
            assertThat(core.secretArrays).allSatisfy(bytes -> assertThat(bytes).containsOnly(0));
        }
    }

    @Test
    void whatIsTooLongIsNamed() {
        char[] longest = "ä".repeat(2_048).toCharArray();
        char[] tooLong = ("ä".repeat(2_048) + "a").toCharArray();
        try (AccountManager manager = TestManagers.open(core)) {
            manager.setStrongholdPassword(longest);
            assertThat(core.secrets).hasSize(1);
            assertIsInvalid(() -> manager.setStrongholdPassword(tooLong));
            assertIsInvalid(() -> manager.changeStrongholdPassword(password(), tooLong));
            assertIsInvalid(() -> manager.backup(BACKUP, tooLong));
            assertIsInvalid(() -> manager.importFrom(ImportSource.stronghold(BACKUP, tooLong)));
            assertThat(core.secrets).hasSize(1);
            FakeCore other = core();
            AccountManagerBuilder restoring =
                    builder(Stronghold.at(VAULT), other).restoreFrom(BACKUP, tooLong);
            assertIsInvalid(restoring::open);
            assertIsInvalid(() -> builder(Stronghold.at(VAULT, tooLong), other).open());
            assertThat(other.secrets).isEmpty();
            assertThatThrownBy(() -> manager.verifyMnemonic(Mnemonic.of(tooLong)))
                    .isInstanceOfSatisfying(SecretManagerException.class, e -> assertThat(e.kind())
                            .isEqualTo(ErrorKind.MNEMONIC_INVALID));
        }
        // a token of a node
        assertThat(Errors.secretStatus(-4).kind()).isEqualTo(ErrorKind.INVALID_ARGUMENT);
        assertThat(Errors.secretStatus(-1).kind()).isEqualTo(ErrorKind.BUSY);
    }

    private static void assertIsInvalid(Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        SecretManagerException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_PASSWORD))
                .hasMessageContaining("4,096 bytes");
    }

    @Test
    void aSourceCanBeUsedAfterASkipThatCannotBe() {
        ImportSource source = ImportSource.stronghold(BACKUP, password());
        try (AccountManager manager = TestManagers.open(core)) {
            assertThatThrownBy(() -> manager.importFrom(source, -1))
                    .isInstanceOfSatisfying(InvalidInputException.class, e -> assertThat(e.kind())
                            .isEqualTo(ErrorKind.INVALID_ARGUMENT));
            assertThat(manager.importFromAsync(source, -1)
                            .handle((report, reason) -> reason)
                            .join())
                    .isInstanceOf(InvalidInputException.class);
            assertThat(core.secrets).isEmpty();
            assertThat(manager.importFrom(source, 0)).isEqualTo(new ImportReport(1, 2, 3, 4));
            assertThat(core.secrets).containsExactly("open sesame");
            assertThatThrownBy(() -> manager.importFrom(source)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void notesThatWereImportedAreListed() {
        String id = "0x" + "07".repeat(32);
        core.result(
                "wallet.importedNotes",
                "{\"items\":[{\"accountIndex\":2,\"transactionId\":\"" + id + "\",\"note\":\"for Zoë\"}]}");
        try (AccountManager manager = TestManagers.open(core)) {
            assertThat(manager.listImportedNotes().toList())
                    .containsExactly(new ImportedNote(2, TransactionId.of(id), "for Zoë"));
        }
    }
}
