package dev.stardust.wallet;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which outputs a sweep takes.
 *
 * @param from the accounts whose outputs are taken; all others than the one that gets them if there are none
 * @param minAmount outputs of at least so much
 * @param maxAmount outputs of at most so much
 * @param minAge outputs booked at least so many milestones ago
 * @param minCount a transaction with fewer inputs is not made: 1 to 128
 * @param maxTransactions at most so many transactions
 */
public record SweepOptions(
        Optional<List<Integer>> from,
        Optional<Amount> minAmount,
        Optional<Amount> maxAmount,
        int minAge,
        int minCount,
        int maxTransactions) {
    private static final SweepOptions DEFAULTS = builder().build();

    /** Makes options. */
    public SweepOptions {
        from = from.map(List::copyOf);
    }

    /** Returns options that take everything of all other accounts, by at most 1,000 transactions. */
    public static SweepOptions defaults() {
        return DEFAULTS;
    }

    /** Starts with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects options. */
    public static final class Builder {
        private @Nullable List<Integer> from;
        private @Nullable Amount minAmount;
        private @Nullable Amount maxAmount;
        private int minAge;
        private int minCount = 1;
        private int maxTransactions = 1_000;

        private Builder() {}

        /** Takes outputs of these accounts only, by their indexes. */
        public Builder from(int... accounts) {
            from = Arrays.stream(accounts).boxed().toList();
            return this;
        }

        /** Takes outputs of at least so much. */
        public Builder minAmount(Amount amount) {
            minAmount = amount;
            return this;
        }

        /** Takes outputs of at most so much. */
        public Builder maxAmount(Amount amount) {
            maxAmount = amount;
            return this;
        }

        /** Takes outputs that were booked at least so many milestones ago. */
        public Builder minAge(int milestones) {
            minAge = milestones;
            return this;
        }

        /** Makes no transaction with fewer inputs: 1 to 128. */
        public Builder minCount(int count) {
            minCount = count;
            return this;
        }

        /** Makes at most so many transactions. */
        public Builder maxTransactions(int count) {
            maxTransactions = count;
            return this;
        }

        /** Returns the options. What is out of its range is refused when it is used. */
        public SweepOptions build() {
            return new SweepOptions(
                    Optional.ofNullable(from),
                    Optional.ofNullable(minAmount),
                    Optional.ofNullable(maxAmount),
                    minAge,
                    minCount,
                    maxTransactions);
        }
    }
}
