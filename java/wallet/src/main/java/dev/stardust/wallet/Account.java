package dev.stardust.wallet;

import dev.stardust.wallet.internal.json.AccountData;
import dev.stardust.wallet.internal.json.Errors;
import dev.stardust.wallet.internal.json.Json;
import dev.stardust.wallet.internal.json.PaymentRequests;
import dev.stardust.wallet.internal.json.Requests;
import dev.stardust.wallet.internal.json.WithdrawalAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** An account: an index for life, an alias, addresses, coins. Cheap to keep and to get again. */
public final class Account extends AccountPreparations {
    private static final int MOST_WITHDRAWALS = 1_000;

    private volatile String alias;

    Account(AccountManager manager, AccountData data) {
        super(manager, data.index());
        this.alias = data.alias();
    }

    /**
     * How many addresses an account has.
     *
     * @param publicCount addresses to give to others
     * @param internalCount change addresses
     */
    public record AddressCounts(long publicCount, long internalCount) {}

    /** Returns the index, which is part of the path of the account's keys. */
    public int index() {
        return index;
    }

    /** Returns the alias as of when this object was made or last renamed. */
    public String alias() {
        return alias;
    }

    /**
     * Gives the account another alias.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#ALIAS_TAKEN} or {@link ErrorKind#ALIAS_INVALID}
     */
    public Account rename(String newAlias) {
        return renamed(manager.call(Requests.rename(index, newAlias)));
    }

    /** Like {@link #rename}, without blocking. */
    public CompletableFuture<Account> renameAsync(String newAlias) {
        return manager.callAsync(Requests.rename(index, newAlias), this::renamed);
    }

    private Account renamed(AccountData data) {
        alias = data.alias();
        return this;
    }

    /** Returns how many addresses were issued. */
    public AddressCounts addressCounts() {
        return counts(manager.call(Requests.account(index)));
    }

    /** Like {@link #addressCounts}, without blocking. */
    public CompletableFuture<AddressCounts> addressCountsAsync() {
        return manager.callAsync(Requests.account(index), Account::counts);
    }

    private static AddressCounts counts(AccountData data) {
        return new AddressCounts(data.publicAddressCount(), data.internalAddressCount());
    }

    /** Returns the balance as of the last applied milestone. */
    public Balance balance() {
        return manager.call(Requests.balance(index));
    }

    /** Like {@link #balance()}, without blocking. */
    public CompletableFuture<Balance> balanceAsync() {
        return manager.callAsync(Requests.balance(index));
    }

    /** Like {@link #sync(Duration)} with one minute. */
    public Balance sync() {
        return sync(AccountManager.SYNC_TIMEOUT);
    }

    /**
     * Waits until the wallet has processed what the node had confirmed when this was called; see {@link
     * AccountManager#sync(Duration)}.
     *
     * @param timeout how long to wait, 1 ms to 24 hours
     * @return the balance of this account then
     * @throws WalletTimeoutException if the time has passed; the wallet goes on
     * @throws NodeException if no node answers
     * @throws WalletHaltedException if the wallet has stopped itself, or the node no longer has what it needs
     */
    public Balance sync(Duration timeout) {
        return manager.call(Requests.sync(index, timeout));
    }

    /** Like {@link #sync()}, without blocking. */
    public CompletableFuture<Balance> syncAsync() {
        return syncAsync(AccountManager.SYNC_TIMEOUT);
    }

    /** Like {@link #sync(Duration)}, without blocking. */
    public CompletableFuture<Balance> syncAsync(Duration timeout) {
        return manager.callAsync(Requests.sync(index, timeout));
    }

    /**
     * Issues the next public address. It is on disk before it is returned, and is never issued again. The first time
     * the wallet needs a node, which tells the network's prefix. With a pool of addresses
     * ({@link AccountManagerBuilder#addressPoolSize(int)}) the vault may be locked.
     *
     * @throws SecretManagerException if the vault is locked or empty; of kind {@link ErrorKind#POOL_EMPTY} if it is locked
     *     and there is a pool, which has too few addresses
     * @throws NodeException if no node was ever reached, or the ledger has still to be searched for what a used seed
     *     holds and no node answers
     */
    public AccountAddress generateAddress() {
        return generateAddresses(1, AddressOptions.defaults()).get(0);
    }

    /** Issues the next public address, with a label. */
    public AccountAddress generateAddress(String label) {
        return generateAddresses(1, AddressOptions.defaults().withLabel(label)).get(0);
    }

    /** Like {@link #generateAddress()}, without blocking. */
    public CompletableFuture<AccountAddress> generateAddressAsync() {
        return generateOneAsync(AddressOptions.defaults());
    }

    /** Like {@link #generateAddress(String)}, without blocking. */
    public CompletableFuture<AccountAddress> generateAddressAsync(String label) {
        return generateOneAsync(AddressOptions.defaults().withLabel(label));
    }

    private CompletableFuture<AccountAddress> generateOneAsync(AddressOptions options) {
        var request = Requests.generateAddresses(
                index, 1, options.internal(), options.label().orElse(null));
        return manager.callAsync(request, list -> list.get(0));
    }

    /** Issues the next public addresses, 1 to 10,000, all or none. */
    public List<AccountAddress> generateAddresses(int count) {
        return generateAddresses(count, AddressOptions.defaults());
    }

    /**
     * Issues the next addresses of a chain, all or none; see {@link #generateAddress()}.
     *
     * @param count how many, 1 to 10,000
     * @throws InvalidInputException if the count is another one
     */
    public List<AccountAddress> generateAddresses(int count, AddressOptions options) {
        return manager.call(Requests.generateAddresses(
                index, count, options.internal(), options.label().orElse(null)));
    }

    /** Like {@link #generateAddresses(int)}, without blocking. */
    public CompletableFuture<List<AccountAddress>> generateAddressesAsync(int count) {
        return generateAddressesAsync(count, AddressOptions.defaults());
    }

    /** Like {@link #generateAddresses(int, AddressOptions)}, without blocking. */
    public CompletableFuture<List<AccountAddress>> generateAddressesAsync(int count, AddressOptions options) {
        return manager.callAsync(Requests.generateAddresses(
                index, count, options.internal(), options.label().orElse(null)));
    }

    /** Lists the addresses: the public ones by their index, then the internal ones. */
    public Listing<AccountAddress> listAddresses() {
        return manager.listing((after, limit) -> Requests.addresses(index, null, after, limit), item -> item);
    }

    /** Lists the public addresses, or the internal ones. */
    public Listing<AccountAddress> listAddresses(boolean internal) {
        return manager.listing((after, limit) -> Requests.addresses(index, internal, after, limit), item -> item);
    }

    /** Like {@link #sendAmount(List, TransactionOptions)} with the default options: a repeated call pays again. */
    public Transaction sendAmount(List<Payment> outputs) {
        return sendAmount(outputs, TransactionOptions.defaults());
    }

    /**
     * Pays. When this returns, the transaction is signed and on disk; the wallet sends it, and sends it again, until
     * a milestone includes it or it can never be included. Wait with {@link Transaction#awaitEnd}.
     *
     * <p>A call that ends with a time-out, a crash or an interrupt may have paid: repeat it with the same idempotency
     * key. Only outputs that a milestone has booked are spent. A call that throws {@link InvalidInputException}, {@link
     * InsufficientFundsException} or {@link SecretManagerException} has done nothing.
     *
     * @param outputs what to pay, 1 to 128, or 127 where a remainder is left; each at least its storage deposit
     *     (TIP-19)
     * @throws InsufficientFundsException if the available coins do not cover it, or leave a remainder below its
     *     storage deposit
     * @throws InvalidInputException if an address, an amount or a custom input is wrong, or the idempotency key was
     *     used for something else
     * @throws PaymentRefusedException if the {@link PaymentRules} or the {@link WithdrawalReviewer} do not allow it; a payment
     *     that exists with its key is returned, and nobody is asked
     * @throws WalletException of kind {@link ErrorKind#BUSY} if the reviewer is looking at it for another call with its key
     * @throws SecretManagerException if the vault is locked or empty
     * @throws WalletHaltedException if the wallet has stopped itself; of kind {@link ErrorKind#POSSIBLY_PAID} if a payment that
     *     was recovered after a restore may be this one
     */
    public Transaction sendAmount(List<Payment> outputs, TransactionOptions options) {
        // what is reviewed is what is sent, whatever the caller does to the list meanwhile
        List<Payment> payments = List.copyOf(outputs);
        return manager.reviewed(
                () -> review(payments, options),
                options.idempotencyKey(),
                reviewed -> new Transaction(
                        manager, manager.call(PaymentRequests.sendAmount(index, payments, options, reviewed))));
    }

    /** Like {@link #sendAmount(List)}, without blocking. */
    public CompletableFuture<Transaction> sendAmountAsync(List<Payment> outputs) {
        return sendAmountAsync(outputs, TransactionOptions.defaults());
    }

    /** Like {@link #sendAmount(List, TransactionOptions)}, without blocking. */
    public CompletableFuture<Transaction> sendAmountAsync(List<Payment> outputs, TransactionOptions options) {
        List<Payment> payments = List.copyOf(outputs);
        return manager.reviewedAsync(
                () -> review(payments, options),
                options.idempotencyKey(),
                reviewed -> manager.callAsync(
                        PaymentRequests.sendAmount(index, payments, options, reviewed),
                        data -> new Transaction(manager, data)));
    }

    private ReviewRequest review(List<Payment> payments, TransactionOptions options) {
        Optional<ReviewRequest.Remainder> remainder =
                options.remainderValueStrategy() instanceof RemainderValueStrategy.CustomAddress custom
                        ? Optional.of(new ReviewRequest.Remainder(custom.address(), Optional.empty()))
                        : Optional.empty();
        return new ReviewRequest(ReviewRequest.Kind.PAYMENT, index, options.idempotencyKey(), payments, remainder);
    }

    /**
     * Takes withdrawals. When this returns, those that were taken are on disk; from then on the wallet puts them together into
     * transactions, the older ones first, and pays them, also after a restart. What cannot be paid yet (no funds, a locked
     * vault, no node) waits and says why: {@link Withdrawal#reason()}. Before a gap what was taken earlier waits too, and new
     * requests are refused with {@link ErrorKind#GAP}. {@link WithdrawalEvent}s tell each one's states,
     * and {@link AccountManagerBuilder#withdrawalBatches} says how long a withdrawal waits for others.
     *
     * <p>What the {@link PaymentRules} refuse is taken as {@link Withdrawal.State#REFUSED}, for ever; what persons or a {@link
     * WithdrawalReviewer} have to look at waits for them.
     *
     * <p>A call that ends with a time-out, a crash or an interrupt may have been taken: repeat it as it was. A key that was
     * used for the same address and amount answers the withdrawal that there is. One request that cannot be taken leaves the
     * others alone. Safe for use by many threads at once.
     *
     * @param withdrawals 1 to 1000; more are more calls
     * @return what became of each request, in their order
     * @throws InvalidInputException if there are none or more than 1000; nothing was taken
     * @throws NodeException if no node was ever reached: the network's addresses are not known then; nothing was taken
     * @throws StorageException if they could not be written; nothing was taken
     * @throws WalletHaltedException if the wallet has stopped itself; nothing was taken
     */
    public List<WithdrawalResult> withdraw(List<WithdrawalRequest> withdrawals) {
        List<WithdrawalRequest> requests = List.copyOf(withdrawals);
        List<WithdrawalRequest> readable = readable(requests);
        return results(
                requests,
                readable.isEmpty() && !requests.isEmpty()
                        ? List.of()
                        : manager.call(PaymentRequests.withdraw(index, readable)));
    }

    /** Like {@link #withdraw(List)}, without blocking. */
    public CompletableFuture<List<WithdrawalResult>> withdrawAsync(List<WithdrawalRequest> withdrawals) {
        List<WithdrawalRequest> requests = List.copyOf(withdrawals);
        List<WithdrawalRequest> readable = readable(requests);
        if (readable.isEmpty() && !requests.isEmpty()) {
            return CompletableFuture.completedFuture(results(requests, List.of()));
        }
        return manager.callAsync(PaymentRequests.withdraw(index, readable), answers -> results(requests, answers));
    }

    /**
     * Takes one withdrawal; see {@link #withdraw(List)}.
     *
     * @throws InvalidInputException if its key, address or amount is wrong, or the key was used for something else
     */
    public Withdrawal withdraw(WithdrawalRequest withdrawal) {
        return withdraw(List.of(withdrawal)).get(0).withdrawal();
    }

    /** Like {@link #withdraw(WithdrawalRequest)}, without blocking. */
    public CompletableFuture<Withdrawal> withdrawAsync(WithdrawalRequest withdrawal) {
        return manager.callAsync(
                PaymentRequests.withdraw(index, List.of(withdrawal)),
                answers -> results(List.of(withdrawal), answers).get(0).withdrawal());
    }

    /** Those that a message can hold: a text that is not Unicode would refuse the message, and all others with it. */
    private static List<WithdrawalRequest> readable(List<WithdrawalRequest> requests) {
        // too many are refused as a whole
        return requests.size() > MOST_WITHDRAWALS
                ? requests
                : requests.stream().filter(Account::isReadable).toList();
    }

    private static boolean isReadable(WithdrawalRequest request) {
        return Json.isUnicode(request.idempotencyKey()) && Json.isUnicode(request.address());
    }

    private static WalletException unreadable(WithdrawalRequest request) {
        return Json.isUnicode(request.idempotencyKey())
                ? Errors.of(ErrorKind.ADDRESS_INVALID, "an address that is not Unicode text", false)
                : Errors.of(ErrorKind.IDEMPOTENCY_KEY_INVALID, "a key that is not Unicode text", false);
    }

    private List<WithdrawalResult> results(List<WithdrawalRequest> requests, List<WithdrawalAnswer> answers) {
        int asked = readable(requests).size();
        if (answers.size() != asked) {
            String counts = answers.size() + " for " + asked + " withdrawals";
            throw Errors.of(ErrorKind.INTERNAL, "the native part has results for others: " + counts, false);
        }
        List<WithdrawalResult> results = new ArrayList<>(requests.size());
        Iterator<WithdrawalAnswer> next = answers.iterator();
        for (WithdrawalRequest request : requests) {
            if (!isReadable(request)) {
                results.add(WithdrawalResult.refused(request, unreadable(request)));
                continue;
            }
            WithdrawalAnswer answer = next.next();
            results.add(answer.withdrawal()
                    .map(data -> WithdrawalResult.accepted(request, manager.withdrawal(data)))
                    .orElseGet(() -> WithdrawalResult.refused(request, answer.failure())));
        }
        return List.copyOf(results);
    }

    /** Lists the account's withdrawals, the oldest first. */
    public Listing<Withdrawal> listWithdrawals() {
        return manager.listing((after, limit) -> PaymentRequests.withdrawals(index, after, limit), manager::withdrawal);
    }

    /** Lists the account's transactions, the oldest first. */
    public Listing<Transaction> listTransactions() {
        return manager.listing(
                (after, limit) -> PaymentRequests.transactions(index, after, limit),
                data -> new Transaction(manager, data));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Account that && index == that.index && manager == that.manager;
    }

    @Override
    public int hashCode() {
        return Integer.hashCode(index);
    }

    @Override
    public String toString() {
        return "Account[index=" + index + ", alias=" + alias + "]";
    }
}
