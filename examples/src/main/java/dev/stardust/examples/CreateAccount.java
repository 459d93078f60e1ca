package dev.stardust.examples;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.VaultStatus;
import java.net.URI;
import java.nio.file.Path;

/** Step 2: sets up the wallet and creates an account for the user alice. */
public final class CreateAccount {
    private CreateAccount() {}

    public static void main(String[] args) {
        char[] password = Environment.get("SH_PASSWORD").toCharArray();
        try (AccountManager manager = AccountManager.builder()
                .storagePath(Path.of("wallet"))
                .secretManager(Stronghold.at(Path.of("wallet.stronghold"), password))
                .clientOptions(ClientOptions.node(URI.create(Environment.get("NODE_URL"))))
                .coinType(CoinType.SHIMMER)
                .open()) {
            // The mnemonic is needed the first time only: take it out of .env afterwards.
            if (manager.vaultStatus() == VaultStatus.EMPTY) {
                try (Mnemonic mnemonic = Mnemonic.of(Environment.get("MNEMONIC").toCharArray())) {
                    manager.storeMnemonic(mnemonic);
                }
            }
            Account account = manager.createAccount("alice");
            System.out.println("Created account " + account.index() + " with the alias " + account.alias());
        }
    }
}
