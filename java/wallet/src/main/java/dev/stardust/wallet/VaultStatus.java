package dev.stardust.wallet;

/** Whether the secret manager can sign. */
public enum VaultStatus {
    /** No mnemonic has been stored yet. */
    EMPTY,
    /** The password is not set. */
    LOCKED,
    /** It can sign. */
    UNLOCKED,
    /** A status that this version of the Java part does not know. */
    UNKNOWN
}
