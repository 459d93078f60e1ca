package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.HotWalletPolicy;
import dev.stardust.wallet.PaymentRules;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a wallet pays, as far as it is set.
 *
 * @param batches how withdrawals are put together
 * @param foldSmallOutputs how many small outputs a payment takes along at most
 * @param readyOutputs how many outputs are kept ready for batches
 * @param keyJournal where payments are kept beside the database
 * @param rules what may be paid
 * @param review whether withdrawals wait for a reviewer
 * @param hotWallet what it does with its outputs by itself
 */
public record PaymentSettings(
        @Nullable WithdrawalBatches batches,
        @Nullable Integer foldSmallOutputs,
        @Nullable Integer readyOutputs,
        @Nullable Path keyJournal,
        @Nullable PaymentRules rules,
        boolean review,
        @Nullable HotWalletPolicy hotWallet) {
    void into(ObjectNode json) {
        if (batches != null) {
            json.putObject("withdrawalBatches")
                    .put("maxDelayMs", Configuration.millis(batches.maxDelay()))
                    .put("maxRecipients", batches.maxRecipients());
        }
        if (foldSmallOutputs != null) {
            json.put("foldSmallOutputs", foldSmallOutputs);
        }
        if (readyOutputs != null) {
            json.put("readyOutputs", readyOutputs);
        }
        if (keyJournal != null) {
            json.put("keyJournalPath", keyJournal.toAbsolutePath().normalize().toString());
        }
        if (rules != null) {
            rules(json.putObject("paymentRules"), rules);
        }
        if (review) {
            json.put("withdrawalReview", true);
        }
        if (hotWallet != null) {
            json.set("hotWallet", HotWalletConfig.json(hotWallet));
        }
    }

    private static void rules(ObjectNode json, PaymentRules rules) {
        rules.perPayment().ifPresent(amount -> json.put("perPayment", amount.toString()));
        ArrayNode windows = json.putArray("windows");
        for (PaymentRules.Window window : rules.windows()) {
            ObjectNode limit =
                    windows.addObject().put("durationMs", Math.max(0, Configuration.millis(window.length())));
            window.maxAmount().ifPresent(amount -> limit.put("maxAmount", amount.toString()));
            window.maxCount().ifPresent(count -> limit.put("maxCount", Math.max(0, count)));
        }
        rules.allowList().ifPresent(addresses -> {
            ArrayNode list = json.putArray("allowList");
            addresses.forEach(list::add);
        });
        rules.approvalFrom().ifPresent(amount -> json.put("approvalFrom", amount.toString()));
    }
}
