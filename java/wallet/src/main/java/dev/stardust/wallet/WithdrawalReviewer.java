package dev.stardust.wallet;

/**
 * Looks at each withdrawal and payment before anything of it is signed, and may veto it; set by {@link
 * AccountManagerBuilder#withdrawalReview}.
 *
 * <p>While there is one, each new withdrawal is {@link Withdrawal.State#AWAITING_REVIEW} until it was answered, also across
 * restarts: what waited at a crash is asked about again. So a withdrawal may be asked about more than once; the first answer
 * that is stored counts.
 *
 * <p>Withdrawals are asked about one after the other on the manager's executor; other payments on the thread that calls, or
 * on that executor when they are asynchronous, possibly at the same time. It may call the wallet, block and take its time.
 */
@FunctionalInterface
public interface WithdrawalReviewer {
    /**
     * Answers.
     *
     * @return {@link Review#allow()} or {@link Review#veto}
     * @throws RuntimeException if there is no answer now: it is logged, and a withdrawal goes on waiting and is asked about
     *     again some seconds later; a payment is not made
     */
    Review review(ReviewRequest request);
}
