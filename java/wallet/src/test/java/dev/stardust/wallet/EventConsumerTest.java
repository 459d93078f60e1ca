package dev.stardust.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stardust.wallet.internal.core.FakeCore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventConsumerTest {
    private final FakeLog log = new FakeLog(250);
    private final AccountManager manager = TestManagers.open(log.core);
    private final EventConsumer consumer = manager.consumer("c");
    private final ExecutorService threads = Executors.newFixedThreadPool(2);

    @AfterEach
    void close() {
        manager.close();
        threads.shutdownNow();
    }

    private static List<Long> numbers(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    @Test
    void iteratingReadsOnUntilTheConsumerIsClosed() throws Exception {
        List<Long> seen = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch all = new CountDownLatch(250);
        Thread reader = new Thread(() -> {
            for (LedgerEvent event : consumer) {
                seen.add(event.sequence());
                all.countDown();
            }
        });
        reader.start();
        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(reader.isAlive()).as("it waits for the next").isTrue();
        consumer.close();
        reader.join(30_000);
        assertThat(reader.isAlive()).isFalse();
        assertThat(seen).isEqualTo(numbers(1, 250));
        assertThat(log.acknowledged).as("nobody acknowledged").hasValue(0);
    }

    @Test
    void aStreamTakesWhatItNeeds() {
        assertThat(consumer.stream().limit(130).map(LedgerEvent::sequence)).isEqualTo(numbers(1, 130));
        assertThat(log.served.get()).as("in pieces").isLessThanOrEqualTo(200);
    }

    @Test
    void seekingTurnsAnIterator() {
        var events = consumer.iterator();
        assertThat(events.next().sequence()).isEqualTo(1);
        consumer.seek(LogPosition.after("0xaa", 40));
        assertThat(events.next().sequence()).isEqualTo(41);
        assertThat(log.core.params("consumer.seek").get("to").toString())
                .isEqualTo("{\"type\":\"after\",\"logId\":\"0xaa\",\"sequence\":40}");
    }

    @Test
    void closingEndsPollsThatWait() throws Exception {
        log.acknowledged.set(250);
        CompletableFuture<List<LedgerEvent>> async = consumer.pollAsync(Duration.ofSeconds(60));
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread blocked = new Thread(() -> {
            try {
                consumer.poll(Duration.ofSeconds(60));
            } catch (Throwable e) {
                thrown.complete(e);
            }
        });
        blocked.start();
        while (log.polls.get() < 2) {
            Thread.sleep(5);
        }
        consumer.close();
        assertThat(thrown.get(30, TimeUnit.SECONDS)).isInstanceOf(WalletClosedException.class);
        assertThatThrownBy(async::join).hasCauseInstanceOf(WalletClosedException.class);
        blocked.join();
        assertThat(log.core.methods().stream().filter("request.cancel"::equals))
                .as("the core need not wait any longer")
                .hasSize(2);
        assertThatThrownBy(() -> consumer.poll(Duration.ZERO)).isInstanceOf(WalletClosedException.class);
        assertThat(manager.isClosed()).isFalse();
    }

    @Test
    void aCallbackGetsAllInOrderAndIsAcknowledged() throws Exception {
        List<Long> seen = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch all = new CountDownLatch(250);
        EventDelivery delivery = consumer.subscribe(
                event -> {
                    seen.add(event.sequence());
                    all.countDown();
                },
                Acknowledgement.AUTOMATIC,
                threads);
        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        while (log.acknowledged.get() < 250) {
            Thread.sleep(5);
        }
        assertThat(seen).isEqualTo(numbers(1, 250));
        assertThat(delivery.isClosed()).isFalse();
        consumer.close();
        assertThat(delivery.isClosed()).isTrue();
        assertThat(delivery.failure()).isEmpty();
    }

    @Test
    void aThrowingCallbackGetsTheEventAgainAndNoneAfterItBefore() throws Exception {
        List<Long> seen = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger failures = new AtomicInteger(1);
        CountDownLatch beyond = new CountDownLatch(1);
        consumer.subscribe(
                event -> {
                    seen.add(event.sequence());
                    if (event.sequence() == 3 && failures.getAndDecrement() > 0) {
                        throw new IllegalStateException("on purpose");
                    }
                    if (event.sequence() == 4) {
                        beyond.countDown();
                    }
                },
                Acknowledgement.AUTOMATIC,
                threads);
        assertThat(beyond.await(30, TimeUnit.SECONDS)).isTrue();
        // a copy: the subscription goes on, and a view would not bear that
        assertThat(List.copyOf(seen)).startsWith(1L, 2L, 3L, 3L, 4L);
    }

    @Test
    void manualAcknowledgementIsTheCallers() throws Exception {
        CountDownLatch all = new CountDownLatch(250);
        consumer.subscribe(
                event -> {
                    if (event.sequence() == 7) {
                        consumer.acknowledge(event);
                    }
                    all.countDown();
                },
                Acknowledgement.MANUAL,
                threads);
        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(log.acknowledged).hasValue(7);
    }

    @Test
    void whatCannotBeReadAtAllEndsADelivery() throws Exception {
        log.core.error("consumer.poll", "LOG_REPLACED", "another log");
        EventDelivery delivery = consumer.subscribe(event -> {});
        while (!delivery.isClosed()) {
            Thread.sleep(5);
        }
        assertThat(delivery.failure()).get().isInstanceOf(StorageException.class);
    }

    @Test
    void aSubscriberThatNeverRequestsReadsNothing() throws Exception {
        FakeLog large = new FakeLog(100_000);
        try (AccountManager other = TestManagers.open(large.core);
                EventConsumer still = other.consumer("c")) {
            CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
            AtomicInteger events = new AtomicInteger();
            CompletableFuture<Boolean> completed = new CompletableFuture<>();
            still.publisher(threads).subscribe(new Flow.Subscriber<>() {
                @Override
                public void onSubscribe(Flow.Subscription given) {
                    subscription.complete(given);
                }

                @Override
                public void onNext(LedgerEvent event) {
                    events.incrementAndGet();
                }

                @Override
                public void onError(Throwable reason) {
                    completed.completeExceptionally(reason);
                }

                @Override
                public void onComplete() {
                    completed.complete(true);
                }
            });
            Flow.Subscription flow = subscription.get(30, TimeUnit.SECONDS);
            assertThat(large.polls).hasValue(0);
            flow.request(3);
            while (events.get() < 3) {
                Thread.sleep(5);
            }
            assertThat(large.served).as("no more than demanded").hasValue(3);
            still.close();
            assertThat(completed.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aPollGoesOnWhereAFilterHeldMuchBack() {
        FakeCore core = log.core;
        AtomicInteger polls = new AtomicInteger();
        core.answer("consumer.poll", request -> {
            boolean first = polls.incrementAndGet() == 1;
            String events = first ? "" : "{\"type\":\"eclipse\",\"sequence\":90000}";
            return "{\"id\":" + request.get("id") + ",\"result\":{\"logId\":\"0xaa\",\"events\":[" + events
                    + "],\"through\":" + (first ? 80_000 : 90_000) + ",\"more\":true}}";
        });
        assertThat(consumer.poll(Duration.ZERO))
                .extracting(LedgerEvent::sequence)
                .containsExactly(90_000L);
        assertThat(core.requests
                        .get(core.requests.size() - 1)
                        .get("params")
                        .get("after")
                        .asLong())
                .isEqualTo(80_000);
    }

    @Test
    void whatIsDoneIsAcknowledgedAfterTheConsumerIsClosed() {
        int booked = 0;
        for (LedgerEvent event : consumer) {
            booked++;
            if (booked == 3) {
                consumer.close();
            }
            consumer.acknowledge(event);
        }
        assertThat(booked).isEqualTo(3);
        assertThat(log.acknowledged).hasValue(3);
        consumer.acknowledgeAsync(4).join();
        assertThat(log.acknowledged).hasValue(4);
        manager.close();
        assertThatThrownBy(() -> consumer.acknowledge(5)).isInstanceOf(WalletClosedException.class);
    }

    @Test
    void aSeekThatFailsMovesNoReader() {
        var events = consumer.iterator();
        assertThat(events.next().sequence()).isEqualTo(1);
        log.core.answer(
                "consumer.seek",
                request -> "{\"id\":" + request.get("id")
                        + ",\"error\":{\"code\":1,\"message\":\"m\",\"data\":{\"kind\":\"POSITION_INVALID\"}}}");
        assertThatThrownBy(() -> consumer.seek(LogPosition.after("0xaa", 400))).isInstanceOf(WalletException.class);
        assertThat(events.next().sequence()).isEqualTo(2);
    }

    @Test
    void anExecutorThatRefusesAfterAFailureEndsTheDelivery() throws Exception {
        AtomicInteger tasks = new AtomicInteger();
        EventDelivery delivery = consumer.subscribe(
                event -> {
                    throw new IllegalStateException("on purpose");
                },
                Acknowledgement.AUTOMATIC,
                task -> {
                    if (tasks.getAndIncrement() > 0) {
                        throw new RejectedExecutionException("on purpose");
                    }
                    threads.execute(task);
                });
        while (!delivery.isClosed()) {
            Thread.sleep(5);
        }
        assertThat(delivery.failure()).containsInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void aSubscriberHearsThatTheExecutorRefuses() {
        List<String> heard = new ArrayList<>();
        consumer.publisher(task -> {
                    throw new RejectedExecutionException("on purpose");
                })
                .subscribe(new Flow.Subscriber<>() {
                    @Override
                    public void onSubscribe(Flow.Subscription given) {
                        heard.add("subscribed");
                        given.request(1);
                    }

                    @Override
                    public void onNext(LedgerEvent event) {
                        heard.add("event");
                    }

                    @Override
                    public void onError(Throwable reason) {
                        heard.add(reason.getMessage());
                    }

                    @Override
                    public void onComplete() {
                        heard.add("complete");
                    }
                });
        assertThat(heard).containsExactly("subscribed", "on purpose");
    }

    @Test
    void aFilterForNoAccountsIsRefused() {
        assertThatThrownBy(() -> EventFilter.builder().accounts(List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void filtersNameTypesByTheirClasses() {
        assertThat(EventFilter.builder().type(DepositEvent.class).build().types())
                .containsExactly("deposit");
        assertThat(EventFilter.builder()
                        .type(DepositEvent.class)
                        .type(LedgerEvent.class)
                        .build())
                .isEqualTo(EventFilter.all());
    }
}
