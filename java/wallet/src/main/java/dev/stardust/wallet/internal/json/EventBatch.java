package dev.stardust.wallet.internal.json;

import dev.stardust.wallet.LedgerEvent;
import java.util.List;

/** What a poll found. */
public record EventBatch(String logId, List<LedgerEvent> events) {}
