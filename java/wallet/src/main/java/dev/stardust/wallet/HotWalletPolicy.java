package dev.stardust.wallet;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * What a wallet does with its outputs by itself; see {@link AccountManagerBuilder#hotWallet(HotWalletPolicy)}.
 *
 * <p>It looks after each milestone, while the vault is unlocked and nothing stands in the way of payments, and makes at most one
 * transaction at a time for an account, and a claim beside it. Payments come first: what withdrawals wait for is left alone, and of an account never
 * more than half is on its way. What is due is read from the database, so a restart goes on where it was.
 *
 * @param sweep brings outputs of other accounts into one
 * @param consolidation puts the small outputs of an account together
 * @param claim claims outputs under conditions
 * @param warnAbove how many spendable outputs make a {@link ConsolidationRequiredEvent}; the wallet's default, 1,000, if there is
 *     none
 */
public record HotWalletPolicy(
        Optional<Sweep> sweep, Optional<Consolidation> consolidation, Optional<Claim> claim, OptionalInt warnAbove) {
    /** Starts with a policy that does nothing by itself. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Which outputs go to which account. All of the conditions must be met. Outputs of an account with withdrawals that wait stay
     * there.
     *
     * @param into the account that gets them, on its change address; before it exists nothing is swept
     * @param from the accounts whose outputs are swept; all others if there are none
     * @param minAmount outputs of at least so much
     * @param minAge outputs booked at least so many milestones ago
     * @param minTime outputs booked at least so long ago, by the ledger's time
     * @param minCount a transaction with fewer inputs is not made: 1 to 128
     * @param maxCount nor one with more: 1 to 128
     */
    public record Sweep(
            int into,
            Optional<List<Integer>> from,
            Optional<Amount> minAmount,
            int minAge,
            Duration minTime,
            int minCount,
            int maxCount) {
        /** Copies the list. */
        public Sweep {
            from = from.map(List::copyOf);
        }

        /** Returns a sweep of everything of all other accounts into this one, at once. */
        public static Sweep into(int account) {
            return new Sweep(account, Optional.empty(), Optional.empty(), 0, Duration.ZERO, 1, 128);
        }

        /** Returns the same for outputs of these accounts only. */
        public Sweep from(int... accounts) {
            List<Integer> list = Arrays.stream(accounts).boxed().toList();
            return new Sweep(into, Optional.of(list), minAmount, minAge, minTime, minCount, maxCount);
        }

        /** Returns the same for outputs of at least so much. */
        public Sweep minAmount(Amount amount) {
            return new Sweep(into, from, Optional.of(amount), minAge, minTime, minCount, maxCount);
        }

        /** Returns the same for outputs booked at least so many milestones ago. */
        public Sweep minAge(int milestones) {
            return new Sweep(into, from, minAmount, milestones, minTime, minCount, maxCount);
        }

        /** Returns the same for outputs booked at least so long ago, by the ledger's time. */
        public Sweep minTime(Duration time) {
            return new Sweep(into, from, minAmount, minAge, time, minCount, maxCount);
        }

        /** Returns the same with transactions of at least so many inputs: 1 to 128. */
        public Sweep minCount(int inputs) {
            return new Sweep(into, from, minAmount, minAge, minTime, inputs, maxCount);
        }

        /** Returns the same with transactions of at most so many inputs: 1 to 128. */
        public Sweep maxCount(int inputs) {
            return new Sweep(into, from, minAmount, minAge, minTime, minCount, inputs);
        }
    }

    /**
     * Which accounts' outputs are put together, the smallest first, at most 128 by a transaction and at most half of what the
     * account has.
     *
     * @param account the account; every account if there is none
     * @param above so many spendable outputs are left alone: 16 to 1,000,000. An account with fewer is consolidated when a payment
     *     needed more than 128 inputs. Counts as at least twice the {@linkplain AccountManagerBuilder#readyOutputs(int) outputs
     *     that are kept ready}
     */
    public record Consolidation(OptionalInt account, int above) {
        /** Returns the consolidation of every account with more spendable outputs than this. */
        public static Consolidation above(int outputs) {
            return new Consolidation(OptionalInt.empty(), outputs);
        }

        /** Returns the consolidation of this account when it has more spendable outputs than this. */
        public static Consolidation of(int account, int above) {
            return new Consolidation(OptionalInt.of(account), above);
        }
    }

    /**
     * Which outputs under conditions are claimed; see {@link Account#claimOutputs()}. Outputs of an address wait until together they
     * leave enough for an output of its own (TIP-19).
     *
     * @param expiringWithin those that expire so soon, by the ledger's time, and no others: more than ten minutes; all, as soon as
     *     they are seen, if there is none
     * @param minAmount those of which at least so much is left when the storage deposit went back
     */
    public record Claim(Optional<Duration> expiringWithin, Optional<Amount> minAmount) {
        /** Returns the claim of everything, as soon as it is seen. */
        public static Claim atSight() {
            return new Claim(Optional.empty(), Optional.empty());
        }

        /** Returns the claim of what would be lost within this time. What does not expire is left alone. */
        public static Claim expiringWithin(Duration time) {
            return new Claim(Optional.of(time), Optional.empty());
        }

        /** Returns the same for outputs of which at least so much is left. */
        public Claim minAmount(Amount amount) {
            return new Claim(expiringWithin, Optional.of(amount));
        }
    }

    /** Collects what is done. */
    public static final class Builder {
        private @Nullable Sweep sweep;
        private @Nullable Consolidation consolidation;
        private @Nullable Claim claim;
        private OptionalInt warnAbove = OptionalInt.empty();

        private Builder() {}

        /** Brings outputs of other accounts into one. */
        public Builder sweep(Sweep what) {
            sweep = what;
            return this;
        }

        /** Puts the small outputs of an account together. */
        public Builder consolidation(Consolidation what) {
            consolidation = what;
            return this;
        }

        /** Claims outputs under conditions. */
        public Builder claim(Claim what) {
            claim = what;
            return this;
        }

        /** Sets how many spendable outputs make a {@link ConsolidationRequiredEvent}: 128 to 1,000,000. */
        public Builder warnAbove(int outputs) {
            warnAbove = OptionalInt.of(outputs);
            return this;
        }

        /** Returns the policy. What is out of its range is refused when the wallet is opened. */
        public HotWalletPolicy build() {
            return new HotWalletPolicy(
                    Optional.ofNullable(sweep),
                    Optional.ofNullable(consolidation),
                    Optional.ofNullable(claim),
                    warnAbove);
        }
    }
}
