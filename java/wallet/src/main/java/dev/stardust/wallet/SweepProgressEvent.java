package dev.stardust.wallet;

/**
 * A {@linkplain AccountOutputs#sweep(SweepOptions) sweep} or a {@linkplain AccountOutputs#consolidate() consolidation} that was called for has made
 * one more transaction. Each call counts for itself: one that goes on after an interruption begins with what is left. Live only.
 *
 * @param accountIndex the account that gets it
 * @param alias its alias
 * @param transactionId the transaction; it is on disk
 * @param transactionCount how many the call has made so far, this one included
 * @param outputCount how many outputs these spend
 * @param outputsLeft how many of the outputs that were there when it began it has still to look at, as far as its limit of
 *     transactions reaches
 * @param amount what the outputs hold that it spends so far
 */
public record SweepProgressEvent(
        int accountIndex,
        String alias,
        TransactionId transactionId,
        long transactionCount,
        long outputCount,
        long outputsLeft,
        Amount amount)
        implements WalletEvent {
    @Override
    public String type() {
        return "sweepProgress";
    }
}
