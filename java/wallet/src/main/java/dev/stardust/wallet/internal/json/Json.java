package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/** Reading and writing of JSON text. */
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    /** Returns an empty object. */
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** Returns an empty array. */
    public static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /** Returns the text as UTF-8, on one line. */
    public static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain nodes can be written", e);
        }
    }

    /**
     * Reads one value.
     *
     * @throws IOException if it is not JSON
     */
    public static JsonNode parse(byte[] text, int offset, int length) throws IOException {
        return MAPPER.readTree(text, offset, length);
    }

    /**
     * Reads one value.
     *
     * @throws IOException if it is not JSON
     */
    public static JsonNode parse(byte[] text) throws IOException {
        return parse(text, 0, text.length);
    }
}
