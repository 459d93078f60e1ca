package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.OutputId;
import dev.stardust.wallet.RemainderValueStrategy;
import dev.stardust.wallet.TransactionOptions;
import java.time.Duration;
import java.util.Optional;

/** The options of a payment as the core reads them. */
final class PaymentOptions {
    private static final Duration TOO_LONG = Duration.ofDays(10_000);

    private PaymentOptions() {}

    static ObjectNode json(TransactionOptions options) {
        ObjectNode json = Json.object();
        json.set("remainderValueStrategy", remainder(options.remainderValueStrategy()));
        options.taggedDataPayload()
                .ifPresent(data ->
                        json.putObject("taggedData").put("tag", data.tag()).put("data", data.data()));
        if (!options.customInputs().isEmpty()) {
            ArrayNode inputs = json.putArray("customInputs");
            options.customInputs().stream().map(OutputId::value).forEach(inputs::add);
        }
        options.idempotencyKey().ifPresent(key -> json.put("idempotencyKey", key));
        micro(json, options.allowMicroAmount(), options.microAmountExpiration());
        options.note().ifPresent(note -> json.put("note", note));
        return json;
    }

    /** Writes whether, and for how long, an amount below the storage deposit can be claimed. */
    static void micro(ObjectNode json, boolean allow, Optional<Duration> expiration) {
        if (allow) {
            json.put("allowMicroAmount", true);
        }
        expiration.ifPresent(time -> json.put("microAmountExpirationMs", millis(time)));
    }

    /** What is out of its range stays so, and is refused by the core. */
    private static long millis(Duration duration) {
        if (duration.isNegative()) {
            return 0;
        }
        return duration.compareTo(TOO_LONG) < 0 ? duration.toMillis() : TOO_LONG.toMillis();
    }

    private static ObjectNode remainder(RemainderValueStrategy strategy) {
        if (strategy instanceof RemainderValueStrategy.CustomAddress custom) {
            return Json.object().put("type", "customAddress").put("address", custom.address());
        }
        boolean reuse = strategy instanceof RemainderValueStrategy.ReuseAddress;
        return Json.object().put("type", reuse ? "reuseAddress" : "changeAddress");
    }
}
