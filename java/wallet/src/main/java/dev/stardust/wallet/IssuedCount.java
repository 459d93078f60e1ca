package dev.stardust.wallet;

import java.util.Optional;

/**
 * How many addresses an account had issued when its wallet was lost. Too much does no harm but for addresses that stay
 * unused; too little would issue an address twice.
 *
 * @param account the account's index
 * @param alias its alias, needed for an account that was made after the backup, which is made anew with it
 * @param publicCount public addresses: one more than the greatest key index
 * @param internalCount internal (change) addresses: one more than the greatest key index
 */
public record IssuedCount(int account, Optional<String> alias, long publicCount, long internalCount) {
    /** An account that is in the backup. */
    public static IssuedCount of(int account, long publicCount, long internalCount) {
        return new IssuedCount(account, Optional.empty(), publicCount, internalCount);
    }

    /** An account that was made after the backup. */
    public static IssuedCount of(int account, String alias, long publicCount, long internalCount) {
        return new IssuedCount(account, Optional.of(alias), publicCount, internalCount);
    }
}
