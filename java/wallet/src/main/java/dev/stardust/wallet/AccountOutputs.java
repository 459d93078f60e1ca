package dev.stardust.wallet;

import dev.stardust.wallet.internal.json.ClaimRequests;
import dev.stardust.wallet.internal.json.Requests;
import dev.stardust.wallet.internal.json.SweepRequests;
import dev.stardust.wallet.internal.json.TransactionData;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The part of an {@link Account} that has to do with its outputs. */
public abstract sealed class AccountOutputs permits AccountPreparations {
    final AccountManager manager;
    final int index;

    AccountOutputs(AccountManager manager, int index) {
        this.manager = manager;
        this.index = index;
    }

    /** Lists the unspent outputs. */
    public Listing<Output> listOutputs() {
        return listOutputs(false);
    }

    /** Lists the outputs, with the spent ones if wanted. */
    public Listing<Output> listOutputs(boolean includeSpent) {
        return manager.listing((after, limit) -> Requests.outputs(index, includeSpent, after, limit), item -> item);
    }

    /**
     * Lists the outputs that {@link #claimOutputs()} could claim now: base coins under a storage deposit return, or under an
     * expiration that is more than ten minutes away by the ledger's time.
     */
    public Listing<Output> listClaimableOutputs() {
        return manager.listing((after, limit) -> ClaimRequests.claimableOutputs(index, after, limit), item -> item);
    }

    /**
     * Claims as many of the {@linkplain #listClaimableOutputs() claimable outputs} as one transaction takes. Repeat it until
     * it returns nothing.
     *
     * <p>In one transaction, storage deposits go back, and each address gets the rest of its outputs in one plain output of
     * its own. That output makes a {@link DepositEvent} of origin {@link Origin#CLAIM} when the claim is confirmed; what was
     * no deposit when it came becomes none. Outputs of an address that together leave less than an output must hold (TIP-19)
     * wait for more.
     *
     * <p>A claim cannot be cancelled unless nodes reject it; see {@link Transaction#cancel}. One that no milestone applies before one of its inputs expires is {@linkplain
     * Transaction.State#DEAD dead}; its other inputs can be claimed again, which {@link ClaimOptions#retrying()} leaves to the
     * wallet.
     *
     * @return the transaction, or nothing if there is nothing to claim
     * @throws SecretManagerException if the vault is locked or empty
     * @throws WalletHaltedException if the wallet has stopped itself
     */
    public Optional<Transaction> claimOutputs() {
        return claimOutputs(ClaimOptions.defaults());
    }

    /** Like {@link #claimOutputs()}, with options. */
    public Optional<Transaction> claimOutputs(ClaimOptions options) {
        return claimed(manager.call(ClaimRequests.claimOutputs(index, List.of(), options)));
    }

    /**
     * Claims these outputs, all or none; see {@link #claimOutputs()}.
     *
     * @param outputs which, 1 to 127
     * @throws InvalidInputException if one of them cannot be claimed ({@link ErrorKind#INPUT_NOT_CLAIMABLE} and others), or if
     *     they leave an address less than an output must hold ({@link ErrorKind#STORAGE_DEPOSIT_TOO_LOW})
     */
    public Transaction claimOutputs(Collection<OutputId> outputs) {
        return claimOutputs(outputs, ClaimOptions.defaults());
    }

    /** Like {@link #claimOutputs(Collection)}, with options. */
    public Transaction claimOutputs(Collection<OutputId> outputs, ClaimOptions options) {
        return named(manager.call(ClaimRequests.claimOutputs(index, some(outputs), options)));
    }

    /** Like {@link #claimOutputs()}, without blocking. */
    public CompletableFuture<Optional<Transaction>> claimOutputsAsync() {
        return claimOutputsAsync(ClaimOptions.defaults());
    }

    /** Like {@link #claimOutputs(ClaimOptions)}, without blocking. */
    public CompletableFuture<Optional<Transaction>> claimOutputsAsync(ClaimOptions options) {
        return manager.callAsync(ClaimRequests.claimOutputs(index, List.of(), options), this::claimed);
    }

    /** Like {@link #claimOutputs(Collection)}, without blocking. */
    public CompletableFuture<Transaction> claimOutputsAsync(Collection<OutputId> outputs) {
        return claimOutputsAsync(outputs, ClaimOptions.defaults());
    }

    /** Like {@link #claimOutputs(Collection, ClaimOptions)}, without blocking. */
    public CompletableFuture<Transaction> claimOutputsAsync(Collection<OutputId> outputs, ClaimOptions options) {
        return manager.callAsync(ClaimRequests.claimOutputs(index, some(outputs), options), this::named);
    }

    /** None means all to the core. */
    private static List<OutputId> some(Collection<OutputId> outputs) {
        if (outputs.isEmpty()) {
            throw new IllegalArgumentException("no output to claim");
        }
        return List.copyOf(outputs);
    }

    private Optional<Transaction> claimed(Optional<TransactionData> claim) {
        return claim.map(data -> new Transaction(manager, data));
    }

    private Transaction named(Optional<TransactionData> claim) {
        return claimed(claim).orElseThrow(() -> new IllegalStateException("the core claimed nothing"));
    }

    /**
     * Puts small outputs together into outputs of this account, on its change address, up to 128 in a transaction. Nothing
     * of it is ever a deposit. Returns when all transactions are signed and on disk; when it is interrupted, what was made
     * stays, and the next call goes on with what is left.
     *
     * @param options whose outputs, and which
     * @throws SecretManagerException if the vault is locked or empty
     * @throws WalletHaltedException if the wallet pays nothing any more
     */
    public SweepReport sweep(SweepOptions options) {
        return manager.call(SweepRequests.sweep(index, options));
    }

    /** Like {@link #sweep}, without blocking. */
    public CompletableFuture<SweepReport> sweepAsync(SweepOptions options) {
        return manager.callAsync(SweepRequests.sweep(index, options));
    }

    /** Joins up to 128 of this account's outputs, the smallest, by one transaction; see {@link #sweep}. */
    public SweepReport consolidate() {
        return sweep(consolidation());
    }

    /** Like {@link #consolidate}, without blocking. */
    public CompletableFuture<SweepReport> consolidateAsync() {
        return sweepAsync(consolidation());
    }

    private SweepOptions consolidation() {
        return SweepOptions.builder().from(index).minCount(2).maxTransactions(1).build();
    }
}
