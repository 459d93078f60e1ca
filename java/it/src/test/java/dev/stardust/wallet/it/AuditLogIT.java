package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.AuditFilter;
import dev.stardust.wallet.AuditHead;
import dev.stardust.wallet.AuditKind;
import dev.stardust.wallet.AuditLog;
import dev.stardust.wallet.AuditRecord;
import dev.stardust.wallet.AuditVerdict;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionId;
import dev.stardust.wallet.TransactionOptions;
import dev.stardust.wallet.Withdrawal;
import dev.stardust.wallet.WithdrawalRequest;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A customer's story, read and verified in the audit log, and found out when somebody changes it. */
@StardustDevnet
@Timeout(300)
class AuditLogIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final char[] NEW_PASSWORD = "another password for tests".toCharArray();
    private static final String CREATED = "{\"alias\":\"alice\",\"undiscovered\":false}";

    @TempDir
    Path directory;

    private AccountManager reopened(Devnet devnet) {
        return TestWallet.builder(directory, devnet, Stronghold.at(directory.resolve("wallet.stronghold")))
                .open();
    }

    private static List<AuditKind> kinds(AuditLog log, AuditFilter filter) {
        return log.list(filter).stream().map(AuditRecord::kind).toList();
    }

    /** Lets a customer come, be paid to, pay, and withdraw; returns the id of the payment. */
    private Transaction story(AccountManager manager, Devnet devnet) {
        Account alice = TestWallet.funded(manager, devnet, "alice", 10_000_000);
        String bob = manager.createAccount("bob").generateAddress().address();
        Transaction paid = alice.sendAmount(
                List.of(Payment.of(bob, Amount.of(1_000_000))),
                TransactionOptions.builder().idempotencyKey("payment-1").build());
        devnet.issueMilestones(1);
        paid.awaitInclusion(PATIENCE);
        Withdrawal withdrawn = alice.withdraw(WithdrawalRequest.of("withdrawal-1", bob, 2_000_000));
        Withdrawal ended = withdrawn;
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (ended.state() != Withdrawal.State.CONFIRMED) {
            assertThat(System.nanoTime()).isLessThan(end);
            devnet.issueMilestones(1);
            manager.sync();
            ended = withdrawn.refresh();
        }
        awaitAnswer(manager, paid.id());
        awaitAnswer(manager, ended.transactionId().orElseThrow());
        return paid;
    }

    /** A milestone may be faster than the answer of the node that took the block: that is written when it comes. */
    private static void awaitAnswer(AccountManager manager, TransactionId id) {
        AuditFilter filter = AuditFilter.all().withTransaction(id);
        TestWallet.await(
                "the node's answer", () -> kinds(manager.auditLog(), filter).contains(AuditKind.TRANSACTION_SUBMITTED));
    }

    @Test
    void aCustomersStoryIsWrittenAndEveryChangeOfItIsFound(Devnet devnet) throws Exception {
        AuditHead noted;
        AuditRecord created;
        try (AccountManager manager = TestWallet.stronghold(directory, devnet);
                Mnemonic mnemonic = Mnemonic.generate()) {
            manager.storeMnemonic(mnemonic, SeedOrigin.NEW);
            Transaction paid = story(manager, devnet);
            manager.changeStrongholdPassword(TestWallet.PASSWORD.toCharArray(), NEW_PASSWORD);
            AuditLog log = manager.auditLog();

            assertThat(kinds(log, AuditFilter.all().withIdempotencyKey("payment-1")))
                    .containsSubsequence(
                            AuditKind.PAYMENT_REQUESTED, AuditKind.TRANSACTION_SIGNED, AuditKind.TRANSACTION_CONFIRMED)
                    .containsSubsequence(AuditKind.TRANSACTION_SIGNED, AuditKind.TRANSACTION_SUBMITTED)
                    .isEqualTo(kinds(log, AuditFilter.all().withTransaction(paid.id())));
            List<AuditRecord> withdrawal = log.list(
                            AuditFilter.all().withAccount(0).withIdempotencyKey("withdrawal-1"))
                    .toList();
            assertThat(withdrawal)
                    .extracting(AuditRecord::kind)
                    .containsExactly(AuditKind.WITHDRAWAL_REQUESTED, AuditKind.WITHDRAWAL_ASSIGNED);
            assertThat(kinds(
                            log,
                            AuditFilter.all()
                                    .withTransaction(
                                            withdrawal.get(1).transactionId().orElseThrow())))
                    .contains(AuditKind.TRANSACTION_SIGNED, AuditKind.TRANSACTION_CONFIRMED);
            assertThat(withdrawal.get(0).details())
                    .contains("2000000", manager.getWithdrawal("withdrawal-1").digest());
            assertThat(kinds(log, AuditFilter.all()))
                    .startsWith(AuditKind.BEGUN)
                    // the node may be met before or after
                    .containsSubsequence(AuditKind.SEED_GIVEN, AuditKind.SEED_ADOPTED, AuditKind.ACCOUNT_CREATED)
                    .containsOnlyOnce(AuditKind.NETWORK_MET)
                    .endsWith(AuditKind.PASSWORD_CHANGING, AuditKind.PASSWORD_CHANGED)
                    .doesNotContain(AuditKind.UNKNOWN);
            created = log.list(AuditFilter.all().withAccount(0)).first().orElseThrow();
            assertThat(created.kind()).isEqualTo(AuditKind.ACCOUNT_CREATED);
            assertThat(created.details()).isEqualTo(CREATED);
            assertThat(log.list().toListAsync().join()).isEqualTo(log.list().toList());

            noted = log.head();
            AuditVerdict verdict = log.verify();
            assertThat(verdict.isIntact()).as(verdict.toString()).isTrue();
            assertThat(verdict.head())
                    .isEqualTo(noted)
                    .isEqualTo(log.headAsync().join());
            assertThat(verdict.records()).isEqualTo(noted.sequence());
            assertThat(verdict.restoredAt()).isEmpty();
            assertThat(log.verify(created.head()).isIntact()).isTrue();
            AuditHead strange = new AuditHead(created.sequence(), noted.hash());
            AuditVerdict differs = log.verifyAsync(strange).join();
            assertThat(differs.problem().orElseThrow().kind()).isEqualTo(AuditVerdict.Kind.EXPECTED);
            assertFails(ErrorKind.INVALID_ARGUMENT, () -> log.verify(new AuditHead(1, "0x00")));
            manager.createAccount("carol");
        }

        try (AccountManager manager = reopened(devnet)) {
            AuditVerdict verdict = manager.auditLog().verify(noted);
            assertThat(verdict.isIntact()).as(verdict.toString()).isTrue();
            assertThat(verdict.records()).isEqualTo(noted.sequence() + 1);
        }
        change(CREATED, CREATED.replace("alice", "mallo"));
        try (AccountManager manager = reopened(devnet)) {
            AuditVerdict.Problem problem = manager.auditLog().verify().problem().orElseThrow();
            assertThat(problem.kind()).isEqualTo(AuditVerdict.Kind.ALTERED);
            assertThat(problem.sequence()).isEqualTo(created.sequence());
            assertThat(manager.auditLog().verifyAsync().join().records()).isEqualTo(created.sequence() - 1);
        }
    }

    /** Changes bytes in the closed wallet's database, as somebody who can write its directory does. */
    private void change(String from, String to) throws IOException {
        Path database = directory.resolve("wallet.db");
        // every byte is one character; SQLite may have left a copy of the record in unused space
        String content = Files.readString(database, StandardCharsets.ISO_8859_1);
        assertThat(content).contains(from);
        Files.writeString(database, content.replace(from, to), StandardCharsets.ISO_8859_1);
    }
}
