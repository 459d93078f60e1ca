package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.json.Request;
import dev.stardust.wallet.internal.json.Requests;
import java.util.concurrent.CompletableFuture;

/** The part of {@link AccountManager} that has to do with keys. */
abstract sealed class VaultDoor extends CoreDoor permits AccountManager {
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
     * Unlocks the vault, which takes about two seconds. The caller wipes the array.
     *
     * @throws SecretManagerException if the password is wrong or the file is damaged, missing or foreign
     */
    public void setStrongholdPassword(char[] password) {
        call(Requests.setPassword(session.putSecret(Secrets.utf8(password))));
    }

    /** Like {@link #setStrongholdPassword}, without blocking. */
    public CompletableFuture<Void> setStrongholdPasswordAsync(char[] password) {
        return done(() -> Requests.setPassword(session.putSecret(Secrets.utf8(password))));
    }

    /**
     * Encrypts the vault with another password. The file is replaced as a whole: after a crash the old password opens
     * it or the new one. The file as it was stays beside it with {@code .previous} at the end of its name, under the
     * old password: delete it if that is known to others. The caller wipes the arrays.
     *
     * @throws SecretManagerException if the current password is wrong, the other one is empty, or the file is
     *     damaged, missing or foreign
     */
    public void changeStrongholdPassword(char[] current, char[] replacement) {
        call(passwordChange(current, replacement));
    }

    /** Like {@link #changeStrongholdPassword}, without blocking. */
    public CompletableFuture<Void> changeStrongholdPasswordAsync(char[] current, char[] replacement) {
        return done(() -> passwordChange(current, replacement));
    }

    private Request<?> passwordChange(char[] current, char[] replacement) {
        int old = session.putSecret(Secrets.utf8(current));
        return Requests.changePassword(old, session.putSecret(Secrets.utf8(replacement)));
    }

    /** Locks the vault: deposits are followed as before, but nothing is signed and no address is issued. */
    public void clearStrongholdPassword() {
        call(Requests.clearPassword());
    }

    /** Like {@link #clearStrongholdPassword}, without blocking. */
    public CompletableFuture<Void> clearStrongholdPasswordAsync() {
        return done(Requests::clearPassword);
    }
}
