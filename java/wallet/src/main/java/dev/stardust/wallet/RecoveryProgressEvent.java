package dev.stardust.wallet;

/**
 * A search of the seed's accounts has come further. Live only; {@link AccountManager#recoveryState()} says how far it is.
 *
 * @param accountIndex the account that it is at
 * @param internal whether it is at that account's chain of change addresses
 * @param searched key index up to which it has looked at that chain
 * @param lookedAt addresses that it has looked at, of all accounts
 * @param addresses addresses that count as issued by it
 * @param accounts accounts that are there, of those that it is done with
 * @param amount what these accounts held when it was done with them
 */
public record RecoveryProgressEvent(
        int accountIndex, boolean internal, long searched, long lookedAt, long addresses, long accounts, Amount amount)
        implements WalletEvent {
    @Override
    public String type() {
        return "recoveryProgress";
    }
}
