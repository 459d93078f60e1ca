package dev.stardust.wallet;

import java.util.Objects;

/**
 * The id of a block: 0x and 64 hex digits. Opaque: the core checks it.
 *
 * @param value the id as text
 */
public record BlockId(String value) {
    /** Makes an id of its text. */
    public BlockId {
        Objects.requireNonNull(value, "value");
    }

    /** Makes an id of its text. */
    public static BlockId of(String value) {
        return new BlockId(value);
    }

    /** Returns the id as text. */
    @Override
    public String toString() {
        return value;
    }
}
