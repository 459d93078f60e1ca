package dev.stardust.wallet;

/** Whether a seed may have been used before. */
public enum SeedOrigin {
    /** Just generated: no address of it can hold anything. */
    NEW,
    /** Perhaps used before: the wallet looks for what its addresses hold before it issues the first one. */
    EXISTING
}
