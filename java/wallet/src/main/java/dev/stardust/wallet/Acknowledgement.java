package dev.stardust.wallet;

/** Who acknowledges the events that a callback gets; see {@link EventConsumer#subscribe}. */
public enum Acknowledgement {
    /** The delivery, after the callback has returned. */
    AUTOMATIC,
    /** The caller. */
    MANUAL
}
