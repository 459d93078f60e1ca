package dev.stardust.wallet;

/** Where the keys are kept. A wallet directory stays with the kind it was made with. */
public sealed interface SecretManager permits Stronghold, MnemonicSecretManager {}
