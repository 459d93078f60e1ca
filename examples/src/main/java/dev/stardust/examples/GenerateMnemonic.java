package dev.stardust.examples;

import dev.stardust.wallet.Mnemonic;
import java.util.Arrays;

/** Step 1: generates a mnemonic. Write the words down and keep them safe: they cannot be read from the vault. */
public final class GenerateMnemonic {
    private GenerateMnemonic() {}

    /** Prints 24 new words. */
    public static void main(String[] args) {
        try (Mnemonic mnemonic = Mnemonic.generate()) {
            char[] words = mnemonic.reveal();
            System.out.println(words);
            Arrays.fill(words, '\0');
        }
    }
}
