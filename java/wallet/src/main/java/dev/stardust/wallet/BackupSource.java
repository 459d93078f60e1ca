package dev.stardust.wallet;

import dev.stardust.wallet.internal.ffi.Transport;
import dev.stardust.wallet.internal.json.Configuration;
import dev.stardust.wallet.internal.json.Errors;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A backup that {@link AccountManagerBuilder#open()} restores. It serves for one call. */
final class BackupSource {
    private final Path file;
    private final char[] password;
    private boolean wiped;

    /** Copies the password. */
    BackupSource(Path file, char[] password) {
        this.file = file;
        this.password = password.clone();
    }

    /** Hands the password, and what the wallet is opened with, to the native part, for the wallet that is opened next. */
    synchronized Configuration.Restoring put(Transport core, SecretManager secrets) {
        if (wiped) {
            throw new IllegalStateException(
                    "the backup's password was used before: call restoreFrom again for each call of open");
        }
        byte[] utf8 = Secrets.password(password);
        byte[] secret = null;
        try {
            // before anything is put: what cannot be put must not leave the other there
            secret = secret(secrets);
            int reference = put(core, utf8);
            return new Configuration.Restoring(file, reference, secret == null ? null : put(core, secret));
        } finally {
            Arrays.fill(utf8, (byte) 0);
            if (secret != null) {
                Arrays.fill(secret, (byte) 0);
            }
        }
    }

    /** Returns what the secret manager is opened with, if it is: the caller wipes it. */
    private static byte @Nullable [] secret(SecretManager secrets) {
        if (secrets instanceof Stronghold stronghold) {
            return stronghold.hasPassword() ? stronghold.utf8() : null;
        }
        return ((MnemonicSecretManager) secrets).utf8();
    }

    private static int put(Transport core, byte[] secret) {
        int reference = core.putSecret(Transport.NO_WALLET, secret);
        if (reference <= 0) {
            throw Errors.secretStatus(reference);
        }
        return reference;
    }

    synchronized void wipe() {
        wiped = true;
        Arrays.fill(password, '\0');
    }
}
