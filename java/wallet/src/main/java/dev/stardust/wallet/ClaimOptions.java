package dev.stardust.wallet;

/**
 * How outputs are claimed.
 *
 * @param retryOnConflict whether a claim that dies since an output in it expired is made again, in another transaction, for those
 *     of its outputs that can still be claimed; else its death is final. {@link Transaction#retries()} of the new one names it
 */
public record ClaimOptions(boolean retryOnConflict) {
    /** Returns the options of a claim that says nothing: its death is final. */
    public static ClaimOptions defaults() {
        return new ClaimOptions(false);
    }

    /** Returns the options of a claim that is made again for what is left of it, also after a restart. */
    public static ClaimOptions retrying() {
        return new ClaimOptions(true);
    }
}
