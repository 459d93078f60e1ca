package dev.stardust.examples;

import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.NewOutputEvent;
import dev.stardust.wallet.Subscription;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Step 5: listens to what happens on the ledger, here to a deposit from the faucet. */
public final class ListenEvents {
    private ListenEvents() {}

    /** Prints the outputs that the account "alice" gets, until there is a deposit to its newest address. */
    public static void main(String[] args) throws IOException, InterruptedException {
        CountDownLatch deposited = new CountDownLatch(1);
        try (AccountManager manager = Env.openWallet()) {
            manager.sync();
            AccountAddress address = manager.getAccount("alice").generateAddress();
            try (Subscription outputs = manager.listen(
                            NewOutputEvent.class,
                            event -> System.out.println(event.alias() + " got an output of " + event.amount() + " on "
                                    + event.address() + ", account balance " + event.accountBalance()));
                    Subscription deposits = manager.listen(DepositEvent.class, deposit -> {
                        System.out.println(
                                "deposit " + deposit.amount() + " credited in milestone " + deposit.milestoneIndex());
                        if (deposit.address().equals(address.address())) {
                            deposited.countDown();
                        }
                    })) {
                Faucet.requestFunds(address.address());
                if (!deposited.await(2, TimeUnit.MINUTES)) {
                    throw new IllegalStateException("no deposit came within 2 minutes");
                }
            }
        }
    }
}
