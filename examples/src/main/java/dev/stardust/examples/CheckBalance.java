package dev.stardust.examples;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Balance;

/** Step 4: shows alice's balance, after everything that the node has confirmed until now. */
public final class CheckBalance {
    private CheckBalance() {}

    public static void main(String[] args) {
        try (AccountManager manager = Environment.openWallet()) {
            Balance balance = manager.getAccount("alice").sync();
            System.out.println("Total:     " + balance.total());
            System.out.println("Available: " + balance.available());
            System.out.println("Locked:    " + balance.locked() + " by payments under way");
            System.out.println("Outputs:   " + balance.outputCount());
        }
    }
}
