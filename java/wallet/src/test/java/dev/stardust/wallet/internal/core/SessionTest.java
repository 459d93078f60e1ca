package dev.stardust.wallet.internal.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.InsufficientFundsException;
import dev.stardust.wallet.InvalidInputException;
import dev.stardust.wallet.NativeCrashException;
import dev.stardust.wallet.VaultStatus;
import dev.stardust.wallet.WalletClosedException;
import dev.stardust.wallet.WalletEvent;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.internal.json.Request;
import dev.stardust.wallet.internal.json.Requests;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests and their answers. */
@Timeout(30)
class SessionTest {
    private final FakeCore core = new FakeCore();
    private final Session session = new Session(core, 7, Callbacks.shared());

    @AfterEach
    void close() {
        session.close();
    }

    static Request<String> echo(String text) {
        return new Request<>(
                "echo", dev.stardust.wallet.internal.json.Json.object().put("text", text), JsonNode::asText);
    }

    static String answerTo(JsonNode request) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + request.get("id") + ",\"result\":"
                + request.get("params").get("text") + "}";
    }

    @Test
    void anAnswerThatComesBeforeSendReturnsIsFound() {
        core.answer("echo", SessionTest::answerTo);
        for (int i = 0; i < 1000; i++) {
            assertThat(session.call(echo("hello " + i))).isEqualTo("hello " + i);
        }
    }

    @Test
    void answersMayComeInAnyOrderAndInOneBatch() {
        List<String> held = Collections.synchronizedList(new ArrayList<>());
        core.answer("echo", request -> {
            held.add(answerTo(request));
            return null;
        });
        CompletableFuture<String> first = session.callAsync(echo("one"), this);
        CompletableFuture<String> second = session.callAsync(echo("two"), this);
        core.say(held.get(1) + "\n" + held.get(0) + "\n");
        assertThat(first.join()).isEqualTo("one");
        assertThat(second.join()).isEqualTo("two");
    }

    @Test
    void aHundredThreadsGetTheirOwnAnswers() throws Exception {
        core.answer("echo", SessionTest::answerTo);
        ExecutorService threads = Executors.newFixedThreadPool(100);
        try {
            var all = IntStream.range(0, 2000)
                    .mapToObj(i -> threads.submit(
                            () -> assertThat(session.call(echo("n" + i))).isEqualTo("n" + i)))
                    .toList();
            for (var one : all) {
                one.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void anErrorBecomesTheExceptionOfItsKind() {
        core.answer(
                "account.create",
                request -> "{\"id\":" + request.get("id")
                        + ",\"error\":{\"code\":1040,\"message\":\"too little\",\"data\":{\"kind\":\"INSUFFICIENT_FUNDS\","
                        + "\"retryable\":false,\"details\":{\"needed\":\"5\",\"available\":\"3\"}}}}");
        var e = catchThrowableOfType(
                InsufficientFundsException.class, () -> session.call(Requests.createAccount("alice")));
        assertThat(e.kind()).isEqualTo(ErrorKind.INSUFFICIENT_FUNDS);
        assertThat(e.needed()).contains(Amount.of(5));
        assertThat(e.available()).contains(Amount.of(3));
        assertThat(e.retryable()).isFalse();
        assertThat(e.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(getClass().getName()));
    }

    @Test
    void aKindThatIsNotKnownKeepsItsName() {
        core.error("account.create", "MOON_PHASE", "not tonight");
        var e = catchThrowableOfType(WalletException.class, () -> session.call(Requests.createAccount("alice")));
        assertThat(e.kind()).isEqualTo(ErrorKind.UNKNOWN);
        assertThat(e.rawKind()).isEqualTo("MOON_PHASE");
        assertThat(e).hasMessageContaining("not tonight");
    }

    @Test
    void anAnswerThatLacksAFieldIsADefectOfTheCore() {
        core.result("wallet.balance", "{\"total\":\"1\"}");
        assertThatThrownBy(() -> session.call(Requests.balance()))
                .isInstanceOf(NativeCrashException.class)
                .hasMessageContaining("available");
    }

    @Test
    void newFieldsAndNewConstantsAreTaken() {
        core.result("secret.status", "{\"status\":\"hovering\",\"moon\":{\"phase\":1}}");
        assertThat(session.call(Requests.secretStatus())).isEqualTo(VaultStatus.UNKNOWN);
    }

    @Test
    void futuresAreCompletedOnTheExecutorAndNotOnThePump() {
        ExecutorService mine = Executors.newSingleThreadExecutor(task -> new Thread(task, "mine"));
        FakeCore own = new FakeCore();
        Session other = new Session(own, 8, mine);
        try {
            CompletableFuture<String> future = other.callAsync(echo("x"), this);
            CompletableFuture<String> thread =
                    future.thenApply(text -> Thread.currentThread().getName());
            own.say(answerTo(own.requests.get(0)));
            assertThat(thread.join()).isEqualTo("mine");
            mine.shutdownNow();
            CompletableFuture<String> late = other.callAsync(echo("y"), this);
            own.say(answerTo(own.requests.get(1)));
            assertThat(late.join()).as("although the executor is gone").isEqualTo("y");
        } finally {
            other.close();
            mine.shutdownNow();
        }
    }

    @Test
    void aFailedFutureTellsWhereTheCallWasMade() {
        core.error("account.create", "ALIAS_TAKEN", "taken");
        CompletableFuture<?> future = session.callAsync(Requests.createAccount("alice"), this);
        var e = catchThrowableOfType(CompletionException.class, future::join);
        assertThat(e.getCause()).isInstanceOf(WalletException.class);
        assertThat(e.getCause().getSuppressed()[0].getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("aFailedFutureTellsWhereTheCallWasMade"));
    }

    @Test
    void cancellingAFutureCancelsTheRequest() {
        CompletableFuture<String> future = session.callAsync(echo("never"), this);
        assertThat(future.cancel(true)).isTrue();
        assertThat(core.params("request.cancel").get("request"))
                .isEqualTo(core.requests.get(0).get("id"));
    }

    @Test
    void interruptingAThreadEndsItsWait() throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread waiter = new Thread(() -> {
            try {
                session.call(echo("never"));
            } catch (WalletException e) {
                thrown.set(Thread.currentThread().isInterrupted() ? e : new AssertionError("flag is lost"));
            }
        });
        waiter.start();
        waitFor(() -> waiter.getState() == Thread.State.WAITING);
        waiter.interrupt();
        waiter.join();
        assertThat(thrown.get()).isInstanceOf(WalletException.class).hasMessageContaining("INTERRUPTED");
        assertThat(core.methods()).contains("request.cancel");
    }

    @Test
    void aFullQueueIsToldAndMayBeTriedAgain() {
        core.sendStatus = -1;
        var e = catchThrowableOfType(WalletException.class, () -> session.call(Requests.balance()));
        assertThat(e.kind()).isEqualTo(ErrorKind.BUSY);
        assertThat(e.retryable()).isTrue();
        assertThat(session.callAsync(Requests.balance(), this)).isCompletedExceptionally();
        core.sendStatus = -4;
        assertThatThrownBy(() -> session.call(Requests.balance())).hasMessageContaining("MESSAGE_TOO_LARGE");
    }

    @Test
    void closingFailsWhatWaitsAndWhatFollows() {
        CompletableFuture<String> waiting = session.callAsync(echo("never"), this);
        CompletableFuture<Throwable> blocked = CompletableFuture.supplyAsync(() -> {
            try {
                return new AssertionError(session.call(echo("never")));
            } catch (WalletException e) {
                return e;
            }
        });
        waitFor(() -> core.requests.size() == 2);
        session.close();
        assertThatThrownBy(waiting::join).hasCauseInstanceOf(WalletClosedException.class);
        assertThat(blocked.join()).isInstanceOf(WalletClosedException.class);
        assertThatThrownBy(() -> session.call(echo("late"))).isInstanceOf(WalletClosedException.class);
        assertThat(session.callAsync(echo("late"), this)).isCompletedExceptionally();
    }

    @Test
    void closingTwiceClosesOnce() throws Exception {
        Thread[] closers = new Thread[8];
        for (int i = 0; i < closers.length; i++) {
            closers[i] = new Thread(session::close);
            closers[i].start();
        }
        for (Thread closer : closers) {
            closer.join();
        }
        assertThat(core.closes).hasValue(1);
        assertThat(session.closed()).isTrue();
    }

    @Test
    void garbageDoesNotStopThePump() {
        core.say("not json\n{\"method\":\"moon\"}\n{\"id\":99,\"result\":{}}\n\n");
        core.answer("echo", SessionTest::answerTo);
        assertThat(session.call(echo("still here"))).isEqualTo("still here");
    }

    @Test
    void aTextThatIsNotUnicodeIsRefusedBeforeItIsSent() {
        for (String text : List.of("\ud800", "a\udc00", "\ud83d\ud83d\ude00")) {
            var e = catchThrowableOfType(InvalidInputException.class, () -> session.call(Requests.createAccount(text)));
            assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_ARGUMENT);
            assertThat(session.callAsync(Requests.createAccount(text), this)).isCompletedExceptionally();
        }
        assertThat(core.requests).isEmpty();
        core.answer("echo", SessionTest::answerTo);
        assertThat(session.call(echo("\ud83d\ude00 ä €"))).isEqualTo("\ud83d\ude00 ä €");
    }

    @Test
    void anExecutorThatIsBrokenLosesNoAnswerAndStopsNothing() {
        FakeCore own =
                new FakeCore().answer("echo", SessionTest::answerTo).result("events.listen", "{\"subscription\":1}");
        Session other = new Session(own, 9, task -> {
            throw new IllegalStateException("a mistake in the executor");
        });
        try {
            assertThat(other.callAsync(echo("x"), this).join()).isEqualTo("x");
            other.listen(
                    WalletEvent.class,
                    event -> {},
                    task -> {
                        throw new IllegalStateException("a mistake in the executor");
                    },
                    this);
            own.say(progress(1, "signing"));
            assertThat(other.call(echo("y"))).isEqualTo("y");
        } finally {
            other.close();
        }
    }

    @Test
    void aDecoderThatFailsBadlyFailsTheFuture() {
        core.answer("echo", SessionTest::answerTo);
        Request<String> broken = new Request<>("echo", echo("x").params(), json -> {
            throw new NoClassDefFoundError("lost");
        });
        assertThatThrownBy(() -> session.callAsync(broken, this).join()).hasCauseInstanceOf(NoClassDefFoundError.class);
    }

    @Test
    void waitingOnTheThreadThatBringsTheAnswersIsAnError() {
        core.answer("echo", SessionTest::answerTo).result("events.listen", "{\"subscription\":1}");
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        session.listen(
                WalletEvent.class,
                event -> {
                    try {
                        session.call(echo("never"));
                    } catch (RuntimeException e) {
                        thrown.complete(e);
                    }
                },
                Runnable::run,
                this);
        core.say(progress(1, "signing"));
        assertThat(thrown.join()).isInstanceOf(IllegalStateException.class).hasMessageContaining("executor");
        assertThat(session.call(echo("still here"))).isEqualTo("still here");
    }

    @Test
    void timesOfAnyLengthAreTaken() {
        assertThat(Requests.sync(null, Duration.ofSeconds(Long.MAX_VALUE))
                        .params()
                        .get("timeoutMs")
                        .asLong())
                .isEqualTo(86_400_000);
        assertThat(Requests.sync(null, Duration.ofSeconds(Long.MIN_VALUE))
                        .params()
                        .get("timeoutMs")
                        .asLong())
                .isZero();
        assertThat(Requests.sync(null, Duration.ofNanos(1))
                        .params()
                        .get("timeoutMs")
                        .asLong())
                .isEqualTo(1);
        assertThat(Requests.sync(null, Duration.ofMillis(1500))
                        .params()
                        .get("timeoutMs")
                        .asLong())
                .isEqualTo(1500);
        assertThatThrownBy(() -> Requests.accounts("moon", 10)).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void aPumpThatFailsFailsWhatWaits() {
        CompletableFuture<String> waiting = session.callAsync(echo("never"), this);
        core.breakDown(new IllegalStateException("broken"));
        assertThatThrownBy(waiting::join).hasCauseInstanceOf(NativeCrashException.class);
        assertThatThrownBy(() -> session.call(echo("late"))).isInstanceOf(WalletClosedException.class);
        assertThat(session.closed()).isTrue();
        waitFor(() -> core.closes.get() == 1);
    }

    @Test
    void secretsAreWipedWhateverHappens() {
        byte[] secret = {1, 2, 3};
        assertThat(session.putSecret(secret)).isPositive();
        assertThat(secret).containsOnly(0);
    }

    static String progress(int subscription, String stage) {
        return "{\"method\":\"event\",\"params\":{\"subscription\":" + subscription
                + ",\"event\":{\"type\":\"transactionProgress\",\"accountIndex\":0,\"stage\":\"" + stage + "\"}}}\n";
    }

    static void waitFor(java.util.function.BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            Thread.onSpinWait();
        }
    }
}
