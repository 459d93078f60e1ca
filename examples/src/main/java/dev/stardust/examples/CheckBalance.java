package dev.stardust.examples;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Balance;

/** Step 4: checks the balance of a user's account. */
public final class CheckBalance {
    private CheckBalance() {}

    /** Prints the balance of the account "alice" as of the node's newest milestone. */
    public static void main(String[] args) {
        try (AccountManager manager = Env.openWallet()) {
            Balance balance = manager.getAccount("alice").sync();
            System.out.println("total: " + balance.total());
            System.out.println("available: " + balance.available());
        }
    }
}
