package dev.stardust.wallet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a wallet may pay to addresses that are not its own, asked before anything is signed. Set at the opening by {@link
 * AccountManagerBuilder#paymentRules}, over all accounts; what waits since before is judged by the new rules then, which can refuse it
 * and ask for more persons, but free nothing that waits for people. A storage deposit that a payment lends counts. Sweeps, claims and
 * payments to own addresses are not limited.
 *
 * @param perPayment the most of one payment or withdrawal; any amount if there is none
 * @param windows limits of what is paid in a time, all of which hold: up to 16
 * @param allowList the only addresses that may be paid (bech32), up to 100,000; all may if there is none
 * @param approvalFrom from this amount on two persons have to approve, so that only a withdrawal can be of it; nobody has to
 *     if there is none
 */
public record PaymentRules(
        Optional<Amount> perPayment,
        List<Window> windows,
        Optional<Set<String>> allowList,
        Optional<Amount> approvalFrom) {
    /** Makes rules; the core checks them at the opening. */
    public PaymentRules {
        Objects.requireNonNull(perPayment, "perPayment");
        Objects.requireNonNull(approvalFrom, "approvalFrom");
        windows = List.copyOf(windows);
        allowList = allowList.map(Set::copyOf);
    }

    /**
     * A limit of what is paid in any time of a length, by the wallet's clock. What waits to be paid counts as if it were paid
     * now, what was cancelled or can never be included does not count.
     *
     * @param length how long: up to 31 days
     * @param maxAmount the most that leaves the wallet in it; any amount if there is none
     * @param maxCount the most recipients that are paid in it; any number if there is none
     */
    public record Window(Duration length, Optional<Amount> maxAmount, OptionalLong maxCount) {
        /** Makes a limit; the core checks it at the opening. */
        public Window {
            Objects.requireNonNull(length, "length");
            Objects.requireNonNull(maxAmount, "maxAmount");
            Objects.requireNonNull(maxCount, "maxCount");
        }
    }

    /** Starts with rules that allow everything. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects rules. */
    public static final class Builder {
        private final List<Window> windows = new ArrayList<>();
        private @Nullable Amount perPayment;
        private @Nullable Set<String> allowList;
        private @Nullable Amount approvalFrom;

        private Builder() {}

        /** Sets the most that one payment or withdrawal may take out of the wallet. */
        public Builder perPayment(Amount most) {
            this.perPayment = most;
            return this;
        }

        /** Limits how much leaves the wallet in any time of this length. */
        public Builder maxAmount(Duration length, Amount most) {
            windows.add(new Window(length, Optional.of(most), OptionalLong.empty()));
            return this;
        }

        /** Limits how many recipients are paid in any time of this length. */
        public Builder maxCount(Duration length, long most) {
            windows.add(new Window(length, Optional.empty(), OptionalLong.of(most)));
            return this;
        }

        /** Sets the only addresses beside the wallet's own that may be paid (bech32). */
        public Builder allowList(Collection<String> addresses) {
            this.allowList = new LinkedHashSet<>(addresses);
            return this;
        }

        /** Sets the amount from which two persons have to approve. */
        public Builder approvalFrom(Amount least) {
            this.approvalFrom = least;
            return this;
        }

        /** Makes the rules. */
        public PaymentRules build() {
            return new PaymentRules(
                    Optional.ofNullable(perPayment),
                    windows,
                    Optional.ofNullable(allowList),
                    Optional.ofNullable(approvalFrom));
        }
    }
}
