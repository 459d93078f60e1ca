package dev.stardust.wallet;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How far the wallet has followed the ledger.
 *
 * @param state what it is doing
 * @param cursor the last milestone that it has applied
 * @param nodeMilestoneIndex the newest milestone that the node has confirmed
 * @param lag how many milestones are to be applied
 * @param lagSeconds how many seconds of ledger time that is
 * @param nodeUrl the node that serves now
 * @param gap the gap that the wallet stands before
 * @param error what stands in the way
 */
public record SyncStatus(
        State state,
        Optional<Milestone> cursor,
        OptionalLong nodeMilestoneIndex,
        OptionalLong lag,
        OptionalLong lagSeconds,
        Optional<String> nodeUrl,
        Optional<Gap> gap,
        Optional<Problem> error) {

    /** What the wallet is doing. */
    public enum State {
        /** Before the first answer of a node. */
        STARTING,
        /** Applying milestones that the node confirmed before. */
        CATCHING_UP,
        /** At the node's newest milestone. */
        SYNCED,
        /** No progress: no node answers, or none is healthy. */
        STALLED,
        /** The node pruned what the wallet has not seen: repair is needed. */
        GAP,
        /** The wallet stopped itself after a fault. */
        HALTED,
        /** Another signer spends with this seed: payments are refused. */
        FOREIGN_SIGNER,
        /** A state that this version of the Java part does not know. */
        UNKNOWN
    }

    /**
     * Milestones that the wallet has not seen and that the nodes have pruned. It ends when a node has them after all, or
     * with {@link AccountManager#repair()}.
     *
     * @param cursorIndex the last milestone that the wallet has applied
     * @param prunedTo the last one that is pruned, as first heard
     */
    public record Gap(long cursorIndex, long prunedTo) {}

    /**
     * A milestone.
     *
     * @param index its number
     * @param id its id (hex)
     * @param time its time
     */
    public record Milestone(long index, String id, Instant time) {}

    /**
     * What stands in the way.
     *
     * @param kind its kind
     * @param message its text
     */
    public record Problem(ErrorKind kind, String message) {}
}
