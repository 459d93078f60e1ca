package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static dev.stardust.wallet.it.TestWallet.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.Output;
import dev.stardust.wallet.OutputId;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.RemainderValueStrategy;
import dev.stardust.wallet.TaggedData;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionId;
import dev.stardust.wallet.TransactionOptions;
import dev.stardust.wallet.TransactionProgressEvent;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Payments, and every way to ask for a wrong one. */
@StardustDevnet
@Timeout(120)
class PaymentsIT {
    private static final long FUNDS = 100_000_000;
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TempDir
    static Path directory;

    private static Devnet devnet;
    private static AccountManager manager;
    private static Account account;
    private static String payee;

    @BeforeAll
    static void open(Devnet node) {
        devnet = node;
        manager = TestWallet.inMemory(directory, node);
        account = TestWallet.funded(manager, node, "exchange", FUNDS);
        payee = manager.createAccount("customer").generateAddress().address();
    }

    @AfterAll
    static void close() {
        manager.close();
    }

    private static Account fresh(String alias, long amount) {
        return TestWallet.funded(manager, devnet, alias, amount);
    }

    private static List<Payment> pay(long amount) {
        return List.of(Payment.of(payee, amount));
    }

    @Test
    void theSameKeyIsTheSamePayment() {
        Account alice = fresh("same-key", 10_000_000);
        TransactionOptions options = TransactionOptions.idempotencyKey("the-same");
        Set<TransactionId> ids =
                IntStream.range(0, 8).mapToObj(i -> alice.sendAmountAsync(pay(1_000_000), options)).toList().stream()
                        .map(CompletableFuture::join)
                        .map(Transaction::id)
                        .collect(Collectors.toSet());
        assertThat(ids).hasSize(1);
        Transaction confirmed = manager.getTransaction(ids.iterator().next()).awaitInclusion(MINUTE);
        assertThat(alice.sendAmount(pay(1_000_000), options).id()).isEqualTo(confirmed.id());
        assertThat(alice.sync().total()).isEqualTo(Amount.of(9_000_000));

        WalletException e =
                assertFails(ErrorKind.IDEMPOTENCY_CONFLICT, () -> alice.sendAmount(pay(1_000_001), options));
        assertThat(e.details()).containsKeys("existing", "requested");
        assertThat(e.details().get("existing")).isEqualTo(confirmed.digest());
    }

    @Test
    void theRemainderMayGoBackToItsAddressAndDataMayGoAlong() throws Exception {
        Account alice = fresh("reuse", 10_000_000);
        Set<TransactionProgressEvent.Stage> stages = new ConcurrentSkipListSet<>();
        try (var live = manager.listen(TransactionProgressEvent.class, event -> stages.add(event.stage()))) {
            Transaction sent = alice.sendAmount(
                            pay(1_000_000),
                            TransactionOptions.builder()
                                    .remainderValueStrategy(RemainderValueStrategy.reuseAddress())
                                    .taggedDataPayload(TaggedData.of("order", "4711"))
                                    .build())
                    .awaitInclusion(MINUTE);
            assertThat(sent.isConfirmed()).isTrue();
            assertThat(includedBlock(sent.id()))
                    .as("on the ledger")
                    .contains(TaggedData.of("order", "4711").tag());
            assertThat(sent.outputs().get(1).address())
                    .isEqualTo(sent.inputs().get(0).address());
            assertThat(alice.listAddresses(true).toList()).isEmpty();
            assertThat(live.isClosed()).isFalse();
            // told on another thread, and no more after closing
            await(
                    "the stages",
                    () -> stages.containsAll(List.of(
                            TransactionProgressEvent.Stage.SIGNING, TransactionProgressEvent.Stage.BROADCASTING)));
        }
        assertThat(stages).doesNotContain(TransactionProgressEvent.Stage.UNKNOWN);
    }

    private static String includedBlock(TransactionId id) throws Exception {
        URI block = devnet.node().resolve("/api/core/v2/transactions/" + id + "/included-block");
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(block).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void theCallerMayChooseTheInputs() {
        Account alice = fresh("chooser", 10_000_000);
        Account bob = fresh("not-the-chooser", 10_000_000);
        Output mine = alice.listOutputs().first().orElseThrow();
        Output his = bob.listOutputs().first().orElseThrow();
        OutputId nowhere = OutputId.of("0x" + "ab".repeat(32) + "0000");
        assertFails(ErrorKind.INPUT_UNKNOWN, () -> alice.sendAmount(pay(1_000_000), with(nowhere)));
        assertFails(ErrorKind.INPUT_NOT_OURS, () -> alice.sendAmount(pay(1_000_000), with(his.id())));
        devnet.pause();
        Transaction sent;
        try {
            sent = alice.sendAmount(pay(1_000_000), with(mine.id()));
            assertFails(ErrorKind.INPUT_LOCKED, () -> alice.sendAmount(pay(1_000_000), with(mine.id())));
        } finally {
            devnet.resume();
        }
        assertThat(sent.inputs()).extracting(Transaction.Input::outputId).containsExactly(mine.id());
        assertThat(sent.awaitInclusion(MINUTE).isConfirmed()).isTrue();
        manager.sync();
        assertFails(ErrorKind.INPUT_SPENT, () -> alice.sendAmount(pay(1_000_000), with(mine.id())));
    }

    private static TransactionOptions with(OutputId input) {
        return TransactionOptions.builder().customInputs(List.of(input)).build();
    }

    @Test
    void wrongAmounts() {
        assertFails(ErrorKind.AMOUNT_INVALID, () -> account.sendAmount(pay(0)));
        assertFails(ErrorKind.AMOUNT_INVALID, () -> account.sendAmount(pay(-1)));
        assertFails(ErrorKind.AMOUNT_INVALID, () -> account.sendAmount(pay(Long.MAX_VALUE)));
        WalletException low = assertFails(ErrorKind.STORAGE_DEPOSIT_TOO_LOW, () -> account.sendAmount(pay(1)));
        assertThat(low.details()).containsEntry("given", "1").containsKeys("needed", "output");
        WalletException little =
                assertFails(ErrorKind.INSUFFICIENT_FUNDS, () -> account.sendAmount(pay(FUNDS + 1_000_000)));
        assertThat(little.details())
                .containsEntry("available", Long.toString(FUNDS))
                .containsKey("needed");
        assertThat(account.balance().available()).as("nothing half done").isEqualTo(Amount.of(FUNDS));
    }

    @Test
    void wrongNumbersOfOutputs() {
        assertFails(ErrorKind.OUTPUT_COUNT_INVALID, () -> account.sendAmount(List.of()));
        List<Payment> tooMany = Collections.nCopies(129, Payment.of(payee, 300_000));
        assertFails(ErrorKind.OUTPUT_COUNT_INVALID, () -> account.sendAmount(tooMany));
        // 128 leave no room for a remainder
        assertFails(ErrorKind.OUTPUT_COUNT_INVALID, () -> account.sendAmount(tooMany.subList(0, 128)));
    }

    @Test
    void aHundredAndTwentySevenPayeesAtOnce() {
        Account alice = fresh("many", 50_000_000);
        Transaction sent = alice.sendAmount(Collections.nCopies(127, Payment.of(payee, 300_000)));
        assertThat(sent.outputs()).hasSize(128);
        assertThat(sent.awaitInclusion(MINUTE).isConfirmed()).isTrue();
    }

    @Test
    void wrongAddresses() {
        assertFails(ErrorKind.ADDRESS_INVALID, () -> account.sendAmount(to("not an address")));
        assertFails(ErrorKind.ADDRESS_INVALID, () -> account.sendAmount(to(payee.substring(0, payee.length() - 1))));
        assertFails(
                ErrorKind.ADDRESS_WRONG_NETWORK,
                () -> account.sendAmount(to("iota1qpf0mlq8yxpx2nck8a0slxnzr4ef2ek8f5gqxlzd0wasgp73utryj430ldu")));
    }

    private static List<Payment> to(String address) {
        return List.of(Payment.of(address, 1_000_000));
    }

    @Test
    void wrongOptions() {
        assertFails(
                ErrorKind.IDEMPOTENCY_KEY_INVALID,
                () -> account.sendAmount(pay(1_000_000), TransactionOptions.idempotencyKey("")));
        assertFails(
                ErrorKind.IDEMPOTENCY_KEY_INVALID,
                () -> account.sendAmount(pay(1_000_000), TransactionOptions.idempotencyKey("k".repeat(257))));
        TaggedData longTag = TaggedData.of(new byte[65], new byte[0]);
        assertFails(
                ErrorKind.TAGGED_DATA_INVALID,
                () -> account.sendAmount(
                        pay(1_000_000),
                        TransactionOptions.builder().taggedDataPayload(longTag).build()));
        assertFails(
                ErrorKind.TRANSACTION_NOT_FOUND,
                () -> manager.getTransaction(TransactionId.of("0x" + "cd".repeat(32))));
        assertFails(ErrorKind.TRANSACTION_NOT_FOUND, () -> manager.getTransactionByKey("never used"));
    }

    @Test
    void waitingEndsWhenTheTimeIsUp() {
        Account alice = fresh("waiter", 10_000_000);
        devnet.pause();
        try {
            Transaction sent = alice.sendAmount(pay(1_000_000));
            assertFails(ErrorKind.TIMEOUT, () -> sent.awaitInclusion(Duration.ofMillis(300)));
            assertThat(alice.balance().available()).isEqualTo(Amount.ZERO);
            assertThat(alice.balance().incoming()).isEqualTo(Amount.of(9_000_000));
            assertThat(alice.balance().locked()).isEqualTo(Amount.of(10_000_000));
            devnet.resume();
            assertThat(sent.awaitInclusion(MINUTE).isConfirmed()).isTrue();
            assertThat(sent.refresh().state()).isEqualTo(Transaction.State.CONFIRMED);
        } finally {
            devnet.resume();
        }
    }
}
