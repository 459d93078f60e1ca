package dev.stardust.wallet;

/** Whether a seed may have been used before. */
public enum SeedOrigin {
    /** Just generated: no address of it can hold anything. */
    NEW,
    /**
     * Perhaps used before: the wallet looks for what the addresses of an account hold before it issues the first one, up to
     * 20 unused ones in a row, and goes on after the last that holds something. An address that was emptied is not seen
     * and may be issued again, and one beyond a larger gap is not found. Who knows how many addresses were issued does
     * better to give exact counts to {@link AccountManager#recoverAccounts} before the first account is made.
     */
    EXISTING
}
