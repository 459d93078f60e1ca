package dev.stardust.wallet;

import dev.stardust.wallet.internal.json.PolicyRequests;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The part of an {@link Account} that has to do with transactions that are prepared first and signed later. */
public abstract sealed class AccountPreparations extends AccountOutputs permits Account {
    private static final Duration EXPIRY = Duration.ofMinutes(5);

    AccountPreparations(AccountManager manager, int index) {
        super(manager, index);
    }

    /** Like {@link #prepareTransaction(List, TransactionOptions, Duration)} with the default options, for five minutes. */
    public PreparedTransaction prepareTransaction(List<Payment> outputs) {
        return prepareTransaction(outputs, TransactionOptions.defaults(), EXPIRY);
    }

    /**
     * Decides all of a payment, so that somebody can look at it: inputs, storage deposits, remainder, the bytes that would be
     * signed. Nothing is signed or stored. The inputs are leased to it: no payment can spend them, and nobody can lock them,
     * until it is {@linkplain PreparedTransaction#release() released} or has expired. A wallet that is closed, or crashes,
     * forgets it, and nothing stays leased. Up to 1,000 can be prepared at a time.
     *
     * @param outputs what to pay, as for {@link Account#sendAmount(List, TransactionOptions)}
     * @param expiry how long it is kept: a second to 24 hours
     * @throws InsufficientFundsException if what nobody else has leased or locked does not cover it
     * @throws InvalidInputException if an address, an amount, a custom input or the expiry is wrong, or the idempotency key
     *     was used
     * @throws WalletException of kind {@link ErrorKind#BUSY} if too many are prepared
     */
    public PreparedTransaction prepareTransaction(List<Payment> outputs, TransactionOptions options, Duration expiry) {
        return manager.prepared(manager.call(PolicyRequests.prepare(index, outputs, options, expiry)));
    }

    /** Like {@link #prepareTransaction(List)}, without blocking. */
    public CompletableFuture<PreparedTransaction> prepareTransactionAsync(List<Payment> outputs) {
        return prepareTransactionAsync(outputs, TransactionOptions.defaults(), EXPIRY);
    }

    /** Like {@link #prepareTransaction(List, TransactionOptions, Duration)}, without blocking. */
    public CompletableFuture<PreparedTransaction> prepareTransactionAsync(
            List<Payment> outputs, TransactionOptions options, Duration expiry) {
        return manager.callAsync(PolicyRequests.prepare(index, outputs, options, expiry), manager::prepared);
    }

    /** Lists what is prepared in this account; see {@link AccountManager#preparedTransactions()}. */
    public List<PreparedTransaction> preparedTransactions() {
        return manager.preparedOf(manager.call(PolicyRequests.prepared(index)));
    }

    /** Like {@link #preparedTransactions()}, without blocking. */
    public CompletableFuture<List<PreparedTransaction>> preparedTransactionsAsync() {
        return manager.callAsync(PolicyRequests.prepared(index), manager::preparedOf);
    }
}
