package dev.stardust.wallet;

/**
 * What was taken over from another wallet.
 *
 * @param accounts how many accounts
 * @param publicAddresses how many public addresses, skipped ones included
 * @param internalAddresses how many internal addresses, skipped ones included
 * @param notes how many notes to transactions; {@link AccountManager#listImportedNotes} has them
 */
public record ImportReport(int accounts, long publicAddresses, long internalAddresses, long notes) {}
