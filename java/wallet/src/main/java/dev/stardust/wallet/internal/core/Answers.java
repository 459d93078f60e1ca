package dev.stardust.wallet.internal.core;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.internal.json.Errors;
import dev.stardust.wallet.internal.json.Request;

/** Reads answers. */
final class Answers {
    private Answers() {}

    /** Returns the result, or throws the error. */
    static <R> R result(JsonNode message, Request<R> request) {
        JsonNode error = message.get("error");
        if (error != null && !error.isNull()) {
            throw Errors.exception(error);
        }
        JsonNode result = message.get("result");
        if (result == null) {
            throw Errors.of(ErrorKind.INTERNAL, "the native part's answer has neither result nor error", false);
        }
        return request.decoder().apply(result);
    }
}
