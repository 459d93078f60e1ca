package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.Page;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.PreparedTransaction;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The operations about what may be paid, and about transactions that are prepared first. */
public final class PolicyRequests {
    private PolicyRequests() {}

    /** Approves a withdrawal. */
    public static Request<WithdrawalData> approve(String key, String approver) {
        return new Request<>("withdrawal.approve", byKey(key).put("approver", approver), Results::withdrawal);
    }

    /** Refuses a withdrawal. */
    public static Request<WithdrawalData> refuse(String key, String approver, String reason) {
        ObjectNode params = byKey(key).put("approver", approver).put("reason", reason);
        return new Request<>("withdrawal.refuse", params, Results::withdrawal);
    }

    /** Gives the reviewer's answer. */
    public static Request<WithdrawalData> review(String key, Optional<String> veto) {
        ObjectNode params = byKey(key);
        veto.ifPresent(reason -> params.put("veto", reason));
        return new Request<>("withdrawal.review", params, Results::withdrawal);
    }

    /** Lists the withdrawals that wait for the reviewer, or for persons; waits for one if there is none. */
    public static Request<Page<WithdrawalData>> waiting(
            boolean forReview, @Nullable String after, int limit, Duration timeout) {
        ObjectNode params = Requests.paged(
                Json.object().put("waitsFor", forReview ? "review" : "approval").put("timeoutMs", timeout.toMillis()),
                after,
                limit);
        return new Request<>("withdrawal.waiting", params, Results.page(Results::withdrawal));
    }

    /** Prepares a transaction. */
    public static Request<PreparedData> prepare(
            int index, List<Payment> payments, TransactionOptions options, Duration expiry) {
        ObjectNode params = PaymentRequests.paying(index, payments, options);
        // what is out of its range stays so, and is refused by the core
        params.put("expiryMs", Math.max(0, Configuration.millis(expiry)));
        return new Request<>("account.prepareTransaction", params, PolicyRequests::prepared);
    }

    /** Submits a prepared transaction. */
    public static Request<TransactionData> submit(String id, Reviewed reviewed) {
        ObjectNode params = reviewed.in(Json.object().put("id", id));
        return new Request<>("prepared.submit", params, Results::transaction);
    }

    /** Releases a prepared transaction. */
    public static Request<JsonNode> release(String id) {
        return new Request<>("prepared.release", Json.object().put("id", id), json -> json);
    }

    /** Lists what is prepared, in one account or in all. */
    public static Request<List<PreparedData>> prepared(@Nullable Integer index) {
        ObjectNode params = index == null ? Json.object() : Requests.of(index);
        return new Request<>("prepared.list", params, json -> Fields.list(json, PolicyRequests::prepared));
    }

    private static PreparedData prepared(JsonNode json) {
        return new PreparedData(
                Fields.text(json, "id"),
                Fields.smallInteger(json, "accountIndex"),
                Fields.optionalText(json, "idempotencyKey"),
                Fields.optionalText(json, "note"),
                Fields.list(json, "inputs", Results::input),
                Fields.list(json, "outputs", PolicyRequests::output),
                Fields.amount(json, "remainder"),
                Fields.text(json, "essence"),
                Fields.text(json, "essenceHash"),
                Fields.time(json, "expiresAtMs"),
                Fields.time(json, "createdMs"));
    }

    private static PreparedTransaction.PlannedOutput output(JsonNode json) {
        return new PreparedTransaction.PlannedOutput(
                Fields.text(json, "address"),
                Fields.amount(json, "amount"),
                Fields.constant(json, "role", Transaction.Role.class),
                Fields.flag(json, "own"),
                Fields.optional(json, "depositReturn").map(value -> Fields.amount(json, "depositReturn")),
                Fields.optionalTime(json, "expirationMs"));
    }

    private static ObjectNode byKey(String key) {
        return Json.object().put("idempotencyKey", key);
    }
}
