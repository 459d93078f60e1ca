package dev.stardust.examples;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.EventConsumer;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.NewOutputEvent;
import dev.stardust.wallet.Subscription;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Step 5: asks the faucet for coins, sees them come in, and credits them. */
public final class ListenEvents {
    private ListenEvents() {}

    public static void main(String[] args) throws Exception {
        try (AccountManager manager = Environment.openWallet()) {
            String address = manager.getAccount("alice")
                    .listAddresses()
                    .first()
                    .orElseThrow()
                    .address();

            // Live: called as it happens, for what is shown. What comes while the process is down is missed.
            CompletableFuture<NewOutputEvent> seen = new CompletableFuture<>();
            Subscription subscription = manager.listen(NewOutputEvent.class, event -> {
                System.out.printf(
                        "new output of %s on %s: account %d (%s) now has %s%n",
                        event.amount(), event.address(), event.accountIndex(), event.alias(), event.accountBalance());
                seen.complete(event);
            });
            Faucet.requestFunds(address);
            System.out.println("waiting for coins on " + address);
            seen.get(4, TimeUnit.MINUTES);
            subscription.close();

            // Durable: for money. A consumer goes on where it was, so a deposit is never missed.
            try (EventConsumer consumer = manager.consumer("credit-service")) {
                for (LedgerEvent event : consumer.poll(Duration.ofSeconds(10))) {
                    if (event instanceof DepositEvent deposit) {
                        // Here an exchange books it under deposit.id(): see SingleAccountExchange.
                        System.out.printf(
                                "deposit of %s credited in milestone %d%n", deposit.amount(), deposit.milestoneIndex());
                    }
                    consumer.acknowledge(event.sequence());
                }
            }
        }
    }
}
