package dev.stardust.wallet;

import dev.stardust.wallet.internal.json.PaymentRequests;
import dev.stardust.wallet.internal.json.TransactionData;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** A transaction of the wallet as it was when it was read; {@link #refresh()} reads it again. */
public final class Transaction {
    private final AccountManager manager;
    private final TransactionData data;

    Transaction(AccountManager manager, TransactionData data) {
        this.manager = manager;
        this.data = data;
    }

    /** What became of a transaction. */
    public enum State {
        /** Signed and on disk, not yet taken by a node. */
        SIGNED,
        /** A node took it. */
        SUBMITTED,
        /** A milestone included it: final. */
        CONFIRMED,
        /** One of its inputs was spent by another transaction, or expired unclaimed: it can never be included. Final. */
        DEAD,
        /**
         * Nodes refuse it now, and {@link Transaction#reason()} says why. Not final: it is signed for ever, the wallet
         * sends it again now and then or at its next start, and a milestone may still include it. Nothing is safe to be paid
         * again before it was {@linkplain Transaction#cancel() cancelled}.
         */
        REJECTED,
        /** It is sent no more, and contested by another transaction; it may still be included. */
        CANCELLING,
        /** The transaction that contested it was included: final. */
        CANCELLED,
        /** A state that this version of the Java part does not know. */
        UNKNOWN;

        /** Returns whether nothing changes it any more. {@link #REJECTED} is no end. */
        public boolean isFinal() {
            return this == CONFIRMED || this == DEAD || this == CANCELLED;
        }
    }

    /** What became of a transaction, by a person's word; see {@link #resolve}. */
    public enum Outcome {
        /** It was included: its recipients have the money. */
        CONFIRMED,
        /** It was not and never will be: others took its inputs. */
        DEAD
    }

    /** Why an output is in a transaction. */
    public enum Role {
        /** It was asked for. */
        PAYEE,
        /** It holds what was left. */
        REMAINDER,
        /** It collects coins of other addresses of the account. */
        SWEEP,
        /** It joins many outputs. */
        CONSOLIDATION,
        /** It is one of many that one output was split into. */
        FAN_OUT,
        /** It takes the inputs of a cancelled payment back to the account. */
        CANCEL,
        /** It holds what claimed outputs leave for the address that they came to. */
        CLAIM,
        /** It gives back the storage deposit of claimed outputs. */
        DEPOSIT_RETURN,
        /** Of a payment that was recovered after a restore, to an address of the wallet: what it was for is not known. */
        RECOVERED,
        /** A role that this version of the Java part does not know. */
        UNKNOWN
    }

    /**
     * An output that the transaction spends.
     *
     * @param outputId the output
     * @param amount its base coins
     * @param address the address that it belongs to (bech32)
     */
    public record Input(OutputId outputId, Amount amount, String address) {}

    /**
     * An output that the transaction makes.
     *
     * @param outputId the output
     * @param address the address that it goes to (bech32)
     * @param amount its base coins, with what its owner has to give back
     * @param role why it is there
     * @param own whether the address is one of this wallet
     * @param depositReturn the storage deposit that comes back: what the recipient gets is the amount without it
     * @param expiration when it falls back to the account if nobody claimed it, by the ledger's time
     */
    public record PaidOutput(
            OutputId outputId,
            String address,
            Amount amount,
            Role role,
            boolean own,
            Optional<Amount> depositReturn,
            Optional<Instant> expiration) {}

    /** Returns the transaction's id. */
    public TransactionId id() {
        return data.id();
    }

    /** Returns the account that pays. */
    public int accountIndex() {
        return data.accountIndex();
    }

    /** Returns the caller's key. */
    public Optional<String> idempotencyKey() {
        return data.idempotencyKey();
    }

    /** Returns the digest of what was asked for (hex): the same key goes with the same digest only. */
    public String digest() {
        return data.digest();
    }

    /** Returns what became of it. */
    public State state() {
        return data.state();
    }

    /** Returns whether a milestone included it, which is final. */
    public boolean isConfirmed() {
        return data.state() == State.CONFIRMED;
    }

    /**
     * Returns why it was not included, or why it is signed and was not sent yet; or of an included one what nobody got, because the
     * time to claim it was over.
     */
    public Optional<String> reason() {
        return data.reason();
    }

    /**
     * Returns the block to look it up by. Of one that is {@link State#CONFIRMED} it is the block by which the milestone included
     * it. Where several blocks may have carried it, a node is asked which one that was, at the milestones that follow: it is empty
     * until then, and stays empty if no node has that block. Before, it is the last block that a node took. Nodes call all blocks
     * of it but the included one conflicting.
     */
    public Optional<BlockId> blockId() {
        return data.blockId();
    }

    /** Returns how many blocks with it nodes took, as far as they said so; the included one may be another. */
    public int attachments() {
        return data.attachments();
    }

    /** Returns the milestone that included it. */
    public OptionalLong milestoneIndex() {
        return data.milestoneIndex();
    }

    /** Returns that milestone's time. */
    public Optional<Instant> milestoneTime() {
        return data.milestoneTime();
    }

    /** Returns when it was signed. */
    public Instant created() {
        return data.created();
    }

    /** Returns what it spends. */
    public List<Input> inputs() {
        return List.copyOf(data.inputs());
    }

    /** Returns what it makes. */
    public List<PaidOutput> outputs() {
        return List.copyOf(data.outputs());
    }

    /** Returns the data that it carries. */
    public Optional<TaggedData> taggedData() {
        return data.taggedData();
    }

    /** Returns the caller's words about it, which the wallet keeps. */
    public Optional<String> note() {
        return data.note();
    }

    /** Returns the transaction that this one was made to stop; see {@link #cancel()}. */
    public Optional<TransactionId> contests() {
        return data.contests();
    }

    /** Returns the dead claim in whose place the wallet made this one; see {@link ClaimOptions#retrying()}. */
    public Optional<TransactionId> retries() {
        return data.retries();
    }

    /** Reads the transaction again. */
    public Transaction refresh() {
        return manager.getTransaction(id());
    }

    /** Like {@link #refresh()}, without blocking. */
    public CompletableFuture<Transaction> refreshAsync() {
        return manager.getTransactionAsync(id());
    }

    /**
     * Begins to cancel the transaction. What is signed is valid for ever, so it can only be stopped by spending one of its
     * inputs otherwise: from now on it is sent no more, and another transaction, which {@link #contests()} it, takes an input
     * back to the account. A milestone decides which of the two it includes, never both: {@link State#CANCELLED} with the money
     * back, or {@link State#CONFIRMED}. Wait with {@link #awaitEnd}. Nothing is safe to be paid again before.
     *
     * <p>Waits until a node has answered, for half a minute at most; the other transaction is on disk before that. One that has
     * ended is returned as it is; cancelling twice is cancelling once, and sends the other transaction again if nodes have
     * refused it. It works also while {@linkplain ErrorKind#FOREIGN_SIGNER another signer} halts payments.
     *
     * @return the transaction as it is then
     * @throws InvalidInputException if it pays withdrawals, which are cancelled by {@link Withdrawal#cancel()} (a {@linkplain
     *     RestoreState#disputed disputed} one is cancelled here, as a whole), if it contests
     *     another transaction itself, if it is a claim that nodes have not rejected, or of kind {@link
     *     ErrorKind#TRANSACTION_UNDECIDED} if its inputs are gone and nobody can tell by what
     * @throws SecretManagerException if the vault is locked or empty; nothing was changed
     * @throws WalletHaltedException if the wallet has stopped itself
     */
    public Transaction cancel() {
        return new Transaction(manager, manager.call(PaymentRequests.cancel(id())));
    }

    /** Like {@link #cancel()}, without blocking. */
    public CompletableFuture<Transaction> cancelAsync() {
        return manager.callAsync(PaymentRequests.cancel(id()), got -> new Transaction(manager, got));
    }

    /**
     * Takes a person's word on what became of the transaction, where the ledger does not tell it any more: its inputs are gone
     * and nobody can say by what, as after {@link AccountManager#repair} (an {@link IncidentEvent} says so), or were never
     * seen, as when a key journal is newer than what the nodes still have. It is the only way to end such a transaction; look
     * at an archive or with the recipient first. What follows is as if a milestone had shown it; withdrawals in it end with it.
     * Dead by a person's word is no sign of another signer.
     *
     * @param outcome what became of it
     * @param reason how the person knows, for the {@linkplain AccountManager#auditLog audit log}: 1 to 1,024 bytes
     * @return the transaction as it is then
     * @throws InvalidInputException of kind {@link ErrorKind#TRANSACTION_DECIDABLE} if the ledger decides it, or has
     *     decided otherwise, also before a gap that was not repaired and before a restored wallet was at the newest milestone; or
     *     if the reason is empty or too long; nothing was changed
     */
    public Transaction resolve(Outcome outcome, String reason) {
        return new Transaction(manager, manager.call(PaymentRequests.resolve(id(), outcome, reason)));
    }

    /** Like {@link #resolve}, without blocking. */
    public CompletableFuture<Transaction> resolveAsync(Outcome outcome, String reason) {
        return manager.callAsync(PaymentRequests.resolve(id(), outcome, reason), got -> new Transaction(manager, got));
    }

    /**
     * Waits until there is something to tell: the transaction is {@link State#CONFIRMED}, {@link State#DEAD} or {@link
     * State#CANCELLED}, or {@link State#REJECTED}, which is no end: it may still be included. {@link #awaitEnd} waits for the
     * end.
     *
     * @param timeout how long to wait, up to 24 hours; 0 asks only
     * @return the transaction in that state
     * @throws WalletTimeoutException if the time has passed; the transaction is carried on
     */
    public Transaction awaitInclusion(Duration timeout) {
        return new Transaction(manager, manager.call(PaymentRequests.awaitInclusion(id(), timeout)));
    }

    /** Like {@link #awaitInclusion(Duration)}, without blocking. */
    public CompletableFuture<Transaction> awaitInclusionAsync(Duration timeout) {
        return manager.callAsync(PaymentRequests.awaitInclusion(id(), timeout), got -> new Transaction(manager, got));
    }

    /**
     * Waits until nothing changes the transaction any more: {@link State#CONFIRMED}, {@link State#DEAD} or {@link
     * State#CANCELLED}. One that nodes refuse is {@linkplain #cancel() cancelled} before, or it may take for ever.
     *
     * @param timeout how long to wait, up to 24 hours; 0 asks only
     * @return the transaction in that state
     * @throws WalletTimeoutException if the time has passed; the transaction is carried on
     */
    public Transaction awaitEnd(Duration timeout) {
        return new Transaction(manager, manager.call(PaymentRequests.awaitEnd(id(), timeout)));
    }

    /** Like {@link #awaitEnd(Duration)}, without blocking. */
    public CompletableFuture<Transaction> awaitEndAsync(Duration timeout) {
        return manager.callAsync(PaymentRequests.awaitEnd(id(), timeout), got -> new Transaction(manager, got));
    }

    /** Two are equal if they tell the same. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Transaction that && data.equals(that.data);
    }

    @Override
    public int hashCode() {
        return data.hashCode();
    }

    @Override
    public String toString() {
        return "Transaction[id=" + id() + ", state=" + state()
                + milestoneIndexText()
                + data.reason().map(reason -> ", reason=" + reason).orElse("") + "]";
    }

    private String milestoneIndexText() {
        return data.milestoneIndex().isPresent()
                ? ", milestoneIndex=" + data.milestoneIndex().getAsLong()
                : "";
    }
}
