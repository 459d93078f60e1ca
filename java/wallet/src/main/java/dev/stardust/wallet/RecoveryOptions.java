package dev.stardust.wallet;

import java.util.List;

/** What says which accounts and addresses of a seed had been used, for {@link AccountManager#recoverAccounts}. */
public sealed interface RecoveryOptions {
    /** Returns gap limits of 3 accounts and 20 addresses. */
    static RecoveryOptions defaults() {
        return gapLimits(3, 20);
    }

    /**
     * Searches until so many in a row are unused. Used is what holds something now: with many emptied addresses choose
     * generous limits, or better exact counts.
     *
     * @param accounts unused accounts in a row, 1 to 1,000
     * @param addresses unused addresses in a row of a chain, 1 to 100,000
     */
    static RecoveryOptions gapLimits(int accounts, int addresses) {
        return new GapLimits(accounts, addresses);
    }

    /**
     * States how many addresses each account had issued, from your own database. Nothing is searched.
     *
     * @param counts all accounts of the seed; too much does no harm but for addresses that stay unused
     */
    static RecoveryOptions exact(List<IssuedCount> counts) {
        return new ExactCounts(List.copyOf(counts));
    }

    /**
     * Ends a search.
     *
     * @param accounts after so many unused accounts in a row
     * @param addresses after so many unused addresses in a row of a chain
     */
    record GapLimits(int accounts, int addresses) implements RecoveryOptions {}

    /**
     * Takes the place of a search.
     *
     * @param counts of all accounts of the seed
     */
    record ExactCounts(List<IssuedCount> counts) implements RecoveryOptions {}
}
