package dev.stardust.wallet;

/**
 * What the repair of a gap came to.
 *
 * @param fromIndex the first milestone that was missed
 * @param toIndex the last one: all was booked at it
 * @param found how many outputs came in the gap and are unspent
 * @param spent how many outputs of the wallet were spent in the gap
 * @param confirmed how many payments turned out to be confirmed
 * @param conflicting how many payments can never be confirmed any more
 * @param incidents how many things could not be told; each is an {@link IncidentEvent}
 */
public record RepairReport(
        long fromIndex, long toIndex, long found, long spent, long confirmed, long conflicting, long incidents) {}
