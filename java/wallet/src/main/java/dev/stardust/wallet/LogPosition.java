package dev.stardust.wallet;

/**
 * A place between two events of the durable log: where a new consumer starts, and where {@link EventConsumer#seek} sends
 * one. A place in the log is a pair of the log's id and a sequence number; a restored wallet has another log.
 */
public sealed interface LogPosition {
    /**
     * Before the first event that the log ever had. Refused with {@link ErrorKind#POSITION_PRUNED} if the log was
     * pruned, as events would be missed unnoticed.
     */
    LogPosition BEGINNING = End.BEGINNING;

    /** Before the oldest event that the log still has. */
    LogPosition OLDEST = End.OLDEST;

    /** Behind the newest event. */
    LogPosition NOW = End.NOW;

    /** Returns the place before the first event of a milestone, or of the next one that has any. */
    static LogPosition milestone(long index) {
        return new Milestone(index);
    }

    /** Returns the place behind an event. */
    static LogPosition after(LedgerEvent event) {
        return new After(event.logId(), event.sequence());
    }

    /**
     * Returns the place behind a sequence number.
     *
     * @param logId the id of the log that the number belongs to
     * @param sequence the number; 0 for the log's beginning
     */
    static LogPosition after(String logId, long sequence) {
        return new After(logId, sequence);
    }

    /** The ends of the log. */
    enum End implements LogPosition {
        /** See {@link LogPosition#BEGINNING}. */
        BEGINNING,
        /** See {@link LogPosition#OLDEST}. */
        OLDEST,
        /** See {@link LogPosition#NOW}. */
        NOW
    }

    /**
     * Before a milestone's events.
     *
     * @param index the milestone; at most the one that follows the last applied
     */
    record Milestone(long index) implements LogPosition {}

    /**
     * Behind an event.
     *
     * @param logId the id of the log
     * @param sequence the event's number
     */
    record After(String logId, long sequence) implements LogPosition {}
}
