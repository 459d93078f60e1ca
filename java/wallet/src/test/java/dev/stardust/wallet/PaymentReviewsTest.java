package dev.stardust.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.internal.core.Callbacks;
import dev.stardust.wallet.internal.core.FakeCore;
import dev.stardust.wallet.internal.core.Session;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Payments that a reviewer looks at before they are made. */
@Timeout(60)
class PaymentReviewsTest {
    private static final String TRANSACTION = "{\"transactionId\":\"0x" + "00".repeat(32) + "\",\"accountIndex\":3,"
            + "\"digest\":\"0x22\",\"state\":\"submitted\",\"attachments\":1,\"createdMs\":5,\"inputs\":[],\"outputs\":[]}";
    private static final String PREPARED = "{\"id\":\"0xab\",\"accountIndex\":3,\"inputs\":[],\"outputs\":["
            + "{\"address\":\"rms1x\",\"amount\":\"7\",\"role\":\"payee\",\"own\":false,\"depositReturn\":\"2\"},"
            + "{\"address\":\"rms1thief\",\"amount\":\"90\",\"role\":\"remainder\",\"own\":%s}],\"remainder\":\"90\","
            + "\"essence\":\"0x01\",\"essenceHash\":\"0x02\",\"expiresAtMs\":9,\"createdMs\":5}";
    private static final List<Payment> ONE = List.of(Payment.of("rms1x", 1));
    private static final TransactionOptions KEY = TransactionOptions.idempotencyKey("k");

    private final BlockingQueue<ReviewRequest> asked = new LinkedBlockingQueue<>();
    /** Whether there is a payment that is answered, whatever is said of a review. */
    private volatile boolean paid;

    private final FakeCore core = core();

    private final List<AccountManager> managers = new ArrayList<>();

    @AfterEach
    void close() {
        managers.forEach(AccountManager::close);
    }

    private FakeCore core() {
        return new FakeCore()
                .result("wallet.start", "{}")
                .result(
                        "account.get",
                        "{\"index\":3,\"alias\":\"a\",\"publicAddressCount\":0,\"internalAddressCount\":0}")
                .answer("account.sendAmount", this::pay)
                .answer("prepared.submit", this::pay);
    }

    /** As the core does. */
    private String pay(JsonNode request) {
        boolean now = paid || request.at("/params/reviewed").asBoolean();
        String answer = now ? "\"result\":" + TRANSACTION : "\"error\":" + refusal(request.at("/params/veto"));
        return "{\"jsonrpc\":\"2.0\",\"id\":" + request.get("id") + "," + answer + "}";
    }

    private static String refusal(JsonNode veto) {
        return veto.isMissingNode()
                ? FakeCore.error("REVIEW_REQUIRED", "the reviewer has to look at it")
                : "{\"code\":1000,\"message\":\"the payment rules refuse it\",\"data\":{\"kind\":\"POLICY_REFUSED\","
                        + "\"retryable\":false,\"details\":{\"rule\":\"review\"}}}";
    }

    private Account reviewed(WithdrawalReviewer reviewer) {
        return reviewed(core, reviewer);
    }

    private Account reviewed(FakeCore transport, WithdrawalReviewer reviewer) {
        return open(transport, reviewer, null);
    }

    private Account open(FakeCore transport, WithdrawalReviewer reviewer, @Nullable Executor executor) {
        AccountManagerBuilder builder = AccountManager.builder()
                .storagePath(Path.of("wallet"))
                .secretManager(Stronghold.at(Path.of("w.stronghold")))
                .clientOptions(ClientOptions.node(URI.create("http://localhost:14265")))
                .coinType(CoinType.SHIMMER)
                .withdrawalReview(request -> {
                    asked.add(request);
                    return reviewer.review(request);
                })
                .transport(transport);
        AccountManager manager = (executor == null ? builder : builder.executor(executor)).open();
        managers.add(manager);
        return manager.getAccount(3);
    }

    private boolean sentReviewed() {
        return core.requests.stream()
                .anyMatch(request -> request.at("/params/reviewed").asBoolean());
    }

    private static <T> Throwable failure(CompletableFuture<T> future) {
        Throwable thrown = catchThrowable(() -> future.get(30, TimeUnit.SECONDS));
        assertThat(thrown).isInstanceOf(ExecutionException.class);
        return thrown.getCause();
    }

    private static void assertRefused(Throwable thrown) {
        assertThat(thrown).isInstanceOfSatisfying(PaymentRefusedException.class, e -> {
            assertThat(e.kind()).isEqualTo(ErrorKind.POLICY_REFUSED);
            assertThat(e.rule()).contains("review");
        });
    }

    private static void assertBusy(Throwable thrown) {
        assertThat(thrown).isInstanceOfSatisfying(WalletException.class, e -> {
            assertThat(e.kind()).isEqualTo(ErrorKind.BUSY);
            assertThat(e.retryable()).isTrue();
        });
    }

    @Test
    void theReviewerIsAskedBeforeAPaymentIsMade() {
        Account account = reviewed(request -> Review.allow());
        assertThat(account.sendAmount(ONE))
                .isEqualTo(account.sendAmountAsync(ONE).join());
        assertThat(asked).hasSize(2).allMatch(request -> request.kind() == ReviewRequest.Kind.PAYMENT);
        assertThat(core.params("account.sendAmount").has("reviewed"))
                .as("the first question")
                .isFalse();
    }

    @Test
    void whatIsVetoedIsNotMade() {
        Account account = reviewed(request -> Review.veto("why"));
        assertRefused(catchThrowable(() -> account.sendAmount(ONE)));
        assertRefused(catchThrowable(() -> account.sendAmount(ONE, KEY)));
        assertRefused(failure(account.sendAmountAsync(ONE)));
        assertRefused(failure(account.sendAmountAsync(ONE, KEY)));
        assertThat(sentReviewed()).isFalse();
    }

    private List<String> toldVetoes() {
        return core.requests.stream()
                .map(request -> request.at("/params/veto"))
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText)
                .toList();
    }

    @Test
    void theCoreHearsOfEachVeto() {
        core.result("account.prepareTransaction", PREPARED.formatted("true"));
        String longer = "x".repeat(1_025);
        Account account = reviewed(request -> Review.veto(longer));
        PreparedTransaction prepared = account.prepareTransaction(ONE);
        List<Runnable> calls = List.of(
                () -> account.sendAmount(ONE),
                () -> account.sendAmount(ONE, KEY),
                prepared::submit,
                () -> join(account.sendAmountAsync(ONE)),
                () -> join(account.sendAmountAsync(ONE, KEY)),
                () -> join(prepared.submitAsync()));
        for (Runnable call : calls) {
            assertThat(catchThrowable(call::run))
                    .isInstanceOf(PaymentRefusedException.class)
                    .hasMessageEndingWith("the reviewer refused it: " + longer);
        }
        assertThat(toldVetoes()).hasSize(6).containsOnly("x".repeat(1_024));
        assertThat(sentReviewed()).isFalse();
    }

    private static void join(CompletableFuture<Transaction> future) {
        Throwable failure = failure(future);
        if (failure instanceof RuntimeException thrown) {
            throw thrown;
        }
        throw new AssertionError(failure);
    }

    @Test
    void whatKeepsTheCoreFromNotingAVetoDoesNotMakeThePayment() {
        FakeCore halted = core().answer("account.sendAmount", PaymentReviewsTest::frozen);
        Account account = reviewed(halted, request -> Review.veto("why"));
        assertRefused(catchThrowable(() -> account.sendAmount(ONE)));
        // one with a key may have been paid
        assertThat(catchThrowable(() -> account.sendAmount(ONE, KEY))).isInstanceOf(WalletHaltedException.class);
    }

    private static String frozen(JsonNode request) {
        String kind = request.at("/params/veto").isMissingNode() ? "REVIEW_REQUIRED" : "PAYMENTS_FROZEN";
        return "{\"jsonrpc\":\"2.0\",\"id\":" + request.get("id") + ",\"error\":" + FakeCore.error(kind, "why") + "}";
    }

    @Test
    void whateverTheReviewerThrowsIsNoAnswer() {
        AtomicInteger count = new AtomicInteger();
        Account account = reviewed(request -> {
            switch (count.getAndIncrement() % 3) {
                case 0 -> throw new IllegalStateException("no answer now");
                case 1 -> throw new AssertionError("a defect");
                default -> {
                    return null;
                }
            }
        });
        for (int i = 0; i < 3; i++) {
            assertRefused(catchThrowable(() -> account.sendAmount(ONE)));
        }
        for (int i = 0; i < 3; i++) {
            assertRefused(failure(account.sendAmountAsync(ONE)));
        }
        assertThat(toldVetoes()).hasSize(6).containsOnly("the reviewer has no answer");
        assertThat(sentReviewed()).isFalse();
    }

    @Test
    void aRemainderThatMayLeaveTheWalletIsShown() {
        core.result("account.prepareTransaction", PREPARED.formatted("false"));
        Account account = reviewed(request -> request.remainder().isPresent() ? Review.veto("why") : Review.allow());
        TransactionOptions elsewhere = TransactionOptions.builder()
                .remainderValueStrategy(RemainderValueStrategy.customAddress("rms1thief"))
                .build();
        assertRefused(catchThrowable(() -> account.sendAmount(ONE, elsewhere)));
        assertThat(asked.remove().remainder()).contains(new ReviewRequest.Remainder("rms1thief", Optional.empty()));
        assertRefused(failure(account.sendAmountAsync(ONE, elsewhere)));
        assertThat(asked.remove().remainder()).isPresent();

        PreparedTransaction prepared = account.prepareTransaction(ONE);
        assertRefused(catchThrowable(prepared::submit));
        assertThat(asked.remove())
                .isEqualTo(new ReviewRequest(
                        ReviewRequest.Kind.PAYMENT,
                        3,
                        Optional.empty(),
                        List.of(Payment.of("rms1x", 5)),
                        Optional.of(new ReviewRequest.Remainder("rms1thief", Optional.of(Amount.of(90))))));
        assertThat(sentReviewed()).isFalse();
        core.result("account.prepareTransaction", PREPARED.formatted("true"));
        account.prepareTransaction(ONE).submit();
        assertThat(asked.remove().remainder()).isEmpty();
        assertThat(sentReviewed()).isTrue();
    }

    @Test
    void aPaymentThatExistsIsAnsweredAndNobodyIsAsked() {
        core.result("account.prepareTransaction", PREPARED.formatted("true"));
        Account account = reviewed(request -> Review.veto("why"));
        paid = true;
        PreparedTransaction prepared = account.prepareTransaction(ONE);
        assertThat(account.sendAmount(ONE, KEY))
                .isEqualTo(account.sendAmountAsync(ONE, KEY).join())
                .isEqualTo(prepared.submit())
                .isEqualTo(prepared.submitAsync().join());
        assertThat(asked).isEmpty();
    }

    @Test
    void aVetoIsNoAnswerWhenThePaymentWasMadeMeanwhile() {
        Account account = reviewed(request -> {
            // another call with this key has just ended
            paid = true;
            return Review.veto("why");
        });
        assertThat(account.sendAmount(ONE, KEY)).isNotNull();
        paid = false;
        assertThat(account.sendAmountAsync(ONE, KEY).join()).isNotNull();
        assertThat(asked).hasSize(2);
    }

    @Test
    void ofTwoCallsForOnePaymentOneIsShown() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        Account account = reviewed(request -> {
            await(answer);
            return Review.allow();
        });
        CompletableFuture<Transaction> first = account.sendAmountAsync(ONE, KEY);
        assertThat(asked.poll(30, TimeUnit.SECONDS)).isNotNull();
        assertBusy(catchThrowable(() -> account.sendAmount(ONE, KEY)));
        assertBusy(failure(account.sendAmountAsync(ONE, KEY)));
        CompletableFuture<Transaction> other = account.sendAmountAsync(ONE, TransactionOptions.idempotencyKey("o"));
        answer.countDown();
        assertThat(first.get(30, TimeUnit.SECONDS)).isEqualTo(other.get(30, TimeUnit.SECONDS));
        // it is free again
        assertThat(account.sendAmount(ONE, KEY)).isNotNull();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(50, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatIsShownIsWhatIsPaid() {
        List<Payment> mine = new ArrayList<>(ONE);
        Account account = reviewed(request -> {
            mine.set(0, Payment.of("rms1thief", 1_000));
            return Review.allow();
        });
        account.sendAmount(mine);
        JsonNode last = core.requests.get(core.requests.size() - 1);
        assertThat(last.at("/params/reviewed").asBoolean()).isTrue();
        assertThat(last.at("/params/outputs/0/address").asText()).isEqualTo("rms1x");
    }

    @Test
    void everyFutureIsCompleted() {
        Session session = new Session(core, core.open("{}".getBytes(StandardCharsets.UTF_8)), Callbacks.shared());
        ReviewRequest request =
                new ReviewRequest(ReviewRequest.Kind.PAYMENT, 3, Optional.of("k"), ONE, Optional.empty());
        PaymentReviews full = new PaymentReviews(session, any -> Review.allow(), task -> {
            throw new RejectedExecutionException("full");
        });
        WalletException wanted = new WalletException(ErrorKind.REVIEW_REQUIRED, "look");
        for (int i = 0; i < 2; i++) {
            // the second time shows that the first one is not being looked at any more
            assertBusy(
                    failure(full.payAsync(request, Optional.of("k"), sent -> CompletableFuture.failedFuture(wanted))));
        }
        PaymentReviews broken = new PaymentReviews(session, any -> Review.allow(), task -> {
            throw new StackOverflowError();
        });
        assertThat(failure(broken.payAsync(request, Optional.of("k"), sent -> CompletableFuture.failedFuture(wanted))))
                .isInstanceOf(StackOverflowError.class);
        PaymentReviews reviews = new PaymentReviews(session, any -> Review.allow());
        for (boolean reviewed : new boolean[] {false, true}) {
            assertThat(failure(reviews.payAsync(request, Optional.of("k"), sent -> {
                        if (sent.allowed() == reviewed) {
                            throw new NoClassDefFoundError("gone");
                        }
                        return CompletableFuture.failedFuture(wanted);
                    })))
                    .isInstanceOf(NoClassDefFoundError.class);
        }
        session.close();
    }

    @Test
    void aReviewerThatTakesItsTimeHoldsUpNobodyElse() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        Account slow = reviewed(request -> {
            await(answer);
            return Review.allow();
        });
        Account quick = reviewed(core(), request -> Review.allow());
        List<CompletableFuture<Transaction>> waiting = new ArrayList<>();
        for (int i = 0; i < 10 + 4 * Runtime.getRuntime().availableProcessors(); i++) {
            waiting.add(slow.sendAmountAsync(ONE));
        }
        assertThat(asked.poll(30, TimeUnit.SECONDS)).isNotNull();
        assertThat(quick.sendAmountAsync(ONE).get(30, TimeUnit.SECONDS)).isNotNull();
        for (var pool : List.of(Callbacks.listeners(), Callbacks.shared())) {
            CompletableFuture.runAsync(() -> {}, pool).get(30, TimeUnit.SECONDS);
        }
        answer.countDown();
        for (CompletableFuture<Transaction> each : waiting) {
            assertThat(each.get(30, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void moreThanCanWaitAreBusy() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        Account slow = reviewed(request -> {
            await(answer);
            return Review.allow();
        });
        List<CompletableFuture<Transaction>> all = new ArrayList<>();
        for (int i = 0; i < 1_100; i++) {
            all.add(slow.sendAmountAsync(ONE));
        }
        CompletableFuture.anyOf(all.toArray(CompletableFuture[]::new))
                .handle((value, failure) -> value)
                .get(30, TimeUnit.SECONDS);
        answer.countDown();
        int busy = 0;
        for (CompletableFuture<Transaction> each : all) {
            try {
                each.get(30, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                assertBusy(e.getCause());
                busy++;
            }
        }
        assertThat(busy).isPositive();
    }

    @Test
    void aReviewerThatPaysAndWaitsDoesNotWaitForItself() throws Exception {
        CompletableFuture<Account> own = new CompletableFuture<>();
        CountDownLatch many = new CountDownLatch(16);
        Account account = reviewed(request -> {
            if (request.idempotencyKey().isEmpty()) {
                return Review.allow();
            }
            // all threads are taken
            many.countDown();
            await(many);
            own.join().sendAmountAsync(ONE).join();
            return Review.allow();
        });
        own.complete(account);
        List<CompletableFuture<Transaction>> all = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            all.add(account.sendAmountAsync(ONE, TransactionOptions.idempotencyKey("k" + i)));
        }
        for (CompletableFuture<Transaction> each : all) {
            assertThat(each.get(30, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void whatWaitsForTheReviewerEndsAtClosing() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        Account account = slow(answer, Review.allow());
        assertAllEnd(account, () -> managers.get(0).close());
        answer.countDown();
        assertThat(asked.poll(300, TimeUnit.MILLISECONDS))
                .as("whoever else is asked about")
                .isNull();
        assertThat(sentReviewed()).isFalse();
        assertThat(catchThrowable(() -> account.sendAmount(ONE))).isInstanceOf(WalletClosedException.class);
        assertThat(failure(account.sendAmountAsync(ONE))).isInstanceOf(WalletClosedException.class);
    }

    @Test
    void whatWaitsForTheReviewerEndsWhenTheCoreEndsByItself() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        Account account = slow(answer, Review.allow());
        assertAllEnd(account, () -> core.breakDown(new IllegalStateException("gone")));
        answer.countDown();
        assertThat(asked.poll(300, TimeUnit.MILLISECONDS)).isNull();
        assertThat(sentReviewed()).isFalse();
    }

    /** More payments than there are threads to review them end while the reviewer still looks at the first ones. */
    private void assertAllEnd(Account account, Runnable end) throws Exception {
        List<CompletableFuture<Transaction>> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(account.sendAmountAsync(ONE, TransactionOptions.idempotencyKey("k" + i)));
        }
        for (int i = 0; i < 16; i++) {
            assertThat(asked.poll(30, TimeUnit.SECONDS)).isNotNull();
        }
        end.run();
        for (CompletableFuture<Transaction> each : waiting) {
            assertThat(failure(each)).isInstanceOf(WalletClosedException.class);
        }
    }

    /** A blocking call waits in the reviewer itself; what it hears afterwards is that the wallet is closed. */
    @Test
    void aBlockingCallEndsWhenTheReviewerAnswersAfterClosing() {
        for (Review answer : List.of(Review.allow(), Review.veto("why"))) {
            FakeCore own = core();
            Account account = reviewed(own, request -> {
                managers.get(managers.size() - 1).close();
                return answer;
            });
            assertThat(catchThrowable(() -> account.sendAmount(ONE, KEY))).isInstanceOf(WalletClosedException.class);
            assertThat(own.methods()).containsOnlyOnce("account.sendAmount");
        }
    }

    @Test
    void futuresAreCompletedOnTheExecutorAndNotWhereTheReviewerIsAsked() throws Exception {
        ExecutorService mine = Executors.newSingleThreadExecutor(task -> new Thread(task, "mine"));
        try {
            for (Review review : List.of(Review.allow(), Review.veto("why"))) {
                CountDownLatch answer = new CountDownLatch(1);
                CompletableFuture<Transaction> future =
                        open(core(), slowly(answer, review), mine).sendAmountAsync(ONE);
                CompletableFuture<String> thread = completing(future);
                answer.countDown();
                assertThat(thread.get(30, TimeUnit.SECONDS)).isEqualTo("mine");
            }
            CountDownLatch never = new CountDownLatch(1);
            CompletableFuture<String> closed =
                    completing(open(core(), slowly(never, Review.allow()), mine).sendAmountAsync(ONE));
            for (int i = 0; i < 3; i++) {
                assertThat(asked.poll(30, TimeUnit.SECONDS)).isNotNull();
            }
            managers.get(2).close();
            assertThat(closed.get(30, TimeUnit.SECONDS)).isEqualTo("mine");
            never.countDown();

            CountDownLatch answer = new CountDownLatch(1);
            CompletableFuture<String> late = completing(
                    open(core(), slowly(answer, Review.veto("why")), mine).sendAmountAsync(ONE));
            assertThat(asked.poll(30, TimeUnit.SECONDS)).isNotNull();
            mine.shutdownNow();
            answer.countDown();
            assertThat(late.get(30, TimeUnit.SECONDS))
                    .as("although the executor is gone")
                    .startsWith("stardust-callback-");
        } finally {
            mine.shutdownNow();
        }
    }

    private static CompletableFuture<String> completing(CompletableFuture<Transaction> future) {
        return future.handle((value, failure) -> Thread.currentThread().getName());
    }

    private static WithdrawalReviewer slowly(CountDownLatch answer, Review review) {
        return request -> {
            await(answer);
            return review;
        };
    }

    private Account slow(CountDownLatch answer, Review review) {
        return reviewed(slowly(answer, review));
    }

    @Test
    void whatIsGivenUpDuringTheReviewIsNotMade() throws Exception {
        assertNotMade(future -> assertThat(future.cancel(true)).isTrue());
        assertNotMade(future ->
                assertThat(failure(future.orTimeout(1, TimeUnit.MILLISECONDS))).isInstanceOf(TimeoutException.class));
    }

    private void assertNotMade(Consumer<CompletableFuture<Transaction>> givingUp) throws Exception {
        for (Review review : List.of(Review.allow(), Review.veto("why"))) {
            FakeCore own = core();
            CountDownLatch answer = new CountDownLatch(1);
            AtomicInteger reviews = new AtomicInteger();
            Account account = reviewed(own, request -> {
                if (reviews.incrementAndGet() > 1) {
                    return Review.veto("once is enough");
                }
                await(answer);
                return review;
            });
            CompletableFuture<Transaction> future = account.sendAmountAsync(ONE, KEY);
            assertThat(asked.poll(30, TimeUnit.SECONDS)).isNotNull();
            givingUp.accept(future);
            answer.countDown();
            // the payment can be shown again as soon as the first review has come to its end
            while (asked.isEmpty()) {
                assertThat(catchThrowable(() -> account.sendAmount(ONE, KEY))).isInstanceOf(WalletException.class);
            }
            asked.clear();
            assertThat(own.requests)
                    .noneMatch(request -> request.at("/params/reviewed").asBoolean());
        }
    }

    @Test
    void aLongVetoIsCutBetweenTwoCharacters() {
        String face = "\ud83d\ude00";
        assertThat(Reviews.shortened("why")).isEqualTo("why");
        assertThat(Reviews.shortened("x".repeat(1_024))).hasSize(1_024);
        assertThat(Reviews.shortened("x".repeat(1_025))).hasSize(1_024);
        assertThat(Reviews.shortened(face.repeat(256))).isEqualTo(face.repeat(256));
        assertThat(Reviews.shortened(face.repeat(300))).isEqualTo(face.repeat(256));
        assertThat(Reviews.shortened("x" + face.repeat(300))).isEqualTo("x" + face.repeat(255));
        assertThat(Reviews.shortened("\u00e4".repeat(600)).getBytes(StandardCharsets.UTF_8))
                .hasSize(1_024);
        // half of a character is none, and could not be sent
        assertThat(Reviews.shortened("why\ud83d")).isEqualTo("why?");
    }
}
