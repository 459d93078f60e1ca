package dev.stardust.wallet;

import java.util.Optional;

/**
 * How many addresses an account had issued when its wallet was lost. Too much does no harm but for addresses that stay
 * unused; too little would issue an address twice.
 *
 * @param account the account's index
 * @param alias its alias, needed for an account that was made after the backup, which is made anew with it; an account
 *     that is recovered from the mnemonic without one is called {@code recovered-} and its index. The alias of an account
 *     that is there must be its own, or the counts are refused as those of other accounts; one that a search named has none
 *     to be compared with, and keeps its name
 * @param publicCount public addresses: one more than the greatest key index
 * @param internalCount internal (change) addresses: one more than the greatest key index
 */
public record IssuedCount(int account, Optional<String> alias, long publicCount, long internalCount) {
    /** An account that is in the backup, or one that is recovered under any name. */
    public static IssuedCount of(int account, long publicCount, long internalCount) {
        return new IssuedCount(account, Optional.empty(), publicCount, internalCount);
    }

    /** An account that was made after the backup, or one that is recovered. */
    public static IssuedCount of(int account, String alias, long publicCount, long internalCount) {
        return new IssuedCount(account, Optional.of(alias), publicCount, internalCount);
    }
}
