package dev.stardust.examples;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionOptions;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** Step 6: pays a withdrawal, and waits until a milestone has confirmed it. */
public final class SendAmount {
    private SendAmount() {}

    /** Sends an amount to the address given as first argument, or to one of the wallet's own. */
    public static void main(String[] args) {
        try (AccountManager manager = Env.openWallet()) {
            Account alice = manager.getAccount("alice");
            alice.sync();
            String payee = args.length > 0 ? args[0] : alice.generateAddress().address();

            // the withdrawal's number in your books: a repeated call with the same key never pays twice
            String key = "withdrawal-" + UUID.randomUUID();
            Transaction transaction = alice.sendAmount(
                    List.of(Payment.of(payee, Amount.of(1_000_000))), TransactionOptions.idempotencyKey(key));
            System.out.println("sent " + transaction.id());

            Transaction result = transaction.awaitInclusion(Duration.ofMinutes(2));
            if (!result.isConfirmed()) {
                throw new IllegalStateException(
                        result.state() + ": " + result.reason().orElse("no reason given"));
            }
            System.out.println("withdrawal " + result.id() + " confirmed in milestone "
                    + result.milestoneIndex().orElseThrow());
        }
    }
}
