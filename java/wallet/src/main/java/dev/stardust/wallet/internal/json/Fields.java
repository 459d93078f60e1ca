package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.NativeCrashException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;

/** Reads the fields of an answer. A field that is not there or is not what it should be is a defect of the core. */
final class Fields {
    private Fields() {}

    static JsonNode node(JsonNode object, String name) {
        JsonNode value = object.get(name);
        if (value == null || value.isNull()) {
            throw defect("lacks \"" + name + "\"");
        }
        return value;
    }

    static Optional<JsonNode> optional(JsonNode object, String name) {
        return Optional.ofNullable(object.get(name)).filter(value -> !value.isNull());
    }

    static <T> Optional<T> optional(JsonNode object, String name, Function<JsonNode, T> decoder) {
        return optional(object, name).map(decoder);
    }

    static String text(JsonNode object, String name) {
        return asText(node(object, name), name);
    }

    static Optional<String> optionalText(JsonNode object, String name) {
        return optional(object, name).map(value -> asText(value, name));
    }

    static long integer(JsonNode object, String name) {
        return asInteger(node(object, name), name);
    }

    static int smallInteger(JsonNode object, String name) {
        long value = integer(object, name);
        if (value != (int) value) {
            throw defect("has a \"" + name + "\" that is too large");
        }
        return (int) value;
    }

    static OptionalLong optionalInteger(JsonNode object, String name) {
        Optional<JsonNode> value = optional(object, name);
        return value.isPresent() ? OptionalLong.of(asInteger(value.get(), name)) : OptionalLong.empty();
    }

    static OptionalInt optionalSmallInteger(JsonNode object, String name) {
        return optional(object, name).isPresent() ? OptionalInt.of(smallInteger(object, name)) : OptionalInt.empty();
    }

    static boolean flag(JsonNode object, String name) {
        JsonNode value = node(object, name);
        if (!value.isBoolean()) {
            throw defect("has a \"" + name + "\" that is neither true nor false");
        }
        return value.booleanValue();
    }

    static Amount amount(JsonNode object, String name) {
        try {
            return Amount.parse(text(object, name));
        } catch (dev.stardust.wallet.InvalidInputException e) {
            throw defect("has a \"" + name + "\" that is not an amount");
        }
    }

    static Instant time(JsonNode object, String name) {
        return Instant.ofEpochMilli(integer(object, name));
    }

    static Optional<Instant> optionalTime(JsonNode object, String name) {
        return optional(object, name).map(value -> Instant.ofEpochMilli(asInteger(value, name)));
    }

    static <T> List<T> list(JsonNode object, String name, Function<JsonNode, T> decoder) {
        JsonNode array = node(object, name);
        if (!array.isArray()) {
            throw defect("has a \"" + name + "\" that is not an array");
        }
        return list(array, decoder);
    }

    static <T> List<T> list(JsonNode array, Function<JsonNode, T> decoder) {
        if (!array.isArray()) {
            throw defect("is not an array");
        }
        List<T> items = new ArrayList<>(array.size());
        array.forEach(item -> items.add(decoder.apply(item)));
        return items;
    }

    /** Reads a name in camel case as a constant in upper case, or as the constant UNKNOWN. */
    static <E extends Enum<E>> E constant(JsonNode object, String name, Class<E> type) {
        return constant(text(object, name), type);
    }

    static <E extends Enum<E>> E constant(String camel, Class<E> type) {
        String constant = Names.upper(camel);
        for (E value : type.getEnumConstants()) {
            if (value.name().equals(constant)) {
                return value;
            }
        }
        return Enum.valueOf(type, "UNKNOWN");
    }

    static String asText(JsonNode value, String name) {
        if (!value.isTextual()) {
            throw defect("has a \"" + name + "\" that is not a string");
        }
        return value.textValue();
    }

    private static long asInteger(JsonNode value, String name) {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw defect("has a \"" + name + "\" that is not an integer");
        }
        return value.longValue();
    }

    static NativeCrashException defect(String what) {
        return new NativeCrashException(
                ErrorKind.INTERNAL.name(), "the native part's answer " + what, false, Map.of(), null);
    }
}
