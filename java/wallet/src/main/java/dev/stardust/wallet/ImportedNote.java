package dev.stardust.wallet;

/**
 * What the user of a wallet that was taken over had written to one of its transactions. The transaction is none of this
 * wallet's own: {@link AccountManager#getTransaction} does not find it.
 *
 * @param accountIndex the account whose transaction it was
 * @param transactionId the transaction
 * @param note what was written; cut after 64 KiB
 */
public record ImportedNote(int accountIndex, TransactionId transactionId, String note) {}
