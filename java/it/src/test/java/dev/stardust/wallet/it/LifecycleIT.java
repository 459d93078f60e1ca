package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.StorageException;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.WalletClosedException;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Opening, closing, opening again. */
@StardustDevnet
@Timeout(120)
class LifecycleIT {
    @TempDir
    Path directory;

    @Test
    void aDirectoryHasOneManagerAtATime(Devnet devnet) {
        try (AccountManager first = TestWallet.inMemory(directory, devnet)) {
            assertThatThrownBy(() -> TestWallet.inMemory(directory, devnet))
                    .isInstanceOfSatisfying(
                            StorageException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.STORAGE_LOCKED));
            assertThat(first.createAccount("undisturbed").index()).isZero();
        }
    }

    @Test
    void manyManagersLiveSideBySide(Devnet devnet) {
        try (AccountManager one = TestWallet.inMemory(directory.resolve("one"), devnet);
                AccountManager other = TestWallet.inMemory(directory.resolve("other"), devnet)) {
            String address = one.createAccount("a").generateAddress().address();
            other.createAccount("a");
            assertFails(ErrorKind.ADDRESS_NOT_FOUND, () -> other.findAddress(address));
            one.close();
            assertThat(other.getAccount("a").index()).isZero();
        }
    }

    @Test
    void aWalletGoesOnWhereItWas(Devnet devnet) {
        List<LedgerEvent> before;
        try (Mnemonic words = Mnemonic.generate()) {
            try (AccountManager manager = TestWallet.builder(directory, devnet, MnemonicSecretManager.of(words))
                    .open()) {
                TestWallet.funded(manager, devnet, "alice", 7_000_000);
                before = manager.consumer("c").poll(Duration.ofSeconds(5));
                assertThat(before).isNotEmpty();
            }
            devnet.issueMilestones(5);
            try (AccountManager manager = TestWallet.builder(directory, devnet, MnemonicSecretManager.of(words))
                    .open()) {
                Account alice = manager.getAccount("alice");
                assertThat(alice.sync().total().value()).isEqualTo(7_000_000);
                assertThat(manager.consumer("c").poll(Duration.ofSeconds(5)))
                        .as("what was not acknowledged comes again")
                        .isEqualTo(before);
                assertThat(alice.generateAddress().keyIndex()).isEqualTo(1);
            }
        }
    }

    @Test
    void aPaymentSurvivesARestart(Devnet devnet) {
        try (Mnemonic words = Mnemonic.generate()) {
            Transaction sent;
            devnet.issueMilestones(1);
            try (AccountManager manager = TestWallet.builder(directory, devnet, MnemonicSecretManager.of(words))
                    .open()) {
                Account alice = TestWallet.funded(manager, devnet, "alice", 7_000_000);
                devnet.pause();
                String self = alice.generateAddress().address();
                sent = alice.sendAmount(List.of(dev.stardust.wallet.Payment.of(self, 1_000_000)));
            } finally {
                devnet.resume();
            }
            try (AccountManager manager = TestWallet.builder(directory, devnet, MnemonicSecretManager.of(words))
                    .open()) {
                assertThat(manager.getTransaction(sent.id())
                                .awaitInclusion(Duration.ofMinutes(1))
                                .isConfirmed())
                        .isTrue();
            }
        }
    }

    @Test
    void aDirectoryStaysWithItsSeedAndItsCoinType(Devnet devnet) {
        try (AccountManager manager = TestWallet.inMemory(directory, devnet)) {
            manager.createAccount("alice").generateAddress();
        }
        assertFails(ErrorKind.SEED_MISMATCH, () -> TestWallet.inMemory(directory, devnet));
        try (Mnemonic words = Mnemonic.generate()) {
            assertFails(ErrorKind.STORAGE_MISMATCH, () -> TestWallet.builder(
                            directory, devnet, MnemonicSecretManager.of(words))
                    .coinType(CoinType.IOTA)
                    .open());
        }
        assertFails(ErrorKind.STORAGE_MISMATCH, () -> TestWallet.stronghold(directory, devnet));
    }

    @Test
    void aDirectoryThatCannotBeUsedIsAnError(Devnet devnet) throws Exception {
        Path file = Files.writeString(directory.resolve("a file"), "not a directory");
        assertFails(ErrorKind.STORAGE, () -> TestWallet.inMemory(file, devnet));
        assertThat(file).hasContent("not a directory");
    }

    @Test
    void whatWaitsEndsWithTheManager(Devnet devnet) {
        AccountManager manager = TestWallet.inMemory(directory, devnet);
        CompletableFuture<List<LedgerEvent>> poll = manager.consumer("c").pollAsync(Duration.ofSeconds(60));
        manager.close();
        assertThatThrownBy(poll::join).hasCauseInstanceOf(WalletClosedException.class);
        assertFails(ErrorKind.CLOSED, manager::balance);
        manager.close();
    }

    @Test
    void aPollCanBeCancelledAndInterrupted(Devnet devnet) throws Exception {
        try (AccountManager manager = TestWallet.inMemory(directory, devnet);
                var consumer = manager.consumer("c")) {
            assertThat(consumer.pollAsync(Duration.ofSeconds(60)).cancel(true)).isTrue();
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            Thread waiter = new Thread(() -> {
                try {
                    thrown.complete(new AssertionError(consumer.poll(Duration.ofSeconds(60))));
                } catch (RuntimeException e) {
                    thrown.complete(e);
                }
            });
            waiter.start();
            Thread.sleep(100);
            waiter.interrupt();
            assertFails(ErrorKind.INTERRUPTED, () -> {
                throw thrown.join();
            });
        }
    }

    @Test
    void closingUnderLoadLeavesNoCallWithoutAnEnd(Devnet devnet) throws Exception {
        for (int round = 0; round < 5; round++) {
            AccountManager manager = TestWallet.inMemory(directory.resolve("round-" + round), devnet);
            Account account = manager.createAccount("a");
            Queue<CompletableFuture<?>> calls = new ConcurrentLinkedQueue<>();
            Thread[] callers = new Thread[3];
            for (int i = 0; i < callers.length; i++) {
                callers[i] = new Thread(() -> {
                    // many more than are made until the closing, unless that has to wait for long
                    for (int j = 0; j < 25_000 && !manager.isClosed(); j++) {
                        calls.add(account.balanceAsync());
                        calls.add(account.generateAddressAsync());
                    }
                });
                callers[i].start();
            }
            Thread.sleep(50);
            manager.close();
            for (Thread caller : callers) {
                caller.join();
            }
            for (CompletableFuture<?> call : calls) {
                Throwable reason = call.handle((result, e) -> e).get(20, TimeUnit.SECONDS);
                assertThat(reason == null
                                || reason instanceof WalletException e
                                        && List.of(ErrorKind.CLOSED, ErrorKind.BUSY)
                                                .contains(e.kind()))
                        .as("%s", reason)
                        .isTrue();
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void openingAndClosingManyTimesLeavesNothingBehind(Devnet devnet) throws Exception {
        try (Mnemonic words = Mnemonic.of(TestWallet.WORDS.toCharArray())) {
            int open = 0;
            for (int i = 0; i < 60; i++) {
                TestWallet.builder(directory, devnet, MnemonicSecretManager.of(words))
                        .open()
                        .close();
                if (i == 9) {
                    open = openFiles();
                }
            }
            assertThat(openFiles()).isLessThan(open + 20);
        }
    }

    private static int openFiles() throws Exception {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return (int) files.count();
        }
    }

    @Test
    void aForgottenManagerIsClosed(Devnet devnet) throws Exception {
        TestWallet.inMemory(directory, devnet).createAccount("forgotten");
        for (int i = 0; i < 200; i++) {
            System.gc();
            Thread.sleep(50);
            try (AccountManager again = TestWallet.stronghold(directory, devnet)) {
                throw new AssertionError("it has another kind of vault: " + again);
            } catch (StorageException e) {
                if (e.kind() == ErrorKind.STORAGE_MISMATCH) {
                    return;
                }
            }
        }
        throw new AssertionError("the directory is still in use");
    }
}
