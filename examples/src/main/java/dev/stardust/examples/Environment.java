package dev.stardust.examples;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.InvalidInputException;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.VaultStatus;
import io.github.cdimascio.dotenv.Dotenv;
import java.net.URI;
import java.nio.file.Path;

/** What the examples share: the settings, and the wallet that they make. */
final class Environment {
    // Environment variables win over the file .env in the working directory.
    private static final Dotenv DOTENV = Dotenv.configure().ignoreIfMissing().load();

    private Environment() {}

    static String get(String name) {
        String value = DOTENV.get(name, "");
        if (value.isBlank()) {
            throw new IllegalStateException(name + " is not set, neither in the environment nor in .env");
        }
        return value;
    }

    /** Opens the wallet below the working directory, as {@link CreateAccount} does. */
    static AccountManager openWallet() {
        AccountManager manager = AccountManager.builder()
                .storagePath(Path.of("wallet"))
                .secretManager(Stronghold.at(
                        Path.of("wallet.stronghold"), get("SH_PASSWORD").toCharArray()))
                .clientOptions(ClientOptions.node(URI.create(get("NODE_URL"))))
                .coinType(CoinType.SHIMMER)
                .open();
        if (manager.vaultStatus() == VaultStatus.EMPTY) {
            try (Mnemonic mnemonic = Mnemonic.of(get("MNEMONIC").toCharArray())) {
                manager.storeMnemonic(mnemonic);
            }
        }
        return manager;
    }

    /** Returns the account with this alias, and makes it if there is none. */
    static Account account(AccountManager manager, String alias) {
        try {
            return manager.createAccount(alias);
        } catch (InvalidInputException e) {
            if (e.kind() != ErrorKind.ALIAS_TAKEN) {
                throw e;
            }
            return manager.getAccount(alias);
        }
    }
}
