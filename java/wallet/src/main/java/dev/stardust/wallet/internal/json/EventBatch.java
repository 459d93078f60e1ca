package dev.stardust.wallet.internal.json;

import dev.stardust.wallet.LedgerEvent;
import java.util.List;

/**
 * What a poll found.
 *
 * @param logId the log
 * @param events the events
 * @param through so far the log was looked at
 * @param more whether there is more of it that was not looked at
 */
public record EventBatch(String logId, List<LedgerEvent> events, long through, boolean more) {}
