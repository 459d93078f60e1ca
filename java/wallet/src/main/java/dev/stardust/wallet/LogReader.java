package dev.stardust.wallet;

import dev.stardust.wallet.internal.json.EventBatch;
import dev.stardust.wallet.internal.json.Request;
import dev.stardust.wallet.internal.json.Requests;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A place from which a consumer's events are read on, whether they are acknowledged or not. For one thread at a time. */
final class LogReader {
    /** How long the core waits for an event before it answers with none. */
    private static final Duration WAIT = Duration.ofSeconds(60);

    private final EventConsumer consumer;
    private @Nullable Long after;
    private long seeks;

    /** Begins behind what is acknowledged. */
    LogReader(EventConsumer consumer) {
        this.consumer = consumer;
        this.seeks = consumer.seeks();
    }

    /** Goes back to what is acknowledged. */
    void rewind() {
        after = null;
    }

    /** Returns whether the consumer was sent elsewhere since the last request. */
    boolean isMoved() {
        return consumer.seeks() != seeks;
    }

    /** Returns the request for the events that follow; after a seek, for those behind the new position. */
    Request<EventBatch> request(int max) {
        long now = consumer.seeks();
        if (now != seeks) {
            seeks = now;
            after = null;
        }
        return Requests.poll(consumer.name(), max, WAIT, after);
    }

    /** Takes what was found. */
    List<LedgerEvent> take(EventBatch batch) {
        if (isMoved()) {
            return List.of();
        }
        after = batch.through();
        return batch.events();
    }
}
