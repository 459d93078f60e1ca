package dev.stardust.wallet;

/**
 * What is kept of the event log at least. An event is pruned when every consumer is past it and it is outside of all
 * three parts. Sequence numbers go on as if nothing had been pruned. A consumer that nobody uses holds pruning back:
 * see {@link AccountManager#listConsumers()} and {@link AccountManager#removeConsumer}.
 *
 * @param events the newest so many events are kept
 * @param milestones the events of the newest so many applied milestones are kept
 * @param days the events of so many days before the last applied milestone are kept
 */
public record EventRetention(long events, int milestones, int days) {
    /** Checks the numbers. */
    public EventRetention {
        if (events < 0 || milestones < 0 || days < 0) {
            throw new IllegalArgumentException("what is kept of the log cannot be negative");
        }
    }

    /** Keeps the newest so many events. */
    public static EventRetention ofEvents(long events) {
        return new EventRetention(events, 0, 0);
    }

    /** Keeps the events of the newest so many applied milestones. */
    public static EventRetention ofMilestones(int milestones) {
        return new EventRetention(0, milestones, 0);
    }

    /** Keeps the events of so many days. */
    public static EventRetention ofDays(int days) {
        return new EventRetention(0, 0, days);
    }
}
