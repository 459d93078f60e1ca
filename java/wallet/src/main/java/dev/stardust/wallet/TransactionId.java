package dev.stardust.wallet;

import java.util.Objects;

/**
 * The id of a transaction: 0x and 64 hex digits. Opaque: the core checks it.
 *
 * @param value the id as text
 */
public record TransactionId(String value) {
    /** Makes an id of its text. */
    public TransactionId {
        Objects.requireNonNull(value, "value");
    }

    /** Makes an id of its text. */
    public static TransactionId of(String value) {
        return new TransactionId(value);
    }

    /** Returns the id as text. */
    @Override
    public String toString() {
        return value;
    }
}
