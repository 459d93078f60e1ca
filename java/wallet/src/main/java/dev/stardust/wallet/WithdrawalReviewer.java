package dev.stardust.wallet;

/**
 * Looks at each withdrawal and payment before anything of it is signed, and may veto it; set by {@link
 * AccountManagerBuilder#withdrawalReview}.
 *
 * <p>While there is one, each new withdrawal is {@link Withdrawal.State#AWAITING_REVIEW} until it was answered, also across
 * restarts: what waited at a crash is asked about again. So a withdrawal may be asked about more than once; the first answer
 * that is stored counts.
 *
 * <p>Other payments are asked about when the core wants it: not what the other rules refuse, and not a payment that exists
 * already, by its key. What the reviewer is shown is what is paid. A veto is written into the audit log, and leaves the key unused.
 * A call for a payment that the reviewer is looking at for another call ends with {@link ErrorKind#BUSY}.
 *
 * <p>Withdrawals are asked about one after the other on a thread of the manager; other payments on the thread that calls, or on
 * up to 16 threads of the manager when they are asynchronous, possibly at the same time. For these 1,000 can wait; more end with
 * {@link ErrorKind#BUSY}. It may call the wallet, block and take its time: no listener waits for it, and no other manager. An
 * asynchronous payment that it makes itself on such a thread is reviewed there before the call returns.
 *
 * <p>One of these other payments that is given up while it waits or is looked at is not made, whatever the answer: its future
 * was cancelled or has timed out, or the manager was closed. Nobody is asked about what waits any more then.
 */
@FunctionalInterface
public interface WithdrawalReviewer {
    /**
     * Answers.
     *
     * @return {@link Review#allow()} or {@link Review#veto}
     * @throws RuntimeException if there is no answer now: it is logged, and a withdrawal goes on waiting and is asked about
     *     again some seconds later; a payment is not made. After a restore so is one that was vetoed, once a minute, as long as
     *     the wallet before may have paid it
     */
    Review review(ReviewRequest request);
}
