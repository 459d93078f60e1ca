package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.ClaimOptions;
import dev.stardust.wallet.Output;
import dev.stardust.wallet.OutputId;
import dev.stardust.wallet.Page;
import java.util.Collection;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Requests about outputs under conditions. */
public final class ClaimRequests {
    private ClaimRequests() {}

    /** Lists the outputs that can be claimed now. */
    public static Request<Page<Output>> claimableOutputs(int index, @Nullable String after, int limit) {
        ObjectNode params = Requests.paged(Requests.of(index), after, limit);
        return new Request<>("account.claimableOutputs", params, Results.page(Results::output));
    }

    /** Claims outputs; none means as many as one transaction takes. */
    public static Request<Optional<TransactionData>> claimOutputs(
            int index, Collection<OutputId> outputs, ClaimOptions options) {
        ObjectNode params = Requests.of(index);
        ArrayNode ids = params.putArray("outputIds");
        outputs.stream().map(OutputId::value).forEach(ids::add);
        params.put("retryOnConflict", options.retryOnConflict());
        return new Request<>(
                "account.claimOutputs", params, json -> Fields.optional(json, "transaction", Results::transaction));
    }
}
