package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Callbacks;
import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.ffi.Transport;
import dev.stardust.wallet.internal.json.Configuration;
import dev.stardust.wallet.internal.json.Json;
import dev.stardust.wallet.internal.json.PaymentSettings;
import dev.stardust.wallet.internal.json.Requests;
import dev.stardust.wallet.internal.json.WithdrawalBatches;
import dev.stardust.wallet.internal.loader.NativeLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** The configuration of an {@link AccountManager}. Storage path, secret manager, client options and coin type are required. */
public final class AccountManagerBuilder {
    private static final int LARGEST_POOL = 1_000_000;

    private @Nullable Path storagePath;
    private @Nullable SecretManager secretManager;
    private @Nullable ClientOptions clientOptions;
    private @Nullable CoinType coinType;
    private @Nullable LogLevel logLevel;
    private @Nullable Executor executor;
    private @Nullable EventRetention eventRetention;
    private @Nullable Duration reconciliationInterval;
    private int addressPoolSize;
    /** Seen by tests. */
    @Nullable
    BackupSource backup;

    private @Nullable WithdrawalBatches withdrawalBatches;
    private @Nullable Integer foldSmallOutputs;
    private @Nullable Integer readyOutputs;
    private @Nullable Path keyJournal;
    private @Nullable PaymentRules paymentRules;
    private @Nullable WithdrawalReviewer reviewer;
    private boolean disableCoreDumps;
    private @Nullable HotWalletPolicy hotWallet;
    private Supplier<Transport> transport = NativeLoader::load;

    AccountManagerBuilder() {}

    /** Sets the wallet directory; it is made if it is not there. One manager at a time can have it open. */
    public AccountManagerBuilder storagePath(Path directory) {
        this.storagePath = directory;
        return this;
    }

    /** Sets where the keys are kept. One that was set before is wiped. */
    public AccountManagerBuilder secretManager(SecretManager manager) {
        if (secretManager != null && secretManager != manager) {
            secretManager.wipe();
        }
        this.secretManager = manager;
        return this;
    }

    /** Sets which nodes to use. */
    public AccountManagerBuilder clientOptions(ClientOptions options) {
        this.clientOptions = options;
        return this;
    }

    /** Sets the coin type; a wallet directory keeps the one it was made with. */
    public AccountManagerBuilder coinType(CoinType type) {
        this.coinType = type;
        return this;
    }

    /**
     * Sets who runs callbacks: completions of futures and, unless given elsewhere, listeners. Without it two small
     * pools of daemon threads that all managers share do, one for each. Callbacks that block for long want an executor
     * of their own. What runs on the only free thread of an executor must not wait for a future of the wallet, which
     * would be completed there; blocking methods are safe. The executor must run its tasks on threads of its own, not
     * in the thread that hands them over.
     */
    public AccountManagerBuilder executor(Executor callbacks) {
        this.executor = callbacks;
        return this;
    }

    /** Sets which log records the core makes; without it those that the logger {@code stardust.native} takes. */
    public AccountManagerBuilder nativeLogLevel(LogLevel level) {
        this.logLevel = level;
        return this;
    }

    /** Sets what is kept of the event log once all consumers are past it; without it everything is. */
    public AccountManagerBuilder eventRetention(EventRetention retention) {
        this.eventRetention = retention;
        return this;
    }

    /**
     * Sets how fast the wallet compares its outputs with the ledger, in the background: those of up to 100 addresses,
     * then a pause of this length. Each address is one request. Unless set, it is a minute: a million addresses take a
     * week. An output about which wallet and ledger differ is an {@link IncidentEvent} and changes nothing;
     * {@link Health#reconciliation()} says how far the comparison is.
     *
     * @param interval {@link Duration#ZERO}: nothing is compared
     * @throws ConfigurationException if the interval is negative
     */
    public AccountManagerBuilder reconciliationInterval(Duration interval) {
        if (interval.isNegative()) {
            throw invalid("reconciliationInterval must not be negative: " + interval);
        }
        this.reconciliationInterval = interval;
        return this;
    }

    /**
     * Sets how many addresses of each account are derived in advance. While the vault is unlocked, a thread in the
     * background keeps them ready on disk; {@link Account#generateAddress()} then takes one of them, at once and also
     * while the vault is locked. When the vault is locked and too few are left, it fails with
     * {@link ErrorKind#POOL_EMPTY}; {@link AddressPoolEvent} and {@link Health#addressPool()} tell before. Unless set,
     * it is 0: there is no pool. Each address takes about 50 bytes on disk. Change addresses are made in advance for
     * accounts that have more than one of them.
     *
     * @param addresses 0 to 1,000,000
     * @throws ConfigurationException if there are fewer or more
     */
    public AccountManagerBuilder addressPoolSize(int addresses) {
        if (addresses < 0 || addresses > LARGEST_POOL) {
            throw invalid("addressPoolSize must be 0 to " + LARGEST_POOL + ": " + addresses);
        }
        this.addressPoolSize = addresses;
        return this;
    }

    /**
     * Has {@link #open()} restore a backup into the storage path, which must be empty or not there, as must the
     * Stronghold's file. The Stronghold has the password that it had when the backup was made. Opening takes some seconds
     * more; the next time, open without this. A wrong password of the Stronghold, or words of another wallet, refuse the restore
     * as a wrong password of the backup does, and nothing is left of it; {@link WalletException#details()} of
     * {@link ErrorKind#WRONG_PASSWORD} has {@code which}: {@code "backup"} or {@code "vault"}. A Stronghold without password stays
     * locked and is not tried. A restored wallet issues no address, and does not follow the ledger, until
     * {@link AccountManager#releaseIssuing} or {@link AccountManager#skipAhead}; and it pays nothing until it has seen
     * the ledger since, without the key journal or with an old copy of it for 16 milestones more, or until {@link
     * AccountManager#releasePayments}: see {@link AccountManager#restoreState}. If {@link #open()} fails with {@link
     * ErrorKind#NOT_DURABLE}, the wallet is restored: open it without this. So it may be when the system ran out of memory, threads or
     * room at the last moment; the next {@link #open()} then says {@link ErrorKind#RESTORE_TARGET} and names {@code wallet.db}. What
     * was paid after the backup is taken from the
     * {@linkplain #keyJournal key journal}, if it is there.
     *
     * @param file the backup
     * @param password the backup's password; the array is copied, and the copy is wiped by {@link #open()}, or when this is
     *     called again: call it anew for each call of {@link #open()}
     */
    public AccountManagerBuilder restoreFrom(Path file, char[] password) {
        if (backup != null) {
            backup.wipe();
        }
        this.backup = new BackupSource(file, password);
        return this;
    }

    /**
     * Sets how withdrawals are put together into transactions: one waits for others until the delay has passed or so many are
     * there, those of all accounts counted. Fewer that are left behind full transactions wait as well. Unless set, one waits only while the transaction before it is made and on its way to a node, for 200 ms at most:
     * what is requested meanwhile goes into the next, up to 127 in each.
     * Longer delays make fewer transactions, and so less change that is locked meanwhile.
     *
     * @param maxDelay how long a withdrawal waits for others at most, up to an hour
     * @param maxRecipients how many a transaction pays at most, and are not waited beyond: 1 to 127
     * @throws ConfigurationException if one of them is another number
     */
    public AccountManagerBuilder withdrawalBatches(Duration maxDelay, int maxRecipients) {
        if (maxDelay.isNegative() || maxDelay.compareTo(Duration.ofHours(1)) > 0) {
            throw invalid("the delay of withdrawalBatches must be between 0 and an hour: " + maxDelay);
        }
        if (maxRecipients < 1 || maxRecipients > 127) {
            throw invalid("the recipients of withdrawalBatches must be 1 to 127: " + maxRecipients);
        }
        this.withdrawalBatches = new WithdrawalBatches(maxDelay, maxRecipients);
        return this;
    }

    /**
     * Sets how many small outputs, of less than 4 storage deposits, a payment with a remainder takes along at most, so that
     * a flood of them goes away by itself. Unless set, it is 8.
     *
     * @throws ConfigurationException if it is not 0 to 127
     */
    public AccountManagerBuilder foldSmallOutputs(int most) {
        if (most < 0 || most > 127) {
            throw invalid("foldSmallOutputs must be 0 to 127: " + most);
        }
        this.foldSmallOutputs = most;
        return this;
    }

    /**
     * Sets how many outputs, each large enough to pay a batch of withdrawals, are kept ready in an account that withdraws:
     * remainders, and what a sweep or a consolidation brings, are split, so that the next batches go out without waiting for this
     * one. A batch with others behind it leaves room for those that are missing, and has 64 recipients at least. Unless set, it is
     * 1: nothing is split.
     *
     * @throws ConfigurationException if it is not 1 to 64
     */
    public AccountManagerBuilder readyOutputs(int outputs) {
        if (outputs < 1 || outputs > 64) {
            throw invalid("readyOutputs must be 1 to 64: " + outputs);
        }
        this.readyOutputs = outputs;
        return this;
    }

    /**
     * Sets the file of the key journal. Each payment is written into it, with its idempotency keys, and synced before it is
     * submitted; and {@link #restoreFrom} reads it, so that what was paid after the backup is known again and is not paid a
     * second time. Put it on other storage than the wallet directory, so that both are not lost together. Its directory
     * must be there; the file is made when there is none. Unless set, it is {@code payments.journal} in the wallet
     * directory. While it cannot be written, payments are signed and wait, and say so ({@link Transaction#reason()}).
     *
     * @param file a file on a local or mounted file system, for this wallet alone
     */
    public AccountManagerBuilder keyJournal(Path file) {
        this.keyJournal = file;
        return this;
    }

    /**
     * Sets what may be paid. Unless set, everything may. They are not kept in the wallet directory: give them at every
     * opening.
     */
    public AccountManagerBuilder paymentRules(PaymentRules rules) {
        this.paymentRules = rules;
        return this;
    }

    /**
     * Sets who looks at each withdrawal and payment before anything of it is signed, and may veto it. What waits for it when
     * the wallet is opened without one goes on waiting, until it is opened with one or {@link
     * AccountManager#reviewWithdrawal} answers.
     */
    public AccountManagerBuilder withdrawalReview(WithdrawalReviewer whoLooks) {
        this.reviewer = whoLooks;
        return this;
    }

    /**
     * Forbids core dumps of the whole process, when the wallet is opened and until the process ends: a dump holds what lies
     * in memory, and outlives it. The limit of core files becomes 0; on Linux the process also counts as not dumpable, so
     * that it writes none through a program such as systemd-coredump either. Other processes of the same user can then
     * neither trace it nor read its memory or its {@code /proc/PID/maps}: {@code gdb}, {@code strace} and {@code jhsdb} need
     * root. {@code jcmd}, {@code jstack} and {@code jmap} of the same user go on working, for they ask the JVM itself; whoever
     * does not want them starts it with {@code -XX:+DisableAttachMechanism}. Heap dumps are not core dumps: the JVM still
     * writes them with {@code -XX:+HeapDumpOnOutOfMemoryError}.
     *
     * <p>Where the system refuses, or on Windows, {@link #open()} fails with a {@link ConfigurationException}.
     */
    public AccountManagerBuilder disableCoreDumps() {
        this.disableCoreDumps = true;
        return this;
    }

    /**
     * Sets what the wallet does with its outputs by itself: sweep them into one account, put small ones together, claim what is
     * under conditions. Unless set, it does nothing by itself; a {@link ConsolidationRequiredEvent} tells of accounts with more
     * than 1,000 spendable outputs in any case. What is out of its range is refused by {@link #open()}.
     */
    public AccountManagerBuilder hotWallet(HotWalletPolicy policy) {
        this.hotWallet = policy;
        return this;
    }

    AccountManagerBuilder transport(Transport instead) {
        this.transport = () -> instead;
        return this;
    }

    /**
     * Opens the wallet: loads the native library, opens the directory, hands over the secrets, starts the wallet's
     * threads. Does not wait for a node. If a step fails, nothing stays open; a wallet directory that was made stays, one that
     * was to be {@linkplain #restoreFrom restored} is not there. Whether it succeeds or fails, the secrets that were
     * given are wiped: set the secret manager, and a backup to be restored, anew before another call.
     *
     * @throws NativeLibraryException if the native library cannot be loaded
     * @throws ConfigurationException if the configuration does not hold together, or does not fit the wallet
     * @throws InvalidInputException if the credentials of a node cannot be sent
     * @throws StorageException if the directory is in use, damaged, newer or of another wallet, or the backup to be
     *     restored is foreign, damaged or newer, or the directory for it is not empty; nothing of it is left then; or the
     *     key journal is foreign, damaged, newer, in use or ahead of the database, or cannot be read or made
     * @throws SecretManagerException if the password does not open the vault or the backup, of kind
     *     {@link ErrorKind#PASSWORD_THROTTLED} after several wrong ones; or the words are no mnemonic, or another wallet's
     * @throws IllegalStateException if the secret manager or the backup to be restored was used by a call before: its secret
     *     is wiped
     */
    public AccountManager open() {
        try {
            return opened();
        } finally {
            if (secretManager != null) {
                secretManager.wipe();
            }
            if (backup != null) {
                backup.wipe();
            }
        }
    }

    private AccountManager opened() {
        Path storage = required(storagePath, "storagePath");
        SecretManager secrets = required(secretManager, "secretManager");
        ClientOptions client = required(clientOptions, "clientOptions");
        CoinType coins = required(coinType, "coinType");
        LogLevel level = logLevel != null ? logLevel : LogLevel.of(LoggerFactory.getLogger("stardust.native"));
        Transport core = transport.get();
        NodeCredentials.check(client);
        byte[] config = Json.bytes(Configuration.json(
                storage,
                coins,
                secrets,
                client,
                level,
                eventRetention,
                reconciliationInterval,
                addressPoolSize,
                new PaymentSettings(
                        withdrawalBatches,
                        foldSmallOutputs,
                        readyOutputs,
                        keyJournal,
                        paymentRules,
                        reviewer != null,
                        hotWallet),
                backup == null ? null : backup.put(core, secrets),
                disableCoreDumps));
        Session session = open(core, config);
        try {
            start(session, secrets, client);
        } catch (Throwable e) {
            session.close();
            throw e;
        }
        Executor listeners = executor != null ? executor : Callbacks.listeners();
        return new AccountManager(session, listeners, reviewer, storage.toString());
    }

    private Session open(Transport core, byte[] config) {
        return new Session(core, core.open(config), executor != null ? executor : Callbacks.shared());
    }

    private static void start(Session session, SecretManager secrets, ClientOptions client) {
        NodeCredentials.handOver(session, client);
        if (secrets instanceof Stronghold stronghold) {
            if (stronghold.hasPassword()) {
                session.call(Requests.setPassword(session.putSecret(stronghold.takePassword()), null));
            }
        } else if (secrets instanceof MnemonicSecretManager words) {
            byte[] utf8 = words.utf8();
            session.call(Requests.storeMnemonic(session.putSecret(utf8), words.origin()));
        }
        session.call(Requests.start());
    }

    private static <T> T required(@Nullable T value, String name) {
        if (value == null) {
            throw invalid(name + " is not set");
        }
        return value;
    }

    private static ConfigurationException invalid(String message) {
        return new ConfigurationException(ErrorKind.INVALID_CONFIGURATION.name(), message, false, Map.of(), null);
    }
}
