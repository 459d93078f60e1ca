package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.OutputId;
import dev.stardust.wallet.SweepOptions;
import dev.stardust.wallet.SweepReport;
import dev.stardust.wallet.TransactionId;
import java.util.Collection;
import java.util.Optional;

/** Requests that put outputs together and reserve them. */
public final class SweepRequests {
    private SweepRequests() {}

    /** Puts outputs together. */
    public static Request<SweepReport> sweep(int index, SweepOptions options) {
        ObjectNode params = Requests.of(index);
        options.from().ifPresent(accounts -> {
            ArrayNode from = params.putArray("from");
            accounts.forEach(account -> from.addObject().put("index", account));
        });
        options.minAmount().ifPresent(amount -> params.put("minAmount", amount.toString()));
        options.maxAmount().ifPresent(amount -> params.put("maxAmount", amount.toString()));
        params.put("minAge", options.minAge());
        params.put("minCount", options.minCount());
        params.put("maxTransactions", options.maxTransactions());
        return new Request<>("account.sweep", params, SweepRequests::report);
    }

    private static SweepReport report(JsonNode json) {
        return new SweepReport(
                Fields.list(
                        Fields.node(json, "transactionIds"),
                        id -> TransactionId.of(Fields.asText(id, "transactionIds"))),
                Fields.integer(json, "outputCount"),
                Fields.amount(json, "amount"),
                Fields.flag(json, "more"));
    }

    /** Reserves outputs. */
    public static Request<Optional<Void>> lock(Collection<OutputId> outputs) {
        return new Request<>("outputs.lock", ids(outputs), Requests::nothing);
    }

    /** Frees outputs. */
    public static Request<Optional<Void>> unlock(Collection<OutputId> outputs) {
        return new Request<>("outputs.unlock", ids(outputs), Requests::nothing);
    }

    private static ObjectNode ids(Collection<OutputId> outputs) {
        ObjectNode params = Json.object();
        ArrayNode ids = params.putArray("outputIds");
        outputs.stream().map(OutputId::value).forEach(ids::add);
        return params;
    }
}
