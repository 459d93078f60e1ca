package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Callbacks;
import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.ffi.Transport;
import dev.stardust.wallet.internal.json.Configuration;
import dev.stardust.wallet.internal.json.Json;
import dev.stardust.wallet.internal.json.Requests;
import dev.stardust.wallet.internal.loader.NativeLoader;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** The configuration of an {@link AccountManager}. Storage path, secret manager, client options and coin type are required. */
public final class AccountManagerBuilder {
    private @Nullable Path storagePath;
    private @Nullable SecretManager secretManager;
    private @Nullable ClientOptions clientOptions;
    private @Nullable CoinType coinType;
    private @Nullable LogLevel logLevel;
    private @Nullable Executor executor;
    private Supplier<Transport> transport = NativeLoader::load;

    AccountManagerBuilder() {}

    /** Sets the wallet directory; it is made if it is not there. One manager at a time can have it open. */
    public AccountManagerBuilder storagePath(Path directory) {
        this.storagePath = directory;
        return this;
    }

    /** Sets where the keys are kept. */
    public AccountManagerBuilder secretManager(SecretManager manager) {
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

    AccountManagerBuilder transport(Transport instead) {
        this.transport = () -> instead;
        return this;
    }

    /**
     * Opens the wallet: loads the native library, opens the directory, hands over the secrets, starts the wallet's
     * threads. Does not wait for a node. If a step fails, all is undone.
     *
     * @throws NativeLibraryException if the native library cannot be loaded
     * @throws ConfigurationException if the configuration does not hold together
     * @throws StorageException if the directory is in use, damaged, newer or of another wallet
     * @throws SecretManagerException if the password does not open the vault, or the words are no mnemonic
     * @throws IllegalStateException if the secret manager was used for another manager: its secret is wiped
     */
    public AccountManager open() {
        Path storage = required(storagePath, "storagePath");
        SecretManager secrets = required(secretManager, "secretManager");
        ClientOptions client = required(clientOptions, "clientOptions");
        CoinType coins = required(coinType, "coinType");
        LogLevel level = logLevel != null ? logLevel : LogLevel.of(LoggerFactory.getLogger("stardust.native"));
        byte[] config = Json.bytes(Configuration.json(storage, coins, secrets, client, level));
        try {
            Transport core = transport.get();
            Session session = open(core, config);
            try {
                start(session, secrets, client);
            } catch (Throwable e) {
                session.close();
                throw e;
            }
            return new AccountManager(session, executor != null ? executor : Callbacks.listeners(), storage.toString());
        } finally {
            wipe(secrets);
        }
    }

    private Session open(Transport core, byte[] config) {
        return new Session(core, core.open(config), executor != null ? executor : Callbacks.shared());
    }

    private static void start(Session session, SecretManager secrets, ClientOptions client) {
        for (ClientOptions.Node node : client.nodes()) {
            node.auth().ifPresent(auth -> authenticate(session, node.url().toString(), auth));
        }
        if (secrets instanceof Stronghold stronghold) {
            if (stronghold.hasPassword()) {
                session.call(Requests.setPassword(session.putSecret(stronghold.takePassword())));
            }
        } else if (secrets instanceof MnemonicSecretManager words) {
            byte[] utf8 = words.utf8();
            session.call(Requests.storeMnemonic(session.putSecret(utf8), words.origin()));
        }
        session.call(Requests.start());
    }

    private static void authenticate(Session session, String url, NodeAuth auth) {
        if (auth instanceof NodeAuth.Basic basic) {
            session.call(Requests.setBasicAuth(url, basic.username(), session.putSecret(basic.utf8())));
        } else if (auth instanceof NodeAuth.Bearer bearer) {
            session.call(Requests.setBearerAuth(url, session.putSecret(bearer.utf8())));
        }
    }

    private static void wipe(SecretManager secrets) {
        if (secrets instanceof Stronghold stronghold) {
            stronghold.wipe();
        } else if (secrets instanceof MnemonicSecretManager words) {
            words.mnemonic().close();
        }
    }

    private static <T> T required(@Nullable T value, String name) {
        if (value == null) {
            throw new ConfigurationException(
                    ErrorKind.INVALID_CONFIGURATION.name(), name + " is not set", false, Map.of(), null);
        }
        return value;
    }
}
