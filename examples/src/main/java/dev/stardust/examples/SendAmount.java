package dev.stardust.examples;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.RemainderValueStrategy;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionOptions;
import java.time.Duration;
import java.util.List;

/** Step 6: pays 1,000,000 from alice's account, to the address given as argument or back to the faucet. */
public final class SendAmount {
    private SendAmount() {}

    public static void main(String[] args) {
        String payee = args.length > 0 ? args[0] : Faucet.address();
        try (AccountManager manager = Environment.openWallet()) {
            Account account = manager.getAccount("alice");
            account.sync();
            // The key makes it safe to run this again, after a timeout or a crash: it never pays twice.
            Transaction transaction = account.sendAmount(
                    List.of(Payment.of(payee, Amount.of(1_000_000))),
                    TransactionOptions.builder()
                            .remainderValueStrategy(RemainderValueStrategy.changeAddress())
                            .idempotencyKey("withdrawal-4711")
                            .build());
            System.out.println("withdrawal " + transaction.id() + " is on its way");

            Transaction done = transaction.awaitInclusion(Duration.ofMinutes(4));
            if (!done.isConfirmed()) {
                throw new IllegalStateException(done.toString());
            }
            System.out.printf(
                    "withdrawal %s confirmed in milestone %d%n",
                    done.id(), done.milestoneIndex().orElseThrow());
        }
    }
}
