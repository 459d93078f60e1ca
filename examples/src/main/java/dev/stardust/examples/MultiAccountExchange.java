package dev.stardust.examples;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.EventConsumer;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * An exchange with an account for each user: the alias is the user id, and the wallet keeps the balances. To run it
 * again changes nothing.
 */
public final class MultiAccountExchange {
    private static final Amount WITHDRAWAL = Amount.of(1_000_000);

    private MultiAccountExchange() {}

    public static void main(String[] args) {
        try (AccountManager manager = Environment.openWallet();
                EventConsumer consumer = manager.consumer("multi-account-exchange")) {
            for (String user : List.of("user-1", "user-2")) {
                System.out.println(user + " deposits to " + depositAddress(manager, user));
            }

            Account account = manager.getAccount("user-1");
            if (account.sync().total().isZero()) {
                Faucet.requestFunds(depositAddress(manager, "user-1"));
            }
            Instant end = Instant.now().plus(Duration.ofMinutes(4));
            while (account.balance().total().isZero() && Instant.now().isBefore(end)) {
                credit(consumer);
            }

            // One customer pays another: the wallet tells such a deposit from change.
            withdraw(account, "user-1/withdrawal-1", depositAddress(manager, "user-2"));
            credit(consumer);
            for (Account each : manager.getAccounts()) {
                System.out.println(each.alias() + " has " + each.balance().total());
            }
        }
    }

    private static String depositAddress(AccountManager manager, String user) {
        Account account = Environment.account(manager, user);
        return account.listAddresses(false)
                .first()
                .orElseGet(account::generateAddress)
                .address();
    }

    private static void credit(EventConsumer consumer) {
        for (LedgerEvent event : consumer.poll(Duration.ofSeconds(5))) {
            if (event instanceof DepositEvent deposit) {
                System.out.printf(
                        "%s deposited %s in milestone %d%n",
                        deposit.alias(), deposit.amount(), deposit.milestoneIndex());
            }
            consumer.acknowledge(event.sequence());
        }
    }

    private static void withdraw(Account account, String key, String payee) {
        Transaction done = account.sendAmount(
                        List.of(Payment.of(payee, WITHDRAWAL)), TransactionOptions.idempotencyKey(key))
                .awaitInclusion(Duration.ofMinutes(4));
        System.out.println(account.alias() + " withdrew " + WITHDRAWAL + ": " + done.state());
    }
}
