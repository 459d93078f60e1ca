package dev.stardust.wallet;

/**
 * The pool of addresses of an account ran low or empty, or is filled again. Live only; {@link Health#addressPool()} says
 * the same of all accounts together. A pool is filled by itself while the vault is unlocked.
 *
 * @param accountIndex the account
 * @param alias its alias
 * @param internal whether it is the pool of change addresses
 * @param ready how many addresses are there
 * @param size how many there should be
 * @param state whether that lasts
 */
public record AddressPoolEvent(int accountIndex, String alias, boolean internal, int ready, int size, State state)
        implements WalletEvent {
    @Override
    public String type() {
        return "addressPool";
    }

    /** Whether a pool lasts. */
    public enum State {
        /** More than a quarter is there. */
        GOOD,
        /** A quarter or less is there: unlock the vault soon. */
        LOW,
        /** Nothing is there: while the vault is locked, no address is issued. */
        EMPTY,
        /** A state that this version of the Java part does not know. */
        UNKNOWN
    }
}
