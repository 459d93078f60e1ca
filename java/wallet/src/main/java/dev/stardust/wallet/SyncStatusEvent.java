package dev.stardust.wallet;

/**
 * The wallet's progress along the ledger changed. Live only.
 *
 * @param status the progress
 */
public record SyncStatusEvent(SyncStatus status) implements WalletEvent {
    @Override
    public String type() {
        return "syncStatus";
    }
}
