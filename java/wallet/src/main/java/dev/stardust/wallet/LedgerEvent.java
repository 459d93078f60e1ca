package dev.stardust.wallet;

/**
 * A fact of the durable log, written in the same database transaction that makes it true. Delivered at least
 * once; {@link #id()} is the key that makes crediting exactly once.
 */
public sealed interface LedgerEvent extends WalletEvent
        permits NewOutputEvent,
                SpentOutputEvent,
                LapsedOutputEvent,
                DepositEvent,
                TransactionInclusionEvent,
                WithdrawalEvent,
                IncidentEvent,
                UnknownEvent {
    /**
     * Returns the key of the fact: the same whichever node served it, and the same when it is delivered again
     * or replayed. Unique for ever on its network.
     */
    String id();

    /** Returns the id of the log; a restored wallet has a new log. */
    String logId();

    /** Returns the position in the log: 1, 2, 3, … */
    long sequence();
}
