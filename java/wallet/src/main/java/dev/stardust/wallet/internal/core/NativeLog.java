package dev.stardust.wallet.internal.core;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Writes the core's log records to the loggers {@code stardust.native.<target>}. */
final class NativeLog {
    /** How many records may wait for a slow appender; what comes then is dropped and counted. */
    private static final int LIMIT = 10_000;

    private final SerialExecutor queue = new SerialExecutor(Callbacks.shared(), LIMIT);
    private final AtomicLong dropped = new AtomicLong();

    /** Takes a record from the pump thread; appenders may block, so they run elsewhere. */
    void record(JsonNode params) {
        if (!queue.offer(() -> write(params))) {
            dropped.incrementAndGet();
        }
    }

    private void write(JsonNode params) {
        String target = params.path("target").asText("").replace("::", ".");
        Logger logger = LoggerFactory.getLogger(target.isEmpty() ? "stardust.native" : "stardust.native." + target);
        long lost = dropped.getAndSet(0);
        if (lost > 0) {
            logger.warn("{} log records were dropped", lost);
        }
        logger.atLevel(level(params.path("level").asText("")))
                .log("{}", params.path("message").asText(""));
    }

    private static Level level(String name) {
        return switch (name) {
            case "error" -> Level.ERROR;
            case "warn" -> Level.WARN;
            case "info" -> Level.INFO;
            case "debug" -> Level.DEBUG;
            default -> Level.TRACE;
        };
    }
}
