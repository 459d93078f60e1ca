package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.ErrorKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

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

    /**
     * Returns the text as UTF-8, on one line.
     *
     * @throws dev.stardust.wallet.InvalidInputException if a string in it is not Unicode text: the core could not
     *     read the message, nor tell whose it was
     */
    public static byte[] bytes(JsonNode node) {
        try {
            String text = MAPPER.writeValueAsString(node);
            if (!isUnicode(text)) {
                throw Errors.of(
                        ErrorKind.INVALID_ARGUMENT, "a text has half of a surrogate pair: it is not Unicode", false);
            }
            return text.getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain nodes can be written", e);
        }
    }

    /** Returns whether each surrogate of a text has its other half, without which it cannot be UTF-8. */
    public static boolean isUnicode(String text) {
        // a half alone is read as itself
        return text.codePoints()
                .noneMatch(point -> point <= Character.MAX_VALUE && Character.isSurrogate((char) point));
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
