package dev.stardust.wallet.internal.json;

/** An account as the core tells it. */
public record AccountData(int index, String alias, long publicAddressCount, long internalAddressCount) {}
