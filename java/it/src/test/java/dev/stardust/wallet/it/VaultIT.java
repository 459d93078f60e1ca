package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.AddressPoolEvent;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.Health;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.SecretManagerException;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.VaultStatus;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Stronghold, and everything that can be wrong with it. */
@StardustDevnet
@Timeout(180)
class VaultIT {
    @TempDir
    Path directory;

    private Path snapshot() {
        return directory.resolve("wallet.stronghold");
    }

    private AccountManager locked(Devnet devnet) {
        return TestWallet.builder(directory, devnet, Stronghold.at(snapshot())).open();
    }

    private void make(Devnet devnet) {
        try (AccountManager manager = TestWallet.stronghold(directory, devnet);
                Mnemonic mnemonic = Mnemonic.generate()) {
            manager.storeMnemonic(mnemonic);
            manager.createAccount("alice").generateAddress();
        }
        assertThat(snapshot()).isNotEmptyFile();
    }

    @Test
    void passwords(Devnet devnet) {
        make(devnet);
        try (AccountManager manager = locked(devnet)) {
            assertThat(manager.vaultStatus()).isEqualTo(VaultStatus.LOCKED);
            assertFails(
                    ErrorKind.VAULT_LOCKED, () -> manager.getAccount("alice").generateAddress());
            assertFails(ErrorKind.WRONG_PASSWORD, () -> manager.setStrongholdPassword("wrong".toCharArray()));
            assertFails(ErrorKind.INVALID_PASSWORD, () -> manager.setStrongholdPassword(new char[0]));
            manager.setStrongholdPassword(TestWallet.PASSWORD.toCharArray());
            assertThat(manager.getAccount("alice").generateAddress().keyIndex()).isEqualTo(1);

            manager.changeStrongholdPassword(TestWallet.PASSWORD.toCharArray(), "another 🔑".toCharArray());
            manager.clearStrongholdPassword();
            assertThat(manager.vaultStatus()).isEqualTo(VaultStatus.LOCKED);
        }
        assertFails(ErrorKind.WRONG_PASSWORD, () -> TestWallet.stronghold(directory, devnet));
        Stronghold vault = Stronghold.at(snapshot(), "another 🔑".toCharArray());
        try (AccountManager manager =
                TestWallet.builder(directory, devnet, vault).open()) {
            assertThat(manager.vaultStatus()).isEqualTo(VaultStatus.UNLOCKED);
        }
    }

    @Test
    void itLocksByItself(Devnet devnet) throws Exception {
        make(devnet);
        try (AccountManager manager = locked(devnet)) {
            manager.setStrongholdPassword(TestWallet.PASSWORD.toCharArray(), Duration.ofMillis(1));
            while (manager.vaultStatus() != VaultStatus.LOCKED) {
                Thread.sleep(5);
            }
            assertFails(
                    ErrorKind.VAULT_LOCKED, () -> manager.getAccount("alice").generateAddress());
            manager.setStrongholdPassword(TestWallet.PASSWORD.toCharArray(), Duration.ofDays(1));
            manager.getAccount("alice").generateAddress();
            assertFails(
                    ErrorKind.INVALID_ARGUMENT,
                    () -> manager.setStrongholdPassword(TestWallet.PASSWORD.toCharArray(), Duration.ZERO));
        }
    }

    @Test
    void aPoolGivesAddressesWhileTheVaultIsLocked(Devnet devnet) throws Exception {
        make(devnet);
        List<AddressPoolEvent> told = new CopyOnWriteArrayList<>();
        try (AccountManager manager = TestWallet.builder(directory, devnet, Stronghold.at(snapshot()))
                .addressPoolSize(4)
                .open()) {
            while (manager.health().addressPool().empty() == 0) {
                Thread.sleep(5); // the pool of a wallet that had none
            }
            manager.listen(AddressPoolEvent.class, told::add);
            manager.setStrongholdPassword(TestWallet.PASSWORD.toCharArray());
            // that it was empty may be told before
            while (told.stream().noneMatch(event -> event.state() == AddressPoolEvent.State.GOOD)) {
                Thread.sleep(5);
            }
            assertThat(told.stream().filter(event -> event.state() == AddressPoolEvent.State.GOOD))
                    .first()
                    .isEqualTo(new AddressPoolEvent(0, "alice", false, 4, 4, AddressPoolEvent.State.GOOD));
            manager.clearStrongholdPassword();
            Account alice = manager.getAccount("alice");
            assertThat(alice.generateAddresses(4))
                    .extracting(AccountAddress::keyIndex)
                    .containsExactly(1L, 2L, 3L, 4L);
            assertFails(ErrorKind.POOL_EMPTY, alice::generateAddress);
            while (told.get(told.size() - 1).state() != AddressPoolEvent.State.EMPTY) {
                Thread.sleep(5);
            }
            assertThat(manager.health().addressPool()).isEqualTo(new Health.AddressPool(4, 0, 1));
        }
    }

    @Test
    void whoGuessesHasToWait(Devnet devnet) throws Exception {
        make(devnet);
        try (AccountManager manager = locked(devnet)) {
            int rounds = 1;
            while (!isThrottledAfterGuesses(manager)) {
                assertThat(rounds++).isLessThan(6);
            }
            while (manager.vaultStatus() != VaultStatus.UNLOCKED) {
                try {
                    manager.setStrongholdPassword(TestWallet.PASSWORD.toCharArray());
                } catch (SecretManagerException e) {
                    Thread.sleep(e.retryAfter().orElseThrow().toMillis());
                }
            }
        }
    }

    /**
     * Guesses three times and comes with the right password then. On a busy machine that may be later than the pause of a
     * second: false, and it is as if nobody had guessed.
     */
    private static boolean isThrottledAfterGuesses(AccountManager manager) {
        char[] wrong = "wrong".toCharArray();
        for (int i = 0; i < 3; i++) {
            assertFails(ErrorKind.WRONG_PASSWORD, () -> manager.setStrongholdPassword(wrong));
        }
        try {
            manager.setStrongholdPassword(TestWallet.PASSWORD.toCharArray());
        } catch (SecretManagerException e) {
            assertThat(e.kind()).isEqualTo(ErrorKind.PASSWORD_THROTTLED);
            assertThat(e.retryable()).isTrue();
            assertThat(e.retryAfter().orElseThrow()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
            return true;
        }
        manager.clearStrongholdPassword();
        return false;
    }

    @Test
    void damagedMissingAndForeignFiles(Devnet devnet) throws Exception {
        make(devnet);
        byte[] good = Files.readAllBytes(snapshot());

        Files.write(snapshot(), "something else entirely".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertFails(ErrorKind.VAULT_FOREIGN, () -> TestWallet.stronghold(directory, devnet));

        byte[] truncated = java.util.Arrays.copyOf(good, good.length / 2);
        Files.write(snapshot(), truncated);
        assertFails(ErrorKind.VAULT_DAMAGED, () -> TestWallet.stronghold(directory, devnet));
        assertThat(snapshot()).as("it is left as it is").hasBinaryContent(truncated);

        Files.delete(snapshot());
        assertFails(ErrorKind.VAULT_MISSING, () -> TestWallet.stronghold(directory, devnet));
        assertThat(snapshot()).as("it is not made anew").doesNotExist();

        Files.write(snapshot(), good);
        try (AccountManager manager = TestWallet.stronghold(directory, devnet)) {
            assertThat(manager.vaultStatus()).isEqualTo(VaultStatus.UNLOCKED);
        }
    }

    @Test
    void aMnemonicIsStoredOnce(Devnet devnet) {
        try (AccountManager manager = TestWallet.stronghold(directory, devnet);
                Mnemonic mnemonic = Mnemonic.generate()) {
            manager.createAccount("alice");
            assertFails(ErrorKind.VAULT_EMPTY, () -> manager.getAccount("alice").generateAddress());
            manager.storeMnemonic(mnemonic);
            assertFails(ErrorKind.MNEMONIC_ALREADY_STORED, () -> manager.storeMnemonic(mnemonic));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "abandon",
                // a word that is not in the list
                "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon"
                        + " abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon artt",
                // a wrong checksum
                "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon"
                        + " abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon",
                // 12 words, valid by themselves
                "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"
            })
    void wrongMnemonics(String words, Devnet devnet) {
        try (AccountManager manager = TestWallet.stronghold(directory, devnet);
                Mnemonic mnemonic = Mnemonic.of(words.toCharArray())) {
            assertFails(ErrorKind.MNEMONIC_INVALID, () -> manager.storeMnemonic(mnemonic));
            assertFails(ErrorKind.MNEMONIC_INVALID, () -> manager.verifyMnemonic(mnemonic));
            assertThat(manager.vaultStatus()).isEqualTo(VaultStatus.EMPTY);
        }
    }
}
