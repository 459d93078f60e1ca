package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.Approval;
import dev.stardust.wallet.AuditKind;
import dev.stardust.wallet.AuditRecord;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.PaymentRefusedException;
import dev.stardust.wallet.PaymentRules;
import dev.stardust.wallet.PreparedTransaction;
import dev.stardust.wallet.RemainderValueStrategy;
import dev.stardust.wallet.Review;
import dev.stardust.wallet.ReviewRequest;
import dev.stardust.wallet.SecretManager;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionOptions;
import dev.stardust.wallet.Withdrawal;
import dev.stardust.wallet.WithdrawalRequest;
import dev.stardust.wallet.WithdrawalReviewer;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What may be paid, by the whole way from Java to the ledger and back. */
@StardustDevnet
@Timeout(300)
class PolicyIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Of this test alone: a shared node remembers what others did with theirs. */
    private final Mnemonic words = Mnemonic.generate();

    @TempDir
    Path directory;

    @TempDir
    Path elsewhere;

    private static SecretManager fresh() {
        // wiped by the opening
        return MnemonicSecretManager.of(Mnemonic.generate(), SeedOrigin.NEW);
    }

    private SecretManager known() {
        return MnemonicSecretManager.of(words, SeedOrigin.NEW);
    }

    @AfterEach
    void forget() {
        words.close();
    }

    /** An address of another wallet. */
    private String stranger(Devnet devnet) {
        try (AccountManager other = TestWallet.inMemory(elsewhere, devnet)) {
            return other.createAccount("other").generateAddress().address();
        }
    }

    /** Waits until a node has its transaction. A milestone by timer may confirm that before anybody looks. */
    private static void awaitSubmitted(AccountManager manager, String key) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Withdrawal withdrawal = manager.getWithdrawal(key);
            if (withdrawal.state() == Withdrawal.State.SUBMITTED || withdrawal.isConfirmed()) {
                return;
            }
            assertThat(System.nanoTime()).as("still %s", withdrawal).isLessThan(end);
            Thread.sleep(20);
        }
    }

    @Test
    void limitsAndPersonsDecide(Devnet devnet) throws Exception {
        String to = stranger(devnet);
        PaymentRules rules = PaymentRules.builder()
                .perPayment(Amount.of(5_000_000))
                .maxAmount(Duration.ofHours(1), Amount.of(6_000_000))
                .maxCount(Duration.ofHours(1), 100)
                .allowList(List.of(to))
                .approvalFrom(Amount.of(4_000_000))
                .build();
        try (AccountManager manager = TestWallet.builder(directory, devnet, fresh())
                .paymentRules(rules)
                .open()) {
            Account account = TestWallet.funded(manager, devnet, "account", 20_000_000);
            var refused =
                    assertFails(ErrorKind.POLICY_REFUSED, () -> account.sendAmount(List.of(Payment.of(to, 5_000_001))));
            assertThat(((PaymentRefusedException) refused).rule()).contains("perPayment");
            assertFails(ErrorKind.APPROVAL_REQUIRED, () -> account.sendAmount(List.of(Payment.of(to, 4_000_000))));
            assertThat(account.listTransactions().toList()).isEmpty();

            Withdrawal large = account.withdraw(WithdrawalRequest.of("large", to, 4_000_000));
            assertThat(large.state()).isEqualTo(Withdrawal.State.AWAITING_APPROVAL);
            Withdrawal tooMuch = account.withdraw(WithdrawalRequest.of("more", to, 3_000_000));
            assertThat(tooMuch.state()).isEqualTo(Withdrawal.State.REFUSED);
            assertThat(tooMuch.reason().orElseThrow()).contains("6000000");
            assertThat(tooMuch.awaitEnd(Duration.ZERO)).isEqualTo(tooMuch);
            large.approve("ann");
            assertThat(large.approve("ann").state()).isEqualTo(Withdrawal.State.AWAITING_APPROVAL);
            assertThat(manager.listWithdrawalsAwaitingApproval().toList()).hasSize(1);
            assertThat(large.approve("bob").approvals())
                    .extracting(Approval::approver)
                    .containsExactly("ann", "bob");
            awaitSubmitted(manager, "large");
            devnet.issueMilestones(1);
            assertThat(large.awaitEnd(PATIENCE).isConfirmed()).isTrue();
            // own addresses are not limited
            manager.sync();
            String own = account.generateAddress().address();
            assertThat(account.sendAmount(List.of(Payment.of(own, 9_000_000))).state())
                    .isIn(Transaction.State.SUBMITTED, Transaction.State.CONFIRMED);
        }
    }

    @Test
    void whatAwaitsPersonsDoesSoUnderLaxerRulesToo(Devnet devnet) throws Exception {
        String to = stranger(devnet);
        PaymentRules rules =
                PaymentRules.builder().approvalFrom(Amount.of(4_000_000)).build();
        try (AccountManager manager = TestWallet.builder(directory, devnet, known())
                .paymentRules(rules)
                .open()) {
            Account account = TestWallet.funded(manager, devnet, "account", 20_000_000);
            Withdrawal large = account.withdraw(WithdrawalRequest.of("large", to, 4_000_000));
            assertThat(large.state()).isEqualTo(Withdrawal.State.AWAITING_APPROVAL);
            assertFails(ErrorKind.APPROVAL_REQUIRED, () -> account.sendAmount(List.of(Payment.of(to, 4_000_000))));
        }
        try (AccountManager manager =
                TestWallet.builder(directory, devnet, known()).open()) {
            manager.sync();
            Withdrawal large = manager.getWithdrawal("large");
            assertThat(large.approve("ann").state()).isEqualTo(Withdrawal.State.AWAITING_APPROVAL);
            large.approve("bob");
            awaitSubmitted(manager, "large");
            List<AuditKind> told = manager.auditLog().list().toList().stream()
                    .map(AuditRecord::kind)
                    .toList();
            assertThat(told).contains(AuditKind.PAYMENT_REFUSED);
            assertThat(told.stream().filter(AuditKind.RULES_SET::equals)).hasSize(2);
        }
    }

    @Test
    void theReviewerDecidesAlsoAfterARestart(Devnet devnet) throws Exception {
        String to = stranger(devnet);
        BlockingQueue<ReviewRequest> asked = new LinkedBlockingQueue<>();
        WithdrawalReviewer silent = request -> {
            asked.add(request);
            throw new IllegalStateException("no answer now");
        };
        try (AccountManager manager = TestWallet.builder(directory, devnet, known())
                .withdrawalReview(silent)
                .open()) {
            Account account = TestWallet.funded(manager, devnet, "account", 20_000_000);
            account.withdraw(WithdrawalRequest.of("good", to, 1_000_000));
            account.withdraw(WithdrawalRequest.of("bad", to, 2_000_000));
            assertThat(asked.poll(60, TimeUnit.SECONDS)).isNotNull();
            assertThat(manager.listWithdrawalsAwaitingReview().toList()).hasSize(2);
            assertFails(ErrorKind.POLICY_REFUSED, () -> account.sendAmount(List.of(Payment.of(to, 1_000_000))));
        }
        WithdrawalReviewer reviewer = request ->
                request.idempotencyKey().orElse("").equals("bad") ? Review.veto("not this one") : Review.allow();
        try (AccountManager manager = TestWallet.builder(directory, devnet, known())
                .withdrawalReview(reviewer)
                .open()) {
            Withdrawal bad = manager.getWithdrawal("bad").awaitEnd(PATIENCE);
            assertThat(bad.state()).isEqualTo(Withdrawal.State.REFUSED);
            assertThat(bad.reason().orElseThrow()).contains("not this one");
            awaitSubmitted(manager, "good");
            devnet.issueMilestones(1);
            assertThat(manager.getWithdrawal("good").awaitEnd(PATIENCE).isConfirmed())
                    .isTrue();
        }
    }

    @Test
    void aPaymentIsReviewedOnceAndARemainderIsShown(Devnet devnet) {
        String to = stranger(devnet);
        BlockingQueue<ReviewRequest> asked = new LinkedBlockingQueue<>();
        AtomicBoolean allows = new AtomicBoolean(true);
        WithdrawalReviewer reviewer = request -> {
            asked.add(request);
            return allows.get() && request.remainder().isEmpty() ? Review.allow() : Review.veto("not this one");
        };
        List<Payment> payments = List.of(Payment.of(to, 1_000_000));
        TransactionOptions key = TransactionOptions.idempotencyKey("k");
        try (AccountManager manager = TestWallet.builder(directory, devnet, fresh())
                .withdrawalReview(reviewer)
                .open()) {
            Account account = TestWallet.funded(manager, devnet, "account", 20_000_000);
            Transaction paid = account.sendAmount(payments, key);
            assertThat(asked.remove().remainder()).isEmpty();
            // the payment is there, whatever the reviewer would say now
            allows.set(false);
            assertThat(account.sendAmount(payments, key).id()).isEqualTo(paid.id());
            assertThat(account.sendAmountAsync(payments, key).join().id()).isEqualTo(paid.id());
            assertThat(asked).isEmpty();
            devnet.issueMilestones(1);
            Transaction confirmed = paid.awaitEnd(PATIENCE);
            assertThat(confirmed.state().isFinal()).isTrue();
            manager.sync();
            allows.set(true);

            TransactionOptions elsewhere = TransactionOptions.builder()
                    .remainderValueStrategy(RemainderValueStrategy.customAddress(to))
                    .build();
            assertFails(ErrorKind.POLICY_REFUSED, () -> account.sendAmount(payments, elsewhere));
            assertThat(asked.remove().remainder()).contains(new ReviewRequest.Remainder(to, Optional.empty()));
            PreparedTransaction prepared = account.prepareTransaction(payments, elsewhere, Duration.ofMinutes(10));
            assertFails(ErrorKind.POLICY_REFUSED, prepared::submit);
            assertThat(asked.remove().remainder())
                    .contains(new ReviewRequest.Remainder(to, Optional.of(Amount.of(18_000_000))));
            prepared.release();
            PreparedTransaction usual = account.prepareTransaction(payments);
            Transaction submitted = usual.submit();
            assertThat(asked.remove().remainder()).isEmpty();
            allows.set(false);
            assertThat(usual.submit().id()).isEqualTo(submitted.id());
            assertThat(account.listTransactions().toList()).hasSize(2);
        }
    }

    @Test
    void anAllowListOfAnotherNetworkIsRefused(Devnet devnet) {
        PaymentRules rules = PaymentRules.builder()
                .allowList(List.of("smr1qrz7yx43e8mqytvpcwe9udpkedl3mamljef2u0snzrpgucsampa5cw7pk7k"))
                .build();
        try (AccountManager manager = TestWallet.builder(directory, devnet, known())
                .paymentRules(rules)
                .open()) {
            // its network is not known yet
            Account account = manager.createAccount("account");
            manager.sync();
            String own = account.generateAddress().address();
            assertFails(
                    ErrorKind.INVALID_CONFIGURATION, () -> account.withdraw(WithdrawalRequest.of("w", own, 1_000_000)));
        }
        assertFails(ErrorKind.INVALID_CONFIGURATION, () -> TestWallet.builder(directory, devnet, known())
                .paymentRules(rules)
                .open());
        TestWallet.builder(directory, devnet, known()).open().close();
    }

    @Test
    void aPreparedTransactionHoldsItsInputsUntilItIsSubmittedOrReleased(Devnet devnet) {
        String to = stranger(devnet);
        try (AccountManager manager = TestWallet.inMemory(directory, devnet)) {
            Account account = TestWallet.funded(manager, devnet, "account", 5_000_000);
            List<Payment> payments = List.of(Payment.of(to, 1_000_000));
            PreparedTransaction first = account.prepareTransaction(payments);
            assertThat(first.remainder()).isEqualTo(Amount.of(4_000_000));
            assertThat(first.essenceHash()).hasSize(66);
            assertThat(manager.preparedTransactions()).containsExactly(first);
            assertFails(ErrorKind.INSUFFICIENT_FUNDS, () -> account.sendAmount(payments));
            assertFails(
                    ErrorKind.INPUT_LOCKED,
                    () -> manager.lockOutputs(List.of(first.inputs().get(0).outputId())));
            first.release();
            assertFails(ErrorKind.PREPARED_NOT_FOUND, first::submit);

            PreparedTransaction second = account.prepareTransaction(
                    payments, TransactionOptions.idempotencyKey("p"), Duration.ofMinutes(10));
            assertThat(second.inputs()).isEqualTo(first.inputs());
            Transaction sent = second.submit();
            assertThat(second.submit().id()).isEqualTo(sent.id());
            devnet.issueMilestones(1);
            assertThat(sent.awaitInclusion(PATIENCE).isConfirmed()).isTrue();
            assertThat(account.preparedTransactions()).isEmpty();
            assertFails(
                    ErrorKind.INVALID_ARGUMENT,
                    () -> account.prepareTransaction(payments, TransactionOptions.defaults(), Duration.ZERO));
        }
    }
}
