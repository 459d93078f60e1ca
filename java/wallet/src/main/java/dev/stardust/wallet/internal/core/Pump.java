package dev.stardust.wallet.internal.core;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.WalletClosedException;
import dev.stardust.wallet.internal.ffi.Transport;
import dev.stardust.wallet.internal.json.Errors;
import dev.stardust.wallet.internal.json.Json;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pulls what the core says, until it says that it ends. Runs no code of users. */
final class Pump implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Pump.class);
    private static final long WAIT_MILLIS = 60_000;
    private static final int ABANDON_TRIES = 1_000;

    private final Transport transport;
    private final long handle;
    private final Session session;
    private final NativeLog nativeLog = new NativeLog();

    Pump(Transport transport, long handle, Session session) {
        this.transport = transport;
        this.handle = handle;
        this.session = session;
    }

    @Override
    public void run() {
        try {
            boolean more = true;
            while (more) {
                byte[] batch = transport.receive(handle, WAIT_MILLIS);
                if (batch != null) {
                    more = batch.length > 0;
                    dispatch(batch);
                }
            }
        } catch (Throwable e) {
            LOG.error("the wallet's messages cannot be read any more", e);
            session.ended(
                    () -> Errors.of(ErrorKind.INTERNAL, "the wallet's messages cannot be read any more: " + e, false));
            abandon(transport, handle);
        } finally {
            // who asks only after a failure was told finds a closed wallet
            session.ended(WalletClosedException::new);
        }
    }

    /** Closes a wallet whose messages nobody reads, so that its directory gets free. */
    static void abandon(Transport transport, long handle) {
        try {
            transport.close(handle);
            for (int more = 0; more < ABANDON_TRIES; more++) {
                byte[] batch = transport.receive(handle, WAIT_MILLIS / ABANDON_TRIES);
                if (batch != null && batch.length == 0) {
                    return;
                }
            }
        } catch (Throwable e) {
            LOG.error("the wallet could not be closed", e);
        }
    }

    private void dispatch(byte[] batch) {
        int start = 0;
        while (start < batch.length) {
            int end = start;
            while (end < batch.length && batch[end] != '\n') {
                end++;
            }
            if (end > start) {
                dispatch(batch, start, end - start);
            }
            start = end + 1;
        }
    }

    private void dispatch(byte[] batch, int start, int length) {
        JsonNode message;
        try {
            message = Json.parse(batch, start, length);
        } catch (IOException e) {
            LOG.error("the native part sent {} bytes that are not JSON", length);
            return;
        }
        String method = message.path("method").asText("");
        JsonNode id = message.path("id");
        if (method.isEmpty() && id.isIntegralNumber()) {
            session.answer(id.longValue(), message);
            return;
        }
        if (method.isEmpty()) {
            LOG.error(
                    "the native part could not read a message: {}",
                    message.path("error").path("message").asText());
            return;
        }
        JsonNode params = message.path("params");
        long subscription = params.path("subscription").asLong();
        switch (method) {
            case "event" -> session.event(subscription, params.path("event"));
            case "eventsDropped" ->
                session.dropped(subscription, params.path("count").asLong(1));
            case "log" -> nativeLog.record(params);
            // a newer core may say more than this jar understands
            default -> LOG.debug("a message of an unknown kind came: {}", method);
        }
    }
}
