package dev.stardust.wallet;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Something is not as it should be, and a person has to look at it. Never a reason to book anything. A finding
 * that stays is told once.
 *
 * @param id the key of the finding
 * @param logId the id of the log
 * @param sequence the position in the log
 * @param milestoneIndex the last applied milestone when it was found; 0 before the first
 * @param milestoneTime that milestone's time
 * @param kind what it is about
 * @param accountIndex the account, if it concerns one
 * @param outputId the output, if it concerns one
 * @param text what was found, for people
 */
public record IncidentEvent(
        String id,
        String logId,
        long sequence,
        long milestoneIndex,
        Instant milestoneTime,
        Kind kind,
        OptionalInt accountIndex,
        Optional<OutputId> outputId,
        String text)
        implements LedgerEvent {
    /** What an incident is about. */
    public enum Kind {
        /** An output of the wallet was spent by a transaction that it has no record of, and paid back to it. */
        UNKNOWN_OWN,
        /** The ledger's unspent outputs of an address are not those that are booked. */
        RECONCILIATION,
        /** The witness node tells another ledger than the node that serves; nothing was booked of it. */
        WITNESS,
        /** The repair of a gap left something that cannot be known any more. */
        REPAIR,
        /** A plain output of the wallet was spent by a transaction that it did not sign: payments halt. */
        FOREIGN_SIGNER,
        /** A kind that this version of the Java part does not know. */
        UNKNOWN
    }

    @Override
    public String type() {
        return "incident";
    }
}
