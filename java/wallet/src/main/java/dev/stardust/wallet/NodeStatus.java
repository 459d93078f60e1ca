package dev.stardust.wallet;

import java.time.Instant;

/**
 * What the node that serves now says of itself.
 *
 * @param url the node
 * @param healthy whether it calls itself healthy
 * @param network its network
 * @param confirmedIndex the newest milestone that it has confirmed
 * @param confirmedId that milestone's id (hex)
 * @param confirmedTime that milestone's time
 * @param prunedTo the last milestone that it no longer has; 0 if it has all
 */
public record NodeStatus(
        String url,
        boolean healthy,
        Network network,
        long confirmedIndex,
        String confirmedId,
        Instant confirmedTime,
        long prunedTo) {}
