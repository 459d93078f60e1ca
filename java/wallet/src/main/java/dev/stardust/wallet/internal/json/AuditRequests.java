package dev.stardust.wallet.internal.json;

import static dev.stardust.wallet.internal.json.Fields.constant;
import static dev.stardust.wallet.internal.json.Fields.integer;
import static dev.stardust.wallet.internal.json.Fields.node;
import static dev.stardust.wallet.internal.json.Fields.optional;
import static dev.stardust.wallet.internal.json.Fields.optionalInteger;
import static dev.stardust.wallet.internal.json.Fields.optionalSmallInteger;
import static dev.stardust.wallet.internal.json.Fields.optionalText;
import static dev.stardust.wallet.internal.json.Fields.text;
import static dev.stardust.wallet.internal.json.Fields.time;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.AuditFilter;
import dev.stardust.wallet.AuditHead;
import dev.stardust.wallet.AuditKind;
import dev.stardust.wallet.AuditRecord;
import dev.stardust.wallet.AuditVerdict;
import dev.stardust.wallet.Page;
import dev.stardust.wallet.TransactionId;
import org.jspecify.annotations.Nullable;

/** The operations of the audit log. */
public final class AuditRequests {
    private AuditRequests() {}

    /** Verifies the log, and that a head is in it. */
    public static Request<AuditVerdict> verify(@Nullable AuditHead expected) {
        ObjectNode params = Json.object();
        if (expected != null) {
            params.putObject("expected").put("sequence", expected.sequence()).put("hash", expected.hash());
        }
        return new Request<>("audit.verify", params, AuditRequests::verdict);
    }

    /** Where the log ends. */
    public static Request<AuditHead> head() {
        return new Request<>("audit.head", Json.object(), AuditRequests::head);
    }

    /** Lists records. */
    public static Request<Page<AuditRecord>> list(AuditFilter filter, @Nullable String after, int limit) {
        ObjectNode params = Requests.paged(
                filter.accountIndex().isPresent()
                        ? Requests.of(filter.accountIndex().getAsInt())
                        : Json.object(),
                after,
                limit);
        filter.idempotencyKey().ifPresent(key -> params.put("idempotencyKey", key));
        filter.transactionId().ifPresent(id -> params.put("transactionId", id.value()));
        return new Request<>("audit.list", params, Results.page(AuditRequests::item));
    }

    private static AuditHead head(JsonNode json) {
        return new AuditHead(integer(json, "sequence"), text(json, "hash"));
    }

    private static AuditVerdict verdict(JsonNode json) {
        return new AuditVerdict(
                integer(json, "records"),
                head(node(json, "head")),
                optionalInteger(json, "restoredAt"),
                optional(
                        json,
                        "problem",
                        problem -> new AuditVerdict.Problem(
                                integer(problem, "sequence"),
                                constant(problem, "kind", AuditVerdict.Kind.class),
                                text(problem, "message"))));
    }

    private static AuditRecord item(JsonNode json) {
        return new AuditRecord(
                integer(json, "sequence"),
                time(json, "timeMs"),
                constant(json, "kind", AuditKind.class),
                optionalSmallInteger(json, "accountIndex"),
                optionalText(json, "idempotencyKey"),
                optionalText(json, "transactionId").map(TransactionId::of),
                text(json, "details"),
                text(json, "hash"));
    }
}
