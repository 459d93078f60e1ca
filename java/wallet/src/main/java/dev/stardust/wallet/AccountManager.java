package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.LiveSubscription;
import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.json.AccountData;
import dev.stardust.wallet.internal.json.ConsumerData;
import dev.stardust.wallet.internal.json.Requests;
import dev.stardust.wallet.internal.json.TransactionData;
import dev.stardust.wallet.internal.loader.NativeLoader;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
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
public final class AccountManager extends VaultDoor implements AutoCloseable {
    static final Duration SYNC_TIMEOUT = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(AccountManager.class);
    private static final Cleaner CLEANER = Cleaner.create();

    private final Executor listeners;
    private final Cleaner.Cleanable cleanable;

    AccountManager(Session session, Executor listeners, String name) {
        super(session);
        this.listeners = listeners;
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
     * @param alias its name, unique in this wallet: 1 to 256 bytes of UTF-8, no control characters, no space at the
     *     ends
     * @throws InvalidInputException of kind {@link ErrorKind#ALIAS_TAKEN} or {@link ErrorKind#ALIAS_INVALID}
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
        return transaction(call(Requests.transaction(id)));
    }

    /** Like {@link #getTransaction}, without blocking. */
    public CompletableFuture<Transaction> getTransactionAsync(TransactionId id) {
        return callAsync(Requests.transaction(id), this::transaction);
    }

    /**
     * Returns the transaction that was made with this key.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#TRANSACTION_NOT_FOUND}
     */
    public Transaction getTransactionByKey(String idempotencyKey) {
        return transaction(call(Requests.transactionByKey(idempotencyKey)));
    }

    /** Like {@link #getTransactionByKey}, without blocking. */
    public CompletableFuture<Transaction> getTransactionByKeyAsync(String idempotencyKey) {
        return callAsync(Requests.transactionByKey(idempotencyKey), this::transaction);
    }

    /** Lists the transactions of all accounts, the oldest first. */
    public Listing<Transaction> listTransactions() {
        return listing((after, limit) -> Requests.transactions(null, after, limit), this::transaction);
    }

    private Transaction transaction(TransactionData data) {
        return new Transaction(this, data);
    }

    // events

    /** Like {@link #listen(Class, Consumer, Executor)} on the manager's executor. */
    public <E extends WalletEvent> Subscription listen(Class<E> type, Consumer<? super E> listener) {
        return listen(type, listener, this.listeners);
    }

    /**
     * Calls a listener for each event of this type from now on. Live only: what happened before, or while the
     * process was down, does not come; crediting needs {@link #consumer(String)}. The calls of one listener come one
     * after the other and in order. A listener that throws is logged. A listener that is too slow loses events.
     *
     * @param type the type of event; an interface such as {@link LedgerEvent} means all of its kinds
     */
    public <E extends WalletEvent> Subscription listen(Class<E> type, Consumer<? super E> listener, Executor executor) {
        LiveSubscription<E> live = session.listen(type, listener, executor, this);
        return new Subscription(session, live);
    }

    /** Like {@link #consumer(String, StartFrom)} from the log's beginning. */
    public EventConsumer consumer(String name) {
        return consumer(name, StartFrom.BEGINNING);
    }

    /**
     * Returns the durable consumer of this name; it is made if there is none.
     *
     * @param name 1 to 128 bytes of UTF-8, no control characters
     * @param from where it starts if it is new
     * @throws InvalidInputException of kind {@link ErrorKind#CONSUMER_NAME_INVALID}
     */
    public EventConsumer consumer(String name, StartFrom from) {
        return new EventConsumer(this, call(Requests.openConsumer(name, from == StartFrom.NOW)));
    }

    /** Like {@link #consumer(String, StartFrom)}, without blocking. */
    public CompletableFuture<EventConsumer> consumerAsync(String name, StartFrom from) {
        return callAsync(Requests.openConsumer(name, from == StartFrom.NOW), data -> new EventConsumer(this, data));
    }

    /** Lists the durable consumers. */
    public List<ConsumerInfo> listConsumers() {
        return consumers(call(Requests.consumers()));
    }

    /** Like {@link #listConsumers()}, without blocking. */
    public CompletableFuture<List<ConsumerInfo>> listConsumersAsync() {
        return callAsync(Requests.consumers(), AccountManager::consumers);
    }

    private static List<ConsumerInfo> consumers(List<ConsumerData> list) {
        return list.stream()
                .map(data -> new ConsumerInfo(data.name(), data.logId(), data.acknowledged(), data.latest()))
                .toList();
    }

    /**
     * Forgets a durable consumer and its position.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#CONSUMER_NOT_FOUND}
     */
    public void removeConsumer(String name) {
        call(Requests.removeConsumer(name));
    }

    /** Like {@link #removeConsumer}, without blocking. */
    public CompletableFuture<Void> removeConsumerAsync(String name) {
        return done(() -> Requests.removeConsumer(name));
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
