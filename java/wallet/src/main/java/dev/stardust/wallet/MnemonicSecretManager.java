package dev.stardust.wallet;

/** Keeps the seed in memory that is wiped, for tests and tools: nothing is stored, and each start needs the words. */
public final class MnemonicSecretManager implements SecretManager {
    private final Mnemonic mnemonic;
    private final SeedOrigin origin;

    private MnemonicSecretManager(Mnemonic mnemonic, SeedOrigin origin) {
        this.mnemonic = mnemonic;
        this.origin = origin;
    }

    /**
     * Takes the words. They are copied; the copy is wiped by {@link AccountManagerBuilder#open()}, so this serves
     * for one manager.
     */
    public static MnemonicSecretManager of(Mnemonic mnemonic) {
        return of(mnemonic, SeedOrigin.EXISTING);
    }

    /** Takes the words and says where they come from; see {@link #of(Mnemonic)}. */
    public static MnemonicSecretManager of(Mnemonic mnemonic, SeedOrigin origin) {
        return new MnemonicSecretManager(mnemonic.copy(), origin);
    }

    /** Returns the words as UTF-8; the caller wipes it. */
    byte[] utf8() {
        if (mnemonic.isClosed()) {
            throw new IllegalStateException(
                    "the mnemonic was used before: make a new MnemonicSecretManager for each manager");
        }
        return mnemonic.utf8();
    }

    SeedOrigin origin() {
        return origin;
    }

    @Override
    public void wipe() {
        mnemonic.close();
    }

    @Override
    public String toString() {
        return "MnemonicSecretManager[redacted]";
    }
}
