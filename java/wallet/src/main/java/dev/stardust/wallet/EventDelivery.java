package dev.stardust.wallet;

import dev.stardust.wallet.internal.json.EventBatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Events on their way to a callback; see {@link EventConsumer#subscribe}. It holds no thread while nothing comes. */
public final class EventDelivery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EventDelivery.class);
    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final EventConsumer consumer;
    private final Consumer<? super LedgerEvent> callback;
    private final Acknowledgement acknowledgement;
    private final Executor executor;
    private final LogReader reader;
    private final Runnable end = this::close;
    private Duration pause = SHORTEST_PAUSE;
    private volatile boolean closed;
    private volatile @Nullable CompletableFuture<EventBatch> running;
    private volatile @Nullable Throwable failure;

    EventDelivery(
            EventConsumer consumer,
            Consumer<? super LedgerEvent> callback,
            Acknowledgement acknowledgement,
            Executor executor) {
        this.consumer = consumer;
        this.callback = callback;
        this.acknowledgement = acknowledgement;
        this.executor = executor;
        this.reader = new LogReader(consumer);
    }

    void start() {
        consumer.scope().enter(end);
        fetch();
    }

    /** Asks for what follows. One at a time: what is asked for is delivered before more is. */
    private void fetch() {
        if (closed) {
            return;
        }
        try {
            CompletableFuture<EventBatch> future = consumer.waitForAsync(reader.request(EventConsumer.DEFAULT_BATCH));
            running = future;
            CompletableFuture<EventBatch> unused = future.whenComplete((batch, reason) -> {
                if (reason != null) {
                    readFailed(reason);
                } else {
                    run(() -> deliver(reader.take(batch)));
                }
            });
        } catch (RuntimeException e) {
            readFailed(e);
        }
    }

    private void deliver(List<LedgerEvent> events) {
        LedgerEvent done = null;
        boolean failed = false;
        for (LedgerEvent event : events) {
            if (closed || reader.isMoved()) {
                break;
            }
            try {
                callback.accept(event);
                done = event;
            } catch (Throwable e) {
                // it is delivered again: nothing is lost by a callback's mistake
                LOG.error("a consumer's callback failed for event {}, which comes again", event.sequence(), e);
                failed = true;
                break;
            }
        }
        try {
            if (done != null
                    && acknowledgement == Acknowledgement.AUTOMATIC
                    && !consumer.isSeeking()
                    && !reader.isMoved()) {
                consumer.acknowledge(done);
            }
        } catch (WalletException e) {
            LOG.warn("what a consumer's callback has done could not be acknowledged, and comes again", e);
            failed = true;
        } catch (RuntimeException e) {
            readFailed(e);
            return;
        }
        if (failed) {
            again();
        } else {
            pause = SHORTEST_PAUSE;
            fetch();
        }
    }

    private void again() {
        reader.rewind();
        Duration now = pause;
        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
        // not on the executor: were it to refuse, nobody would hear of it
        CompletableFuture.delayedExecutor(now.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
                .execute(this::fetch);
    }

    private void readFailed(Throwable thrown) {
        Throwable reason =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        if (closed || consumer.isClosed()) {
            close();
        } else if (reason instanceof WalletException wallet && wallet.retryable()) {
            LOG.warn("the log cannot be read now", reason);
            again();
        } else {
            LOG.error("the delivery to a consumer's callback ends", reason);
            failure = reason;
            close();
        }
    }

    private void run(Runnable task) {
        try {
            executor.execute(task);
        } catch (RuntimeException e) {
            LOG.error("the executor of a consumer's callback takes no more tasks: the delivery ends", e);
            failure = e;
            close();
        }
    }

    /** Returns why it ended by itself, if it did: the log could not be read, or the executor refused. */
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** Returns whether no more calls will come. */
    public boolean isClosed() {
        return closed;
    }

    /** Ends it. A callback that runs now ends, and counts; none starts after this. */
    @Override
    public void close() {
        closed = true;
        consumer.scope().leave(end);
        CompletableFuture<EventBatch> future = running;
        if (future != null) {
            future.cancel(false);
        }
    }
}
