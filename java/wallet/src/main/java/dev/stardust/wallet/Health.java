package dev.stardust.wallet;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Everything that a watcher over the wallet wants to know, from memory.
 *
 * @param status how far the wallet has followed the ledger
 * @param nodes the nodes in the order of preference
 * @param repairedGaps milestones that the wallet never saw, oldest first
 * @param reconciliation how much of the wallet was compared with the ledger
 * @param addressPool whether there are addresses in advance
 * @param hotWallet how the part of the wallet is that moves outputs by itself
 */
public record Health(
        SyncStatus status,
        List<Node> nodes,
        List<RepairedGap> repairedGaps,
        Reconciliation reconciliation,
        AddressPool addressPool,
        HotWallet hotWallet) {
    /** Copies the lists. */
    public Health {
        nodes = List.copyOf(nodes);
        repairedGaps = List.copyOf(repairedGaps);
    }

    /**
     * What is known of a node.
     *
     * @param url where it is reached, without credentials
     * @param role what it is used for
     * @param state what it was last found to be
     * @param since how long it has been in this state
     * @param confirmedMilestoneIndex the newest milestone that it said it has confirmed
     * @param heardAgo how long ago it said so
     * @param requests requests sent to it, repetitions included
     * @param errors how many of them ended in a fault
     * @param lastError the last fault; it stays when the node has recovered
     * @param lastErrorAgo how long ago that was
     */
    public record Node(
            String url,
            Role role,
            State state,
            Duration since,
            OptionalLong confirmedMilestoneIndex,
            Optional<Duration> heardAgo,
            long requests,
            long errors,
            Optional<SyncStatus.Problem> lastError,
            Optional<Duration> lastErrorAgo) {
        /** What a node is used for. */
        public enum Role {
            /** The ledger, submissions and look-ups. */
            LEDGER,
            /** The ledger by a stream of its own. */
            INX,
            /** Only to compare with what the others say. */
            WITNESS,
            /** Only for what the others have pruned. */
            PERMANODE,
            /** A role that this version of the Java part does not know. */
            UNKNOWN
        }

        /** What a node was last found to be. */
        public enum State {
            /** It was not asked yet. */
            UNASKED,
            /** It works, and says that it is healthy. */
            GOOD,
            /** It works, and other nodes are further. */
            BEHIND,
            /** It works, and says that it is not healthy. */
            UNHEALTHY,
            /** It failed when it was last used. */
            FAILING,
            /** A state that this version of the Java part does not know. */
            UNKNOWN
        }
    }

    /**
     * Milestones that the wallet never saw, because no node had them any more. What they came to was booked at the
     * last of them, in events that say {@code repaired}.
     *
     * @param fromIndex the first one missed
     * @param toIndex the last one missed
     * @param repaired when the gap was repaired, by this machine's clock
     */
    public record RepairedGap(long fromIndex, long toIndex, Instant repaired) {}

    /**
     * How much of the wallet was compared with the ledger since it was opened. An output about which the two differ is
     * an {@link IncidentEvent} of kind {@link IncidentEvent.Kind#RECONCILIATION}, and changes nothing.
     *
     * @param compared addresses that were compared in the present round
     * @param addresses addresses of the wallet, all of which a round compares
     * @param rounds rounds that were finished
     * @param finished when the last one was, by this machine's clock
     * @param milestoneIndex the last milestone at which addresses were compared
     * @param differences outputs about which wallet and ledger differ, as often as they were found
     */
    public record Reconciliation(
            long compared,
            long addresses,
            long rounds,
            Optional<Instant> finished,
            OptionalLong milestoneIndex,
            long differences) {}

    /**
     * Whether the pools of addresses last; see {@link AccountManagerBuilder#addressPoolSize(int)}.
     *
     * @param size how many addresses of each account should be there in advance; 0: none
     * @param low pools of which a quarter or less is there
     * @param empty pools of which nothing is there
     */
    public record AddressPool(int size, long low, long empty) {}

    /**
     * How the part of the wallet is that moves outputs by itself, as of the last applied milestone; see {@link HotWalletPolicy}.
     *
     * @param crowdedAccounts accounts with so many outputs that their payments may need more inputs than a transaction takes;
     *     see {@link ConsolidationRequiredEvent}
     * @param reason what it waits for, if something stands in its way, or what went wrong first in its last look, which it tries again
     */
    public record HotWallet(long crowdedAccounts, Optional<String> reason) {}
}
