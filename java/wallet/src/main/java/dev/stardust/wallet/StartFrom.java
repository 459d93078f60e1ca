package dev.stardust.wallet;

/** Where a new consumer starts; one that exists goes on where it was. */
public enum StartFrom {
    /** At the log's first event. */
    BEGINNING,
    /** Behind the log's newest event. */
    NOW
}
