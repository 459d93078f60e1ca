package dev.stardust.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.internal.core.Callbacks;
import dev.stardust.wallet.internal.core.FakeCore;
import dev.stardust.wallet.internal.core.Session;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PolicyTest {
    private static final String WITHDRAWAL = "{\"idempotencyKey\":\"%s\",\"accountIndex\":3,\"address\":\"rms1x\","
            + "\"amount\":\"1000000\",\"digest\":\"0x22\",\"state\":\"%s\",\"createdMs\":5%s}";
    private static final String PREPARED = "{\"id\":\"0xab\",\"accountIndex\":3,\"idempotencyKey\":\"k\",\"inputs\":[{"
            + "\"outputId\":\"0x" + "00".repeat(34) + "\",\"amount\":\"9\",\"address\":\"rms1a\"}],\"outputs\":["
            + "{\"address\":\"rms1x\",\"amount\":\"7\",\"role\":\"payee\",\"own\":false,\"depositReturn\":\"2\"},"
            + "{\"address\":\"rms1c\",\"amount\":\"2\",\"role\":\"remainder\",\"own\":true}],\"remainder\":\"2\","
            + "\"essence\":\"0x01\",\"essenceHash\":\"0x02\",\"expiresAtMs\":9,\"createdMs\":5}";
    private static final String TRANSACTION = "{\"transactionId\":\"0x" + "00".repeat(32) + "\",\"accountIndex\":3,"
            + "\"digest\":\"0x22\",\"state\":\"submitted\",\"attachments\":1,\"createdMs\":5,\"inputs\":[],\"outputs\":[]}";

    private final FakeCore core = new FakeCore()
            .result("wallet.start", "{}")
            .result("account.get", "{\"index\":3,\"alias\":\"a\",\"publicAddressCount\":0,\"internalAddressCount\":0}")
            .result("account.sendAmount", TRANSACTION);

    private AccountManagerBuilder builder() {
        return AccountManager.builder()
                .storagePath(Path.of("wallet"))
                .secretManager(Stronghold.at(Path.of("w.stronghold")))
                .clientOptions(ClientOptions.node(URI.create("http://localhost:14265")))
                .coinType(CoinType.SHIMMER)
                .transport(core);
    }

    private static String withdrawal(String key, String state, String more) {
        return WITHDRAWAL.formatted(key, state, more);
    }

    @Test
    void theRulesAreInTheConfiguration() {
        PaymentRules rules = PaymentRules.builder()
                .perPayment(Amount.of(5))
                .maxAmount(Duration.ofDays(1), Amount.of(100))
                .maxCount(Duration.ofHours(1), 20)
                .allowList(List.of("rms1x"))
                .approvalFrom(Amount.of(4))
                .build();
        try (AccountManager manager = builder().paymentRules(rules).open()) {
            assertThat(core.config.get("paymentRules"))
                    .hasToString(
                            "{\"perPayment\":\"5\",\"windows\":[{\"durationMs\":86400000,\"maxAmount\":\"100\"},"
                                    + "{\"durationMs\":3600000,\"maxCount\":20}],\"allowList\":[\"rms1x\"],\"approvalFrom\":\"4\"}");
            assertThat(core.config.has("withdrawalReview")).isFalse();
            assertThat(manager.isClosed()).isFalse();
        }
    }

    @Test
    void personsApproveAndRefuse() {
        core.result("withdrawal.get", withdrawal("w", "awaitingApproval", ""));
        String approvals = ",\"approvals\":[{\"approver\":\"ann\",\"atMs\":7}]";
        core.result("withdrawal.approve", withdrawal("w", "awaitingApproval", approvals));
        core.result("withdrawal.refuse", withdrawal("w", "refused", ",\"reason\":\"bob refused it: why\""));
        core.result("withdrawal.waiting", "{\"items\":[" + withdrawal("w", "awaitingApproval", "") + "]}");
        try (AccountManager manager = builder().open()) {
            Withdrawal waiting =
                    manager.listWithdrawalsAwaitingApproval().toList().get(0);
            assertThat(waiting.state()).isEqualTo(Withdrawal.State.AWAITING_APPROVAL);
            assertThat(waiting.approvals()).isEmpty();
            Withdrawal approved = waiting.approve("ann");
            assertThat(approved).isEqualTo(waiting.approveAsync("ann").join());
            assertThat(approved.approvals()).containsExactly(new Approval("ann", Instant.ofEpochMilli(7)));
            Withdrawal refused = waiting.refuse("bob", "why");
            assertThat(refused).isEqualTo(waiting.refuseAsync("bob", "why").join());
            assertThat(refused.state()).isEqualTo(Withdrawal.State.REFUSED);
            assertThat(refused.state().isFinal()).isTrue();
            assertThat(core.params("withdrawal.refuse"))
                    .hasToString("{\"idempotencyKey\":\"w\",\"approver\":\"bob\",\"reason\":\"why\"}");
            assertThat(core.params("withdrawal.waiting").get("waitsFor").asText())
                    .isEqualTo("approval");
        }
    }

    @Test
    void aRefusedPaymentSaysByWhichRule() {
        core.answer(
                "account.sendAmount",
                request -> "{\"jsonrpc\":\"2.0\",\"id\":" + request.get("id")
                        + ",\"error\":{\"code\":1,\"message\":\"no\","
                        + "\"data\":{\"kind\":\"POLICY_REFUSED\",\"retryable\":false,\"details\":{\"rule\":\"perPayment\"}}}}");
        try (AccountManager manager = builder().open()) {
            Account account = manager.getAccount(3);
            assertThat(catchThrowable(() -> account.sendAmount(List.of(Payment.of("rms1x", 1)))))
                    .isInstanceOfSatisfying(PaymentRefusedException.class, e -> assertThat(e.rule())
                            .contains("perPayment"));
        }
    }

    /** A core with withdrawals that wait for the reviewer; what is answered waits no more. */
    private final class Waiting {
        final Map<Integer, String> waiting = new ConcurrentSkipListMap<>();
        final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();

        Waiting(String... keys) {
            for (String key : keys) {
                waiting.put(waiting.size(), key);
            }
            core.answer("withdrawal.waiting", request -> {
                // as the core does, silent as long as there is nothing and there is time
                if (waiting.isEmpty() && request.at("/params/timeoutMs").asLong() > 0) {
                    return null;
                }
                String items = waiting.values().stream()
                        .map(key -> withdrawal(key, "awaitingReview", ""))
                        .collect(Collectors.joining(","));
                return answered(request, "{\"items\":[" + items + "]}");
            });
            core.answer("withdrawal.review", request -> {
                String key = request.at("/params/idempotencyKey").asText();
                waiting.values().remove(key);
                answers.add(request.get("params"));
                return answered(request, withdrawal(key, "requested", ""));
            });
        }

        private String answered(JsonNode request, String result) {
            return "{\"jsonrpc\":\"2.0\",\"id\":" + request.get("id") + ",\"result\":" + result + "}";
        }

        String next() throws InterruptedException {
            JsonNode answer = answers.poll(30, TimeUnit.SECONDS);
            return answer == null ? "nothing" : answer.toString();
        }
    }

    @Test
    void theReviewerIsAskedAboutWhatWaits() throws Exception {
        Waiting waiting = new Waiting("a", "b");
        BlockingQueue<ReviewRequest> asked = new ArrayBlockingQueue<>(10);
        WithdrawalReviewer reviewer = request -> {
            asked.add(request);
            assertThat(Thread.currentThread().getName()).startsWith("stardust-review-");
            return request.idempotencyKey().orElseThrow().equals("b") ? Review.veto("why") : Review.allow();
        };
        try (AccountManager manager = builder().withdrawalReview(reviewer).open()) {
            assertThat(core.config.get("withdrawalReview").asBoolean()).isTrue();
            assertThat(waiting.next()).isEqualTo("{\"idempotencyKey\":\"a\"}");
            assertThat(waiting.next()).isEqualTo("{\"idempotencyKey\":\"b\",\"veto\":\"why\"}");
            assertThat(asked.take())
                    .isEqualTo(new ReviewRequest(
                            ReviewRequest.Kind.WITHDRAWAL,
                            3,
                            Optional.of("a"),
                            List.of(Payment.of("rms1x", 1_000_000)),
                            Optional.empty()));
            assertThat(manager.isClosed()).isFalse();
        }
    }

    @Test
    void whoThrowsIsAskedAgainAndHoldsUpNobody() throws Exception {
        Waiting waiting = new Waiting("a", "b");
        AtomicInteger failures = new AtomicInteger();
        WithdrawalReviewer reviewer = request -> {
            if (request.idempotencyKey().orElseThrow().equals("a") && failures.incrementAndGet() < 3) {
                throw new IllegalStateException("no answer now");
            }
            return Review.allow();
        };
        Session session = new Session(core, core.open("{}".getBytes()), Callbacks.shared());
        new Reviews(session, reviewer, Duration.ofMillis(1)).start();
        assertThat(waiting.next()).contains("\"b\"");
        assertThat(waiting.next()).contains("\"a\"");
        assertThat(failures).hasValue(3);
        session.close();
    }

    @Test
    void whatIsPreparedIsSubmittedOrReleased() {
        core.result("account.prepareTransaction", PREPARED)
                .result("prepared.list", "[" + PREPARED + "]")
                .result("prepared.release", "{}")
                .result("prepared.submit", TRANSACTION);
        try (AccountManager manager = builder().open()) {
            Account account = manager.getAccount(3);
            PreparedTransaction prepared = account.prepareTransaction(List.of(Payment.of("rms1x", 5)));
            assertThat(core.params("account.prepareTransaction").get("expiryMs").asLong())
                    .isEqualTo(300_000);
            assertThat(account.prepareTransactionAsync(List.of()).join()).isEqualTo(prepared);
            assertThat(prepared.expiresAt()).isEqualTo(Instant.ofEpochMilli(9));
            assertThat(prepared.outputs()).hasSize(2);
            assertThat(prepared.inputs().get(0).amount()).isEqualTo(Amount.of(9));
            assertThat(prepared.toString()).contains("0xab");
            assertThat(manager.preparedTransactions()).containsExactly(prepared);
            assertThat(account.preparedTransactionsAsync().join()).containsExactly(prepared);
            assertThat(prepared.submit()).isEqualTo(prepared.submitAsync().join());
            prepared.release();
            prepared.releaseAsync().join();
            assertThat(core.params("prepared.release")).hasToString("{\"id\":\"0xab\"}");
        }
    }
}
