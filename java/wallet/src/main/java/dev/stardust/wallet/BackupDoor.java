package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.json.BackupRequests;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** The part of {@link AccountManager} that has to do with backups and with the audit log. */
abstract sealed class BackupDoor extends RecoveryDoor permits EventsDoor {
    BackupDoor(Session session) {
        super(session);
    }

    /** Returns what the wallet decided, to be listed and verified. Asks nothing by itself. */
    public AuditLog auditLog() {
        return new AuditLog(this);
    }

    /**
     * Writes the whole wallet into one encrypted file: accounts, addresses, outputs, payments with their idempotency
     * keys, the event log, and the vault, all as of one moment during the call. The wallet goes on meanwhile, and may
     * be used from other threads; a second backup waits for its turn. When this returns, the file is complete and on
     * disk, readable by its owner only. After an error or a crash there is no file of that name. Takes about two seconds
     * and 512 MiB for the password.
     *
     * @param file where to; nothing may be there
     * @param password the backup's own password; the vault inside keeps the vault's, so both are needed after a
     *     restore. The caller wipes the array
     * @throws StorageException of kind {@link ErrorKind#BACKUP_EXISTS} or {@link ErrorKind#BACKUP_IO}
     * @throws SecretManagerException if the password is empty, or the vault's file is missing or foreign
     */
    public BackupInfo backup(Path file, char[] password) {
        return call(BackupRequests.backup(file, session.putSecret(Secrets.password(password))));
    }

    /** Like {@link #backup}, without blocking. */
    public CompletableFuture<BackupInfo> backupAsync(Path file, char[] password) {
        try {
            return callAsync(BackupRequests.backup(file, session.putSecret(Secrets.password(password))));
        } catch (WalletException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Returns how this wallet came out of a backup, and what it still needs; empty if it was never restored. */
    public Optional<RestoreState> restoreState() {
        return call(BackupRequests.restoreState());
    }

    /** Like {@link #restoreState}, without blocking. */
    public CompletableFuture<Optional<RestoreState>> restoreStateAsync() {
        return callAsync(BackupRequests.restoreState());
    }

    /**
     * States how many addresses each account had issued before the wallet was lost, which ends the freeze of issuing
     * after a restore. The addresses since the backup are watched and never issued; then the ledger is followed from the
     * backup's milestone on, so that deposits to them are deposits; not those to accounts that were made after the backup, if
     * the seed may have been used elsewhere, by an import, a search of it or an earlier {@link #skipAhead} too: these come as
     * {@link Origin#DISCOVERED}. Needs the unlocked vault and no node. What cannot be
     * is refused before anything is done. Many addresses are registered in steps: after another error, or a crash before
     * it returns, issuing is frozen still, what was registered stays, and the same call goes on. The same after {@link
     * #recoverAccounts}.
     *
     * @param counts all accounts, those that were made after the backup too: up to 1,000,000, with up to 5,000,000 addresses
     *     that the backup does not have
     * @throws InvalidInputException if an account is missing or has another alias, a count is below the backup's, there are
     *     too many, or issuing is not frozen
     * @throws SecretManagerException if the vault is locked
     * @throws StorageException if the key journal has payments of accounts that were made after the backup, and cannot be read
     */
    public IssuingReleased releaseIssuing(List<IssuedCount> counts) {
        return statement(counts).call(this);
    }

    /** Like {@link #releaseIssuing}, without blocking. */
    public CompletableFuture<IssuingReleased> releaseIssuingAsync(List<IssuedCount> counts) {
        return statement(counts).callAsync(this);
    }

    private static CountStatement<IssuingReleased> statement(List<IssuedCount> counts) {
        return new CountStatement<>(
                List.copyOf(counts), BackupRequests::releaseIssuing, BackupRequests::releaseIssuing);
    }

    /**
     * Like {@link #releaseIssuing} where the counts are not known: skips this many addresses on each chain of each
     * account. Choose more than can have been issued since the backup. Accounts that were made since are not known: when
     * they are made anew, as many of their addresses are skipped, and what these hold is booked as {@link
     * Origin#DISCOVERED}, not as deposits. What such accounts have paid is not seen, so payments stay frozen until {@link
     * #releasePayments}.
     *
     * <p>Up to 5,000,000 addresses can be skipped in all: {@code 2 × accounts × addresses}, such as 10,000 on each chain of
     * 250 accounts, or 12 of 200,000. With many accounts state exact counts, or skip as few as one account can have issued.
     *
     * @param addresses 1 to 2,500,000
     * @throws InvalidInputException if these are too many, or issuing is not frozen
     */
    public IssuingReleased skipAhead(int addresses) {
        return call(BackupRequests.skipAhead(addresses));
    }

    /** Like {@link #skipAhead}, without blocking. */
    public CompletableFuture<IssuingReleased> skipAheadAsync(int addresses) {
        return callAsync(BackupRequests.skipAhead(addresses));
    }

    /**
     * Lets a restored wallet pay although it is not known of everything that was paid after the backup what it was made
     * for. Compare the withdrawals since the backup with the {@link IncidentEvent}s of kind {@code unknownOwn}, and those
     * of the times of {@link RestoreState#unseen} with the ledger first: what is paid a second time is lost. Without the key
     * journal, what the lost wallet had sent and no milestone has included yet may still be included for some 16 milestones
     * after the newest one is reached, and a release before that takes the risk to pay it again; a withdrawal that is told as
     * {@link Withdrawal.State#DEAD} within that time may still be found to be paid. Does nothing if payments are not frozen.
     *
     * @throws WalletHaltedException of kind {@link ErrorKind#PAYMENTS_FROZEN} if the ledger was not followed to its tip
     *     yet
     */
    public void releasePayments() {
        call(BackupRequests.releasePayments());
    }

    /** Like {@link #releasePayments}, without blocking. */
    public CompletableFuture<Void> releasePaymentsAsync() {
        return done(BackupRequests::releasePayments);
    }

    /**
     * Lists the transactions of this wallet's keys that were found on the ledger after a restore and that the backup did
     * not know, in the order of finding.
     */
    public Listing<RecoveredPayment> listRecoveredPayments() {
        return listing(BackupRequests::recoveredPayments, Function.identity());
    }

    /**
     * Says of an {@linkplain RecoveredPayment.State#UNMARKED unmarked} recovered payment that it was made for this
     * idempotency key. A request with the key, and with recipients and amounts that it paid, is answered with it from now
     * on. Durable when this returns.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#TRANSACTION_NOT_FOUND} if no unmarked payment of this id was
     *     recovered
     */
    public void nameRecoveredPayment(TransactionId transaction, String idempotencyKey) {
        call(BackupRequests.resolveRecovered(transaction, idempotencyKey));
    }

    /** Like {@link #nameRecoveredPayment}, without blocking. */
    public CompletableFuture<Void> nameRecoveredPaymentAsync(TransactionId transaction, String idempotencyKey) {
        return done(() -> BackupRequests.resolveRecovered(transaction, idempotencyKey));
    }

    /**
     * Says of an {@linkplain RecoveredPayment.State#UNMARKED unmarked} recovered payment that it is none of those that
     * will be asked for: what equals it is paid from now on, and no longer refused with {@link ErrorKind#POSSIBLY_PAID}.
     * Durable when this returns.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#TRANSACTION_NOT_FOUND} if no unmarked payment of this id was
     *     recovered
     */
    public void dismissRecoveredPayment(TransactionId transaction) {
        call(BackupRequests.resolveRecovered(transaction, null));
    }

    /** Like {@link #dismissRecoveredPayment}, without blocking. */
    public CompletableFuture<Void> dismissRecoveredPaymentAsync(TransactionId transaction) {
        return done(() -> BackupRequests.resolveRecovered(transaction, null));
    }
}
