package dev.stardust.wallet;

/**
 * How far a search of the seed's accounts has come.
 *
 * @param complete it has come to its end
 * @param issuingFrozen nothing is issued by it, until {@link AccountManager#releaseIssuing} or {@link
 *     AccountManager#skipAhead}
 * @param accounts accounts that are there, of those that it is done with
 * @param addresses addresses that count as issued by it
 * @param lookedAt addresses that it has looked at
 * @param amount what these accounts held when it was done with them
 */
public record Recovery(
        boolean complete, boolean issuingFrozen, long accounts, long addresses, long lookedAt, Amount amount) {}
