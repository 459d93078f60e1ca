package dev.stardust.wallet;

import dev.stardust.wallet.internal.json.EventBatch;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes a consumer's events, to each subscriber for itself. */
final class EventPublisher implements Flow.Publisher<LedgerEvent> {
    private static final Logger LOG = LoggerFactory.getLogger(EventPublisher.class);

    private final EventConsumer consumer;
    private final Executor executor;

    EventPublisher(EventConsumer consumer, Executor executor) {
        this.consumer = consumer;
        this.executor = executor;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super LedgerEvent> subscriber) {
        new Feed(consumer, executor, Objects.requireNonNull(subscriber, "subscriber")).schedule();
    }

    /** What came of a read. */
    private record Arrival(List<LedgerEvent> events, @Nullable Throwable failure) {}

    /**
     * One subscriber. All signals come from {@link #drain()}, which runs on one thread at a time: whoever changes something
     * schedules it. The log is read for requested events only, so that what is read is delivered at once.
     */
    private static final class Feed implements Flow.Subscription {
        private final EventConsumer consumer;
        private final Executor executor;
        private final LogReader reader;
        private final Runnable end = this::schedule;
        private final AtomicInteger turns = new AtomicInteger();
        private final AtomicLong demand = new AtomicLong();
        private final AtomicReference<@Nullable Arrival> arrival = new AtomicReference<>();
        private volatile boolean badRequest;
        private volatile boolean done;
        private volatile @Nullable CompletableFuture<EventBatch> running;

        // touched by drain() alone
        private Flow.@Nullable Subscriber<? super LedgerEvent> subscriber;
        private boolean greeted;
        private boolean reading;

        Feed(EventConsumer consumer, Executor executor, Flow.Subscriber<? super LedgerEvent> subscriber) {
            this.consumer = consumer;
            this.executor = executor;
            this.subscriber = subscriber;
            this.reader = new LogReader(consumer);
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                badRequest = true;
            } else {
                demand.accumulateAndGet(n, (had, more) -> had + more < 0 ? Long.MAX_VALUE : had + more);
            }
            schedule();
        }

        @Override
        public void cancel() {
            done = true;
            CompletableFuture<EventBatch> future = running;
            if (future != null) {
                future.cancel(false);
            }
            schedule();
        }

        void schedule() {
            if (turns.getAndIncrement() == 0) {
                try {
                    executor.execute(this::drain);
                } catch (RuntimeException e) {
                    LOG.error("the executor of a subscriber takes no more tasks: it hears nothing more", e);
                    done = true;
                    consumer.scope().leave(end);
                    refused(e);
                }
            }
        }

        /** Nothing has run yet: who subscribes hears it on its own thread (rule 1.9), as no other will ever come. */
        private void refused(RuntimeException reason) {
            Flow.Subscriber<? super LedgerEvent> to = subscriber;
            if (!greeted && to != null) {
                greeted = true;
                subscriber = null;
                to.onSubscribe(this);
                to.onError(reason);
            }
        }

        private void drain() {
            int seen = 1;
            while (seen != 0) {
                try {
                    turn();
                } catch (Throwable e) {
                    // against the rules of reactive streams (2.13), which leave nothing to do but to forget it
                    LOG.error("a subscriber threw: its subscription ends", e);
                    done = true;
                }
                if (done) {
                    forget();
                }
                seen = turns.addAndGet(-seen);
            }
        }

        private void forget() {
            subscriber = null;
            consumer.scope().leave(end);
        }

        private void turn() {
            Flow.Subscriber<? super LedgerEvent> to = subscriber;
            if (to == null) {
                return;
            }
            if (!greeted) {
                greeted = true;
                to.onSubscribe(this);
                consumer.scope().enter(end);
            }
            if (!done && consumer.isWalletClosed()) {
                done = true;
                to.onError(new WalletClosedException());
            }
            if (!done && badRequest) {
                done = true;
                to.onError(new IllegalArgumentException("a subscriber must request more than 0 (rule 3.9)"));
            }
            Arrival arrived = arrival.getAndSet(null);
            if (arrived != null) {
                reading = false;
                deliver(to, arrived);
            }
            if (!done && consumer.isClosed()) {
                done = true;
                to.onComplete();
            }
            if (!done && !reading && demand.get() > 0) {
                reading = true;
                read();
            }
        }

        private void deliver(Flow.Subscriber<? super LedgerEvent> to, Arrival arrived) {
            for (LedgerEvent event : arrived.events()) {
                if (done || reader.isMoved()) {
                    return;
                }
                demand.updateAndGet(had -> had == Long.MAX_VALUE ? had : had - 1);
                to.onNext(event);
            }
            Throwable failure = arrived.failure();
            if (!done && failure != null && !consumer.isClosed()) {
                done = true;
                to.onError(failure);
            }
        }

        private void read() {
            int max = (int) Math.min(demand.get(), EventConsumer.DEFAULT_BATCH);
            try {
                CompletableFuture<EventBatch> future = consumer.waitForAsync(reader.request(max));
                running = future;
                if (done) {
                    future.cancel(false);
                }
                CompletableFuture<EventBatch> unused = future.whenComplete((batch, reason) -> {
                    arrival.set(reason == null ? new Arrival(reader.take(batch), null) : failed(reason));
                    schedule();
                });
            } catch (WalletException e) {
                arrival.set(failed(e));
                schedule();
            }
        }

        private static Arrival failed(Throwable reason) {
            Throwable cause = reason instanceof CompletionException ? reason.getCause() : reason;
            return new Arrival(List.of(), cause != null ? cause : reason);
        }
    }
}
