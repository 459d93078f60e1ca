package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a wallet pays, as far as it is set.
 *
 * @param batches how withdrawals are put together
 * @param foldSmallOutputs how many small outputs a payment takes along at most
 * @param readyOutputs how many outputs are kept ready for batches
 * @param keyJournal where payments are kept beside the database
 */
public record PaymentSettings(
        @Nullable WithdrawalBatches batches,
        @Nullable Integer foldSmallOutputs,
        @Nullable Integer readyOutputs,
        @Nullable Path keyJournal) {
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
    }
}
