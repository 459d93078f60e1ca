package dev.stardust.wallet.internal.json;

/** A consumer of the event log as the core tells it. */
public record ConsumerData(String name, String logId, long acknowledged, long latest) {}
