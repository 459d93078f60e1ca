package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.json.Imports;
import dev.stardust.wallet.internal.json.Request;
import dev.stardust.wallet.internal.json.Requests;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The part of {@link AccountManager} that has to do with keys. */
abstract sealed class VaultDoor extends CoreDoor permits RecoveryDoor {
    private static final Duration LONGEST = Duration.ofDays(36_500);

    VaultDoor(Session session) {
        super(session);
    }

    /** Returns whether the secret manager can sign. */
    public VaultStatus vaultStatus() {
        return call(Requests.secretStatus());
    }

    /** Like {@link #vaultStatus()}, without blocking. */
    public CompletableFuture<VaultStatus> vaultStatusAsync() {
        return callAsync(Requests.secretStatus());
    }

    /**
     * Stores a mnemonic whose seed may have been used before: the wallet looks for what its addresses hold before
     * the first address is issued. Once for each wallet; it cannot be read back. Takes about two seconds. After a
     * crash the vault holds the mnemonic or it does not: see {@link #vaultStatus()}.
     *
     * @throws SecretManagerException if one is stored already, the words are wrong, or the vault is locked
     * @throws StorageException of kind {@link ErrorKind#NOT_DURABLE} if it is stored, and may be undone when the power fails
     *     now
     */
    public void storeMnemonic(Mnemonic mnemonic) {
        storeMnemonic(mnemonic, SeedOrigin.EXISTING);
    }

    /** Stores a mnemonic and says where it comes from; see {@link #storeMnemonic(Mnemonic)}. */
    public void storeMnemonic(Mnemonic mnemonic, SeedOrigin origin) {
        call(Requests.storeMnemonic(session.putSecret(mnemonic.utf8()), origin));
    }

    /** Like {@link #storeMnemonic(Mnemonic, SeedOrigin)}, without blocking. */
    public CompletableFuture<Void> storeMnemonicAsync(Mnemonic mnemonic, SeedOrigin origin) {
        return done(() -> Requests.storeMnemonic(session.putSecret(mnemonic.utf8()), origin));
    }

    /**
     * Checks words and checksum of a mnemonic; stores nothing.
     *
     * @throws SecretManagerException of kind {@link ErrorKind#MNEMONIC_INVALID}
     */
    public void verifyMnemonic(Mnemonic mnemonic) {
        call(Requests.verifyMnemonic(session.putSecret(mnemonic.utf8())));
    }

    /** Like {@link #verifyMnemonic}, without blocking. */
    public CompletableFuture<Void> verifyMnemonicAsync(Mnemonic mnemonic) {
        return done(() -> Requests.verifyMnemonic(session.putSecret(mnemonic.utf8())));
    }

    /**
     * Unlocks the vault, which takes about two seconds, until {@link #clearStrongholdPassword()}. The caller wipes the
     * array. From the third wrong password in a row on, none is tried for a while, not even the right one: a second
     * first, then twice as long after each further wrong one, five minutes at most. The right password ends the count. It
     * is one for a file, whoever in this process tries and for what; another process, and a copy of the file, have their own.
     *
     * @throws SecretManagerException if the password is wrong or the file is damaged, missing or foreign; of kind
     *     {@link ErrorKind#PASSWORD_THROTTLED} if no password is tried now: see
     *     {@link SecretManagerException#retryAfter()}; of kind {@link ErrorKind#VAULT_LOCKED} if the vault was locked
     *     during the call
     */
    public void setStrongholdPassword(char[] password) {
        call(Requests.setPassword(session.putSecret(Secrets.password(password)), null));
    }

    /**
     * Unlocks the vault for a time, after which it locks by itself. It never does so in the middle of an operation:
     * what has begun by then comes to its end, and what would begin fails as on a locked vault. A payment that is signed
     * and waits for the answer of a node does not keep it open. Each call replaces the time of the one before; a call that
     * fails leaves it. See {@link #setStrongholdPassword(char[])}.
     *
     * @param lockAfter how long it stays unlocked, from when it is open: a millisecond at least
     * @throws InvalidInputException if the time is shorter
     */
    public void setStrongholdPassword(char[] password, Duration lockAfter) {
        checkTime(lockAfter);
        call(Requests.setPassword(session.putSecret(Secrets.password(password)), lockAfter));
    }

    /** Like {@link #setStrongholdPassword(char[])}, without blocking. */
    public CompletableFuture<Void> setStrongholdPasswordAsync(char[] password) {
        return done(() -> Requests.setPassword(session.putSecret(Secrets.password(password)), null));
    }

    /** Like {@link #setStrongholdPassword(char[], Duration)}, without blocking. */
    public CompletableFuture<Void> setStrongholdPasswordAsync(char[] password, Duration lockAfter) {
        checkTime(lockAfter);
        return done(() -> Requests.setPassword(session.putSecret(Secrets.password(password)), lockAfter));
    }

    /** Before the password is handed over: a reference that no message uses would keep it for a minute. */
    private static void checkTime(Duration lockAfter) {
        if (lockAfter.compareTo(Duration.ofMillis(1)) < 0 || lockAfter.compareTo(LONGEST) > 0) {
            throw invalid(
                    "the vault locks after 1 ms at least and " + LONGEST.toDays() + " days at most: " + lockAfter);
        }
    }

    private static InvalidInputException invalid(String message) {
        return new InvalidInputException(ErrorKind.INVALID_ARGUMENT.name(), message, false, Map.of(), null);
    }

    /**
     * Encrypts the vault with another password. The file is replaced as a whole: after a crash the old password opens
     * it or the new one. The file as it was stays beside it with {@code .previous} at the end of its name, under the
     * old password: delete it if that is known to others. The caller wipes the arrays.
     *
     * @throws SecretManagerException if the current password is wrong, the other one is empty, or the file is
     *     damaged, missing or foreign; of kind {@link ErrorKind#PASSWORD_THROTTLED} after several wrong ones
     * @throws StorageException of kind {@link ErrorKind#NOT_DURABLE} if it is changed, and may be undone when the power fails
     *     now
     */
    public void changeStrongholdPassword(char[] current, char[] replacement) {
        call(passwordChange(current, replacement));
    }

    /** Like {@link #changeStrongholdPassword}, without blocking. */
    public CompletableFuture<Void> changeStrongholdPasswordAsync(char[] current, char[] replacement) {
        return done(() -> passwordChange(current, replacement));
    }

    private Request<?> passwordChange(char[] current, char[] replacement) {
        return withBoth(current, replacement, Requests::changePassword);
    }

    /** Both are read before the first is handed over: a reference that no message uses would keep it for a minute. */
    private Request<?> withBoth(char[] first, char[] second, BiFunction<Integer, Integer, Request<?>> request) {
        byte[] one = Secrets.password(first);
        byte[] other = {};
        try {
            other = Secrets.password(second);
            int reference = session.putSecret(one);
            return request.apply(reference, session.putSecret(other));
        } finally {
            Arrays.fill(one, (byte) 0);
            Arrays.fill(other, (byte) 0);
        }
    }

    /**
     * Takes over the accounts of a wallet of iota-sdk or wallet.rs, as {@link #importFrom(ImportSource, int)} does, from a
     * file that was written after the other wallet had issued its last address.
     */
    public ImportReport importFrom(ImportSource source) {
        return importFrom(source, 0);
    }

    /**
     * Takes over the accounts of a wallet of iota-sdk or wallet.rs: with the same indexes and aliases, and all their
     * addresses as issued and watched. Each address is made anew from the seed and compared with the file; each chain goes
     * on after its highest key index. What the addresses hold is looked for on the ledger in the background; it comes as
     * {@link NewOutputEvent} with {@link Origin#DISCOVERED} and is never a deposit. The notes to the other wallet's
     * transactions are kept ({@link #listImportedNotes}); the transactions themselves are not.
     *
     * <p>Only for a wallet without accounts, with a node that answers. An empty vault gets the seed of the file; a vault
     * with a seed must have the same one. The file is never written to. After an error or a crash the wallet has no account
     * of the file, and this can be called again, but for {@link ErrorKind#NOT_DURABLE}: all of it is imported then, and the
     * seed in the vault's file may be lost when the power fails now. Takes five times the size of a snapshot in memory.
     *
     * @param source the file, of 2 GiB at most (a snapshot) or 1 GiB (an export); it serves for one call
     * @param skip so many more addresses of each account count as issued, on the public and on the internal chain: as many
     *     as the other wallet may have issued after the file was written. The same holds for accounts that are made later,
     *     as the other wallet may have made them after the file
     * @return how much it was
     * @throws SecretManagerException if the snapshot does not open, the vault is locked or has no seed, or the seed gives
     *     other addresses ({@link ErrorKind#SEED_MISMATCH}); of kind {@link ErrorKind#PASSWORD_THROTTLED} after several
     *     wrong passwords for this file, whatever they were given for; of kind {@link ErrorKind#VAULT_LIMIT} if the
     *     snapshot is too large, or {@link ErrorKind#INVALID_PASSWORD} if the password is empty or too long
     * @throws StorageException of kind {@link ErrorKind#NOT_DURABLE}: see above
     * @throws InvalidInputException of kind {@link ErrorKind#WALLET_NOT_EMPTY}, {@link ErrorKind#IMPORT_INVALID},
     *     {@link ErrorKind#IMPORT_INCOMPLETE}, {@link ErrorKind#IMPORT_COIN_TYPE}, {@link ErrorKind#IMPORT_IO},
     *     {@link ErrorKind#ADDRESS_WRONG_NETWORK}, {@link ErrorKind#ADDRESS_INVALID}, {@link
     *     ErrorKind#ADDRESS_UNSUPPORTED}, {@link ErrorKind#ALIAS_TAKEN} or {@link ErrorKind#ALIAS_INVALID}; of kind
     *     {@link ErrorKind#INVALID_ARGUMENT} if {@code skip} is negative, with which the source can be used still, or the
     *     addresses of the file and the skipped ones are more than five million
     * @throws NodeException if no node tells which network it is
     */
    public ImportReport importFrom(ImportSource source, int skip) {
        checkSkip(skip);
        return call(Imports.accounts(source, source.putPassword(session), skip));
    }

    /** Like {@link #importFrom(ImportSource, int)}, without blocking. */
    public CompletableFuture<ImportReport> importFromAsync(ImportSource source, int skip) {
        try {
            checkSkip(skip);
            return callAsync(Imports.accounts(source, source.putPassword(session), skip));
        } catch (WalletException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Before the password is handed over and the source used up. */
    private static void checkSkip(int skip) {
        if (skip < 0) {
            throw invalid("skip is negative: " + skip);
        }
    }

    /**
     * Lists the notes that the user of the wallet that was taken over had written to its transactions, by account and
     * transaction id. They are kept with the wallet and its backups.
     */
    public Listing<ImportedNote> listImportedNotes() {
        return listing(Imports::notes, Function.identity());
    }

    /**
     * Writes what a Stronghold snapshot of wallet.rs (version 2) holds into a new file of version 3, under the same
     * password. {@link #importFrom(ImportSource)} reads both versions as they are; this is for other uses of the vault. The
     * original is only read. Takes about two seconds. The caller wipes the array.
     *
     * @param source the snapshot of version 2
     * @param target where the new one goes; nothing may be there
     * @throws SecretManagerException if the password is wrong, or the file is damaged, missing, foreign or not of version 2
     * @throws StorageException of kind {@link ErrorKind#NOT_DURABLE} if the new file is there and may be lost when the power
     *     fails now
     * @throws InvalidInputException if something is at {@code target}
     */
    public void migrateStronghold(Path source, Path target, char[] password) {
        call(Imports.migration(source, target, session.putSecret(Secrets.password(password)), null));
    }

    /**
     * Like {@link #migrateStronghold(Path, Path, char[])}, with a password of its own for the new file.
     *
     * @param replacement the new file's password; the caller wipes it, too
     */
    public void migrateStronghold(Path source, Path target, char[] password, char[] replacement) {
        call(migration(source, target, password, replacement));
    }

    /** Like {@link #migrateStronghold(Path, Path, char[])}, without blocking. */
    public CompletableFuture<Void> migrateStrongholdAsync(Path source, Path target, char[] password) {
        return done(() -> Imports.migration(source, target, session.putSecret(Secrets.password(password)), null));
    }

    /** Like {@link #migrateStronghold(Path, Path, char[], char[])}, without blocking. */
    public CompletableFuture<Void> migrateStrongholdAsync(
            Path source, Path target, char[] password, char[] replacement) {
        return done(() -> migration(source, target, password, replacement));
    }

    private Request<?> migration(Path source, Path target, char[] password, char[] replacement) {
        return withBoth(password, replacement, (old, other) -> Imports.migration(source, target, old, other));
    }

    /**
     * Locks the vault: nothing is signed, and deposits are followed as before. Addresses are issued only as far as they were
     * made in advance ({@link AccountManagerBuilder#addressPoolSize}); without a pool none is.
     */
    public void clearStrongholdPassword() {
        call(Requests.clearPassword());
    }

    /** Like {@link #clearStrongholdPassword}, without blocking. */
    public CompletableFuture<Void> clearStrongholdPasswordAsync() {
        return done(Requests::clearPassword);
    }
}
