package dev.stardust.wallet;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Data that a transaction carries for everybody to read.
 *
 * @param tag the tag (hex with 0x), at most 64 bytes
 * @param data the data (hex with 0x); with all else it has to fit into a block (32 KiB)
 */
public record TaggedData(String tag, String data) {
    /** Makes tagged data of bytes. */
    public static TaggedData of(byte[] tag, byte[] data) {
        HexFormat hex = HexFormat.of();
        return new TaggedData("0x" + hex.formatHex(tag), "0x" + hex.formatHex(data));
    }

    /** Makes tagged data of texts, as UTF-8. */
    public static TaggedData of(String tag, String data) {
        return of(tag.getBytes(StandardCharsets.UTF_8), data.getBytes(StandardCharsets.UTF_8));
    }
}
