package dev.stardust.wallet;

import java.time.Instant;

/**
 * A person's approval of a withdrawal.
 *
 * @param approver who, as the caller of {@link Withdrawal#approve} named them
 * @param time when, by this machine's clock
 */
public record Approval(String approver, Instant time) {}
