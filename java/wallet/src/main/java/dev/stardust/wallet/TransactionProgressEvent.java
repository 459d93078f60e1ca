package dev.stardust.wallet;

import java.util.Optional;

/**
 * How far the making of a transaction has come. Live only.
 *
 * @param accountIndex the account that pays
 * @param transactionId the transaction, once it has an id
 * @param idempotencyKey the caller's key
 * @param stage what is done now
 */
public record TransactionProgressEvent(
        int accountIndex, Optional<TransactionId> transactionId, Optional<String> idempotencyKey, Stage stage)
        implements WalletEvent {
    @Override
    public String type() {
        return "transactionProgress";
    }

    /** A step on the way. */
    public enum Stage {
        /** Choosing the outputs to spend. */
        SELECTING_INPUTS,
        /** The transaction is built. */
        PREPARED_TRANSACTION,
        /** Signing. */
        SIGNING,
        /** Doing the proof of work. */
        PERFORMING_PROOF_OF_WORK,
        /** Sending to the node. */
        BROADCASTING,
        /** A stage that this version of the Java part does not know. */
        UNKNOWN
    }
}
