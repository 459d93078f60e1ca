package dev.stardust.wallet;

/** Where the coins of an output come from. */
public enum Origin {
    /** From outside of the wallet. */
    EXTERNAL,
    /** Paid by this wallet to an address of its own, such as one user's withdrawal to another's address. */
    PAYMENT_RECIPIENT,
    /** The remainder of an own payment. */
    CHANGE,
    /** Moved by this wallet to collect coins. */
    SWEEP,
    /** Moved by this wallet to join outputs. */
    CONSOLIDATION,
    /** Moved by this wallet to split outputs. */
    FAN_OUT,
    /** Moved by this wallet to cancel a payment. */
    CANCEL,
    /** It spent our outputs but is not in our records: an incident, never credited by itself. */
    UNKNOWN_OWN,
    /**
     * Offered to somebody else who let it expire, so that it came to us, or the storage deposit of such an offer: never a
     * deposit.
     */
    OWN_RETURN,
    /** Claimed for the address that conditional outputs came to, without what had to be given back: a deposit. */
    CLAIM,
    /** Found when the wallet first looked at what the seed's addresses hold. */
    DISCOVERED,
    /** An origin that this version of the Java part does not know; not creditable. */
    UNKNOWN
}
