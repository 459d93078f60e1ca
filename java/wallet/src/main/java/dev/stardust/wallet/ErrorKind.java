package dev.stardust.wallet;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What went wrong, as far as a caller can act on it. The names are stable. */
public enum ErrorKind {
    /** The message is not a JSON-RPC 2.0 request, or its parameters do not fit the method. */
    INVALID_MESSAGE,
    /** The method does not exist. */
    UNKNOWN_METHOD,
    /** The message is larger than the interface takes. */
    MESSAGE_TOO_LARGE,
    /** A bounded queue is full; nothing was started. */
    BUSY,
    /** The wallet was closed, before or during the call. */
    CLOSED,
    /** No wallet has this handle. */
    UNKNOWN_HANDLE,
    /** A defect of ours: the call ended in a panic that was caught. */
    INTERNAL,
    /** The wallet stopped itself after a fault; only reading goes on. */
    HALTED,
    /** The time that the caller gave has passed. */
    TIMEOUT,
    /** The configuration given at opening does not hold together. */
    INVALID_CONFIGURATION,
    /** A parameter is outside its documented range and no other kind is more exact. */
    INVALID_ARGUMENT,
    /** Reading or writing the wallet's directory failed (permission, full disk, I/O). */
    STORAGE,
    /** Another manager, in this process or another, has the wallet directory open. */
    STORAGE_LOCKED,
    /** The database is damaged; it is refused and left as it is. */
    STORAGE_CORRUPT,
    /** The database was written by a newer version; it is refused and left as it is. */
    STORAGE_NEWER,
    /** The wallet directory belongs to another network, coin type or secret manager. */
    STORAGE_MISMATCH,
    /** The password does not open the vault, or the backup; of a restore, which has both, the detail {@code which} says which. */
    WRONG_PASSWORD,
    /** The password is empty or too long: it has 1 to 4,096 bytes in UTF-8. */
    INVALID_PASSWORD,
    /** The vault is locked: set the password first. */
    VAULT_LOCKED,
    /** No mnemonic has been stored yet. */
    VAULT_EMPTY,
    /** The vault file is damaged or truncated. */
    VAULT_DAMAGED,
    /** The vault file is gone although a mnemonic was stored before. */
    VAULT_MISSING,
    /** The file is not a Stronghold snapshot. */
    VAULT_FOREIGN,
    /** The vault file has a snapshot version that is not read as it is. */
    VAULT_VERSION,
    /** The vault file could not be read or written. */
    VAULT_IO,
    /** All of it was done, and written, but syncing the directory failed: it may be undone if the power fails now. */
    NOT_DURABLE,
    /** The mnemonic has a wrong word, length or checksum. */
    MNEMONIC_INVALID,
    /** A mnemonic is stored already; it is never replaced. */
    MNEMONIC_ALREADY_STORED,
    /** The vault holds another seed than the one this wallet's addresses come from. */
    SEED_MISMATCH,
    /** The one-time reference to a secret is unknown, used or expired. */
    SECRET_REFERENCE,
    /** The file to import could not be read. */
    IMPORT_IO,
    /** The file to import is not a backup or an export of a wallet, or contradicts itself. */
    IMPORT_INVALID,
    /** An account is missing between those of the file to import. */
    IMPORT_INCOMPLETE,
    /** The file to import has another coin type than the wallet. */
    IMPORT_COIN_TYPE,
    /** The wallet has accounts already: only an empty one takes over another's. */
    WALLET_NOT_EMPTY,
    /** The alias belongs to another account. */
    ALIAS_TAKEN,
    /** The alias is empty, too long or has control characters. */
    ALIAS_INVALID,
    /** No account has this index or alias. */
    ACCOUNT_NOT_FOUND,
    /** The address is not bech32 or its checksum is wrong. */
    ADDRESS_INVALID,
    /** The address belongs to another network. */
    ADDRESS_WRONG_NETWORK,
    /** The address is of a type that cannot be used here. */
    ADDRESS_UNSUPPORTED,
    /** The address is valid but not one of this wallet's. */
    ADDRESS_NOT_FOUND,
    /** No further key index is left on the chain. */
    KEY_INDEX_EXHAUSTED,
    /** The amount is zero, negative, not a number or above the token supply. */
    AMOUNT_INVALID,
    /** An output holds less than its storage deposit (TIP-19). */
    STORAGE_DEPOSIT_TOO_LOW,
    /** A transaction takes 1 to 128 outputs, 127 beside a remainder. */
    OUTPUT_COUNT_INVALID,
    /** The account's available funds do not cover the payment. */
    INSUFFICIENT_FUNDS,
    /** The payment needs more than 128 inputs, or together with its recipients more than fits a block: consolidate first. */
    TOO_MANY_INPUTS,
    /** A custom input is unknown to the wallet. */
    INPUT_UNKNOWN,
    /** A custom input is spent. */
    INPUT_SPENT,
    /** A custom input is reserved by another payment. */
    INPUT_LOCKED,
    /** A custom input belongs to another account. */
    INPUT_NOT_OURS,
    /** A custom input is under a condition or carries assets. */
    INPUT_NOT_PLAIN,
    /** An output cannot be claimed: it needs no claim, is locked, expires too soon, carries assets, or nothing of it is left. */
    INPUT_NOT_CLAIMABLE,
    /** Tag or data of the tagged data payload are too long, or the tag is one of those by which the wallet marks its own payments. */
    TAGGED_DATA_INVALID,
    /** The idempotency key is empty, longer than 256 bytes or not UTF-8. */
    IDEMPOTENCY_KEY_INVALID,
    /** The idempotency key was used with other parameters. */
    IDEMPOTENCY_CONFLICT,
    /** No transaction, or no withdrawal, has this id or key. */
    TRANSACTION_NOT_FOUND,
    /** Another signer spends with this seed: payments halt. */
    FOREIGN_SIGNER,
    /** No consumer has this name. */
    CONSUMER_NOT_FOUND,
    /** The consumer's name is empty, too long or has control characters. */
    CONSUMER_NAME_INVALID,
    /** The acknowledged position lies outside what the consumer can have seen. */
    POSITION_INVALID,
    /** Events after the position were pruned from the log: what the log still has begins later. */
    POSITION_PRUNED,
    /** The position belongs to a log that a restore replaced. */
    LOG_REPLACED,
    /** No node answered. */
    NODE_UNREACHABLE,
    /** The node says of itself that it is not healthy. */
    NODE_UNHEALTHY,
    /** The node serves another network or protocol version than the wallet's. */
    NODE_WRONG_NETWORK,
    /** The node wants credentials or refuses those given. */
    NODE_UNAUTHORIZED,
    /** The node asks for fewer requests (429). */
    NODE_RATE_LIMITED,
    /** The node answered with a failure (5xx, a redirect, an unexpected status). */
    NODE_FAILURE,
    /** The node's answer is not what the protocol says (garbage, truncated, endless, contradictory). */
    NODE_ANSWER_INVALID,
    /** The node refuses the signed transaction. */
    TRANSACTION_REJECTED,
    /** The node pruned milestones that the wallet has not seen: repair is needed. */
    GAP,
    /** Several wrong passwords were given: none is tried for a while; {@code retryAfterMs} says for how long. */
    PASSWORD_THROTTLED,
    /** The pool of addresses does not hold enough of them, and the vault is locked, so that no others can be made. */
    POOL_EMPTY,
    /** The file is not a backup of a wallet. */
    BACKUP_FOREIGN,
    /** The backup was written by a newer version, whose format is not known here. */
    BACKUP_VERSION,
    /** The backup is truncated or altered. */
    BACKUP_DAMAGED,
    /** The backup's file or place could not be read or written. */
    BACKUP_IO,
    /** There is a file where the backup should be written: nothing is ever overwritten. */
    BACKUP_EXISTS,
    /** The directory to restore into is not empty. */
    RESTORE_TARGET,
    /**
     * After a restore, or a search of the seed: nothing is issued, and after a search nothing paid, until it is stated how
     * far issuing had come.
     */
    ISSUING_FROZEN,
    /**
     * After a restore: nothing is paid until the ledger was checked, without the key journal or with an old copy of it 16
     * milestones more, or until a person looked at what was found.
     */
    PAYMENTS_FROZEN,
    /** The file is no key journal, or one of another wallet or network. It is left as it is. */
    JOURNAL_FOREIGN,
    /** The key journal was written by a newer version, whose format is not known here. */
    JOURNAL_VERSION,
    /** The key journal was altered. It is left as it is. */
    JOURNAL_DAMAGED,
    /** The key journal has payments that the database does not know: the database is an old copy. Restore a backup instead. */
    JOURNAL_AHEAD,
    /** The key journal could not be read or written (directory, permission, full disk): nothing new is submitted. */
    JOURNAL_IO,
    /** The payment rules, or the reviewer, refuse the payment. */
    POLICY_REFUSED,
    /** Two persons have to approve a payment of this size: request it as a withdrawal. */
    APPROVAL_REQUIRED,
    /** The prepared transaction was released, has expired, or was prepared before the wallet was opened. */
    PREPARED_NOT_FOUND,
    /** The network's rules have changed, or an input was spent, since the transaction was prepared: it was released. */
    PREPARED_OUTDATED,
    /**
     * After a restore: a payment of which it is not known what it was made for paid the same recipients the same amounts;
     * its id is in the details as {@code transactionId}. Or no record has the key that was asked about, and such a payment was
     * made for it: repeat the request to have it answered. See {@link AccountManager#dismissRecoveredPayment} and {@link
     * AccountManager#nameRecoveredPayment}.
     */
    POSSIBLY_PAID,
    /**
     * The reviewer has to look at the payment first; nothing was signed. The Java part then asks the {@link WithdrawalReviewer}
     * and calls again: no method throws it.
     */
    REVIEW_REQUIRED,
    /**
     * What became of a transaction cannot be told from the ledger any more, so it cannot be cancelled. See {@link
     * Transaction#resolve}.
     */
    TRANSACTION_UNDECIDED,
    /** The ledger decides what becomes of a transaction, or has decided: it takes no person's word. */
    TRANSACTION_DECIDABLE,
    /** The vault file is larger than is read, or its header demands more memory for the password than may be taken. */
    VAULT_LIMIT,

    /** The native library is missing, damaged or of another version. Raised by the Java part alone. */
    NATIVE_LIBRARY,
    /** The calling thread was interrupted while it waited. Raised by the Java part alone. */
    INTERRUPTED,
    /** A kind that this version of the Java part does not know; see {@link WalletException#rawKind()}. */
    UNKNOWN;

    private static final Map<String, ErrorKind> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Enum::name, Function.identity()));

    /** Returns the kind of this name, or {@link #UNKNOWN}. */
    public static ErrorKind of(String name) {
        return BY_NAME.getOrDefault(name, UNKNOWN);
    }
}
