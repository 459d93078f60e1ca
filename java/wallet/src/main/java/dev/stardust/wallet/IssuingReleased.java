package dev.stardust.wallet;

/**
 * Issuing is free again after a restore.
 *
 * @param skipped addresses that are watched from now on and never issued
 * @param accounts accounts that were made anew
 */
public record IssuingReleased(long skipped, long accounts) {}
