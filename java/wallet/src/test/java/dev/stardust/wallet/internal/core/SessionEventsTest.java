package dev.stardust.wallet.internal.core;

import static dev.stardust.wallet.internal.core.SessionTest.echo;
import static dev.stardust.wallet.internal.core.SessionTest.progress;
import static dev.stardust.wallet.internal.core.SessionTest.waitFor;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.SyncStatusEvent;
import dev.stardust.wallet.TransactionProgressEvent;
import dev.stardust.wallet.WalletEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Live events, and those who listen to them. */
@Timeout(30)
class SessionEventsTest {
    private final FakeCore core = new FakeCore();
    private final Session session = new Session(core, 7, Callbacks.shared());

    @AfterEach
    void close() {
        session.close();
    }

    @Test
    void aListenerMayWaitForFutures() {
        core.result("events.listen", "{\"subscription\":1}").answer("echo", SessionTest::answerTo);
        int many = 4 * Runtime.getRuntime().availableProcessors() + 4;
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch all =
                new CountDownLatch(Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));
        for (int i = 1; i <= many; i++) {
            core.result("events.listen", "{\"subscription\":" + i + "}");
            session.listen(
                    WalletEvent.class,
                    event -> {
                        all.countDown();
                        // all threads of listeners are taken
                        awaitQuietly(all);
                        seen.add(session.callAsync(echo("x"), this).join());
                    },
                    Callbacks.listeners(),
                    this);
        }
        for (int i = 1; i <= many; i++) {
            core.say(progress(i, "signing"));
        }
        waitFor(() -> seen.size() == many);
    }

    @Test
    void anInterruptedThreadStillGetsItsSubscription() {
        core.result("events.listen", "{\"subscription\":1}");
        Thread.currentThread().interrupt();
        try {
            assertThat(session.listen(WalletEvent.class, event -> {}, Callbacks.shared(), this)
                            .id())
                    .isEqualTo(1);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(core.methods()).doesNotContain("request.cancel");
    }

    @Test
    void eventsInTheBatchOfTheAnswerReachTheListener() {
        core.answer(
                "events.listen",
                request -> "{\"id\":" + request.get("id") + ",\"result\":{\"subscription\":3}}\n"
                        + progress(3, "signing") + progress(4, "broadcasting") + progress(3, "moonwalking"));
        List<TransactionProgressEvent.Stage> stages = Collections.synchronizedList(new ArrayList<>());
        session.listen(TransactionProgressEvent.class, event -> stages.add(event.stage()), Callbacks.shared(), this);
        waitFor(() -> stages.size() == 2);
        assertThat(stages)
                .containsExactly(TransactionProgressEvent.Stage.SIGNING, TransactionProgressEvent.Stage.UNKNOWN);
        assertThat(core.params("events.listen").toString()).isEqualTo("{\"types\":[\"transactionProgress\"]}");
    }

    @Test
    void eventsKeepTheirOrderAndAListenerThatThrowsGoesOn() {
        core.result("events.listen", "{\"subscription\":1}");
        List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
        session.listen(
                SyncStatusEvent.class,
                event -> {
                    seen.add((int) event.status().lag().orElseThrow());
                    if (seen.size() % 7 == 0) {
                        throw new IllegalStateException("a listener's own mistake");
                    }
                },
                Callbacks.shared(),
                this);
        for (int i = 0; i < 500; i++) {
            core.say("{\"method\":\"event\",\"params\":{\"subscription\":1,\"event\":{\"type\":\"syncStatus\","
                    + "\"status\":{\"state\":\"synced\",\"lag\":" + i + "}}}}");
        }
        waitFor(() -> seen.size() == 500);
        assertThat(seen).isSorted();
    }

    @Test
    void aListenerThatBlocksHindersNoCallAndLosesEventsOnly() {
        core.result("events.listen", "{\"subscription\":1}").answer("echo", SessionTest::answerTo);
        CountDownLatch free = new CountDownLatch(1);
        LiveSubscription<WalletEvent> live =
                session.listen(WalletEvent.class, event -> awaitQuietly(free), Callbacks.shared(), this);
        for (int i = 0; i < LiveSubscription.LIMIT + 100; i++) {
            core.say(progress(1, "signing"));
        }
        core.say("{\"method\":\"eventsDropped\",\"params\":{\"subscription\":1,\"count\":1000}}");
        assertThat(session.call(echo("through"))).isEqualTo("through");
        assertThat(live.dropped()).isBetween(1000L + 98, 1000L + 100);
        assertThat(core.params("events.listen").has("types")).isFalse();
        free.countDown();
    }

    @Test
    void nothingComesAfterTheEndOfASubscription() {
        core.result("events.listen", "{\"subscription\":1}").answer("echo", SessionTest::answerTo);
        List<WalletEvent> seen = Collections.synchronizedList(new ArrayList<>());
        var live = session.listen(WalletEvent.class, seen::add, Callbacks.shared(), this);
        session.unlisten(live);
        session.unlisten(live);
        core.say(progress(1, "signing"));
        assertThat(session.call(echo("flush"))).isEqualTo("flush");
        assertThat(seen).isEmpty();
        assertThat(core.methods()).containsOnlyOnce("events.unlisten");
    }

    @Test
    void aSubscriptionThatEndsWhileTheQueueIsFullEndsWithItsNextEvent() {
        core.result("events.listen", "{\"subscription\":1}").answer("echo", SessionTest::answerTo);
        var live = session.listen(WalletEvent.class, event -> {}, Callbacks.shared(), this);
        core.sendStatus = -1;
        session.unlisten(live);
        core.sendStatus = 0;
        core.say(progress(1, "signing") + progress(1, "signing"));
        assertThat(session.call(echo("flush"))).isEqualTo("flush");
        assertThat(core.methods()).containsOnlyOnce("events.unlisten");
    }

    @Test
    void anEventOfAnUnknownTypeComesAsIs() {
        core.result("events.listen", "{\"subscription\":1}");
        List<WalletEvent> seen = Collections.synchronizedList(new ArrayList<>());
        session.listen(WalletEvent.class, seen::add, Callbacks.shared(), this);
        core.say(
                "{\"method\":\"event\",\"params\":{\"subscription\":1,\"event\":{\"type\":\"eclipse\",\"sequence\":9}}}");
        waitFor(() -> seen.size() == 1);
        assertThat(seen.get(0).type()).isEqualTo("eclipse");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
