package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.json.AccountData;
import dev.stardust.wallet.internal.json.PaymentRequests;
import dev.stardust.wallet.internal.json.PreparedData;
import dev.stardust.wallet.internal.json.Requests;
import dev.stardust.wallet.internal.json.SweepRequests;
import dev.stardust.wallet.internal.json.TransactionData;
import dev.stardust.wallet.internal.json.WithdrawalData;
import dev.stardust.wallet.internal.loader.NativeLoader;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A wallet: its accounts, its keys, its node, its event log. There may be many in one process, one for each wallet
 * directory. From {@link AccountManagerBuilder#open()} to {@link #close()} it follows the ledger on threads of its own.
 *
 * <p>Blocking methods wait for the core. Interrupting a waiting thread ends the wait with {@link
 * ErrorKind#INTERRUPTED}; what was started may still happen.
 */
public final class AccountManager extends PolicyDoor implements AutoCloseable {
    static final Duration SYNC_TIMEOUT = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(AccountManager.class);
    private static final Cleaner CLEANER = Cleaner.create();

    private final Cleaner.Cleanable cleanable;

    AccountManager(Session session, Executor listeners, @Nullable WithdrawalReviewer reviewer, String name) {
        super(session, listeners, reviewer);
        this.cleanable = CLEANER.register(this, new Forgotten(session, name));
    }

    /** Starts the configuration of a manager. */
    public static AccountManagerBuilder builder() {
        return new AccountManagerBuilder();
    }

    /**
     * Loads the native library, which {@link AccountManagerBuilder#open()} does as well; a way to see early whether it is there.
     *
     * @throws NativeLibraryException if it cannot be loaded
     */
    public static void checkNativeLibrary() {
        NativeLoader.load();
    }

    // the wallet

    /** Returns what this wallet is. */
    public WalletInfo info() {
        return call(Requests.info());
    }

    /** Like {@link #info()}, without blocking. */
    public CompletableFuture<WalletInfo> infoAsync() {
        return callAsync(Requests.info());
    }

    /** Returns how far the wallet has followed the ledger. */
    public SyncStatus syncStatus() {
        return call(Requests.status());
    }

    /** Like {@link #syncStatus()}, without blocking. */
    public CompletableFuture<SyncStatus> syncStatusAsync() {
        return callAsync(Requests.status());
    }

    /**
     * Asks the node for its state, now.
     *
     * @throws NodeException if no node answers
     */
    public NodeStatus nodeStatus() {
        return call(Requests.nodeStatus());
    }

    /** Like {@link #nodeStatus()}, without blocking. */
    public CompletableFuture<NodeStatus> nodeStatusAsync() {
        return callAsync(Requests.nodeStatus());
    }

    /** Returns everything that a watcher over this wallet wants to know, as last known. Asks no node. */
    public Health health() {
        return call(Requests.health());
    }

    /** Like {@link #health()}, without blocking. */
    public CompletableFuture<Health> healthAsync() {
        return callAsync(Requests.health());
    }

    /**
     * Repairs the gap that the wallet stands before ({@link SyncStatus.State#GAP}): asks a healthy node what came and went
     * in it, and books that in one transaction, in events that say {@code repaired}. When it fails, repeat it.
     *
     * @return what it came to; empty if there is no gap
     */
    public Optional<RepairReport> repair() {
        return call(Requests.repair());
    }

    /** Like {@link #repair()}, without blocking. */
    public CompletableFuture<Optional<RepairReport>> repairAsync() {
        return callAsync(Requests.repair());
    }

    /** Like {@link #sync(Duration)} with one minute. */
    public Balance sync() {
        return sync(SYNC_TIMEOUT);
    }

    /**
     * Waits until the wallet has processed what the node had confirmed when this was called. The wallet follows the
     * ledger without this, too. If the seed may have been used before and the vault is unlocked, it first looks for
     * what the seed's addresses hold.
     *
     * @param timeout how long to wait, 1 ms to 24 hours
     * @return the balance over all accounts then
     * @throws WalletTimeoutException if the time has passed; the wallet goes on
     * @throws NodeException if no node answers
     * @throws WalletHaltedException if the wallet has stopped itself, or the node no longer has what it needs
     */
    public Balance sync(Duration timeout) {
        return call(Requests.sync(null, timeout));
    }

    /** Like {@link #sync()}, without blocking. */
    public CompletableFuture<Balance> syncAsync() {
        return syncAsync(SYNC_TIMEOUT);
    }

    /** Like {@link #sync(Duration)}, without blocking. */
    public CompletableFuture<Balance> syncAsync(Duration timeout) {
        return callAsync(Requests.sync(null, timeout));
    }

    /** Returns the balance over all accounts as of the last applied milestone. */
    public Balance balance() {
        return call(Requests.balance());
    }

    /** Like {@link #balance()}, without blocking. */
    public CompletableFuture<Balance> balanceAsync() {
        return callAsync(Requests.balance());
    }

    /** Sets which log records the core makes; at the start, those that the logger {@code stardust.native} takes. */
    public void setNativeLogLevel(LogLevel level) {
        call(Requests.logLevel(level));
    }

    // accounts

    /**
     * Makes an account with the next index. It is on disk when this returns; neither a node nor an unlocked vault is
     * needed.
     *
     * <p>With a seed of {@link SeedOrigin#EXISTING} its addresses are looked for before the first one is issued, up to 20
     * unused ones in a row, and issuing goes on after the last that holds something: addresses that were given to somebody
     * and emptied since may be given to somebody else. {@link #recoverAccounts} with exact counts, before any account is
     * made, issues none of them again.
     *
     * @param alias its name, unique in this wallet: 1 to 256 bytes of UTF-8, no control characters, no space at the
     *     ends
     * @throws InvalidInputException of kind {@link ErrorKind#ALIAS_TAKEN} or {@link ErrorKind#ALIAS_INVALID}
     * @throws StorageException after a restore, if the key journal has payments of this account and cannot be read: it is not
     *     made
     */
    public Account createAccount(String alias) {
        return account(call(Requests.createAccount(alias)));
    }

    /** Like {@link #createAccount}, without blocking. */
    public CompletableFuture<Account> createAccountAsync(String alias) {
        return callAsync(Requests.createAccount(alias), this::account);
    }

    /**
     * Returns the account with this index.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#ACCOUNT_NOT_FOUND}
     */
    public Account getAccount(int index) {
        return account(call(Requests.account(index)));
    }

    /**
     * Returns the account with this alias; the alias "7" is not the index 7.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#ACCOUNT_NOT_FOUND}
     */
    public Account getAccount(String alias) {
        return account(call(Requests.account(alias)));
    }

    /** Like {@link #getAccount(int)}, without blocking. */
    public CompletableFuture<Account> getAccountAsync(int index) {
        return callAsync(Requests.account(index), this::account);
    }

    /** Like {@link #getAccount(String)}, without blocking. */
    public CompletableFuture<Account> getAccountAsync(String alias) {
        return callAsync(Requests.account(alias), this::account);
    }

    /** Lists the accounts by their index. */
    public Listing<Account> getAccounts() {
        return listing(Requests::accounts, this::account);
    }

    private Account account(AccountData data) {
        return new Account(this, data);
    }

    /**
     * Finds one of the wallet's addresses; as fast with a million of them as with one.
     *
     * @param address the address as users write it (bech32)
     * @throws InvalidInputException of kind {@link ErrorKind#ADDRESS_NOT_FOUND} if it is not one of them
     */
    public AccountAddress findAddress(String address) {
        return call(Requests.findAddress(address));
    }

    /** Like {@link #findAddress}, without blocking. */
    public CompletableFuture<AccountAddress> findAddressAsync(String address) {
        return callAsync(Requests.findAddress(address));
    }

    /**
     * Writes a label to an address, or takes it away.
     *
     * @param label the text, or null for none
     * @throws InvalidInputException of kind {@link ErrorKind#ADDRESS_NOT_FOUND} if it is not one of this wallet
     */
    public AccountAddress setAddressLabel(String address, @Nullable String label) {
        return call(Requests.setLabel(address, label));
    }

    /** Like {@link #setAddressLabel}, without blocking. */
    public CompletableFuture<AccountAddress> setAddressLabelAsync(String address, @Nullable String label) {
        return callAsync(Requests.setLabel(address, label));
    }

    // transactions

    /**
     * Returns a transaction of this wallet.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#TRANSACTION_NOT_FOUND}
     */
    public Transaction getTransaction(TransactionId id) {
        return transaction(call(PaymentRequests.transaction(id)));
    }

    /** Like {@link #getTransaction}, without blocking. */
    public CompletableFuture<Transaction> getTransactionAsync(TransactionId id) {
        return callAsync(PaymentRequests.transaction(id), this::transaction);
    }

    /**
     * Returns the transaction that was made with this key.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#TRANSACTION_NOT_FOUND}
     * @throws WalletHaltedException after a restore: of kind {@link ErrorKind#POSSIBLY_PAID} if a recovered payment was made for the
     *     key and nobody has asked for it again, {@link ErrorKind#PAYMENTS_FROZEN} if no record has it while that is not known
     */
    public Transaction getTransactionByKey(String idempotencyKey) {
        return transaction(call(PaymentRequests.transactionByKey(idempotencyKey)));
    }

    /** Like {@link #getTransactionByKey}, without blocking. */
    public CompletableFuture<Transaction> getTransactionByKeyAsync(String idempotencyKey) {
        return callAsync(PaymentRequests.transactionByKey(idempotencyKey), this::transaction);
    }

    /** Lists the transactions of all accounts, the oldest first. */
    public Listing<Transaction> listTransactions() {
        return listing((after, limit) -> PaymentRequests.transactions(null, after, limit), this::transaction);
    }

    @Override
    Transaction transaction(TransactionData data) {
        return new Transaction(this, data);
    }

    /**
     * Reserves outputs by hand, all or none: no payment spends them until {@link #unlockOutputs}, also after a restart.
     * One that is reserved by hand already stays so.
     *
     * @param outputs plain, unspent outputs that no payment reserves: 1 to 1,000
     * @throws InvalidInputException if one of them is something else
     */
    public void lockOutputs(Collection<OutputId> outputs) {
        call(SweepRequests.lock(outputs));
    }

    /** Like {@link #lockOutputs}, without blocking. */
    public CompletableFuture<Void> lockOutputsAsync(Collection<OutputId> outputs) {
        return callAsync(SweepRequests.lock(outputs)).thenAccept(done -> {});
    }

    /**
     * Frees outputs that were reserved by hand, all or none. One that is free stays so.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#INPUT_LOCKED} if a payment reserves one of them
     */
    public void unlockOutputs(Collection<OutputId> outputs) {
        call(SweepRequests.unlock(outputs));
    }

    /** Like {@link #unlockOutputs}, without blocking. */
    public CompletableFuture<Void> unlockOutputsAsync(Collection<OutputId> outputs) {
        return callAsync(SweepRequests.unlock(outputs)).thenAccept(done -> {});
    }

    // withdrawals

    /**
     * Returns the withdrawal that was requested with this key; {@link Account#withdraw(WithdrawalRequest)} requests one.
     *
     * @throws WalletException as {@link #getTransactionByKey} says
     */
    public Withdrawal getWithdrawal(String idempotencyKey) {
        return withdrawal(call(PaymentRequests.withdrawal(idempotencyKey)));
    }

    /** Like {@link #getWithdrawal}, without blocking. */
    public CompletableFuture<Withdrawal> getWithdrawalAsync(String idempotencyKey) {
        return callAsync(PaymentRequests.withdrawal(idempotencyKey), this::withdrawal);
    }

    /** Lists the withdrawals of all accounts, the oldest first. */
    public Listing<Withdrawal> listWithdrawals() {
        return listing((after, limit) -> PaymentRequests.withdrawals(null, after, limit), this::withdrawal);
    }

    @Override
    Withdrawal withdrawal(WithdrawalData data) {
        return new Withdrawal(this, data);
    }

    @Override
    PreparedTransaction prepared(PreparedData data) {
        return new PreparedTransaction(this, data);
    }

    // the end

    /**
     * Closes the wallet and waits until its directory is free again. Calls that wait fail with {@link
     * WalletClosedException}, as do all that follow. Signed payments are on disk, and go on when the wallet is opened
     * again. May be called any number of times, from any thread. A process that ends without it loses nothing.
     * A thread that is interrupted does not wait.
     */
    @Override
    public void close() {
        session.close();
        cleanable.clean();
    }

    /** Returns whether it was closed. */
    public boolean isClosed() {
        return session.closed();
    }

    /** Closes a wallet whose manager nobody holds any more. Must not refer to the manager. */
    private static final class Forgotten implements Runnable {
        private final Session session;
        private final String name;
        private final @Nullable Throwable opened =
                Boolean.getBoolean("stardust.debug.leaks") ? new Throwable("opened here") : null;

        Forgotten(Session session, String name) {
            this.session = session;
            this.name = name;
        }

        @Override
        public void run() {
            if (!session.closed()) {
                LOG.warn(
                        "the manager of {} was never closed; -Dstardust.debug.leaks=true shows its origin",
                        name,
                        opened);
                session.beginClose();
            }
        }
    }
}
