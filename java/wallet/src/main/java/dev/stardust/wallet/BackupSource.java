package dev.stardust.wallet;

import dev.stardust.wallet.internal.ffi.Transport;
import dev.stardust.wallet.internal.json.Configuration;
import dev.stardust.wallet.internal.json.Errors;
import java.nio.file.Path;
import java.util.Arrays;

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

    /** Hands the password to the native part, for the wallet that is opened next. */
    synchronized Configuration.Restoring put(Transport core) {
        if (wiped) {
            throw new IllegalStateException(
                    "the backup's password was used before: call restoreFrom again for each call of open");
        }
        byte[] utf8 = Secrets.password(password);
        try {
            int reference = core.putSecret(Transport.NO_WALLET, utf8);
            if (reference <= 0) {
                throw Errors.secretStatus(reference);
            }
            return new Configuration.Restoring(file, reference);
        } finally {
            Arrays.fill(utf8, (byte) 0);
        }
    }

    synchronized void wipe() {
        wiped = true;
        Arrays.fill(password, '\0');
    }
}
