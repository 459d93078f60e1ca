package dev.stardust.wallet;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a payment is made.
 *
 * @param remainderValueStrategy where the remainder goes
 * @param taggedDataPayload data that the transaction carries
 * @param customInputs the outputs to spend; the wallet chooses if there are none
 * @param idempotencyKey a key that makes a repeated call find the first one's payment instead of paying twice
 * @param note words that the wallet keeps with the transaction
 * @param allowMicroAmount whether amounts below the storage deposit are sent with a deposit that comes back
 * @param microAmountExpiration how long such an output can be claimed; the wallet's default, a day, if there is none
 */
public record TransactionOptions(
        RemainderValueStrategy remainderValueStrategy,
        Optional<TaggedData> taggedDataPayload,
        List<OutputId> customInputs,
        Optional<String> idempotencyKey,
        Optional<String> note,
        boolean allowMicroAmount,
        Optional<Duration> microAmountExpiration) {
    private static final TransactionOptions DEFAULTS = builder().build();

    /** Makes options. */
    public TransactionOptions {
        customInputs = List.copyOf(customInputs);
    }

    /** Returns the options of a payment that says nothing. */
    public static TransactionOptions defaults() {
        return DEFAULTS;
    }

    /** Returns options with nothing but an idempotency key. */
    public static TransactionOptions idempotencyKey(String key) {
        return builder().idempotencyKey(key).build();
    }

    /** Starts with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects options. */
    public static final class Builder {
        private RemainderValueStrategy remainder = RemainderValueStrategy.changeAddress();
        private @Nullable TaggedData taggedData;
        private List<OutputId> inputs = List.of();
        private @Nullable String key;
        private @Nullable String note;
        private boolean microAmount;
        private @Nullable Duration microExpiration;

        private Builder() {}

        /** Sets where the remainder goes; the account's change address unless set. */
        public Builder remainderValueStrategy(RemainderValueStrategy strategy) {
            this.remainder = strategy;
            return this;
        }

        /** Sets data that the transaction carries, instead of the mark of its idempotency key. A tag of the wallet's own is refused. */
        public Builder taggedDataPayload(TaggedData data) {
            this.taggedData = data;
            return this;
        }

        /** Sets the outputs to spend: plain ones of this account, not spent, not reserved. */
        public Builder customInputs(Collection<OutputId> outputs) {
            this.inputs = List.copyOf(outputs);
            return this;
        }

        /**
         * Sets a key of the caller's, up to 256 bytes, unique to this payment. A call with the same key and the
         * same parameters returns the payment that exists, also after a crash; one with other parameters fails
         * with {@link ErrorKind#IDEMPOTENCY_CONFLICT}.
         */
        public Builder idempotencyKey(String value) {
            this.key = value;
            return this;
        }

        /**
         * Sets words that the wallet keeps with the transaction, up to 1,024 bytes of UTF-8. They are not on the ledger, and no
         * parameter of the payment: a repeated call with a key returns the note of the first.
         */
        public Builder note(String text) {
            this.note = text;
            return this;
        }

        /**
         * Allows amounts below the storage deposit (TIP-19), which are refused otherwise. The recipient gets the amount in an
         * output that also holds the deposit it needs, and can claim it for a day from the signature: the claim gives the
         * deposit back to the account's change address. What nobody claims is the account's again. What was not applied before
         * less than half an hour is left is {@linkplain Transaction#cancel() cancelled} by the wallet itself; if it is applied
         * when the time is over, {@link Transaction#reason()} says so. The recipient's wallet has to know how to claim.
         */
        public Builder allowMicroAmount() {
            this.microAmount = true;
            return this;
        }

        /** Allows amounts below the storage deposit, to be claimed within this time: an hour to 365 days. */
        public Builder allowMicroAmount(Duration expiration) {
            this.microExpiration = expiration;
            return allowMicroAmount();
        }

        /** Makes the options. */
        public TransactionOptions build() {
            return new TransactionOptions(
                    remainder,
                    Optional.ofNullable(taggedData),
                    inputs,
                    Optional.ofNullable(key),
                    Optional.ofNullable(note),
                    microAmount,
                    Optional.ofNullable(microExpiration));
        }
    }
}
