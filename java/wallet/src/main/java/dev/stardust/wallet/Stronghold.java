package dev.stardust.wallet;

import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the seed in a Stronghold snapshot, a file encrypted with a password. The mnemonic goes in once and
 * cannot be read back. Keep the password and the file on separate devices. To open the file takes about two
 * seconds and 512 MiB of memory for that moment.
 */
public final class Stronghold implements SecretManager {
    private final Path snapshot;
    private final char @Nullable [] password;
    private boolean wiped;

    private Stronghold(Path snapshot, char @Nullable [] password) {
        this.snapshot = snapshot.toAbsolutePath().normalize();
        this.password = password;
    }

    /**
     * A snapshot file, and the password that opens it; a file that is not there is made. The array is copied; the
     * copy is wiped by {@link AccountManagerBuilder#open()}, so this serves for one manager.
     *
     * @param password 1 to 4,096 bytes in UTF-8; see {@link ErrorKind#INVALID_PASSWORD}
     */
    public static Stronghold at(Path snapshot, char[] password) {
        return new Stronghold(snapshot, password.clone());
    }

    /** A snapshot file that stays locked until {@link AccountManager#setStrongholdPassword(char[])}. */
    public static Stronghold at(Path snapshot) {
        return new Stronghold(snapshot, null);
    }

    /** Returns the snapshot file. */
    public Path snapshot() {
        return snapshot;
    }

    boolean hasPassword() {
        return password != null;
    }

    /** Returns the password as UTF-8; the caller wipes it. */
    synchronized byte[] utf8() {
        if (password == null || wiped) {
            throw new IllegalStateException("the password was used before: make a new Stronghold for each manager");
        }
        return Secrets.password(password);
    }

    /** Returns the password as UTF-8, and wipes the copy that is held here. */
    synchronized byte[] takePassword() {
        try {
            return utf8();
        } finally {
            wipe();
        }
    }

    @Override
    public synchronized void wipe() {
        if (password != null) {
            wiped = true;
            Arrays.fill(password, '\0');
        }
    }

    @Override
    public String toString() {
        return "Stronghold[snapshot=" + snapshot + ", password=redacted]";
    }
}
