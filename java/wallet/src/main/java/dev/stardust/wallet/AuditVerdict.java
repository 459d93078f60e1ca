package dev.stardust.wallet;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a verification of the audit log came to.
 *
 * @param records how many records are right, from the first one on
 * @param head where the log ended when the verification was begun
 * @param restoredAt the newest record, among those that are right, that says that the wallet came out of a backup
 * @param problem what is wrong; empty: nothing
 */
public record AuditVerdict(long records, AuditHead head, OptionalLong restoredAt, Optional<Problem> problem) {
    /** Returns whether nothing is wrong. */
    public boolean isIntact() {
        return problem.isEmpty();
    }

    /**
     * The first thing that is wrong with the log.
     *
     * @param sequence the record that shows it
     * @param kind what it is
     * @param message the same for people
     */
    public record Problem(long sequence, Kind kind, String message) {}

    /** What is wrong with a log. */
    public enum Kind {
        /** A record is missing, or is where none can be. */
        GAP,
        /** A record is not what its hash says, or not what followed the record before it. */
        ALTERED,
        /** Records at the end are missing, or were added or made anew. */
        END,
        /** The log is of another wallet than the database. */
        FOREIGN,
        /**
         * The head that was expected is not in the log: the log was made anew or cut off since, or the wallet came out of a
         * backup that is older than the head.
         */
        EXPECTED,
        /** Something that this version of the Java part does not know. */
        UNKNOWN
    }
}
