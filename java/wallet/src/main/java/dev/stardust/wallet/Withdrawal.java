package dev.stardust.wallet;

import dev.stardust.wallet.internal.json.PaymentRequests;
import dev.stardust.wallet.internal.json.PolicyRequests;
import dev.stardust.wallet.internal.json.WithdrawalData;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * A withdrawal as it was when it was read; {@link #refresh()} reads it again. One transaction pays many of them. Immutable.
 */
public final class Withdrawal {
    private final AccountManager manager;
    private final WithdrawalData data;

    Withdrawal(AccountManager manager, WithdrawalData data) {
        this.manager = manager;
        this.data = data;
    }

    /** Where a withdrawal stands. It may be requested again after it was in a transaction: see {@link #cancel()}. */
    public enum State {
        /** On disk; the {@link WithdrawalReviewer} has not answered yet. */
        AWAITING_REVIEW,
        /** On disk; two persons have to {@linkplain Withdrawal#approve approve} it. */
        AWAITING_APPROVAL,
        /** On disk; no transaction pays it yet. {@link Withdrawal#reason()} says what it waits for, once that is known. */
        REQUESTED,
        /** Its transaction is signed and on disk, not yet taken by a node. */
        SIGNED,
        /** A node took its transaction. */
        SUBMITTED,
        /** The node refuses its transaction, which may still be included. */
        REJECTED,
        /** Its transaction is contested, and may still be included. */
        CANCELLING,
        /** A milestone included its transaction: final. */
        CONFIRMED,
        /** An input of its transaction was spent by somebody else, with the wallet's own seed: final. */
        DEAD,
        /** It is never paid: final. */
        CANCELLED,
        /** A rule, the reviewer or a person refused it, and {@link Withdrawal#reason()} says why: final. */
        REFUSED,
        /** A state that this version of the Java part does not know. */
        UNKNOWN;

        /** Returns whether nothing changes it any more. */
        public boolean isFinal() {
            return this == CONFIRMED || this == DEAD || this == CANCELLED || this == REFUSED;
        }
    }

    /** Returns the caller's key. */
    public String idempotencyKey() {
        return data.idempotencyKey();
    }

    /** Returns the account that pays. */
    public int accountIndex() {
        return data.accountIndex();
    }

    /** Returns who gets it (bech32). */
    public String address() {
        return data.address();
    }

    /** Returns how much, in base units. */
    public Amount amount() {
        return data.amount();
    }

    /** Returns the digest of what was asked for (hex): the same key goes with the same digest only. */
    public String digest() {
        return data.digest();
    }

    /** Returns where it stands. */
    public State state() {
        return data.state();
    }

    /** Returns whether a milestone included its transaction, which is final. */
    public boolean isConfirmed() {
        return data.state() == State.CONFIRMED;
    }

    /**
     * Returns why it still waits for a transaction, why it is refused, or why its transaction was not included; or, when it is
     * confirmed, that nobody got it, because the time to claim it was over.
     */
    public Optional<String> reason() {
        return data.reason();
    }

    /** Returns who approved it, each person once. */
    public List<Approval> approvals() {
        return data.approvals();
    }

    /** Returns the transaction that pays it, once there is one; {@link AccountManager#getTransaction} reads that. */
    public Optional<TransactionId> transactionId() {
        return data.transactionId();
    }

    /** Returns the output that pays it, once there is a transaction. */
    public Optional<OutputId> outputId() {
        return data.outputId();
    }

    /** Returns the milestone that decided it. */
    public OptionalLong milestoneIndex() {
        return data.milestoneIndex();
    }

    /** Returns that milestone's time. */
    public Optional<Instant> milestoneTime() {
        return data.milestoneTime();
    }

    /** Returns when it was requested, by this machine's clock. */
    public Instant created() {
        return data.created();
    }

    /** Reads the withdrawal again. */
    public Withdrawal refresh() {
        return manager.getWithdrawal(idempotencyKey());
    }

    /** Like {@link #refresh()}, without blocking. */
    public CompletableFuture<Withdrawal> refreshAsync() {
        return manager.getWithdrawalAsync(idempotencyKey());
    }

    /**
     * Cancels the withdrawal. One that no transaction pays yet is {@link State#CANCELLED} when this returns. Otherwise its
     * transaction is contested as by {@link Transaction#cancel()}, and a milestone decides: either this withdrawal is cancelled
     * for ever and the others that were in the transaction are requested again, or all of them are confirmed. Never both. Wait
     * with {@link #awaitEnd}.
     *
     * <p>One that has ended is returned as it is; cancelling twice is cancelling once. Its key stays used. It works also while
     * {@linkplain ErrorKind#FOREIGN_SIGNER another signer} halts payments.
     *
     * @return the withdrawal as it is then
     * @throws SecretManagerException if it is in a transaction and the vault is locked or empty; nothing was changed
     * @throws StorageException of a key journal's kind, such as {@link ErrorKind#JOURNAL_IO}: it is cancelled, or is to be, and
     *     the key journal does not say so yet, which a restore of an older backup needs; call again
     * @throws WalletHaltedException if the wallet has stopped itself; of kind {@link ErrorKind#PAYMENTS_FROZEN} also as long as the
     *     wallet before a restore may have paid it; nothing was changed
     */
    public Withdrawal cancel() {
        return manager.withdrawal(manager.call(PaymentRequests.cancelWithdrawal(idempotencyKey())));
    }

    /** Like {@link #cancel()}, without blocking. */
    public CompletableFuture<Withdrawal> cancelAsync() {
        return manager.callAsync(PaymentRequests.cancelWithdrawal(idempotencyKey()), manager::withdrawal);
    }

    /**
     * Approves the withdrawal: when two persons have, it is no longer {@link State#AWAITING_APPROVAL}. The same person counts
     * once, however the name is spelled in capital and small letters. One that waits for the reviewer can be approved meanwhile;
     * one that waits for neither is returned as it is. That the person is who they say is for the caller to know.
     *
     * @param approver who, 1 to 64 bytes of UTF-8, without control characters and without a space at an end
     * @return the withdrawal as it is then
     * @throws InvalidInputException if the name is not so
     * @throws WalletHaltedException of kind {@link ErrorKind#PAYMENTS_FROZEN} if the rules would refuse it now and the wallet before
     *     a restore may have paid it; the approval does not count
     */
    public Withdrawal approve(String approver) {
        return manager.withdrawal(manager.call(PolicyRequests.approve(idempotencyKey(), approver)));
    }

    /** Like {@link #approve}, without blocking. */
    public CompletableFuture<Withdrawal> approveAsync(String approver) {
        return manager.callAsync(PolicyRequests.approve(idempotencyKey(), approver), manager::withdrawal);
    }

    /**
     * Refuses the withdrawal, if no transaction pays it yet: it is {@link State#REFUSED} when this returns. Otherwise it is
     * returned as it is. Its key stays used.
     *
     * @param approver who, as in {@link #approve}
     * @param reason why, 1 to 1,024 bytes of UTF-8
     * @return the withdrawal as it is then
     * @throws InvalidInputException if the name is not so, or the reason is empty or too long
     * @throws StorageException of a key journal's kind, such as {@link ErrorKind#JOURNAL_IO}: it is refused and never paid, but
     *     the key journal does not say so yet, which a restore of an older backup needs; call again
     * @throws WalletHaltedException of kind {@link ErrorKind#PAYMENTS_FROZEN} as long as the wallet before a restore may have paid
     *     it; nothing was changed
     */
    public Withdrawal refuse(String approver, String reason) {
        return manager.withdrawal(manager.call(PolicyRequests.refuse(idempotencyKey(), approver, reason)));
    }

    /** Like {@link #refuse}, without blocking. */
    public CompletableFuture<Withdrawal> refuseAsync(String approver, String reason) {
        return manager.callAsync(PolicyRequests.refuse(idempotencyKey(), approver, reason), manager::withdrawal);
    }

    /**
     * Waits until the withdrawal's fate is known: {@link State#CONFIRMED}, {@link State#DEAD}, {@link State#CANCELLED} or {@link
     * State#REFUSED}.
     *
     * @param timeout how long to wait, up to 24 hours; 0 asks only
     * @return the withdrawal in that state
     * @throws WalletTimeoutException if the time has passed; the withdrawal is carried on
     */
    public Withdrawal awaitEnd(Duration timeout) {
        return manager.withdrawal(manager.call(PaymentRequests.awaitEnd(idempotencyKey(), timeout)));
    }

    /** Like {@link #awaitEnd(Duration)}, without blocking. */
    public CompletableFuture<Withdrawal> awaitEndAsync(Duration timeout) {
        return manager.callAsync(PaymentRequests.awaitEnd(idempotencyKey(), timeout), manager::withdrawal);
    }

    /** Two are equal if they tell the same. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Withdrawal that && data.equals(that.data);
    }

    @Override
    public int hashCode() {
        return data.hashCode();
    }

    @Override
    public String toString() {
        return "Withdrawal[idempotencyKey=" + idempotencyKey() + ", address=" + address() + ", amount=" + amount()
                + ", state=" + state()
                + data.transactionId().map(id -> ", transactionId=" + id).orElse("")
                + data.reason().map(reason -> ", reason=" + reason).orElse("") + "]";
    }
}
