package dev.stardust.wallet;

import java.util.Objects;

/**
 * The id of an output on the ledger: 0x and hex digits. Opaque: the core checks it.
 *
 * @param value the id as text
 */
public record OutputId(String value) {
    /** Makes an id of its text. */
    public OutputId {
        Objects.requireNonNull(value, "value");
    }

    /** Makes an id of its text. */
    public static OutputId of(String value) {
        return new OutputId(value);
    }

    /** Returns the id as text. */
    @Override
    public String toString() {
        return value;
    }
}
