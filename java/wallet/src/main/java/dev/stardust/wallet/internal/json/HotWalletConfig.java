package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.HotWalletPolicy;

/** Writes what a wallet does with its outputs by itself. */
final class HotWalletConfig {
    private HotWalletConfig() {}

    static ObjectNode json(HotWalletPolicy policy) {
        ObjectNode json = Json.object();
        policy.sweep().ifPresent(sweep -> sweep(json.putObject("sweep"), sweep));
        policy.consolidation().ifPresent(what -> {
            ObjectNode consolidation = json.putObject("consolidation").put("above", what.above());
            what.account().ifPresent(account -> consolidation.put("account", account));
        });
        policy.claim().ifPresent(what -> {
            ObjectNode claim = json.putObject("claim");
            what.expiringWithin().ifPresent(time -> claim.put("expiresWithinMs", Configuration.millis(time)));
            what.minAmount().ifPresent(amount -> claim.put("minAmount", amount.toString()));
        });
        policy.warnAbove().ifPresent(outputs -> json.put("warnAbove", outputs));
        return json;
    }

    private static void sweep(ObjectNode json, HotWalletPolicy.Sweep sweep) {
        json.put("into", sweep.into());
        sweep.from().ifPresent(accounts -> {
            ArrayNode from = json.putArray("from");
            accounts.forEach(from::add);
        });
        sweep.minAmount().ifPresent(amount -> json.put("minAmount", amount.toString()));
        json.put("minAge", sweep.minAge());
        json.put("minAgeMs", Configuration.millis(sweep.minTime()));
        json.put("minCount", sweep.minCount());
        json.put("maxCount", sweep.maxCount());
    }
}
