package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Scope;
import dev.stardust.wallet.internal.json.EventBatch;
import dev.stardust.wallet.internal.json.Request;
import dev.stardust.wallet.internal.json.Requests;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A durable consumer of the event log. Its position is kept in the wallet under its name: after a restart it goes
 * on behind the last acknowledged event, so each event that passes its filter comes at least once, in the log's order.
 * Store {@link DepositEvent#id()} with the booking, and it counts exactly once.
 *
 * <p>There are four ways to read; all of them can be acknowledged by {@link #acknowledge(LedgerEvent)}:
 *
 * <ul>
 *   <li>{@link #poll(Duration)} brings what is not acknowledged, the same again until it is;
 *   <li>iterating, or {@link #stream()}, reads on and waits for the next event, until this object is closed;
 *   <li>{@link #subscribe(Consumer)} calls a callback, and acknowledges by itself if wanted;
 *   <li>{@link #publisher()} is for reactive streams.
 * </ul>
 *
 * <p>All of them read the log in pieces as they are needed: who is slow or stands still holds up nobody and fills no
 * memory. Let one of them at a time use a name. Any thread may call; virtual threads are not pinned while they wait.
 */
public final class EventConsumer implements AutoCloseable, Iterable<LedgerEvent> {
    /** How many events one poll brings where no number is given. */
    public static final int DEFAULT_BATCH = 100;

    private static final Duration LONGEST_POLL = Duration.ofSeconds(60);

    private final EventsDoor manager;
    private final Executor executor;
    private final String name;
    private final Scope scope = new Scope();
    private final AtomicLong seeks = new AtomicLong();
    private final AtomicLong seeking = new AtomicLong();
    private volatile ConsumerInfo info;

    EventConsumer(EventsDoor manager, Executor executor, ConsumerInfo info) {
        this.manager = manager;
        this.executor = executor;
        this.name = info.name();
        this.info = info;
    }

    /** Returns the name. */
    public String name() {
        return name;
    }

    /**
     * Returns the position that was stored when this object was opened, or the latest that was acknowledged or sought
     * through it; 0 for nothing. The stored one may be further on: another reader may move it, and the wallet moves it past
     * what the filter holds back.
     */
    public long position() {
        return info.acknowledged();
    }

    /** Returns the id of the log that the position belongs to. */
    public String logId() {
        return info.logId();
    }

    /** Returns which events it gets. */
    public EventFilter filter() {
        return info.filter();
    }

    /** Like {@link #poll(Duration, int)} with up to {@value #DEFAULT_BATCH} events. */
    public List<LedgerEvent> poll(Duration timeout) {
        return poll(timeout, DEFAULT_BATCH);
    }

    /**
     * Returns the events behind the acknowledged position, in order, and waits for one if there is none. The same
     * ones come again until they are acknowledged.
     *
     * @param timeout how long to wait, up to a minute
     * @param max how many at most, 1 to 1000
     * @return the events; empty if the time has passed
     * @throws InvalidInputException if {@code max} is another number, or the consumer was removed; of kind {@link
     *     ErrorKind#POSITION_PRUNED} if the log no longer has what follows the position
     * @throws StorageException of kind {@link ErrorKind#LOG_REPLACED} if a restore has replaced the log; the detail
     *     {@code milestone} says from where to replay, see {@link #seek}
     * @throws WalletClosedException if this object or the manager is closed, before or while it waits
     */
    public List<LedgerEvent> poll(Duration timeout, int max) {
        long end = System.nanoTime() + shortened(timeout).toNanos();
        Long after = null;
        while (true) {
            Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
            EventBatch batch = waitFor(Requests.poll(name, max, left, after));
            if (!batch.events().isEmpty() || !batch.more()) {
                return List.copyOf(batch.events());
            }
            after = batch.through();
        }
    }

    /** Like {@link #poll(Duration)}, without blocking. */
    public CompletableFuture<List<LedgerEvent>> pollAsync(Duration timeout) {
        return pollAsync(timeout, DEFAULT_BATCH);
    }

    /**
     * Like {@link #poll(Duration, int)}, without blocking. With a filter that held back more than a hundred thousand
     * events it may bring none before the whole log was looked at; then poll again.
     */
    public CompletableFuture<List<LedgerEvent>> pollAsync(Duration timeout, int max) {
        Request<EventBatch> request = Requests.poll(name, max, shortened(timeout), null);
        return waitForAsync(new Request<>(
                request.method(), request.params(), request.decoder().andThen(batch -> List.copyOf(batch.events()))));
    }

    private static Duration shortened(Duration timeout) {
        return timeout.compareTo(LONGEST_POLL) > 0 ? LONGEST_POLL : timeout;
    }

    /** Makes a call that ends when this is closed. */
    private EventBatch waitFor(Request<EventBatch> request) {
        checkOpen();
        return manager.call(request, scope);
    }

    /** Makes a call that ends when this is closed. */
    <R> CompletableFuture<R> waitForAsync(Request<R> request) {
        checkOpen();
        CompletableFuture<R> future = manager.callAsync(request);
        Runnable end = () -> future.completeExceptionally(closedNow());
        scope.enter(end);
        CompletableFuture<R> unused = future.whenComplete((result, reason) -> scope.leave(end));
        return future;
    }

    /**
     * Returns an iterator that reads on from the acknowledged position, each event once, and waits for the next one
     * without a limit. It ends when this object is closed; the events behind the acknowledged position come again to the
     * next reader. For one thread at a time.
     */
    @Override
    public Iterator<LedgerEvent> iterator() {
        return new Waiting();
    }

    /** Returns a sequential stream of what {@link #iterator()} reads. It ends when this object is closed. */
    public Stream<LedgerEvent> stream() {
        int traits = Spliterator.ORDERED | Spliterator.NONNULL;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(iterator(), traits), false);
    }

    /** Like {@link #subscribe(Consumer, Acknowledgement, Executor)}, automatic, on the manager's executor. */
    public EventDelivery subscribe(Consumer<? super LedgerEvent> callback) {
        return subscribe(callback, Acknowledgement.AUTOMATIC, executor);
    }

    /**
     * Calls a callback for each event behind the acknowledged position, one after the other and in order. If it throws,
     * that is logged, the event is not acknowledged, and after a pause (a second, doubling up to thirty while it goes on
     * throwing) the delivery begins again behind the acknowledged position: the event comes again, and none after it
     * comes before it is done with. Automatic acknowledgement follows the callback's return, once for several
     * events that are delivered in one go; a crash between brings them again.
     *
     * @param callback what is called
     * @param acknowledgement who acknowledges; {@link Acknowledgement#MANUAL} is by {@link #acknowledge(LedgerEvent)}, from
     *     any thread
     * @param executor on what the callback runs; one with threads of its own
     */
    public EventDelivery subscribe(
            Consumer<? super LedgerEvent> callback, Acknowledgement acknowledgement, Executor executor) {
        checkOpen();
        EventDelivery delivery = new EventDelivery(this, callback, acknowledgement, executor);
        delivery.start();
        return delivery;
    }

    /** Like {@link #publisher(Executor)} on the manager's executor. */
    public Flow.Publisher<LedgerEvent> publisher() {
        return publisher(executor);
    }

    /**
     * Returns a publisher by the rules of reactive streams. Each subscriber gets the events behind the acknowledged
     * position, each once, as many as it requests; the log is read only for what is requested, and nothing is ever
     * dropped. Nothing is acknowledged: that is {@link #acknowledge(LedgerEvent)}. It completes when this object is
     * closed. A fault in reading the log ends the subscription with {@code onError}, also one that passes: subscribe
     * again. So does an executor that refuses the subscription, on the caller's thread.
     *
     * @param executor on what subscribers are called; one with threads of its own
     */
    public Flow.Publisher<LedgerEvent> publisher(Executor executor) {
        checkOpen();
        return new EventPublisher(this, executor);
    }

    /**
     * Moves the position: this event and all before it were processed. On disk when this returns. An event at or before
     * the position changes nothing. What is done can be acknowledged after this object was closed, too.
     *
     * @throws StorageException of kind {@link ErrorKind#LOG_REPLACED} if the event is one of another log
     */
    public void acknowledge(LedgerEvent event) {
        taken(manager.call(Requests.acknowledge(name, event.logId(), event.sequence())));
    }

    /**
     * Moves the position: the event with this number and all before it were processed. On disk when this returns.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#POSITION_INVALID} if the log has no such event yet
     * @throws StorageException of kind {@link ErrorKind#LOG_REPLACED} if a restore has replaced the log
     */
    public void acknowledge(long sequence) {
        taken(manager.call(Requests.acknowledge(name, info.logId(), sequence)));
    }

    /** Like {@link #acknowledge(LedgerEvent)}, without blocking. */
    public CompletableFuture<Long> acknowledgeAsync(LedgerEvent event) {
        return acknowledgeAsync(event.logId(), event.sequence());
    }

    /** Like {@link #acknowledge(long)}, without blocking. */
    public CompletableFuture<Long> acknowledgeAsync(long sequence) {
        return acknowledgeAsync(info.logId(), sequence);
    }

    private CompletableFuture<Long> acknowledgeAsync(String log, long sequence) {
        return manager.callAsync(Requests.acknowledge(name, log, sequence), this::taken);
    }

    /** Answers may arrive in another order than the core gave them: within one log the greatest counts. */
    private synchronized long taken(ConsumerInfo now) {
        if (!now.logId().equals(info.logId()) || now.acknowledged() > info.acknowledged()) {
            info = now;
        }
        return now.acknowledged();
    }

    private synchronized long moved(ConsumerInfo now) {
        info = now;
        seeks.incrementAndGet();
        return now.acknowledged();
    }

    /**
     * Moves the position forward or back: what lies behind the new place comes next, again if it came before. This is
     * how events are replayed, and the way out of {@link ErrorKind#LOG_REPLACED}. On disk when this returns. Readers of
     * this object go on from the new place, and where they are if it fails; acknowledge nothing meanwhile that was read before.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#POSITION_PRUNED} if events behind the place are gone (the
     *     details {@code oldest} and {@code milestone} say where the log begins), of kind {@link
     *     ErrorKind#POSITION_INVALID} if the place lies beyond the log's end
     * @throws StorageException of kind {@link ErrorKind#LOG_REPLACED} if the place is one of another log; the detail
     *     {@code milestone} says from where nothing is missed
     */
    public void seek(LogPosition to) {
        checkOpen();
        seeking.incrementAndGet();
        try {
            moved(manager.call(Requests.seek(name, to)));
        } finally {
            seeking.decrementAndGet();
        }
    }

    /** Like {@link #seek}, without blocking; gives the position. */
    public CompletableFuture<Long> seekAsync(LogPosition to) {
        checkOpen();
        seeking.incrementAndGet();
        CompletableFuture<Long> future;
        try {
            future = manager.callAsync(Requests.seek(name, to), this::moved);
        } catch (RuntimeException e) {
            seeking.decrementAndGet();
            throw e;
        }
        CompletableFuture<Long> unused = future.whenComplete((position, reason) -> seeking.decrementAndGet());
        return future;
    }

    /** Counts how often the position was moved by hand. */
    long seeks() {
        return seeks.get();
    }

    /** Returns whether the position is being moved by hand: what was read before is not acknowledged meanwhile. */
    boolean isSeeking() {
        return seeking.get() > 0;
    }

    boolean isWalletClosed() {
        return manager.session.closed();
    }

    Scope scope() {
        return scope;
    }

    private void checkOpen() {
        if (scope.closed()) {
            throw closedNow();
        }
    }

    private static WalletClosedException closedNow() {
        return new WalletClosedException("the consumer is closed");
    }

    /** Returns whether it was closed. */
    public boolean isClosed() {
        return scope.closed();
    }

    /**
     * Ends every poll, iteration, delivery and subscription of this object; polls end with {@link
     * WalletClosedException}. What was read can still be acknowledged. The name and its position stay.
     */
    @Override
    public void close() {
        scope.close();
    }

    @Override
    public String toString() {
        return "EventConsumer[name=" + name + ", position=" + position() + "]";
    }

    private final class Waiting implements Iterator<LedgerEvent> {
        private final LogReader reader = new LogReader(EventConsumer.this);
        private Iterator<LedgerEvent> events = List.<LedgerEvent>of().iterator();
        private @Nullable LedgerEvent next;

        @Override
        public boolean hasNext() {
            if (next != null && reader.isMoved()) {
                next = null;
            }
            while (next == null) {
                if (isClosed()) {
                    return false;
                }
                if (reader.isMoved() || !events.hasNext()) {
                    events = read();
                } else {
                    next = events.next();
                }
            }
            return true;
        }

        private Iterator<LedgerEvent> read() {
            try {
                return reader.take(waitFor(reader.request(DEFAULT_BATCH))).iterator();
            } catch (WalletClosedException e) {
                if (isClosed()) {
                    return List.<LedgerEvent>of().iterator();
                }
                throw e;
            }
        }

        @Override
        public LedgerEvent next() {
            if (!hasNext() || next == null) {
                throw new NoSuchElementException();
            }
            LedgerEvent event = next;
            next = null;
            return event;
        }
    }
}
