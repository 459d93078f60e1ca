package dev.stardust.wallet;

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
 */
public record TransactionOptions(
        RemainderValueStrategy remainderValueStrategy,
        Optional<TaggedData> taggedDataPayload,
        List<OutputId> customInputs,
        Optional<String> idempotencyKey) {
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

        private Builder() {}

        /** Sets where the remainder goes; the account's change address unless set. */
        public Builder remainderValueStrategy(RemainderValueStrategy strategy) {
            this.remainder = strategy;
            return this;
        }

        /** Sets data that the transaction carries. */
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

        /** Makes the options. */
        public TransactionOptions build() {
            return new TransactionOptions(remainder, Optional.ofNullable(taggedData), inputs, Optional.ofNullable(key));
        }
    }
}
