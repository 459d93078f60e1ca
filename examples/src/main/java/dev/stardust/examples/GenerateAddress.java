package dev.stardust.examples;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;

/** Step 3: issues an address that alice can deposit to. It is on disk before anybody sees it. */
public final class GenerateAddress {
    private GenerateAddress() {}

    public static void main(String[] args) {
        try (AccountManager manager = Environment.openWallet()) {
            Account account = manager.getAccount("alice");
            AccountAddress address = account.generateAddress();
            System.out.println("Address " + address.keyIndex() + " of " + account.alias() + ": " + address.address());
        }
    }
}
