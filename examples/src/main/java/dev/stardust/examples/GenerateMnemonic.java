package dev.stardust.examples;

import dev.stardust.wallet.Mnemonic;
import java.util.Arrays;

/** Step 1: makes the 24 words that everything comes from. Write them down, keep them off-line, put them into .env once. */
public final class GenerateMnemonic {
    private GenerateMnemonic() {}

    public static void main(String[] args) {
        try (Mnemonic mnemonic = Mnemonic.generate()) {
            char[] words = mnemonic.reveal();
            System.out.println(words);
            Arrays.fill(words, '\0');
        }
    }
}
