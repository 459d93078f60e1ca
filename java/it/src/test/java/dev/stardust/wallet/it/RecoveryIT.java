package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.IssuedCount;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.Recovery;
import dev.stardust.wallet.RecoveryOptions;
import dev.stardust.wallet.RecoveryProgressEvent;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A wallet is lost, and nothing but its mnemonic is left. */
@StardustDevnet
@Timeout(300)
class RecoveryIT {
    @TempDir
    Path directory;

    private final Mnemonic words = Mnemonic.generate();
    private Set<String> issued;

    /** The lost wallet: alice has coins on the third of four addresses, bob none, carol on her first. */
    @BeforeEach
    void lose(Devnet devnet) {
        try (AccountManager manager = TestWallet.builder(
                        directory.resolve("lost"), devnet, MnemonicSecretManager.of(words, SeedOrigin.NEW))
                .open()) {
            manager.sync();
            List<AccountAddress> alice = manager.createAccount("alice").generateAddresses(4);
            manager.createAccount("bob");
            AccountAddress carol = manager.createAccount("carol").generateAddress();
            devnet.fund(alice.get(2).address(), 2_000_000);
            devnet.fund(carol.address(), 3_000_000);
            devnet.issueMilestones(1);
            manager.sync();
            assertThat(manager.balance().total().value()).isEqualTo(5_000_000);
            issued = manager.getAccounts().stream()
                    .flatMap(account -> account.listAddresses().stream())
                    .map(AccountAddress::address)
                    .collect(Collectors.toSet());
        }
    }

    @AfterEach
    void wipe() {
        words.close();
    }

    private AccountManager found(Devnet devnet) {
        Path found = directory.resolve("found");
        return TestWallet.builder(found, devnet, MnemonicSecretManager.of(words, SeedOrigin.EXISTING))
                .open();
    }

    @Test
    void gapLimitsFindWhatHoldsSomethingAndIssuingWaitsForAWord(Devnet devnet) throws Exception {
        try (AccountManager manager = TestWallet.stronghold(directory.resolve("found"), devnet)) {
            assertFails(ErrorKind.VAULT_EMPTY, () -> manager.recoverAccounts(RecoveryOptions.defaults()));
            manager.storeMnemonic(Mnemonic.of(words.reveal()), SeedOrigin.EXISTING);
            manager.clearStrongholdPassword();
            assertFails(ErrorKind.VAULT_LOCKED, () -> manager.recoverAccounts(RecoveryOptions.defaults()));
            manager.setStrongholdPassword(TestWallet.PASSWORD.toCharArray());
            LinkedBlockingQueue<RecoveryProgressEvent> told = new LinkedBlockingQueue<>();
            manager.listen(RecoveryProgressEvent.class, told::add);

            Recovery recovery = manager.recoverAccounts(RecoveryOptions.gapLimits(2, 5));
            assertThat(recovery.complete() && recovery.issuingFrozen()).isTrue();
            assertThat(recovery.accounts()).isEqualTo(3);
            assertThat(recovery.addresses()).isEqualTo(4);
            assertThat(recovery.amount().value()).isEqualTo(5_000_000);
            assertThat(manager.recoveryState()).contains(recovery);
            assertThat(manager.balance().total().value()).isEqualTo(5_000_000);
            RecoveryProgressEvent last = told.poll(1, TimeUnit.MINUTES);
            while (last != null && last.accountIndex() < 5) {
                last = told.poll(1, TimeUnit.MINUTES);
            }
            assertThat(last)
                    .isEqualTo(new RecoveryProgressEvent(5, false, 0, recovery.lookedAt(), 4, 3, recovery.amount()));
        }
        // what was found is there, and frozen, after a restart too
        try (AccountManager manager = TestWallet.stronghold(directory.resolve("found"), devnet)) {
            Account alice = manager.getAccount("recovered-0");
            assertFails(ErrorKind.ISSUING_FROZEN, alice::generateAddress);
            assertFails(ErrorKind.ISSUING_FROZEN, () -> manager.createAccount("dave"));
            // alice's fourth address holds nothing, so only the operator knows of it
            manager.releaseIssuing(List.of(IssuedCount.of(0, 4, 0), IssuedCount.of(1, 0, 0), IssuedCount.of(2, 1, 0)));
            AccountAddress next = alice.generateAddress();
            assertThat(next.keyIndex()).isEqualTo(4);
            assertThat(issued).doesNotContain(next.address());
            assertThat(alice.listAddresses().stream().map(AccountAddress::address))
                    .filteredOn(issued::contains)
                    .hasSize(4);
        }
    }

    @Test
    void exactCountsFreeIssuingAtOnce(Devnet devnet) throws Exception {
        try (AccountManager manager = found(devnet)) {
            Recovery recovery = manager.recoverAccountsAsync(RecoveryOptions.exact(List.of(
                            IssuedCount.of(0, "alice", 4, 0),
                            IssuedCount.of(1, "bob", 0, 0),
                            IssuedCount.of(2, "carol", 1, 0))))
                    .get(2, TimeUnit.MINUTES);
            assertThat(recovery.complete()).isTrue();
            assertThat(recovery.issuingFrozen()).isFalse();
            assertThat(recovery.amount().value()).isEqualTo(5_000_000);
            Account carol = manager.getAccount("carol");
            assertThat(carol.balance().available().value()).isEqualTo(3_000_000);
            assertThat(issued).doesNotContain(carol.generateAddress().address());
        }
    }

    @Test
    void aCancelledSearchGoesOnLater(Devnet devnet) throws Exception {
        RecoveryOptions far = RecoveryOptions.gapLimits(40, 20);
        try (AccountManager manager = found(devnet)) {
            CountDownLatch begun = new CountDownLatch(1);
            manager.listen(RecoveryProgressEvent.class, event -> begun.countDown());
            CompletableFuture<Recovery> search = manager.recoverAccountsAsync(far);
            assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();
            search.cancel(true);
            assertThat(manager.recoveryState().orElseThrow().issuingFrozen()).isTrue();
        }
        try (AccountManager manager = found(devnet)) {
            Recovery recovery = again(manager, far);
            assertThat(recovery.complete()).isTrue();
            assertThat(manager.getAccounts()).hasSize(3);
            assertThat(manager.balance().total().value()).isEqualTo(5_000_000);
            manager.skipAhead(100);
            assertThat(issued)
                    .doesNotContain(manager.getAccount(0).generateAddress().address());
        }
    }

    /** A search that was told to stop may still be on its last answer. */
    private static Recovery again(AccountManager manager, RecoveryOptions options) throws InterruptedException {
        while (true) {
            try {
                return manager.recoverAccounts(options);
            } catch (WalletException e) {
                assertThat(e.kind()).isEqualTo(ErrorKind.BUSY);
                Thread.sleep(Duration.ofMillis(20).toMillis());
            }
        }
    }

    @Test
    void whatCannotBeIsRefused(Devnet devnet) {
        try (AccountManager manager = found(devnet)) {
            for (RecoveryOptions options : List.of(
                    RecoveryOptions.gapLimits(0, 20),
                    RecoveryOptions.gapLimits(1, 0),
                    RecoveryOptions.gapLimits(-1, 20),
                    RecoveryOptions.gapLimits(1, Integer.MAX_VALUE),
                    RecoveryOptions.exact(List.of(IssuedCount.of(1, 1, 0))),
                    RecoveryOptions.exact(List.of(IssuedCount.of(0, 1, 0), IssuedCount.of(0, 1, 0))),
                    RecoveryOptions.exact(List.of(IssuedCount.of(0, (1L << 31) + 1, 0))),
                    RecoveryOptions.exact(List.of(IssuedCount.of(0, 1L << 40, 0))),
                    RecoveryOptions.exact(List.of(IssuedCount.of(0, -1, 0))))) {
                assertFails(ErrorKind.INVALID_ARGUMENT, () -> manager.recoverAccounts(options));
            }
            assertThat(manager.recoveryState()).isEmpty();
        }
    }
}
