package dev.stardust.wallet;

import dev.stardust.wallet.internal.json.ConsumerData;
import dev.stardust.wallet.internal.json.EventBatch;
import dev.stardust.wallet.internal.json.Requests;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A durable consumer of the event log. Its position is kept in the wallet under its name: after a restart it goes
 * on behind the last acknowledged event, so each event comes at least once. Store {@link DepositEvent#id()} with
 * the booking, and it counts exactly once. Let one thread at a time use a name.
 */
public final class EventConsumer implements AutoCloseable {
    /** How many events one poll brings where no number is given. */
    public static final int DEFAULT_BATCH = 100;

    private static final Duration LONGEST_POLL = Duration.ofSeconds(60);

    private final AccountManager manager;
    private final String name;
    private volatile String logId;
    private volatile long position;
    private volatile boolean closed;

    EventConsumer(AccountManager manager, ConsumerData data) {
        this.manager = manager;
        this.name = data.name();
        this.logId = data.logId();
        this.position = data.acknowledged();
    }

    /** Returns the name. */
    public String name() {
        return name;
    }

    /** Returns the last position that was acknowledged; 0 for nothing. */
    public long position() {
        return position;
    }

    /** Returns the id of the log that the position belongs to. */
    public String logId() {
        return logId;
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
     * @throws InvalidInputException if {@code max} is another number, or the consumer was removed
     */
    public List<LedgerEvent> poll(Duration timeout, int max) {
        checkOpen();
        return taken(manager.call(Requests.poll(name, max, shortened(timeout))));
    }

    /** Like {@link #poll(Duration)}, without blocking. */
    public CompletableFuture<List<LedgerEvent>> pollAsync(Duration timeout) {
        return pollAsync(timeout, DEFAULT_BATCH);
    }

    /** Like {@link #poll(Duration, int)}, without blocking. */
    public CompletableFuture<List<LedgerEvent>> pollAsync(Duration timeout, int max) {
        checkOpen();
        return manager.callAsync(Requests.poll(name, max, shortened(timeout)), this::taken);
    }

    private static Duration shortened(Duration timeout) {
        return timeout.compareTo(LONGEST_POLL) > 0 ? LONGEST_POLL : timeout;
    }

    private List<LedgerEvent> taken(EventBatch batch) {
        logId = batch.logId();
        return List.copyOf(batch.events());
    }

    /**
     * Moves the position: this event and all before it were processed. On disk when this returns.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#POSITION_INVALID} if it was never delivered
     * @throws StorageException of kind {@link ErrorKind#LOG_REPLACED} if a restore has replaced the log
     */
    public void acknowledge(long sequence) {
        checkOpen();
        acknowledged(manager.call(Requests.acknowledge(name, logId, sequence)));
    }

    /** Like {@link #acknowledge}, without blocking. */
    public CompletableFuture<Long> acknowledgeAsync(long sequence) {
        checkOpen();
        return manager.callAsync(Requests.acknowledge(name, logId, sequence), this::acknowledged);
    }

    private long acknowledged(ConsumerData data) {
        position = data.acknowledged();
        return position;
    }

    private void checkOpen() {
        if (closed) {
            throw new WalletClosedException();
        }
    }

    /** Ends the use of this object. The name and its position stay. */
    @Override
    public void close() {
        closed = true;
    }

    @Override
    public String toString() {
        return "EventConsumer[name=" + name + ", position=" + position + "]";
    }
}
