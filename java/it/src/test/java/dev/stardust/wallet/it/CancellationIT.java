package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static dev.stardust.wallet.it.TestWallet.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.Cancellation;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.EventConsumer;
import dev.stardust.wallet.EventFilter;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.LogPosition;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionInclusionEvent;
import dev.stardust.wallet.TransactionOptions;
import dev.stardust.wallet.Withdrawal;
import dev.stardust.wallet.WithdrawalRequest;
import dev.stardust.wallet.WithdrawalResult;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.Fault;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Payments and withdrawals that are cancelled: of a payment and what contests it one is applied. */
@StardustDevnet
@Timeout(300)
class CancellationIT {
    private static final long EACH = 300_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String BLOCKS = "POST /api/core/v2/blocks";

    @TempDir
    static Path directory;

    private static Devnet devnet;
    private static AccountManager manager;
    private static Account customers;

    @BeforeAll
    static void open(Devnet node) {
        devnet = node;
        manager = TestWallet.inMemory(directory.resolve("shared"), node);
        customers = manager.createAccount("customers");
        manager.sync();
    }

    @AfterAll
    static void close() {
        manager.close();
    }

    private static Account fresh(String alias, long amount) {
        return TestWallet.funded(manager, devnet, alias, amount);
    }

    private static String payee() {
        return customers.generateAddress().address();
    }

    @Test
    void aPaymentAndWhatContestsItAreNeverBothApplied() {
        Set<Transaction.State> seen = EnumSet.noneOf(Transaction.State.class);
        for (int round = 0; round < 4; round++) {
            Account alice = fresh("racer-" + round, 10_000_000);
            String payee = payee();
            Transaction paid;
            devnet.pause();
            try {
                paid = alice.sendAmount(List.of(Payment.of(payee, 1_000_000)));
                Transaction cancelled = paid.cancel();
                assertThat(cancelled.state()).isEqualTo(Transaction.State.CANCELLING);
                assertThat(paid.cancel().id()).as("twice is once").isEqualTo(paid.id());
                assertThat(contests(alice, paid)).hasSize(1);
                assertFails(
                        ErrorKind.INVALID_ARGUMENT,
                        () -> contests(alice, paid).get(0).cancel());
            } finally {
                devnet.resume();
            }
            Transaction end = paid.awaitInclusion(PATIENCE);
            seen.add(end.state());
            assertOneOfBoth(alice, payee, end);
        }
        assertThat(seen).isSubsetOf(Transaction.State.CONFIRMED, Transaction.State.CANCELLED);
    }

    /** Milestones go on meanwhile: the payment may have ended before anybody contests it. */
    @Test
    void manyMayCancelTheSameWhileMilestonesGoOn() {
        for (int round = 0; round < 4; round++) {
            Account alice = fresh("hurried-" + round, 10_000_000);
            String payee = payee();
            Transaction paid =
                    alice.sendAmountAsync(List.of(Payment.of(payee, 1_000_000))).join();
            List<CompletableFuture<Transaction>> cancels =
                    IntStream.range(0, 8).mapToObj(i -> paid.cancelAsync()).toList();
            cancels.forEach(each -> assertThat(each.join().state())
                    .isIn(Transaction.State.CANCELLING, Transaction.State.CONFIRMED, Transaction.State.CANCELLED));
            assertOneOfBoth(alice, payee, paid.awaitInclusion(PATIENCE));
        }
    }

    private static List<Transaction> contests(Account account, Transaction paid) {
        return account.listTransactions().stream()
                .filter(each -> each.contests().equals(Optional.of(paid.id())))
                .toList();
    }

    private static void assertOneOfBoth(Account alice, String payee, Transaction end) {
        boolean paid = end.state() == Transaction.State.CONFIRMED;
        assertThat(end.state()).isIn(Transaction.State.CONFIRMED, Transaction.State.CANCELLED);
        List<Transaction> contests = contests(alice, end);
        assertThat(contests).hasSizeBetween(paid ? 0 : 1, 1);
        for (Transaction contest : contests) {
            assertThat(contest.awaitInclusion(PATIENCE).state())
                    .isEqualTo(paid ? Transaction.State.DEAD : Transaction.State.CONFIRMED);
        }
        assertThat(alice.sync().total()).isEqualTo(Amount.of(paid ? 9_000_000 : 10_000_000));
        assertThat(alice.balance().available())
                .as("nothing stays locked")
                .isEqualTo(alice.balance().total());
        assertThat(end.cancel().state()).as("what has ended").isEqualTo(end.state());
        devnet.awaitMilestones(1);
        await("the node's index", () -> NodeIndex.outputs(devnet, payee) == (paid ? 1 : 0));
    }

    /** The node takes no block until both are on disk: so the payment loses. */
    @Test
    void whatNoNodeHasSeenIsCancelled() throws Exception {
        assumeTrue(devnet.isOwn(), "the node refuses blocks when it is told to");
        Account alice = fresh("unseen", 10_000_000);
        Account batch = fresh("unseen-batch", 10_000_000);
        String payee = payee();
        EventFilter filter =
                EventFilter.builder().type(TransactionInclusionEvent.class).build();
        try (EventConsumer consumer = manager.consumer("inclusions", LogPosition.NOW, filter)) {
            Transaction paid;
            devnet.fail(Fault.on(BLOCKS).status(503));
            try {
                paid = alice.sendAmount(List.of(Payment.of(payee, 1_000_000)));
                List<Withdrawal> three = batch
                        .withdraw(IntStream.range(0, 3)
                                .mapToObj(i -> WithdrawalRequest.of("unseen-" + i, payee, EACH + i))
                                .toList())
                        .stream()
                        .map(WithdrawalResult::withdrawal)
                        .toList();
                await(
                        "a transaction",
                        () -> three.get(1).refresh().transactionId().isPresent());
                assertThat(paid.cancel().state()).isEqualTo(Transaction.State.CANCELLING);
                assertThat(three.get(1).cancel().state()).isEqualTo(Withdrawal.State.CANCELLING);
                // a block that was on its way before is refused too
                long asked;
                do {
                    asked = devnet.firstNode().requests(BLOCKS);
                    Thread.sleep(500);
                } while (devnet.firstNode().requests(BLOCKS) != asked);
            } finally {
                devnet.failNoMore();
            }
            Transaction end = paid.awaitInclusion(PATIENCE);
            assertThat(end.state()).as(end.toString()).isEqualTo(Transaction.State.CANCELLED);
            assertThat(end.reason()).isPresent();
            assertOneOfBoth(alice, payee, end);

            assertThat(manager.getWithdrawal("unseen-1").awaitEnd(PATIENCE).state())
                    .isEqualTo(Withdrawal.State.CANCELLED);
            for (String key : List.of("unseen-0", "unseen-2")) {
                assertThat(manager.getWithdrawal(key).awaitEnd(PATIENCE).isConfirmed())
                        .as(key)
                        .isTrue();
            }
            assertThat(batch.sync().total()).isEqualTo(Amount.of(10_000_000 - 2 * EACH - 2));
            assertFails(ErrorKind.INVALID_ARGUMENT, () -> manager.getTransaction(
                            manager.getWithdrawal("unseen-0").transactionId().orElseThrow())
                    .cancel());

            List<TransactionInclusionEvent.State> told = new ArrayList<>();
            for (LedgerEvent event : consumer.poll(Duration.ofSeconds(1), 1000)) {
                if (((TransactionInclusionEvent) event).transactionId().equals(end.id())) {
                    told.add(((TransactionInclusionEvent) event).state());
                }
            }
            assertThat(told)
                    .containsExactly(
                            TransactionInclusionEvent.State.PENDING, TransactionInclusionEvent.State.CANCELLED);
        }
        await("the node's index", () -> NodeIndex.outputs(devnet, payee) == 2);
    }

    @Test
    void whatHasAKeyIsCancelledByIt() {
        Account alice = fresh("by-key", 10_000_000);
        String payee = payee();
        Transaction paid;
        devnet.pause();
        try {
            TransactionOptions options =
                    TransactionOptions.builder().idempotencyKey("key-payment").build();
            paid = alice.sendAmount(List.of(Payment.of(payee, 1_000_000)), options);
            Cancellation cancelled = manager.cancel("key-payment");
            assertThat(cancelled.withdrawal()).isEmpty();
            assertThat(cancelled.transaction().orElseThrow().id()).isEqualTo(paid.id());
            assertThat(cancelled.transaction().orElseThrow().state()).isEqualTo(Transaction.State.CANCELLING);
        } finally {
            devnet.resume();
        }
        Transaction end = paid.awaitEnd(PATIENCE);
        assertOneOfBoth(alice, payee, end);
        Cancellation again = manager.cancelAsync("key-payment").join();
        assertThat(again.isFinal()).isTrue();
        assertThat(again.isCancelled()).isEqualTo(end.state() == Transaction.State.CANCELLED);

        // without funds it waits
        Account poor = manager.createAccount("by-key-poor");
        poor.withdraw(WithdrawalRequest.of("key-withdrawal", payee, EACH));
        Cancellation withdrawal = manager.cancel("key-withdrawal");
        assertThat(withdrawal.isCancelled()).isTrue();
        assertThat(withdrawal.transaction()).isEmpty();
        assertThat(withdrawal.withdrawal()).contains(manager.getWithdrawal("key-withdrawal"));

        assertFails(ErrorKind.TRANSACTION_NOT_FOUND, () -> manager.cancel("key-of-nobody"));
    }
}
