package dev.stardust.wallet;

/** Where the keys are kept. A wallet directory stays with the kind it was made with. */
public sealed interface SecretManager permits Stronghold, MnemonicSecretManager {
    /**
     * Wipes the copy of the secret that is held here. {@link AccountManagerBuilder#open()} does so by itself, whether it
     * succeeds or fails; this is for one that was never opened with. It serves for no manager afterwards.
     */
    void wipe();
}
