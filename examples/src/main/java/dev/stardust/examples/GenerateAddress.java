package dev.stardust.examples;

import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;

/** Step 3: generates an address that a user can deposit to. */
public final class GenerateAddress {
    private GenerateAddress() {}

    /** Prints the next address of the account "alice". */
    public static void main(String[] args) {
        try (AccountManager manager = Env.openWallet()) {
            AccountAddress address = manager.getAccount("alice").generateAddress();
            System.out.println("address: " + address);
        }
    }
}
