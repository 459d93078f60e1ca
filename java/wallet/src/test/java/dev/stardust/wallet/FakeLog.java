package dev.stardust.wallet;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.internal.core.FakeCore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** A core in this process with a log of so many events; it is silent where the real one would wait. */
final class FakeLog {
    final FakeCore core = new FakeCore().result("wallet.start", "{}").result("request.cancel", "{}");
    final AtomicLong last = new AtomicLong();
    final AtomicLong acknowledged = new AtomicLong();
    final AtomicInteger polls = new AtomicInteger();
    final AtomicLong served = new AtomicLong();

    FakeLog(long events) {
        last.set(events);
        core.answer("consumer.open", request -> answer(request, consumer()))
                .answer("consumer.acknowledge", this::acknowledge)
                .answer("consumer.seek", this::seek)
                .answer("consumer.poll", this::poll);
    }

    private String consumer() {
        return "{\"name\":\"c\",\"logId\":\"0xaa\",\"acknowledged\":" + acknowledged + ",\"oldest\":1,\"latest\":"
                + last + ",\"filter\":{},\"createdMs\":5}";
    }

    private String acknowledge(JsonNode request) {
        long sequence = request.get("params").get("sequence").asLong();
        acknowledged.accumulateAndGet(sequence, Math::max);
        return answer(request, consumer());
    }

    private String seek(JsonNode request) {
        acknowledged.set(request.get("params").get("to").path("sequence").asLong());
        return answer(request, consumer());
    }

    private String poll(JsonNode request) {
        polls.incrementAndGet();
        JsonNode params = request.get("params");
        long after = Math.max(acknowledged.get(), params.path("after").asLong());
        long through = Math.min(last.get(), after + params.get("max").asLong());
        if (through == after && params.get("timeoutMs").asLong() > 0) {
            return null;
        }
        served.addAndGet(through - after);
        String events = LongStream.rangeClosed(after + 1, through)
                .mapToObj(i -> "{\"type\":\"eclipse\",\"id\":\"e" + i + "\",\"logId\":\"0xaa\",\"sequence\":" + i + "}")
                .collect(Collectors.joining(","));
        return answer(
                request,
                "{\"logId\":\"0xaa\",\"events\":[" + events + "],\"through\":" + through + ",\"more\":"
                        + (through < last.get()) + "}");
    }

    private static String answer(JsonNode request, String result) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + request.get("id") + ",\"result\":" + result + "}";
    }
}
