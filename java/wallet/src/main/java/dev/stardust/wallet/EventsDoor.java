package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.LiveSubscription;
import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.json.Requests;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** The part of {@link AccountManager} that has to do with events. */
abstract sealed class EventsDoor extends BackupDoor permits PolicyDoor {
    private final Executor listeners;

    EventsDoor(Session session, Executor listeners) {
        super(session);
        this.listeners = listeners;
    }

    /** Like {@link #listen(Class, Consumer, Executor)} on the manager's executor. */
    public <E extends WalletEvent> Subscription listen(Class<E> type, Consumer<? super E> listener) {
        return listen(type, listener, this.listeners);
    }

    /**
     * Calls a listener for each event of this type from now on. Live only: what happened before, or while the
     * process was down, does not come; crediting needs {@link #consumer(String)}. The calls of one listener come one
     * after the other and in order. A listener that throws is logged. A listener that is too slow loses events.
     *
     * @param type the type of event; an interface such as {@link LedgerEvent} means all of its kinds
     */
    public <E extends WalletEvent> Subscription listen(Class<E> type, Consumer<? super E> listener, Executor executor) {
        LiveSubscription<E> live = session.listen(type, listener, executor, this);
        return new Subscription(session, live);
    }

    /** Like {@link #consumer(String, LogPosition)} from the log's beginning. */
    public EventConsumer consumer(String name) {
        return consumer(name, LogPosition.BEGINNING);
    }

    /**
     * Returns the durable consumer of this name; it is made if there is none, for all events. One that exists keeps its
     * position and its filter.
     *
     * @param name 1 to 128 bytes of UTF-8, no control characters
     * @param from where it starts if it is new
     * @throws InvalidInputException of kind {@link ErrorKind#CONSUMER_NAME_INVALID}, and if it is new of the kinds of
     *     {@link EventConsumer#seek}
     */
    public EventConsumer consumer(String name, LogPosition from) {
        return consumer(call(Requests.openConsumer(name, from, null)));
    }

    /**
     * Returns the durable consumer of this name with this filter; it is made if there is none. One that exists keeps its
     * position. If its filter was another, this one replaces it: for what lies behind the position; events that the old
     * one held back before come only after {@link EventConsumer#seek}. Close what reads with the old filter before.
     *
     * @param filter which events it gets
     */
    public EventConsumer consumer(String name, LogPosition from, EventFilter filter) {
        return consumer(call(Requests.openConsumer(name, from, filter)));
    }

    /** Like {@link #consumer(String, LogPosition)}, without blocking. */
    public CompletableFuture<EventConsumer> consumerAsync(String name, LogPosition from) {
        return callAsync(Requests.openConsumer(name, from, null), this::consumer);
    }

    /** Like {@link #consumer(String, LogPosition, EventFilter)}, without blocking. */
    public CompletableFuture<EventConsumer> consumerAsync(String name, LogPosition from, EventFilter filter) {
        return callAsync(Requests.openConsumer(name, from, filter), this::consumer);
    }

    private EventConsumer consumer(ConsumerInfo info) {
        return new EventConsumer(this, listeners, info);
    }

    /** Lists the durable consumers: one that nobody uses any more holds back the pruning of the log. */
    public List<ConsumerInfo> listConsumers() {
        return call(Requests.consumers());
    }

    /** Like {@link #listConsumers()}, without blocking. */
    public CompletableFuture<List<ConsumerInfo>> listConsumersAsync() {
        return callAsync(Requests.consumers());
    }

    /**
     * Forgets a durable consumer and its position.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#CONSUMER_NOT_FOUND}
     */
    public void removeConsumer(String name) {
        call(Requests.removeConsumer(name));
    }

    /** Like {@link #removeConsumer}, without blocking. */
    public CompletableFuture<Void> removeConsumerAsync(String name) {
        return done(() -> Requests.removeConsumer(name));
    }
}
