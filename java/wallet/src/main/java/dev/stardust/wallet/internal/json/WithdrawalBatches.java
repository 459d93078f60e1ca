package dev.stardust.wallet.internal.json;

import java.time.Duration;

/** How withdrawals are put together into transactions. */
public record WithdrawalBatches(Duration maxDelay, int maxRecipients) {}
