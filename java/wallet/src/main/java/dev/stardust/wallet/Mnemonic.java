package dev.stardust.wallet;

import dev.stardust.wallet.internal.loader.NativeLoader;
import java.util.Arrays;

/**
 * The 24 words from which every key comes (BIP-39, English). Whoever has them has the coins; whoever loses them
 * and the vault loses the coins. Held in an array that {@link #close()} wipes; never part of {@link #toString()}.
 */
public final class Mnemonic implements AutoCloseable {
    private final char[] words;
    private boolean wiped;

    private Mnemonic(char[] words) {
        this.words = words;
    }

    /**
     * Makes 24 new words from the operating system's random numbers, in the native part.
     *
     * @throws NativeLibraryException if the native library cannot be loaded
     */
    public static Mnemonic generate() {
        byte[] utf8 = NativeLoader.load().generateMnemonic();
        try {
            return new Mnemonic(Secrets.chars(utf8));
        } finally {
            Arrays.fill(utf8, (byte) 0);
        }
    }

    /**
     * Takes words that exist, with single spaces between them. The array is copied; the caller wipes its own.
     * Words and checksum are checked when the mnemonic is used.
     */
    public static Mnemonic of(char[] words) {
        return new Mnemonic(words.clone());
    }

    /**
     * Returns a copy of the words, to be written down once. The caller wipes it.
     *
     * @throws IllegalStateException if this was closed
     */
    public synchronized char[] reveal() {
        checkOpen();
        return words.clone();
    }

    /** Returns the words as UTF-8; the caller wipes it. */
    synchronized byte[] utf8() {
        checkOpen();
        return Secrets.words(words);
    }

    /** Returns another holder of the same words. */
    synchronized Mnemonic copy() {
        checkOpen();
        return new Mnemonic(words.clone());
    }

    synchronized boolean isClosed() {
        return wiped;
    }

    private void checkOpen() {
        if (wiped) {
            throw new IllegalStateException("the mnemonic was closed");
        }
    }

    /** Wipes the words. */
    @Override
    public synchronized void close() {
        wiped = true;
        Arrays.fill(words, '\0');
    }

    @Override
    public String toString() {
        return "Mnemonic[redacted]";
    }
}
