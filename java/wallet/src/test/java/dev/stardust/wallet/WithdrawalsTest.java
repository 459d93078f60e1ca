package dev.stardust.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.stardust.wallet.internal.core.FakeCore;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WithdrawalsTest {
    private static final String WITHDRAWAL = "{\"idempotencyKey\":\"w-1\",\"accountIndex\":3,\"address\":\"rms1x\","
            + "\"amount\":\"1000000\",\"digest\":\"0x22\",\"state\":\"%s\",\"createdMs\":5%s}";
    private static final String REQUESTED = WITHDRAWAL.formatted("requested", "");
    private static final WithdrawalRequest REQUEST = WithdrawalRequest.of("w-1", "rms1x", 1_000_000);
    private static final WithdrawalRequest OTHER = WithdrawalRequest.of("w-2", "rms1y", Amount.of(7));

    private final FakeCore core = new FakeCore()
            .result("wallet.start", "{}")
            .result("secret.setPassword", "{\"status\":\"unlocked\"}")
            .result("account.get", "{\"index\":3,\"alias\":\"a\",\"publicAddressCount\":0,\"internalAddressCount\":0}")
            .result("withdrawal.get", REQUESTED);

    private AccountManager manager;
    private Account account;

    @BeforeEach
    void open() {
        manager = AccountManager.builder()
                .storagePath(Path.of("wallet"))
                .secretManager(Stronghold.at(Path.of("w.stronghold"), "secret".toCharArray()))
                .clientOptions(ClientOptions.node(URI.create("http://localhost:14265")))
                .coinType(CoinType.SHIMMER)
                .withdrawalBatches(Duration.ofSeconds(2), 50)
                .transport(core)
                .open();
        account = manager.getAccount(3);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @Test
    void aTextThatIsNotUnicodeRefusesItsOwnRequestOnly() throws Exception {
        core.result("account.withdraw", "[{\"withdrawal\":" + REQUESTED + "}]");
        List<WithdrawalRequest> requests = List.of(
                WithdrawalRequest.of("half \ud83d", "rms1x", 1_000_000),
                REQUEST,
                WithdrawalRequest.of("w-3", "rms1\udc00", 1_000_000));
        for (List<WithdrawalResult> results : List.of(
                account.withdraw(requests), account.withdrawAsync(requests).get())) {
            assertThat(results).extracting(WithdrawalResult::request).isEqualTo(requests);
            assertThat(results).extracting(WithdrawalResult::isAccepted).containsExactly(false, true, false);
            assertThat(results.get(0).error()).get().isInstanceOf(InvalidInputException.class);
        }
        assertThat(core.params("account.withdraw").get("withdrawals")).hasSize(1);
        // nobody is asked where nothing can be read
        List<WithdrawalRequest> none = List.of(requests.get(0));
        assertThat(account.withdraw(none).get(0).isAccepted()).isFalse();
        assertThat(account.withdrawAsync(none).get().get(0).isAccepted()).isFalse();
        assertThatThrownBy(() -> account.withdraw(requests.get(2))).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void everyRequestHasItsOwnResult() {
        String refused = FakeCore.error("ADDRESS_INVALID", "not bech32");
        core.result("account.withdraw", "[{\"withdrawal\":" + REQUESTED + "},{\"error\":" + refused + "}]");
        List<WithdrawalResult> results = account.withdraw(List.of(REQUEST, OTHER));
        assertThat(core.params("account.withdraw"))
                .hasToString("{\"account\":{\"index\":3},\"withdrawals\":["
                        + "{\"idempotencyKey\":\"w-1\",\"address\":\"rms1x\",\"amount\":\"1000000\"},"
                        + "{\"idempotencyKey\":\"w-2\",\"address\":\"rms1y\",\"amount\":\"7\"}]}");

        WithdrawalResult taken = results.get(0);
        assertThat(taken.isAccepted()).isTrue();
        assertThat(taken.error()).isEmpty();
        assertThat(taken.request()).isEqualTo(REQUEST);
        assertThat(taken.withdrawal()).isEqualTo(manager.getWithdrawal("w-1"));
        assertThat(taken.toString()).contains("w-1").contains("REQUESTED");

        WithdrawalResult not = results.get(1);
        assertThat(not.isAccepted()).isFalse();
        assertThat(not.request()).isEqualTo(OTHER);
        assertThat(not.error().orElseThrow().kind()).isEqualTo(ErrorKind.ADDRESS_INVALID);
        assertThatThrownBy(not::withdrawal)
                .isInstanceOf(InvalidInputException.class)
                .isSameAs(not.error().orElseThrow());
        assertThat(not.toString()).contains("w-2").contains("ADDRESS_INVALID");
    }

    @Test
    void oneThatIsRefusedIsThrown() throws Exception {
        core.result("account.withdraw", "[{\"error\":" + FakeCore.error("IDEMPOTENCY_CONFLICT", "used") + "}]");
        assertThat(catchThrowable(() -> account.withdraw(REQUEST)))
                .isInstanceOfSatisfying(InvalidInputException.class, e -> assertThat(e.kind())
                        .isEqualTo(ErrorKind.IDEMPOTENCY_CONFLICT));
        assertThatThrownBy(() -> account.withdrawAsync(REQUEST).get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InvalidInputException.class);
        assertThat(account.withdrawAsync(List.of(REQUEST))
                        .get(10, TimeUnit.SECONDS)
                        .get(0)
                        .isAccepted())
                .isFalse();
        core.result("account.withdraw", "[{\"withdrawal\":" + REQUESTED + "}]");
        assertThat(account.withdraw(REQUEST))
                .isEqualTo(account.withdrawAsync(REQUEST).join());
    }

    @Test
    void answersThatCannotBeAreDefects() {
        core.result("account.withdraw", "[{\"withdrawal\":" + REQUESTED + "}]");
        assertThatThrownBy(() -> account.withdraw(List.of(REQUEST, OTHER))).isInstanceOf(NativeCrashException.class);
        core.result("account.withdraw", "[{}]");
        assertThatThrownBy(() -> account.withdraw(REQUEST)).isInstanceOf(NativeCrashException.class);
        core.result("account.withdraw", "{}");
        assertThatThrownBy(() -> account.withdraw(REQUEST)).isInstanceOf(NativeCrashException.class);
    }

    @Test
    void aWithdrawalIsReadCancelledAndWaitedFor() {
        Withdrawal first = manager.getWithdrawal("w-1");
        assertThat(first.state()).isEqualTo(Withdrawal.State.REQUESTED);
        assertThat(first.state().isFinal()).isFalse();
        assertThat(first.accountIndex()).isEqualTo(3);
        assertThat(first.created()).isEqualTo(Instant.ofEpochMilli(5));
        assertThat(first.refresh()).isEqualTo(first.refreshAsync().join()).hasSameHashCodeAs(first);

        core.result("withdrawal.cancel", WITHDRAWAL.formatted("cancelled", ",\"reason\":\"why\""));
        Withdrawal cancelled = first.cancel();
        assertThat(cancelled).isEqualTo(first.cancelAsync().join()).isNotEqualTo(first);
        assertThat(cancelled.state().isFinal()).isTrue();
        assertThat(cancelled.reason()).contains("why");
        assertThat(core.params("withdrawal.cancel")).hasToString("{\"idempotencyKey\":\"w-1\"}");

        core.result("withdrawal.await", WITHDRAWAL.formatted("confirmed", ",\"milestoneIndex\":9"));
        Withdrawal confirmed = first.awaitEnd(Duration.ofSeconds(1));
        assertThat(confirmed).isEqualTo(first.awaitEndAsync(Duration.ofDays(3)).join());
        assertThat(confirmed.isConfirmed()).isTrue();
        assertThat(confirmed.milestoneIndex()).hasValue(9);
        assertThat(core.params("withdrawal.await")).hasToString("{\"idempotencyKey\":\"w-1\",\"timeoutMs\":1000}");

        core.result("withdrawal.get", WITHDRAWAL.formatted("onTheMoon", ""));
        assertThat(first.refresh().state()).isEqualTo(Withdrawal.State.UNKNOWN);
    }

    @Test
    void theyAreListedByAccountAndForAll() {
        core.result("account.withdrawals", "{\"items\":[" + REQUESTED + "]}");
        assertThat(account.listWithdrawals().toList()).containsExactly(manager.getWithdrawal("w-1"));
        assertThat(manager.listWithdrawals().toListAsync().join()).hasSize(1);
        assertThat(core.params("account.withdrawals"))
                .as("the first")
                .hasToString("{\"account\":{\"index\":3},\"limit\":500}");
        assertThat(core.requests.get(core.requests.size() - 1).get("params")).hasToString("{\"limit\":500}");
    }

    @Test
    void aTransactionIsCancelled() {
        String transaction = "{\"transactionId\":\"0x11\",\"accountIndex\":0,\"digest\":\"0x22\",\"state\":\"%s\","
                + "\"attachments\":1,\"createdMs\":5,\"inputs\":[],\"outputs\":[]%s}";
        core.result("transaction.get", transaction.formatted("submitted", ""));
        core.result("transaction.cancel", transaction.formatted("cancelling", ""));
        Transaction paid = manager.getTransactionByKey("p-1");
        assertThat(paid.contests()).isEmpty();
        assertThat(paid.cancel().state()).isEqualTo(Transaction.State.CANCELLING);
        assertThat(paid.cancelAsync().join()).isEqualTo(paid.cancel());
        assertThat(core.params("transaction.cancel")).hasToString("{\"transactionId\":\"0x11\"}");
        core.result("transaction.get", transaction.formatted("signed", ",\"contests\":\"0x11\""));
        assertThat(paid.refresh().contests()).contains(paid.id());
    }

    @Test
    void whatHasAKeyIsCancelledByIt() {
        core.result("wallet.cancel", "{\"withdrawal\":" + WITHDRAWAL.formatted("cancelled", "") + "}");
        Cancellation withdrawal = manager.cancel("w-1");
        assertThat(core.params("wallet.cancel")).hasToString("{\"idempotencyKey\":\"w-1\"}");
        assertThat(withdrawal).isEqualTo(manager.cancelAsync("w-1").join());
        assertThat(withdrawal.withdrawal().orElseThrow().state()).isEqualTo(Withdrawal.State.CANCELLED);
        assertThat(withdrawal.transaction()).isEmpty();
        assertThat(withdrawal.isFinal()).isTrue();
        assertThat(withdrawal.isCancelled()).isTrue();

        String transaction = "{\"transaction\":{\"transactionId\":\"0x11\",\"accountIndex\":0,\"digest\":\"0x22\","
                + "\"state\":\"%s\",\"attachments\":1,\"createdMs\":5,\"inputs\":[],\"outputs\":[]}}";
        core.result("wallet.cancel", transaction.formatted("cancelling"));
        Cancellation payment = manager.cancel("p-1");
        assertThat(payment.transaction().orElseThrow().id()).isEqualTo(TransactionId.of("0x11"));
        assertThat(payment.withdrawal()).isEmpty();
        assertThat(payment.isFinal()).isFalse();
        assertThat(payment.isCancelled()).isFalse();

        core.result("wallet.cancel", transaction.formatted("confirmed"));
        assertThat(manager.cancel("p-1").isFinal()).isTrue();
        assertThat(manager.cancel("p-1").isCancelled()).isFalse();
        core.result("wallet.cancel", transaction.formatted("cancelled"));
        assertThat(manager.cancel("p-1").isCancelled()).isTrue();
        core.result("wallet.cancel", "{}");
        assertThatThrownBy(() -> manager.cancel("p-1")).isInstanceOf(NativeCrashException.class);
    }

    @Test
    void aRejectedTransactionHasNotEnded() {
        String transaction = "{\"transactionId\":\"0x11\",\"accountIndex\":0,\"digest\":\"0x22\",\"state\":\"%s\","
                + "\"attachments\":1,\"createdMs\":5,\"inputs\":[],\"outputs\":[]}";
        core.result("transaction.get", transaction.formatted("submitted"));
        core.result("transaction.awaitInclusion", transaction.formatted("rejected"));
        core.result("transaction.await", transaction.formatted("confirmed"));
        Transaction rejected = manager.getTransactionByKey("p-1").awaitInclusion(Duration.ofSeconds(1));
        assertThat(rejected.state()).isEqualTo(Transaction.State.REJECTED);
        assertThat(rejected.state().isFinal()).isFalse();
        assertThat(TransactionInclusionEvent.State.REJECTED.isFinal()).isFalse();
        Transaction confirmed = rejected.awaitEnd(Duration.ofSeconds(1));
        assertThat(confirmed.state().isFinal()).isTrue();
        assertThat(confirmed)
                .isEqualTo(rejected.awaitEndAsync(Duration.ofDays(1)).join());
        assertThat(core.params("transaction.await")).hasToString("{\"transactionId\":\"0x11\",\"timeoutMs\":1000}");
    }

    @Test
    void anAmountBelowTheStorageDepositIsAllowedByItsRequest() {
        core.result("account.withdraw", "[{\"withdrawal\":" + REQUESTED + "},{\"withdrawal\":" + REQUESTED + "}]");
        account.withdraw(List.of(REQUEST.allowingMicroAmount(), OTHER.allowingMicroAmount(Duration.ofHours(2))));
        assertThat(core.params("account.withdraw").get("withdrawals"))
                .hasToString("[{\"idempotencyKey\":\"w-1\",\"address\":\"rms1x\",\"amount\":\"1000000\","
                        + "\"allowMicroAmount\":true},"
                        + "{\"idempotencyKey\":\"w-2\",\"address\":\"rms1y\",\"amount\":\"7\","
                        + "\"allowMicroAmount\":true,\"microAmountExpirationMs\":7200000}]");
        assertThat(REQUEST.allowMicroAmount()).as("the request itself").isFalse();
    }

    @Test
    void batchesArePartOfTheConfiguration() {
        assertThat(core.config.get("withdrawalBatches")).hasToString("{\"maxDelayMs\":2000,\"maxRecipients\":50}");
    }

    @Test
    void theFilterNamesThem() {
        EventFilter filter = EventFilter.builder().type(WithdrawalEvent.class).build();
        assertThat(filter.types()).containsExactly("withdrawal");
    }
}
