package dev.stardust.wallet;

import dev.stardust.wallet.internal.json.PolicyRequests;
import dev.stardust.wallet.internal.json.PreparedData;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A payment of which all is decided and nothing is signed, by {@link Account#prepareTransaction(List)}. Its inputs are leased
 * to it. Immutable, and safe for use by many threads.
 */
public final class PreparedTransaction {
    private final AccountManager manager;
    private final PreparedData data;

    PreparedTransaction(AccountManager manager, PreparedData data) {
        this.manager = manager;
        this.data = data;
    }

    /**
     * An output that the transaction will make.
     *
     * @param address the address that it goes to (bech32)
     * @param amount its base coins, with what its owner has to give back
     * @param role why it is there
     * @param own whether the address is one of this wallet
     * @param depositReturn the storage deposit that comes back: what the recipient gets is the amount without it
     * @param expiration when it falls back to the account if nobody claimed it, by the ledger's time
     */
    public record PlannedOutput(
            String address,
            Amount amount,
            Transaction.Role role,
            boolean own,
            Optional<Amount> depositReturn,
            Optional<Instant> expiration) {}

    /** Returns its name, which owns the inputs. It means nothing after the wallet was closed. */
    public String id() {
        return data.id();
    }

    /** Returns the account that pays. */
    public int accountIndex() {
        return data.accountIndex();
    }

    /** Returns the key that it is submitted with. */
    public Optional<String> idempotencyKey() {
        return data.idempotencyKey();
    }

    /** Returns the caller's words. */
    public Optional<String> note() {
        return data.note();
    }

    /** Returns what it spends. */
    public List<Transaction.Input> inputs() {
        return data.inputs();
    }

    /** Returns what it makes, in the transaction's order: for the payees, then what is left. */
    public List<PlannedOutput> outputs() {
        return data.outputs();
    }

    /** Returns what is left of the inputs; zero: nothing. */
    public Amount remainder() {
        return data.remainder();
    }

    /** Returns the transaction essence as on the wire (TIP-20), hexadecimal. */
    public String essence() {
        return data.essence();
    }

    /** Returns the Blake2b-256 of the essence, hexadecimal: what the keys sign. */
    public String essenceHash() {
        return data.essenceHash();
    }

    /** Returns when its inputs are given back, by this machine's clock. */
    public Instant expiresAt() {
        return data.expiresAt();
    }

    /** Returns when it was prepared, by this machine's clock. */
    public Instant created() {
        return data.created();
    }

    /**
     * Signs it, exactly as it was prepared, stores it and sends it; like {@link Account#sendAmount(List, TransactionOptions)}.
     * The payment rules and the reviewer are asked now. A repeated call returns the same transaction, and asks nobody.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#PREPARED_NOT_FOUND} if it was released, has expired, or the wallet
     *     was opened anew; of kind {@link ErrorKind#PREPARED_OUTDATED} if an input was spent, the network's rules have changed,
     *     or too little of the time to claim is left, and of kind {@link ErrorKind#IDEMPOTENCY_CONFLICT}: it is released then
     * @throws WalletException of kind {@link ErrorKind#BUSY} if the reviewer is looking at it for another call
     * @throws PaymentRefusedException if it may not be paid; it stays prepared
     * @throws SecretManagerException if the vault is locked or empty; it stays prepared
     */
    public Transaction submit() {
        return manager.reviewed(
                this::review,
                name(),
                reviewed -> new Transaction(manager, manager.call(PolicyRequests.submit(id(), reviewed))));
    }

    /** Like {@link #submit()}, without blocking. */
    public CompletableFuture<Transaction> submitAsync() {
        return manager.reviewedAsync(
                this::review,
                name(),
                reviewed -> manager.callAsync(
                        PolicyRequests.submit(id(), reviewed), sent -> new Transaction(manager, sent)));
    }

    /** Two that have the same key are the same payment. */
    private Optional<String> name() {
        return idempotencyKey().or(() -> Optional.of("prepared " + id()));
    }

    private ReviewRequest review() {
        List<Payment> payments = outputs().stream()
                .filter(output -> output.role() == Transaction.Role.PAYEE)
                .map(output -> Payment.of(output.address(), received(output)))
                .toList();
        Optional<ReviewRequest.Remainder> remainder = outputs().stream()
                .filter(output -> output.role() != Transaction.Role.PAYEE && !output.own())
                .map(output -> new ReviewRequest.Remainder(output.address(), Optional.of(output.amount())))
                .findFirst();
        return new ReviewRequest(ReviewRequest.Kind.PAYMENT, accountIndex(), idempotencyKey(), payments, remainder);
    }

    private static Amount received(PlannedOutput output) {
        return output.depositReturn().map(back -> output.amount().minus(back)).orElse(output.amount());
    }

    /**
     * Gives the inputs back.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#PREPARED_NOT_FOUND} if they are not leased to it any more
     */
    public void release() {
        manager.call(PolicyRequests.release(id()));
    }

    /** Like {@link #release()}, without blocking. */
    public CompletableFuture<Void> releaseAsync() {
        return manager.done(() -> PolicyRequests.release(id()));
    }

    /** Two are equal if they tell the same. */
    @Override
    public boolean equals(Object other) {
        return other instanceof PreparedTransaction that && data.equals(that.data);
    }

    @Override
    public int hashCode() {
        return data.hashCode();
    }

    @Override
    public String toString() {
        return "PreparedTransaction[id=" + id() + ", outputs=" + outputs().size() + ", remainder=" + remainder()
                + ", expiresAt=" + expiresAt() + "]";
    }
}
