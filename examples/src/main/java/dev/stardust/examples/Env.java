package dev.stardust.examples;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.Stronghold;
import io.github.cdimascio.dotenv.Dotenv;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;

/** What the examples share: the settings of the file {@code .env}, and how the wallet is opened. */
final class Env {
    private static final Dotenv DOTENV = Dotenv.configure().ignoreIfMissing().load();

    private Env() {}

    /** Returns a setting; an environment variable wins over the file. */
    static String get(String name) {
        String value = DOTENV.get(name, "");
        if (value.isBlank()) {
            throw new IllegalStateException(name + " is not set: put it into the file .env");
        }
        return value;
    }

    /** Opens the wallet in the directory {@code wallet}. */
    static AccountManager openWallet() {
        Path directory = Path.of(DOTENV.get("WALLET_DIR", "wallet"));
        char[] password = get("SH_PASSWORD").toCharArray();
        try {
            return AccountManager.builder()
                    .storagePath(directory)
                    .secretManager(Stronghold.at(directory.resolve("wallet.stronghold"), password))
                    .clientOptions(ClientOptions.node(URI.create(get("NODE_URL"))))
                    .coinType(CoinType.SHIMMER)
                    .open();
        } finally {
            Arrays.fill(password, '\0');
        }
    }
}
