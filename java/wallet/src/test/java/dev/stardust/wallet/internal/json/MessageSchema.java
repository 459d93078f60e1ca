package dev.stardust.wallet.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.StreamSupport;

/** The core's schema: checks against it, and samples of what it describes. */
final class MessageSchema {
    private static final String REFERENCE = "#/components/schemas/";

    private final JsonNode root;

    private MessageSchema(JsonNode root) {
        this.root = root;
    }

    static MessageSchema load() {
        try {
            Path file = Path.of("../../native/ffi/schema/stardust-wallet.openrpc.json");
            return new MessageSchema(Json.parse(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode root() {
        return root;
    }

    List<String> methods() {
        return stream(root.get("methods"))
                .map(method -> method.get("name").asText())
                .toList();
    }

    JsonNode method(String name) {
        return stream(root.get("methods"))
                .filter(method -> method.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the core has no method " + name));
    }

    JsonNode component(String name) {
        JsonNode found = root.get("components").get("schemas").get(name);
        assertThat(found).as(name).isNotNull();
        return found;
    }

    boolean isNothing(String method) {
        return method(method).get("result").get("schema").path("$ref").asText().equals(REFERENCE + "Nothing");
    }

    List<String> constants(String component) {
        JsonNode schema = component(component);
        if (schema.has("enum")) {
            return stream(schema.get("enum")).map(JsonNode::asText).toList();
        }
        return stream(schema.get("oneOf"))
                .flatMap(one ->
                        one.has("const") ? java.util.stream.Stream.of(one.get("const")) : stream(one.get("enum")))
                .map(JsonNode::asText)
                .toList();
    }

    Set<ValidationMessage> violations(JsonNode schema, JsonNode value) {
        ObjectNode document = schema.deepCopy();
        document.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        document.set("components", root.get("components"));
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(document)
                .validate(value);
    }

    /** Returns full samples: one, or one for each alternative. */
    List<JsonNode> samples(JsonNode schema) {
        JsonNode resolved = resolve(schema);
        if (!resolved.has("oneOf") || resolved.get("oneOf").get(0).has("const")) {
            return List.of(sample(schema, true));
        }
        List<JsonNode> all = new ArrayList<>();
        resolved.get("oneOf").forEach(one -> all.add(sample(one, true)));
        return all;
    }

    /** Returns a sample without anything that may be left out. */
    JsonNode smallest(JsonNode schema) {
        return sample(schema, false);
    }

    private JsonNode resolve(JsonNode schema) {
        String reference = schema.path("$ref").asText("");
        return reference.isEmpty() ? schema : component(reference.substring(REFERENCE.length()));
    }

    private JsonNode sample(JsonNode schema, boolean full) {
        JsonNodeFactory make = JsonNodeFactory.instance;
        if (schema.has("$ref") && schema.has("properties")) {
            ObjectNode both = (ObjectNode) sample(resolve(schema), full);
            properties(schema, full, both);
            return both;
        }
        JsonNode resolved = resolve(schema);
        if (resolved.has("const")) {
            return resolved.get("const");
        }
        if (resolved.has("enum")) {
            return resolved.get("enum").get(0);
        }
        for (String choice : List.of("anyOf", "oneOf")) {
            if (resolved.has(choice)) {
                return sample(resolved.get(choice).get(0), full);
            }
        }
        return switch (type(resolved)) {
            case "object" -> properties(resolved, full, make.objectNode());
            case "array" -> {
                ArrayNode array = make.arrayNode();
                if (full) {
                    array.add(sample(resolved.get("items"), true));
                }
                yield array;
            }
            case "integer" -> make.numberNode(3);
            case "boolean" -> make.booleanNode(true);
            case "string" -> make.textNode(text(resolved.path("pattern").asText("")));
            default -> throw new AssertionError("no sample for " + resolved);
        };
    }

    private ObjectNode properties(JsonNode schema, boolean full, ObjectNode into) {
        List<String> required =
                stream(schema.path("required")).map(JsonNode::asText).toList();
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            if (full || required.contains(property.getKey())) {
                into.set(property.getKey(), sample(property.getValue(), full));
            }
        }
        return into;
    }

    private static String type(JsonNode schema) {
        JsonNode type = schema.path("type");
        return type.isArray() ? type.get(0).asText() : type.asText();
    }

    private static String text(String pattern) {
        if (pattern.isEmpty()) {
            return "text";
        }
        return pattern.startsWith("^0x") ? "0x12" : "5";
    }

    /** Takes each field away in turn: then reading must fail, or give something else. */
    static void assertEveryFieldIsRead(JsonNode sample, Function<JsonNode, ?> reader, Set<String> notNeeded) {
        Object whole = reader.apply(sample);
        assertThat(reader.apply(sample)).as("reading is a function").isEqualTo(whole);
        List<String> paths = new ArrayList<>();
        collect(sample, "", paths);
        for (String path : paths) {
            if (!notNeeded.contains(path)) {
                JsonNode less = sample.deepCopy();
                int slash = path.lastIndexOf('/');
                ((ObjectNode) less.at(path.substring(0, slash))).remove(path.substring(slash + 1));
                Object other;
                try {
                    other = reader.apply(less);
                } catch (dev.stardust.wallet.NativeCrashException e) {
                    continue;
                }
                assertThat(other).as("the result without " + path).isNotEqualTo(whole);
            }
        }
    }

    private static void collect(JsonNode node, String path, List<String> paths) {
        if (node.isObject()) {
            node.properties().forEach(entry -> {
                paths.add(path + "/" + entry.getKey());
                collect(entry.getValue(), path + "/" + entry.getKey(), paths);
            });
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                collect(node.get(i), path + "/" + i, paths);
            }
        }
    }

    private static java.util.stream.Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
