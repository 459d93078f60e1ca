package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Session;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A file of another wallet, for {@link AccountManager#importFrom(ImportSource)}. It serves for one call. */
public final class ImportSource {
    private final Path file;
    private final char @Nullable [] password;
    private boolean wiped;

    private ImportSource(Path file, char @Nullable [] password) {
        this.file = file.toAbsolutePath().normalize();
        this.password = password;
    }

    /**
     * A backup that iota-sdk or wallet.rs wrote: a Stronghold snapshot with accounts beside the seed. The array is copied;
     * the copy is wiped when the source is used.
     *
     * <p>Never the vault that the other wallet works with ({@code wallet.stronghold}): it may hold the accounts of an old
     * backup, and what was issued since would be issued to others. Have that wallet make a backup now. A file that has the
     * name of its wallet's vault is refused ({@link ErrorKind#IMPORT_INVALID}) unless addresses are skipped; if it is a
     * fresh backup that has this name in another directory, rename the copy.
     */
    public static ImportSource stronghold(Path backup, char[] password) {
        return new ImportSource(backup, password.clone());
    }

    /**
     * The JSON file that {@code tools/iota-sdk-export/export.py} makes of a wallet directory of iota-sdk or wallet.rs. It
     * has no seed: store the mnemonic before, or open the wallet with the other wallet's Stronghold file.
     */
    public static ImportSource export(Path json) {
        return new ImportSource(json, null);
    }

    /** Returns the file. */
    public Path file() {
        return file;
    }

    /** Hands the password to the native part and wipes the copy; none for a file without. */
    synchronized @Nullable Integer putPassword(Session session) {
        if (password == null) {
            return null;
        }
        if (wiped) {
            throw new IllegalStateException("the password was used before: make a new ImportSource for each call");
        }
        try {
            return session.putSecret(Secrets.password(password));
        } finally {
            wipe();
        }
    }

    /**
     * Wipes the copy of the password that is held here. A call that uses this source does so by itself, whether it succeeds
     * or fails; this is for one that was never used. It serves for no call afterwards, unless it has no password.
     */
    public synchronized void wipe() {
        if (password != null) {
            wiped = true;
            Arrays.fill(password, '\0');
        }
    }

    @Override
    public String toString() {
        return "ImportSource[file=" + file + (password == null ? "]" : ", password=redacted]");
    }
}
