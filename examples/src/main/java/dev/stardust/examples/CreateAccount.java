package dev.stardust.examples;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.VaultStatus;

/** Step 2: stores the mnemonic in the vault, the first time, and creates an account for a user. */
public final class CreateAccount {
    private CreateAccount() {}

    /** Creates the account "alice". */
    public static void main(String[] args) {
        try (AccountManager manager = Env.openWallet()) {
            if (manager.vaultStatus() == VaultStatus.EMPTY) {
                try (Mnemonic mnemonic = Mnemonic.of(Env.get("MNEMONIC").toCharArray())) {
                    manager.storeMnemonic(mnemonic);
                }
            }
            Account account = manager.createAccount("alice");
            System.out.println("account " + account.index() + ": " + account.alias());
        }
    }
}
