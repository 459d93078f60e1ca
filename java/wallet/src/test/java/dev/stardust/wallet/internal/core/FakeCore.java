package dev.stardust.wallet.internal.core;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.internal.ffi.Transport;
import dev.stardust.wallet.internal.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/** A core in this process that answers as a test says, and remembers what it was asked. */
public final class FakeCore implements Transport {
    private static final byte[] END = new byte[0];

    public final List<JsonNode> requests = new CopyOnWriteArrayList<>();
    public final List<String> secrets = new CopyOnWriteArrayList<>();
    public final List<byte[]> secretArrays = new CopyOnWriteArrayList<>();
    public final AtomicInteger closes = new AtomicInteger();
    public volatile int sendStatus;
    public volatile RuntimeException openFailure;
    public volatile JsonNode config;

    private final Map<String, Function<JsonNode, String>> answers = new ConcurrentHashMap<>();
    private final BlockingQueue<Supplier<byte[]>> out = new LinkedBlockingQueue<>();
    private volatile boolean closed;

    /** Says what a method answers: the text of a result. */
    public FakeCore result(String method, String result) {
        return answer(
                method, request -> "{\"jsonrpc\":\"2.0\",\"id\":" + request.get("id") + ",\"result\":" + result + "}");
    }

    /** Says that a method fails. */
    public FakeCore error(String method, String kind, String message) {
        return answer(
                method,
                request -> "{\"jsonrpc\":\"2.0\",\"id\":" + request.get("id") + ",\"error\":" + error(kind, message)
                        + "}");
    }

    /** Says what a method answers: whole messages, or null for silence. */
    public FakeCore answer(String method, Function<JsonNode, String> messages) {
        answers.put(method, messages);
        return this;
    }

    public static String error(String kind, String message) {
        ObjectNode error = Json.object().put("code", 1000).put("message", message);
        error.putObject("data").put("kind", kind).put("retryable", false);
        return error.toString();
    }

    /** Says something unasked. */
    public void say(String messages) {
        out.add(() -> messages.getBytes(StandardCharsets.UTF_8));
    }

    /** Fails to be received from once, after all that was said before. */
    public void breakDown(RuntimeException failure) {
        out.add(() -> {
            throw failure;
        });
    }

    public List<String> methods() {
        return requests.stream().map(request -> request.get("method").asText()).toList();
    }

    public JsonNode params(String method) {
        return requests.stream()
                .filter(request -> request.get("method").asText().equals(method))
                .findFirst()
                .orElseThrow(() -> new AssertionError(method + " was not asked for, but " + methods()))
                .get("params");
    }

    @Override
    public byte[] generateMnemonic() {
        return "abandon ability".getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public long open(byte[] bytes) {
        if (openFailure != null) {
            throw openFailure;
        }
        config = parse(bytes);
        return 7;
    }

    @Override
    public int putSecret(long handle, byte[] secret) {
        secrets.add(new String(secret, StandardCharsets.UTF_8));
        secretArrays.add(secret);
        return secrets.size();
    }

    @Override
    public int send(long handle, byte[] message) {
        if (sendStatus != 0) {
            return sendStatus;
        }
        if (closed) {
            return -2;
        }
        JsonNode request = parse(message);
        requests.add(request);
        Function<JsonNode, String> answer = answers.get(request.get("method").asText());
        String text = answer == null ? null : answer.apply(request);
        if (text != null) {
            say(text);
        }
        return 0;
    }

    @Override
    public byte[] receive(long handle, long timeoutMillis) {
        try {
            Supplier<byte[]> batch = out.poll(timeoutMillis, TimeUnit.MILLISECONDS);
            return batch == null ? null : batch.get();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public int close(long handle) {
        closes.incrementAndGet();
        closed = true;
        out.add(() -> END);
        return 0;
    }

    private static JsonNode parse(byte[] text) {
        try {
            return Json.parse(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
