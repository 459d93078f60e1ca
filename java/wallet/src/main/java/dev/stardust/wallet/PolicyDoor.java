package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.json.BackupRequests;
import dev.stardust.wallet.internal.json.CancellationData;
import dev.stardust.wallet.internal.json.PaymentRequests;
import dev.stardust.wallet.internal.json.PolicyRequests;
import dev.stardust.wallet.internal.json.PreparedData;
import dev.stardust.wallet.internal.json.Reviewed;
import dev.stardust.wallet.internal.json.TransactionData;
import dev.stardust.wallet.internal.json.WithdrawalData;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The part of {@link AccountManager} that has to do with what may be paid. */
abstract sealed class PolicyDoor extends EventsDoor permits AccountManager {
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final @Nullable PaymentReviews reviews;

    PolicyDoor(Session session, Executor listeners, @Nullable WithdrawalReviewer reviewer) {
        super(session, listeners);
        this.reviews = reviewer == null ? null : new PaymentReviews(session, reviewer);
        if (reviewer != null) {
            new Reviews(session, reviewer, PAUSE).start();
        }
    }

    abstract Withdrawal withdrawal(WithdrawalData data);

    abstract Transaction transaction(TransactionData data);

    abstract PreparedTransaction prepared(PreparedData data);

    /**
     * Cancels the payment or the withdrawal that was made with this key, whichever it is, as {@link Transaction#cancel()} or
     * {@link Withdrawal#cancel()} does: a withdrawal that no transaction pays yet is cancelled when this returns; what is signed is
     * contested, and a milestone decides. Nothing is safe to be paid again before the end; wait for it with {@code awaitEnd} of
     * what is returned. One that has ended is returned as it is; cancelling twice is cancelling once. The key stays used. A call
     * that pays with the key comes first if it was made before; one that is made later may pay.
     *
     * @return the payment or the withdrawal as it is then
     * @throws InvalidInputException of kind {@link ErrorKind#TRANSACTION_NOT_FOUND} if neither has this key: what was only
     *     prepared with it is released then, and a payment that waits for a {@link WithdrawalReviewer} is not known yet and still
     *     paid if that allows it; and whenever {@link Transaction#cancel()} throws one
     * @throws SecretManagerException if it is signed and the vault is locked or empty; nothing was changed
     * @throws StorageException of a key journal's kind, such as {@link ErrorKind#JOURNAL_IO}, as {@link Withdrawal#cancel()} does
     * @throws WalletHaltedException if the wallet has stopped itself; after a restore as {@link
     *     AccountManager#getTransactionByKey} says, and as {@link Withdrawal#cancel()} says
     */
    public Cancellation cancel(String idempotencyKey) {
        return cancellation(call(PaymentRequests.cancel(idempotencyKey)));
    }

    /** Like {@link #cancel}, without blocking. */
    public CompletableFuture<Cancellation> cancelAsync(String idempotencyKey) {
        return callAsync(PaymentRequests.cancel(idempotencyKey), this::cancellation);
    }

    private Cancellation cancellation(CancellationData data) {
        CancellationData found = data.checked();
        return new Cancellation(
                found.transaction().map(this::transaction), found.withdrawal().map(this::withdrawal));
    }

    /**
     * Pays, after the reviewer has looked at it, if there is one.
     *
     * @param name what a repeated call would have in common with this one, if there is anything
     * @param send sends the payment, and what the reviewer says of it
     */
    final <T> T reviewed(Supplier<ReviewRequest> request, Optional<String> name, Function<Reviewed, T> send) {
        PaymentReviews asked = reviews;
        return asked == null ? send.apply(Reviewed.NO) : asked.pay(request.get(), name, send);
    }

    /** Like {@link #reviewed}, without blocking. */
    final <T> CompletableFuture<T> reviewedAsync(
            Supplier<ReviewRequest> request, Optional<String> name, Function<Reviewed, CompletableFuture<T>> send) {
        PaymentReviews asked = reviews;
        return asked == null ? send.apply(Reviewed.NO) : asked.payAsync(request.get(), name, send);
    }

    /**
     * Lets the wallet pay again after it saw another signer ({@link ErrorKind#FOREIGN_SIGNER}), on the word of a person who
     * has looked and repeats the evidence. Read what to look at first in {@code docs/recovery.md}: if somebody has the keys,
     * only new keys help. Another signer that is seen later halts payments again. Does nothing if payments are not halted by
     * it. Durable when this returns.
     *
     * @param evidence the error's {@linkplain WalletException#details detail} {@code evidence}, word for word
     * @throws InvalidInputException if payments were halted by another evidence
     */
    public void releaseForeignSigner(String evidence) {
        call(BackupRequests.releaseForeignSigner(evidence));
    }

    /** Like {@link #releaseForeignSigner}, without blocking. */
    public CompletableFuture<Void> releaseForeignSignerAsync(String evidence) {
        return done(() -> BackupRequests.releaseForeignSigner(evidence));
    }

    /** Lists the withdrawals of all accounts that wait for two persons who approve them, the oldest first. */
    public Listing<Withdrawal> listWithdrawalsAwaitingApproval() {
        return listing((after, limit) -> PolicyRequests.waiting(false, after, limit, Duration.ZERO), this::withdrawal);
    }

    /** Lists the withdrawals of all accounts that wait for the {@link WithdrawalReviewer}, the oldest first. */
    public Listing<Withdrawal> listWithdrawalsAwaitingReview() {
        return listing((after, limit) -> PolicyRequests.waiting(true, after, limit, Duration.ZERO), this::withdrawal);
    }

    /**
     * Answers for the {@link WithdrawalReviewer}, when there is none any more and a withdrawal waits for one. The first
     * answer counts; a withdrawal that does not wait for it is returned as it is.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#TRANSACTION_NOT_FOUND}, or if the reason is too long
     * @throws WalletHaltedException as {@link AccountManager#getWithdrawal} says; of kind {@link ErrorKind#PAYMENTS_FROZEN} also for a
     *     veto as long as the wallet before a restore may have paid it, which changes nothing
     * @throws StorageException of a key journal's kind, such as {@link ErrorKind#JOURNAL_IO}: after a veto it is refused and never
     *     paid, but the key journal does not say so yet, which a restore of an older backup needs; call again
     */
    public Withdrawal reviewWithdrawal(String idempotencyKey, Review review) {
        return withdrawal(call(PolicyRequests.review(idempotencyKey, review.veto())));
    }

    /** Like {@link #reviewWithdrawal}, without blocking. */
    public CompletableFuture<Withdrawal> reviewWithdrawalAsync(String idempotencyKey, Review review) {
        return callAsync(PolicyRequests.review(idempotencyKey, review.veto()), this::withdrawal);
    }

    /**
     * Lists what is {@linkplain Account#prepareTransaction(List) prepared}, the oldest first: the transactions that are
     * neither submitted nor released nor expired, and whose inputs nobody else can spend.
     */
    public List<PreparedTransaction> preparedTransactions() {
        return preparedOf(call(PolicyRequests.prepared(null)));
    }

    /** Like {@link #preparedTransactions()}, without blocking. */
    public CompletableFuture<List<PreparedTransaction>> preparedTransactionsAsync() {
        return callAsync(PolicyRequests.prepared(null), this::preparedOf);
    }

    final List<PreparedTransaction> preparedOf(List<PreparedData> data) {
        return data.stream().map(this::prepared).toList();
    }
}
