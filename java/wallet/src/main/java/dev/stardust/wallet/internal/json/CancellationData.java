package dev.stardust.wallet.internal.json;

import java.util.Optional;

/** What was cancelled by its key. */
public record CancellationData(Optional<TransactionData> transaction, Optional<WithdrawalData> withdrawal) {
    /** An answer that is about neither is a defect of the core. */
    public CancellationData {
        if (transaction.isEmpty() && withdrawal.isEmpty()) {
            throw Fields.defect("does not say what was cancelled");
        }
    }
}
