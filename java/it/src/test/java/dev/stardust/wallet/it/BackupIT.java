package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.BackupInfo;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.EventConsumer;
import dev.stardust.wallet.IncidentEvent;
import dev.stardust.wallet.IssuedCount;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.RecoveredPayment;
import dev.stardust.wallet.RestoreState;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionId;
import dev.stardust.wallet.TransactionOptions;
import dev.stardust.wallet.VaultStatus;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.Withdrawal;
import dev.stardust.wallet.WithdrawalRequest;
import dev.stardust.wallet.WithdrawalResult;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A wallet is backed up, goes on, is lost, and is restored. */
@StardustDevnet
@Timeout(180)
class BackupIT {
    private static final char[] PASSWORD = "of the backup, äöü".toCharArray();

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("wallet.backup");
    }

    private Path restored() {
        return directory.resolve("restored");
    }

    private AccountManager restore(Devnet devnet, char[] password) {
        return TestWallet.builder(restored(), devnet, TestWallet.vault(restored()))
                .restoreFrom(file(), password)
                .open();
    }

    private static List<LedgerEvent> events(AccountManager manager) {
        List<LedgerEvent> all = new ArrayList<>();
        try (EventConsumer consumer = manager.consumer("audit-" + System.nanoTime())) {
            while (true) {
                List<LedgerEvent> some = consumer.poll(Duration.ofMillis(1));
                if (some.isEmpty()) {
                    return all;
                }
                all.addAll(some);
                consumer.acknowledge(some.get(some.size() - 1));
            }
        }
    }

    private static List<String> deposits(List<LedgerEvent> events) {
        return events.stream()
                .filter(DepositEvent.class::isInstance)
                .map(event -> ((DepositEvent) event).id())
                .toList();
    }

    @Test
    void aRestoredWalletIssuesNothingTwiceAndMissesNoDeposit(Devnet devnet) {
        Set<String> addresses = new HashSet<>();
        List<String> deposits;
        String logId;
        BackupInfo info;
        String elsewhere;
        try (AccountManager manager = TestWallet.stronghold(directory.resolve("wallet"), devnet);
                Mnemonic mnemonic = Mnemonic.generate()) {
            manager.storeMnemonic(mnemonic, SeedOrigin.NEW);
            Account alice = TestWallet.funded(manager, devnet, "alice", 10_000_000);
            alice.listAddresses().forEach(address -> addresses.add(address.address()));

            info = manager.backup(file(), PASSWORD);
            assertThat(info.accounts()).isEqualTo(1);
            assertThat(info.addresses()).isEqualTo(1);
            assertThat(info.vaultBytes()).isPositive();
            assertFails(ErrorKind.BACKUP_EXISTS, () -> manager.backup(file(), PASSWORD));
            logId = manager.info().logId();

            AccountAddress later = alice.generateAddress();
            addresses.add(later.address());
            devnet.fund(later.address(), 3_000_000);
            elsewhere = manager.createAccount("bob").generateAddress().address();
            addresses.add(elsewhere);
            Transaction paid = alice.sendAmount(List.of(Payment.of(elsewhere, Amount.of(2_000_000))));
            devnet.issueMilestones(1);
            paid.awaitInclusion(Duration.ofSeconds(30));
            manager.sync();
            deposits = deposits(events(manager));
            assertThat(deposits).hasSize(3);
        }

        assertFails(ErrorKind.WRONG_PASSWORD, () -> restore(devnet, "another".toCharArray()));
        assertThat(restored()).doesNotExist();
        try (AccountManager manager = restore(devnet, PASSWORD)) {
            RestoreState state = manager.restoreState().orElseThrow();
            assertThat(state.backupTime()).isEqualTo(info.backupTime());
            assertThat(state.age()).isGreaterThanOrEqualTo(Duration.ZERO);
            assertThat(state.previousLogId())
                    .isEqualTo(logId)
                    .isNotEqualTo(manager.info().logId());
            assertThat(state.issuingFrozen() && state.paymentsFrozen()).isTrue();
            assertThat(manager.vaultStatus()).isEqualTo(VaultStatus.UNLOCKED);
            Account alice = manager.getAccount("alice");
            List<Payment> payment = List.of(Payment.of(elsewhere, Amount.of(1_000_000)));
            assertFails(ErrorKind.ISSUING_FROZEN, alice::generateAddress);
            assertFails(ErrorKind.ISSUING_FROZEN, manager::sync);
            assertFails(ErrorKind.PAYMENTS_FROZEN, () -> alice.sendAmount(payment));

            assertFails(ErrorKind.INVALID_ARGUMENT, () -> manager.releaseIssuing(List.of(IssuedCount.of(0, 0, 0))));
            List<IssuedCount> counts = List.of(IssuedCount.of(0, 2, 1), IssuedCount.of(1, "bob", 1, 0));
            assertThat(manager.releaseIssuing(counts).accounts()).isEqualTo(1);
            manager.sync();
            List<LedgerEvent> events = events(manager);
            // what the lost wallet paid to its own customer came from a transaction that says nothing of keys
            assertThat(deposits(events)).isSubsetOf(deposits).hasSize(2);
            assertThat(events).hasAtLeastOneElementOfType(IncidentEvent.class);
            assertThat(addresses).doesNotContain(alice.generateAddress().address());
            assertThat(addresses)
                    .doesNotContain(manager.getAccount("bob").generateAddress().address());
            awaitPayments(manager, devnet);
            Transaction paid = alice.sendAmount(payment);
            devnet.issueMilestones(1);
            paid.awaitInclusion(Duration.ofSeconds(30));
        }
        assertFails(ErrorKind.RESTORE_TARGET, () -> restore(devnet, PASSWORD));
    }

    /** Waits until a restored wallet without a journal pays again, which it does by itself some milestones after the newest. */
    private static void awaitPayments(AccountManager manager, Devnet devnet) {
        Instant deadline = Instant.now().plusSeconds(60);
        while (manager.restoreState().orElseThrow().paymentsFrozen()) {
            assertThat(Instant.now()).isBefore(deadline);
            devnet.issueMilestones(1);
            manager.sync();
        }
    }

    @Test
    void whatWasPaidAfterTheBackupIsNotPaidAgain(Devnet devnet) {
        TransactionOptions keyed =
                TransactionOptions.builder().idempotencyKey("send-1").build();
        List<Payment> send;
        List<Payment> other;
        WithdrawalRequest request;
        Transaction sent;
        Transaction unkeyed;
        Withdrawal withdrawn;
        try (AccountManager manager = TestWallet.stronghold(directory.resolve("wallet"), devnet);
                Mnemonic mnemonic = Mnemonic.generate()) {
            manager.storeMnemonic(mnemonic, SeedOrigin.NEW);
            Account alice = TestWallet.funded(manager, devnet, "alice", 20_000_000);
            String to = manager.createAccount("bob").generateAddress().address();
            send = List.of(Payment.of(to, Amount.of(1_000_000)));
            other = List.of(Payment.of(to, Amount.of(1_500_000)));
            request = WithdrawalRequest.of("withdrawal-1", to, 2_000_000);
            manager.backup(file(), PASSWORD);
            sent = alice.sendAmount(send, keyed);
            devnet.issueMilestones(1);
            sent.awaitInclusion(Duration.ofSeconds(30));
            unkeyed = alice.sendAmount(other);
            devnet.issueMilestones(1);
            unkeyed.awaitInclusion(Duration.ofSeconds(30));
            withdrawn = alice.withdraw(request);
            while (withdrawn.refresh().transactionId().isEmpty()) {
                Thread.onSpinWait();
            }
            while (!withdrawn.refresh().isConfirmed()) {
                devnet.issueMilestones(1);
                manager.sync();
            }
            withdrawn = withdrawn.refresh();
        }
        try (AccountManager manager = restore(devnet, PASSWORD)) {
            manager.releaseIssuing(List.of(IssuedCount.of(0, 1, 1), IssuedCount.of(1, 1, 0)));
            manager.sync();
            awaitPayments(manager, devnet);
            Account alice = manager.getAccount("alice");
            assertThat(alice.sendAmount(send, keyed).id()).isEqualTo(sent.id());
            assertThat(alice.withdraw(request).outputId()).isEqualTo(withdrawn.outputId());
            assertFails(ErrorKind.IDEMPOTENCY_CONFLICT, () -> alice.sendAmount(other, keyed));
            TransactionId doubtful = unkeyed.id();
            WalletException refused = assertFails(ErrorKind.POSSIBLY_PAID, () -> alice.sendAmount(other));
            assertThat(refused.details()).containsEntry("transactionId", doubtful.value());
            List<RecoveredPayment> found = manager.listRecoveredPayments().toList();
            assertThat(found).hasSize(3).allMatch(payment -> payment.openKeys() == 0);
            assertThat(found)
                    .filteredOn(payment -> payment.state() == RecoveredPayment.State.UNMARKED)
                    .extracting(RecoveredPayment::transactionId)
                    .containsExactly(doubtful);
            TransactionOptions named =
                    TransactionOptions.builder().idempotencyKey("send-2").build();
            manager.nameRecoveredPayment(doubtful, "send-2");
            assertThat(alice.sendAmount(other, named).id()).isEqualTo(doubtful);
            assertThat(manager.restoreState().orElseThrow().unseen()).isEmpty();
            Transaction paid = alice.sendAmount(other);
            devnet.issueMilestones(1);
            paid.awaitInclusion(Duration.ofSeconds(30));
        }
    }

    @Test
    void aRestoreWithTheKeyJournalPaysNothingASecondTime(Devnet devnet) throws Exception {
        Path journal = Files.createDirectory(directory.resolve("other-disk")).resolve("payments.journal");
        TransactionOptions applied = key("applied");
        TransactionOptions open = key("open");
        List<Payment> payment;
        List<WithdrawalRequest> requests;
        List<String> deposits;
        Path wallet = directory.resolve("wallet");
        TransactionId first;
        TransactionId second;
        TransactionId batch;
        try (AccountManager manager = TestWallet.builder(wallet, devnet, TestWallet.vault(wallet))
                        .keyJournal(journal)
                        .open();
                Mnemonic mnemonic = Mnemonic.generate()) {
            manager.storeMnemonic(mnemonic, SeedOrigin.NEW);
            Account alice = TestWallet.funded(manager, devnet, "alice", 10_000_000);
            String recipient = manager.createAccount("bob").generateAddress().address();
            payment = List.of(Payment.of(recipient, Amount.of(1_000_000)));
            requests = List.of(
                    WithdrawalRequest.of("first", recipient, 1_100_000),
                    WithdrawalRequest.of("second", recipient, 1_200_000));
            manager.backup(file(), PASSWORD);
            Transaction paid = alice.sendAmount(payment, applied);
            devnet.issueMilestones(1);
            paid.awaitInclusion(Duration.ofSeconds(30));
            first = paid.id();
            manager.sync();
            Withdrawal one = alice.withdraw(requests).get(0).withdrawal();
            // a milestone by timer may confirm it before anybody looks
            while (one.state() != Withdrawal.State.SUBMITTED && !one.isConfirmed()) {
                Thread.sleep(20);
                one = one.refresh();
            }
            batch = one.transactionId().orElseThrow();
            devnet.issueMilestones(1);
            one.awaitEnd(Duration.ofSeconds(30));
            manager.sync();
            second = alice.sendAmount(payment, open).id();
            deposits = deposits(events(manager));
        }
        assertThat(journal).isNotEmptyFile();

        try (AccountManager manager = TestWallet.builder(restored(), devnet, TestWallet.vault(restored()))
                .restoreFrom(file(), PASSWORD)
                .keyJournal(journal)
                .open()) {
            RestoreState state = manager.restoreState().orElseThrow();
            assertThat(state.journalFound()).isTrue();
            assertThat(state.journalPayments()).isEqualTo(3);
            assertThat(state.journalWaiting()).isZero();
            manager.releaseIssuing(List.of(IssuedCount.of(0, 1, 1), IssuedCount.of(1, 1, 0)));
            manager.sync();
            Account alice = manager.getAccount("alice");
            assertThat(alice.sendAmount(payment, applied).id()).isEqualTo(first);
            assertThat(alice.sendAmount(payment, open).id()).isEqualTo(second);
            for (WithdrawalResult result : alice.withdraw(requests)) {
                assertThat(result.withdrawal().transactionId()).contains(batch);
            }
            assertThat(alice.listTransactions().stream()).hasSize(3);
            Transaction last = manager.getTransaction(second);
            devnet.issueMilestones(1);
            last.awaitInclusion(Duration.ofSeconds(30));
            manager.sync();
            List<LedgerEvent> events = events(manager);
            assertThat(deposits(events)).hasSize(5).startsWith(deposits.toArray(String[]::new));
            assertThat(events).doesNotHaveAnyElementsOfTypes(IncidentEvent.class);
        }
        Files.writeString(journal, "something else");
        assertFails(
                ErrorKind.JOURNAL_FOREIGN, () -> TestWallet.builder(restored(), devnet, TestWallet.vault(restored()))
                        .keyJournal(journal)
                        .open());
    }

    private static TransactionOptions key(String key) {
        return TransactionOptions.builder().idempotencyKey(key).build();
    }

    @Test
    void aWrongPasswordOfTheVaultRestoresNothingAndTheRightOneDoes(Devnet devnet) {
        try (AccountManager manager = TestWallet.stronghold(directory.resolve("wallet"), devnet);
                Mnemonic mnemonic = Mnemonic.generate()) {
            manager.storeMnemonic(mnemonic, SeedOrigin.NEW);
            manager.backup(file(), PASSWORD);
        }
        Stronghold wrong =
                Stronghold.at(restored().resolve("below").resolve("wallet.stronghold"), "another".toCharArray());
        WalletException refused = assertFails(
                ErrorKind.WRONG_PASSWORD, () -> TestWallet.builder(restored().resolve("below"), devnet, wrong)
                        .restoreFrom(file(), PASSWORD)
                        .open());
        assertThat(refused.details()).containsEntry("which", "vault");
        assertThat(restored()).doesNotExist();
        refused = assertFails(ErrorKind.WRONG_PASSWORD, () -> restore(devnet, "another".toCharArray()));
        assertThat(refused.details()).containsEntry("which", "backup");
        try (AccountManager manager = restore(devnet, PASSWORD)) {
            assertThat(manager.restoreState()).isPresent();
        }
    }

    @Test
    void whatIsNoBackupIsRefused(Devnet devnet) throws Exception {
        Files.writeString(file(), "something else");
        assertFails(ErrorKind.BACKUP_FOREIGN, () -> restore(devnet, PASSWORD));
        Files.delete(file());
        assertFails(ErrorKind.BACKUP_IO, () -> restore(devnet, PASSWORD));
        assertFails(ErrorKind.INVALID_PASSWORD, () -> restore(devnet, new char[0]));
        assertThat(restored()).doesNotExist();
    }
}
