package dev.stardust.wallet;

import java.time.Instant;

/**
 * A durable consumer.
 *
 * @param name its name
 * @param logId the id of the log that its position belongs to
 * @param acknowledged the position that it has acknowledged or that its filter took it past; 0 for nothing
 * @param oldest the position of the oldest event that the log still has; one more than {@code latest} if it has none
 * @param latest the position of the newest event in the log; 0 if there is none
 * @param filter which events it gets
 * @param created when it was made, by the wallet's clock
 */
public record ConsumerInfo(
        String name, String logId, long acknowledged, long oldest, long latest, EventFilter filter, Instant created) {
    /** Returns how many events of the log lie behind its position; some may not pass its filter. */
    public long lag() {
        return Math.max(0, latest - acknowledged);
    }
}
