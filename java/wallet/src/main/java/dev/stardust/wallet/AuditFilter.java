package dev.stardust.wallet;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which records of the audit log are asked for: those that every given part names.
 *
 * @param accountIndex records that concern this account
 * @param idempotencyKey records about the payment or withdrawal of this key
 * @param transactionId records about this transaction
 */
public record AuditFilter(
        OptionalInt accountIndex, Optional<String> idempotencyKey, Optional<TransactionId> transactionId) {
    private static final AuditFilter ALL = new AuditFilter(OptionalInt.empty(), Optional.empty(), Optional.empty());

    /** Makes a filter. */
    public AuditFilter {
        Objects.requireNonNull(accountIndex);
        Objects.requireNonNull(idempotencyKey);
        Objects.requireNonNull(transactionId);
    }

    /** Returns the filter that every record passes. */
    public static AuditFilter all() {
        return ALL;
    }

    /** Returns this filter for the records of one account only. */
    public AuditFilter withAccount(int index) {
        return new AuditFilter(OptionalInt.of(index), idempotencyKey, transactionId);
    }

    /**
     * Returns this filter for the records of one payment or withdrawal only. What became of the transaction that pays a
     * withdrawal is found by that transaction, which the record {@link AuditKind#WITHDRAWAL_ASSIGNED} names.
     */
    public AuditFilter withIdempotencyKey(String key) {
        return new AuditFilter(accountIndex, Optional.of(key), transactionId);
    }

    /** Returns this filter for the records of one transaction only. */
    public AuditFilter withTransaction(TransactionId id) {
        return new AuditFilter(accountIndex, idempotencyKey, Optional.of(id));
    }
}
