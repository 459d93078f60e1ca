package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** What a payment says of the reviewer: whether it is allowed, or why it is not. Neither: nobody has looked at it yet. */
public record Reviewed(boolean allowed, Optional<String> veto) {
    public static final Reviewed NO = new Reviewed(false, Optional.empty());
    public static final Reviewed YES = new Reviewed(true, Optional.empty());

    /** Has the core refuse it, and note that. */
    public static Reviewed vetoed(String reason) {
        return new Reviewed(false, Optional.of(reason));
    }

    ObjectNode in(ObjectNode params) {
        if (allowed) {
            params.put("reviewed", true);
        }
        veto.ifPresent(reason -> params.put("veto", reason));
        return params;
    }
}
