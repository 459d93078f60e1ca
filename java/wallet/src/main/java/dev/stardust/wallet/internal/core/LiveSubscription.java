package dev.stardust.wallet.internal.core;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.WalletEvent;
import dev.stardust.wallet.internal.json.Events;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A listener and what waits for it. */
public final class LiveSubscription<E extends WalletEvent> {
    /** How many events may wait for a slow listener; what comes then is dropped and counted. */
    static final int LIMIT = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(LiveSubscription.class);

    private final Class<E> type;
    private final Consumer<? super E> listener;
    private final SerialExecutor queue;
    private final AtomicLong dropped = new AtomicLong();
    private volatile long id;
    private volatile boolean closed;

    /** Keeps the manager from being cleaned up while somebody listens. */
    private final Object owner;

    LiveSubscription(Class<E> type, Consumer<? super E> listener, Executor executor, Object owner) {
        this.type = type;
        this.listener = listener;
        this.queue = new SerialExecutor(executor, LIMIT);
        this.owner = owner;
    }

    Object owner() {
        return owner;
    }

    long id() {
        return id;
    }

    void id(long value) {
        this.id = value;
    }

    void close() {
        closed = true;
    }

    /** Returns whether no more events will come. */
    public boolean closed() {
        return closed;
    }

    /** Returns how many events were dropped because the listener was too slow. */
    public long dropped() {
        return dropped.get();
    }

    /** Takes an event from the pump thread. */
    void event(JsonNode json) {
        if (!queue.offer(() -> deliver(json))) {
            dropped(1);
        }
    }

    /** Counts what the core or this class dropped. */
    void dropped(long count) {
        if (dropped.getAndAdd(count) == 0) {
            LOG.warn("a listener for {} is too slow: events are dropped", type.getSimpleName());
        }
    }

    private void deliver(JsonNode json) {
        if (closed) {
            return;
        }
        WalletEvent event = Events.event(json);
        if (type.isInstance(event)) {
            listener.accept(type.cast(event));
        }
    }
}
