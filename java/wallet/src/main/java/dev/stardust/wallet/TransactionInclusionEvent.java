package dev.stardust.wallet;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A transaction of the wallet came to another state.
 *
 * @param id the key of the fact
 * @param logId the id of the log
 * @param sequence the position in the log
 * @param milestoneIndex the milestone that decided it, if one did
 * @param milestoneTime that milestone's time
 * @param transactionId the transaction
 * @param accountIndex the account that it spends from
 * @param idempotencyKey the caller's key
 * @param state what became of it
 * @param reason why, if it is not included: the node's words; of an included one what nobody got, because the time to claim it
 *     was over
 * @param blockId the last block that carried it; of a confirmed one the block by which the milestone included it, if that was
 *     certain then; {@link Transaction#blockId()} may know it later
 * @param repaired inferred when a gap was repaired: the milestone is that of the repair
 */
public record TransactionInclusionEvent(
        String id,
        String logId,
        long sequence,
        OptionalLong milestoneIndex,
        Optional<Instant> milestoneTime,
        TransactionId transactionId,
        int accountIndex,
        Optional<String> idempotencyKey,
        State state,
        Optional<String> reason,
        Optional<BlockId> blockId,
        boolean repaired)
        implements LedgerEvent {
    @Override
    public String type() {
        return "transactionInclusion";
    }

    /** What became of a transaction. */
    public enum State {
        /** Signed, on disk, on its way. */
        PENDING,
        /** A milestone included it: final. */
        CONFIRMED,
        /** One of its inputs was spent by another transaction: it can never be included. Final. */
        CONFLICTING,
        /**
         * Nodes refuse it now. Not final: a milestone may still include it. Nothing is safe to be paid again before it was
         * {@linkplain Transaction#cancel() cancelled}.
         */
        REJECTED,
        /** The transaction that contested it was included: final. See {@link Transaction#cancel()}. */
        CANCELLED,
        /** A state that this version of the Java part does not know. */
        UNKNOWN;

        /** Returns whether nothing changes it any more. {@link #REJECTED} is no end. */
        public boolean isFinal() {
            return this == CONFIRMED || this == CONFLICTING || this == CANCELLED;
        }
    }
}
