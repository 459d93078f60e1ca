package dev.stardust.wallet;

/**
 * Something that happened: a fact of the durable log ({@link LedgerEvent}), or news that only live listeners
 * see.
 */
public sealed interface WalletEvent
        permits LedgerEvent,
                TransactionProgressEvent,
                SyncStatusEvent,
                AddressPoolEvent,
                RecoveryProgressEvent,
                ConsolidationRequiredEvent,
                SweepProgressEvent {
    /** Returns the event's type as the core names it, such as {@code newOutput}. */
    String type();
}
