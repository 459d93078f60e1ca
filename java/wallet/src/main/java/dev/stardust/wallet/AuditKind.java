package dev.stardust.wallet;

/** What a record of the audit log says was decided. */
public enum AuditKind {
    /** The log begins: of a new wallet, or of one that is older than the log. */
    BEGUN,
    /** The wallet belongs to a network. */
    NETWORK_MET,
    /** A seed was given to be put into the vault. That it came to it is said by {@link #SEED_ADOPTED} the first time. */
    SEED_GIVEN,
    /** The wallet's addresses come from the seed with this first address. */
    SEED_ADOPTED,
    /** The vault's password is going to be changed. Without {@link #PASSWORD_CHANGED} after it, it may have been or not. */
    PASSWORD_CHANGING,
    /** The vault's password was changed. */
    PASSWORD_CHANGED,
    /** An account was made. */
    ACCOUNT_CREATED,
    /** An account got another alias. */
    ACCOUNT_RENAMED,
    /** Addresses were issued. */
    ADDRESSES_ISSUED,
    /** Addresses count as issued because the ledger, or another wallet's file, shows that they were used. */
    ADDRESSES_TAKEN,
    /** Addresses count as issued because the wallet before the restore may have issued them. */
    ADDRESSES_SKIPPED,
    /** Accounts of another wallet were taken over. */
    IMPORTED,
    /** What may be paid is not what it was: other rules, or another hot wallet policy, are in force from this opening on. */
    RULES_SET,
    /** A payment was asked for. */
    PAYMENT_REQUESTED,
    /** The rules refused a payment of its own: nothing was paid, and its key stays unused. */
    PAYMENT_REFUSED,
    /** A withdrawal was asked for. */
    WITHDRAWAL_REQUESTED,
    /** A withdrawal waits for the reviewer or for two persons. */
    WITHDRAWAL_HELD,
    /** A person approved a withdrawal. */
    WITHDRAWAL_APPROVED,
    /** A withdrawal may be paid: the reviewer, and the persons that have to approve it, allow it. */
    WITHDRAWAL_ALLOWED,
    /** Rules, reviewer or a person refused a withdrawal: it is never paid. */
    WITHDRAWAL_REFUSED,
    /** A transaction pays a withdrawal. */
    WITHDRAWAL_ASSIGNED,
    /** A withdrawal that a transaction pays is to be cancelled, if its contest wins. */
    WITHDRAWAL_CANCEL_REQUESTED,
    /** A withdrawal is never paid. */
    WITHDRAWAL_CANCELLED,
    /** A withdrawal waits for another transaction. */
    WITHDRAWAL_RELEASED,
    /** Inputs were chosen and a transaction signed. */
    TRANSACTION_SIGNED,
    /** A payment that the backup does not know was taken over after a restore. */
    TRANSACTION_RECOVERED,
    /** A node took a block with a transaction. */
    TRANSACTION_SUBMITTED,
    /** Nodes refuse a transaction. */
    TRANSACTION_REJECTED,
    /** A transaction is submitted no more, and another one is to take its place. */
    TRANSACTION_CONTESTED,
    /** A milestone applied a transaction. */
    TRANSACTION_CONFIRMED,
    /** A transaction can never be applied. */
    TRANSACTION_DEAD,
    /** The transaction that contested this one was applied. */
    TRANSACTION_CANCELLED,
    /** A person said what became of a transaction of which the ledger does not tell it any more. */
    TRANSACTION_RESOLVED,
    /** A person said for which key a recovered transaction was made. */
    RECOVERED_NAMED,
    /** A person said that a recovered transaction is none of what will be asked for. */
    RECOVERED_DISMISSED,
    /** A recovered transaction answers an idempotency key from now on. */
    KEY_BOUND,
    /** Outputs were reserved by hand. */
    OUTPUTS_LOCKED,
    /** Outputs that were reserved by hand were freed. */
    OUTPUTS_UNLOCKED,
    /** Somebody else spends with the seed: nothing is paid any more. */
    FOREIGN_SIGNER,
    /** A person said that nobody else spends with the seed any more: payments go on. */
    FOREIGN_SIGNER_RELEASED,
    /** The wallet stands before a gap: nothing is issued, credited or paid. */
    GAP_ENTERED,
    /** The gap was repaired. */
    GAP_REPAIRED,
    /** The witness contradicted: the wallet halted. */
    WITNESS_DIFFERED,
    /** The witness agrees again. */
    WITNESS_AGREED,
    /** The wallet came out of a backup: issuing and payments are frozen. */
    RESTORED,
    /** Issuing is free again after a restore. */
    ISSUING_RELEASED,
    /** Payments are free again after a restore. */
    PAYMENTS_RELEASED,
    /** A decision that this version of the Java part does not know. */
    UNKNOWN
}
