package dev.stardust.wallet.internal.json;

import static dev.stardust.wallet.internal.json.Fields.amount;
import static dev.stardust.wallet.internal.json.Fields.flag;
import static dev.stardust.wallet.internal.json.Fields.integer;
import static dev.stardust.wallet.internal.json.Fields.optional;
import static dev.stardust.wallet.internal.json.Fields.smallInteger;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.Recovery;
import dev.stardust.wallet.RecoveryOptions;
import dev.stardust.wallet.RecoveryProgressEvent;
import java.util.Optional;

/** The operations that get a wallet back out of its mnemonic. */
public final class RecoveryRequests {
    private RecoveryRequests() {}

    /** Searches the seed's accounts, or is told of them. */
    public static Request<Recovery> recover(RecoveryOptions options) {
        return new Request<>("wallet.recoverAccounts", params(options), RecoveryRequests::recovery);
    }

    /** Is told of the seed's accounts by counts that were stated in parts. */
    public static Request<Recovery> recover(long statement) {
        return new Request<>(
                "wallet.recoverAccounts", Json.object().put("statement", statement), RecoveryRequests::recovery);
    }

    private static ObjectNode params(RecoveryOptions options) {
        if (options instanceof RecoveryOptions.ExactCounts exact) {
            return BackupRequests.counts(exact.counts());
        }
        RecoveryOptions.GapLimits limits = (RecoveryOptions.GapLimits) options;
        ObjectNode params = Json.object();
        params.putObject("gapLimits").put("accounts", limits.accounts()).put("addresses", limits.addresses());
        return params;
    }

    /** How far the last search has come. */
    public static Request<Optional<Recovery>> state() {
        return new Request<>(
                "wallet.recoveryState", Json.object(), json -> optional(json, "recovery", RecoveryRequests::recovery));
    }

    private static Recovery recovery(JsonNode json) {
        return new Recovery(
                flag(json, "complete"),
                flag(json, "issuingFrozen"),
                integer(json, "accounts"),
                integer(json, "addresses"),
                integer(json, "lookedAt"),
                amount(json, "amount"));
    }

    static RecoveryProgressEvent progress(JsonNode json) {
        return new RecoveryProgressEvent(
                smallInteger(json, "accountIndex"),
                flag(json, "internal"),
                integer(json, "searched"),
                integer(json, "lookedAt"),
                integer(json, "addresses"),
                integer(json, "accounts"),
                amount(json, "amount"));
    }
}
