package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Function;

/**
 * An operation as data.
 *
 * @param method the method's name
 * @param params its parameters
 * @param decoder reads its result
 */
public record Request<R>(String method, ObjectNode params, Function<JsonNode, R> decoder) {
    /** Returns the message that asks for it. */
    public byte[] message(long id) {
        ObjectNode message = Json.object();
        message.put("jsonrpc", "2.0").put("id", id).put("method", method).set("params", params);
        return Json.bytes(message);
    }
}
