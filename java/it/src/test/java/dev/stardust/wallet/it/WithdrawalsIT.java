package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static dev.stardust.wallet.it.TestWallet.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.EventConsumer;
import dev.stardust.wallet.EventFilter;
import dev.stardust.wallet.InvalidInputException;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.LogPosition;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.Withdrawal;
import dev.stardust.wallet.WithdrawalEvent;
import dev.stardust.wallet.WithdrawalRequest;
import dev.stardust.wallet.WithdrawalResult;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Withdrawals in batches. */
@StardustDevnet
@Timeout(300)
class WithdrawalsIT {
    private static final long EACH = 300_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

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
    void eachOfManyIsPaidOnceAndToldOnce() {
        Account exchange = fresh("many", 100_000_000);
        List<WithdrawalRequest> requests = new ArrayList<>();
        for (AccountAddress address : customers.generateAddresses(130)) {
            requests.add(WithdrawalRequest.of("many-" + requests.size(), address.address(), EACH + requests.size()));
        }
        List<String> payees = requests.stream().map(WithdrawalRequest::address).toList();
        WithdrawalRequest first = requests.get(0);
        requests.add(65, WithdrawalRequest.of("many-invalid", "not an address", EACH));
        requests.add(first);
        requests.add(WithdrawalRequest.of(first.idempotencyKey(), first.address(), EACH + 1_000));

        EventFilter filter = EventFilter.builder()
                .account(exchange.index())
                .type(WithdrawalEvent.class)
                .build();
        Queue<WithdrawalEvent> live = new ConcurrentLinkedQueue<>();
        try (EventConsumer consumer = manager.consumer("withdrawals", LogPosition.NOW, filter);
                var listening = manager.listen(WithdrawalEvent.class, event -> {
                    if (event.accountIndex() == exchange.index()) {
                        live.add(event);
                    }
                })) {
            List<WithdrawalResult> results = exchange.withdraw(requests);
            assertThat(results).extracting(WithdrawalResult::request).isEqualTo(requests);
            assertThat(results.stream().filter(result -> !result.isAccepted()))
                    .extracting(result -> result.error().orElseThrow().kind())
                    .containsExactly(ErrorKind.ADDRESS_INVALID, ErrorKind.IDEMPOTENCY_CONFLICT);
            assertThat(results.get(131).withdrawal().digest())
                    .isEqualTo(results.get(0).withdrawal().digest());
            assertFails(ErrorKind.TRANSACTION_NOT_FOUND, () -> manager.getWithdrawal("many-invalid"));

            for (int i = 0; i < 130; i++) {
                Withdrawal end = manager.getWithdrawal("many-" + i).awaitEnd(PATIENCE);
                assertThat(end.isConfirmed()).as(end.toString()).isTrue();
                assertThat(end.milestoneIndex()).isPresent();
            }
            Map<String, List<Withdrawal.State>> told = told(consumer, 130);
            assertThat(told).hasSize(130);
            assertThat(told.values()).allSatisfy(states -> assertThat(states)
                    .doesNotHaveDuplicates()
                    .startsWith(Withdrawal.State.REQUESTED)
                    .endsWith(Withdrawal.State.CONFIRMED));
            int events = told.values().stream().mapToInt(List::size).sum();
            await("the live events", () -> live.size() >= events);
            assertThat(live)
                    .extracting(WithdrawalEvent::id)
                    .doesNotHaveDuplicates()
                    .hasSize(events);
            assertThat(listening.dropped()).isZero();
        }

        await("the node's index", () -> payees.stream().allMatch(payee -> NodeIndex.outputs(devnet, payee) >= 1));
        assertThat(payees).allSatisfy(payee -> assertThat(NodeIndex.outputs(devnet, payee))
                .isEqualTo(1));
        assertThat(payees).hasSize(130).doesNotHaveDuplicates();
        List<Withdrawal> listed = exchange.listWithdrawals().toList();
        assertThat(listed).hasSize(130).extracting(Withdrawal::address).containsExactlyElementsOf(payees);
        assertThat(listed).extracting(Withdrawal::outputId).doesNotHaveDuplicates();
        assertThat(exchange.listTransactions().toList().size())
                .as("together")
                .isEqualTo((int) listed.stream()
                        .map(Withdrawal::transactionId)
                        .distinct()
                        .count())
                .isLessThan(20);
        long paid = listed.stream().mapToLong(each -> each.amount().value()).sum();
        assertThat(exchange.sync().total()).isEqualTo(Amount.of(100_000_000 - paid));
    }

    /** Reads on until so many are told as confirmed; then nothing more may come. */
    private static Map<String, List<Withdrawal.State>> told(EventConsumer consumer, int confirmed) {
        Map<String, List<Withdrawal.State>> told = new LinkedHashMap<>();
        int ends = 0;
        for (List<LedgerEvent> batch = consumer.poll(PATIENCE);
                !batch.isEmpty();
                batch = consumer.poll(ends < confirmed ? PATIENCE : Duration.ofMillis(500))) {
            for (LedgerEvent event : batch) {
                WithdrawalEvent change = (WithdrawalEvent) event;
                told.computeIfAbsent(change.idempotencyKey(), key -> new ArrayList<>())
                        .add(change.state());
                assertThat(change.address())
                        .isEqualTo(
                                manager.getWithdrawal(change.idempotencyKey()).address());
                ends += change.state() == Withdrawal.State.CONFIRMED ? 1 : 0;
                consumer.acknowledge(event);
            }
        }
        return told;
    }

    @Test
    void aKeyIsTheSameAfterReopeningAndWhatWaitsIsCancelled() {
        Path wallet = directory.resolve("reopened");
        String payee = payee();
        List<WithdrawalRequest> requests = IntStream.range(0, 3)
                .mapToObj(i -> WithdrawalRequest.of("kept-" + i, payee, EACH + i))
                .toList();
        List<Withdrawal> taken;
        try (AccountManager before = TestWallet.stronghold(wallet, devnet);
                Mnemonic mnemonic = Mnemonic.generate()) {
            before.storeMnemonic(mnemonic, SeedOrigin.NEW);
            Account exchange = TestWallet.funded(before, devnet, "exchange", 10_000_000);
            taken = exchange.withdraw(requests).stream()
                    .map(WithdrawalResult::withdrawal)
                    .toList();
        }

        // the vault stays locked
        try (AccountManager after = TestWallet.builder(
                        wallet, devnet, Stronghold.at(wallet.resolve("wallet.stronghold")))
                .open()) {
            Account exchange = after.getAccount("exchange");
            List<WithdrawalResult> again = exchange.withdraw(requests);
            assertThat(again)
                    .extracting(result -> result.withdrawal().created())
                    .isEqualTo(taken.stream().map(Withdrawal::created).toList());
            assertThat(exchange.listWithdrawals().toList()).hasSize(3);
            assertFails(
                    ErrorKind.IDEMPOTENCY_CONFLICT,
                    () -> exchange.withdraw(WithdrawalRequest.of("kept-0", payee, EACH + 77)));

            WithdrawalRequest late = WithdrawalRequest.of("kept-late", payee, EACH);
            Withdrawal waiting = exchange.withdraw(late);
            await("why it waits", () -> waiting.refresh().reason().isPresent());
            assertThat(waiting.refresh().state()).isEqualTo(Withdrawal.State.REQUESTED);
            assertFails(ErrorKind.TIMEOUT, () -> waiting.awaitEnd(Duration.ofMillis(200)));
            assertThat(waiting.cancel().state()).isEqualTo(Withdrawal.State.CANCELLED);

            after.setStrongholdPassword(TestWallet.PASSWORD.toCharArray());
            for (WithdrawalRequest request : requests) {
                Withdrawal end = after.getWithdrawal(request.idempotencyKey()).awaitEnd(PATIENCE);
                assertThat(end.isConfirmed()).as(end.toString()).isTrue();
            }
            assertThat(waiting.cancel().state()).as("twice").isEqualTo(Withdrawal.State.CANCELLED);
            assertThat(exchange.withdraw(late).state()).as("for ever").isEqualTo(Withdrawal.State.CANCELLED);
            assertThat(exchange.sync().total()).isEqualTo(Amount.of(10_000_000 - 3 * EACH - 3));
        }
        await("the node's index", () -> NodeIndex.outputs(devnet, payee) >= 3);
        assertThat(NodeIndex.outputs(devnet, payee)).isEqualTo(3);
    }

    /** Two wallets may write to the same books. */
    @Test
    void noTwoWalletsTellTheSameId() {
        Set<String> ids = new HashSet<>();
        for (String name : List.of("one", "other")) {
            try (AccountManager wallet = TestWallet.inMemory(directory.resolve(name), devnet);
                    EventConsumer consumer = wallet.consumer("all")) {
                Account account = wallet.createAccount("exchange");
                wallet.sync();
                account.withdraw(WithdrawalRequest.of("the-same", payee(), 1_000_000));
                List<LedgerEvent> events = consumer.poll(PATIENCE);
                assertThat(events).hasSize(1).allSatisfy(event -> assertThat(ids.add(event.id()))
                        .as(event.id())
                        .isTrue());
            }
        }
    }

    @Test
    void everyOneOfAThousandCallsAtOnceIsAnswered() throws Exception {
        int keys = 250;
        Account exchange = fresh("crowd", 200_000_000);
        String payee = payee();
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = threads();
        List<Future<String>> calls = new ArrayList<>();
        try {
            for (int i = 0; i < 1_000; i++) {
                int key = i % keys;
                // the last call for each tenth key asks for something else
                long amount = EACH + (i >= 750 && key % 10 == 0 ? keys : key);
                WithdrawalRequest request = WithdrawalRequest.of("crowd-" + key, payee, amount);
                calls.add(threads.submit(() -> {
                    start.await();
                    return answer(exchange, request);
                }));
            }
            start.countDown();
            Map<String, Integer> answers = new LinkedHashMap<>();
            for (Future<String> call : calls) {
                answers.merge(call.get(PATIENCE.toSeconds(), TimeUnit.SECONDS), 1, Integer::sum);
            }
            assertThat(answers.values().stream().mapToInt(Integer::intValue).sum())
                    .isEqualTo(1_000);
            assertThat(answers.getOrDefault("conflict", 0))
                    .as("one key, two amounts: either the one that came first is right or the three others")
                    .isBetween(25, 75);
        } finally {
            threads.shutdownNow();
        }

        List<Withdrawal> all = exchange.listWithdrawals().toList();
        assertThat(all).hasSize(keys).extracting(Withdrawal::idempotencyKey).doesNotHaveDuplicates();
        long sum = all.stream().mapToLong(each -> each.amount().value()).sum();
        for (Withdrawal each : all) {
            Withdrawal end = each.awaitEnd(PATIENCE);
            assertThat(end.isConfirmed()).as(end.toString()).isTrue();
        }
        assertThat(exchange.sync().total()).isEqualTo(Amount.of(200_000_000 - sum));
        await("the node's index", () -> NodeIndex.outputs(devnet, payee) >= keys);
        assertThat(NodeIndex.outputs(devnet, payee)).isEqualTo(keys);
        assertThat(manager.listWithdrawals().stream()
                        .map(Withdrawal::idempotencyKey)
                        .filter(key -> key.startsWith("crowd-"))
                        .collect(Collectors.toSet()))
                .hasSize(keys);
    }

    private static String answer(Account exchange, WithdrawalRequest request) {
        try {
            Withdrawal taken = exchange.withdraw(request);
            assertThat(taken.amount()).isEqualTo(request.amount());
            return taken.idempotencyKey();
        } catch (InvalidInputException e) {
            assertThat(e.kind()).isEqualTo(ErrorKind.IDEMPOTENCY_CONFLICT);
            return "conflict";
        } catch (WalletException e) {
            throw new AssertionError("an answer that is no answer", e);
        }
    }

    /** Virtual ones where there are any, else a thousand real ones. */
    private static ExecutorService threads() throws ReflectiveOperationException {
        if (Runtime.version().feature() >= 21) {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        }
        return Executors.newFixedThreadPool(1_000);
    }
}
