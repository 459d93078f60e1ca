package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.ImportReport;
import dev.stardust.wallet.ImportSource;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.testkit.Devnet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Moving in from iota-sdk and wallet.rs, with files that their published wheels wrote. */
@Timeout(180)
class MovingInIT {
    /** Shared with the tests of the native part; how they were made is in {@code tools/iota-sdk-export}. */
    private static final Path FILES = Path.of("../../native/wallet/src/import/fixtures");

    private static final String THEIR_PASSWORD = "A password, with ümlaut";

    /** With the prefix of the files' addresses. */
    private static Devnet devnet;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() {
        devnet = Devnet.own("100ms", "--hrp", "rms");
    }

    @AfterAll
    static void stop() {
        devnet.close();
    }

    private static ImportSource backup(String password) {
        return ImportSource.stronghold(FILES.resolve("backup.stronghold"), password.toCharArray());
    }

    @Test
    void aBackupOfIotaSdkBringsAccountsAddressesAndBalances() throws Exception {
        byte[] before = Files.readAllBytes(FILES.resolve("backup.stronghold"));
        List<String> theirs;
        try (AccountManager manager = TestWallet.stronghold(directory.resolve("first"), devnet)) {
            manager.sync();
            assertFails(ErrorKind.WRONG_PASSWORD, () -> manager.importFrom(backup("another")));
            assertThat(manager.getAccounts()).isEmpty();

            ImportReport report = manager.importFrom(backup(THEIR_PASSWORD));
            assertThat(report).isEqualTo(new ImportReport(3, 502, 8, 0));
            assertThat(manager.getAccounts())
                    .extracting(Account::alias)
                    .containsExactly("Treasury", "Zoë & Söhne", "hot");
            theirs = manager.getAccount("hot").listAddresses().stream()
                    .map(AccountAddress::address)
                    .toList();
            assertThat(theirs).hasSize(55);
            AccountAddress next = manager.getAccount("hot").generateAddress();
            assertThat(next.keyIndex()).isEqualTo(50);
            assertThat(theirs).doesNotContain(next.address());
            assertFails(ErrorKind.WALLET_NOT_EMPTY, () -> manager.importFrom(backup(THEIR_PASSWORD)));
        }
        assertThat(Files.readAllBytes(FILES.resolve("backup.stronghold"))).isEqualTo(before);

        // what their addresses hold is there after moving in, and is no deposit
        devnet.fund(theirs.get(17), 3_000_000);
        devnet.issueMilestones(1);
        try (AccountManager manager = TestWallet.stronghold(directory.resolve("second"), devnet)) {
            manager.importFromAsync(backup(THEIR_PASSWORD), 20).get();
            Account hot = manager.getAccount("hot");
            for (int i = 0; i < 600 && hot.balance().available().value() == 0; i++) {
                Thread.sleep(100);
            }
            assertThat(hot.balance().available().value()).isEqualTo(3_000_000);
            assertThat(hot.generateAddress().keyIndex()).isEqualTo(70);
            // on both chains: 55 of the file, the one just made, and 20 more of each
            assertThat(hot.listAddresses().stream()).hasSize(55 + 40 + 1);
        }
    }

    @Test
    void aSnapshotOfWalletRsBecomesAVaultUnderTheSameOrAnotherPassword() throws Exception {
        Path old = FILES.resolve("../../keys/stronghold/fixtures/version-2.stronghold");
        byte[] before = Files.readAllBytes(old);
        Path same = directory.resolve("same.stronghold");
        Path other = directory.resolve("other.stronghold");
        Path async = directory.resolve("async.stronghold");
        try (AccountManager manager = TestWallet.inMemory(directory.resolve("any"), devnet)) {
            manager.migrateStronghold(old, same, THEIR_PASSWORD.toCharArray());
            manager.migrateStronghold(old, other, THEIR_PASSWORD.toCharArray(), "another".toCharArray());
            manager.migrateStrongholdAsync(old, async, THEIR_PASSWORD.toCharArray(), "third".toCharArray())
                    .get();
            assertFails(
                    ErrorKind.INVALID_ARGUMENT,
                    () -> manager.migrateStronghold(old, other, THEIR_PASSWORD.toCharArray()));
        }
        assertThat(Files.readAllBytes(old)).isEqualTo(before);
        Map<Path, String> passwords = Map.of(same, THEIR_PASSWORD, other, "another", async, "third");
        Set<String> addresses = new HashSet<>();
        for (Map.Entry<Path, String> vault : passwords.entrySet()) {
            Path wallet = directory.resolve("wallet-of-" + vault.getKey().getFileName());
            try (AccountManager manager = AccountManager.builder()
                    .storagePath(wallet)
                    .secretManager(
                            Stronghold.at(vault.getKey(), vault.getValue().toCharArray()))
                    .clientOptions(ClientOptions.node(devnet.node()))
                    .coinType(CoinType.SHIMMER)
                    .open()) {
                addresses.add(manager.createAccount("alice").generateAddress().address());
            }
        }
        // the seed of the backup of iota-sdk
        String first;
        try (AccountManager manager = TestWallet.stronghold(directory.resolve("moved"), devnet)) {
            manager.importFrom(backup(THEIR_PASSWORD));
            first = manager.getAccount("Treasury").listAddresses().stream()
                    .findFirst()
                    .orElseThrow()
                    .address();
        }
        assertThat(addresses).containsExactly(first);
    }

    @Test
    void anExportWantsTheSeedOfItsAddresses() {
        try (AccountManager manager = TestWallet.inMemory(directory, devnet)) {
            ImportSource export = ImportSource.export(FILES.resolve("export.json"));
            assertFails(ErrorKind.SEED_MISMATCH, () -> manager.importFrom(export));
            assertThat(manager.getAccounts()).isEmpty();
            assertFails(
                    ErrorKind.IMPORT_INVALID,
                    () -> manager.importFrom(ImportSource.export(FILES.resolve("addresses.json"))));
            assertFails(ErrorKind.IMPORT_IO, () -> manager.importFrom(ImportSource.export(directory.resolve("none"))));
            assertFails(
                    ErrorKind.VAULT_VERSION,
                    () -> manager.migrateStronghold(
                            FILES.resolve("backup.stronghold"),
                            directory.resolve("new"),
                            THEIR_PASSWORD.toCharArray()));
        }
    }

    @Test
    void aVaultOfWalletRsIsMigratedAndItsBackupMovesIntoIt() throws Exception {
        Path old = FILES.resolve("../../keys/stronghold/fixtures/version-2.stronghold");
        Path vault = directory.resolve("version-3.stronghold");
        byte[] before = Files.readAllBytes(old);
        try (AccountManager manager = TestWallet.inMemory(directory.resolve("any"), devnet)) {
            manager.migrateStronghold(old, vault, THEIR_PASSWORD.toCharArray());
        }
        assertThat(Files.readAllBytes(old)).isEqualTo(before);

        Stronghold migrated = Stronghold.at(vault, THEIR_PASSWORD.toCharArray());
        try (AccountManager manager =
                TestWallet.builder(directory.resolve("moved"), devnet, migrated).open()) {
            // the migrated vault has the backup's seed already
            ImportReport report = manager.importFrom(
                    ImportSource.stronghold(FILES.resolve("wallet-rs.stronghold"), THEIR_PASSWORD.toCharArray()));
            assertThat(report).isEqualTo(new ImportReport(3, 502, 8, 0));
            assertThat(manager.getAccounts())
                    .extracting(Account::alias)
                    .containsExactly("Treasury", "Zoë & Söhne", "hot");
            assertThat(manager.getAccount("hot").generateAddress().keyIndex()).isEqualTo(50);
        }
    }
}
