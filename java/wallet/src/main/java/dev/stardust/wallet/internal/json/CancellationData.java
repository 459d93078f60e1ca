package dev.stardust.wallet.internal.json;

import java.util.Optional;

/** What was cancelled by its key. */
public record CancellationData(Optional<TransactionData> transaction, Optional<WithdrawalData> withdrawal) {
    /** Returns this, unless it is about neither, which is a defect of the core. */
    public CancellationData checked() {
        if (transaction.isEmpty() && withdrawal.isEmpty()) {
            throw Fields.defect("does not say what was cancelled");
        }
        return this;
    }
}
