package dev.stardust.wallet.testkit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;

/**
 * What becomes of requests, for {@link DevnetNode#fail(Fault)}: {@code Fault.on("GET /api/core/v2/outputs/*").times(3)
 * .status(503)}. Immutable.
 */
public final class Fault {
    private final ObjectNode rule;

    private Fault(ObjectNode rule) {
        this.rule = rule;
    }

    /**
     * Begins with the requests it is for; without anything else they are answered truly.
     *
     * @param route a path, with an optional method before it; in the path {@code *} and {@code {anything}} stand for
     *     anything but a slash, {@code **} for anything
     */
    public static Fault on(String route) {
        return new Fault(Json.object().put("route", route));
    }

    /** So many requests; all, unless this is called. */
    public Fault times(int count) {
        return new Fault(copy().put("count", count));
    }

    /** They wait so long before anything else. */
    public Fault latency(Duration latency) {
        return new Fault(copy().put("latencyMs", latency.toMillis()));
    }

    /** They are answered with a status and an error in the node's form. */
    public Fault status(int status) {
        return new Fault(action("status").put("status", status));
    }

    /** They are answered with status 429 and the header {@code Retry-After}. */
    public Fault tooManyRequests(Duration retryAfter) {
        ObjectNode changed = action("status").put("status", 429);
        changed.putObject("headers").put("retry-after", Long.toString(retryAfter.toSeconds()));
        return new Fault(changed);
    }

    /** The connection ends without an answer. */
    public Fault drop() {
        return new Fault(action("drop"));
    }

    /** Half of the body comes, then the connection ends. */
    public Fault truncate() {
        return new Fault(action("truncate"));
    }

    /** Half of the body comes, then nothing more; the connection stays open. */
    public Fault stall() {
        return new Fault(action("stall"));
    }

    /** No answer comes; the connection stays open. */
    public Fault hang() {
        return new Fault(action("hang"));
    }

    /** The body comes in pieces. */
    public Fault trickle(int bytes, Duration every) {
        return new Fault(action("trickle").put("chunkBytes", bytes).put("chunkMs", every.toMillis()));
    }

    /** The body begins like JSON and never ends. */
    public Fault endless() {
        return new Fault(action("endless"));
    }

    /** The body says to be JSON and is none. */
    public Fault garbage() {
        return new Fault(action("garbage"));
    }

    /**
     * The answer is the true one with parts of it replaced.
     *
     * @param mergePatch JSON, as of RFC 7396: {@code {"status":{"isHealthy":false}}}
     * @throws IllegalArgumentException if it is not JSON
     */
    public Fault patch(String mergePatch) {
        ObjectNode changed = action("patch");
        changed.set("patch", Json.parse(mergePatch));
        return new Fault(changed);
    }

    String toJson() {
        return rule.toString();
    }

    private ObjectNode action(String action) {
        return copy().put("action", action);
    }

    private ObjectNode copy() {
        return rule.deepCopy();
    }

    @Override
    public String toString() {
        return "Fault" + rule;
    }
}
