package dev.stardust.wallet;

import java.util.List;

/**
 * What a sweep did.
 *
 * @param transactionIds the transactions, in the order of signing; they are on disk and are sent
 * @param outputCount how many outputs they spend
 * @param amount what those hold together
 * @param more whether more could be swept when it ended: call again
 */
public record SweepReport(List<TransactionId> transactionIds, long outputCount, Amount amount, boolean more) {
    /** Makes a report. */
    public SweepReport {
        transactionIds = List.copyOf(transactionIds);
    }
}
