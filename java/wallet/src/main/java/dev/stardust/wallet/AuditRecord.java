package dev.stardust.wallet;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A decision of the wallet, as it was written down when it was made.
 *
 * @param sequence its position in the log, from 1 without holes
 * @param time when it was written, by the machine's clock
 * @param kind what was decided
 * @param accountIndex the account that it concerns, if it concerns one
 * @param idempotencyKey the key of the payment or withdrawal that it is about, if there is one
 * @param transactionId the transaction that it is about, if there is one
 * @param details all else: a JSON object, exactly as it was hashed
 * @param hash its hash: {@code 0x} and 64 hexadecimal digits
 */
public record AuditRecord(
        long sequence,
        Instant time,
        AuditKind kind,
        OptionalInt accountIndex,
        Optional<String> idempotencyKey,
        Optional<TransactionId> transactionId,
        String details,
        String hash) {
    /** Returns this record as the head that it was when it was the newest. */
    public AuditHead head() {
        return new AuditHead(sequence, hash);
    }
}
