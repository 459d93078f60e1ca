package dev.stardust.wallet;

import java.time.Instant;

/**
 * A transaction of this wallet's keys that was found on the ledger after a restore and that the backup did not know.
 *
 * @param transactionId which; {@link AccountManager#getTransaction} tells what it paid, unless it is {@link
 *     State#UNVERIFIABLE}
 * @param milestoneIndex the milestone that applied it
 * @param milestoneTime that milestone's time
 * @param state what is known of it
 * @param openKeys how many idempotency keys it is known to have that nobody has asked for again
 */
public record RecoveredPayment(
        TransactionId transactionId, long milestoneIndex, Instant milestoneTime, State state, long openKeys) {

    /** What is known of it. */
    public enum State {
        /** It carries marks of the keys that it was made for: a request with one of them is answered with it. */
        MARKED,
        /** It does not: a request for the same recipients and amounts is refused with {@link ErrorKind#POSSIBLY_PAID}. */
        UNMARKED,
        /** A person said that it is none of what will be asked for. */
        DISMISSED,
        /** Nobody has its bytes any more: what it paid and for which keys is not known. */
        UNVERIFIABLE,
        /** A state that this version of the Java part does not know. */
        UNKNOWN
    }
}
