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
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * An exchange with one account and an address for each user: its own database says whose an address is and what
 * everybody has. Kill it at any point and run it again: nothing is credited or paid twice.
 */
public final class SingleAccountExchange {
    private SingleAccountExchange() {}

    public static void main(String[] args) throws SQLException {
        try (AccountManager manager = Environment.openWallet();
                UserDatabase users = new UserDatabase(Path.of("users.db"));
                EventConsumer consumer = manager.consumer("single-account-exchange")) {
            Account account = Environment.account(manager, "exchange");
            for (String user : List.of("alice", "bob")) {
                System.out.println(user + " deposits to " + depositAddress(account, users, user));
            }

            account.sync();
            credit(consumer, account, users, Duration.ZERO); // what came while this was down
            if (users.balance("alice") == 0) {
                Faucet.requestFunds(depositAddress(account, users, "alice"));
            }
            Instant end = Instant.now().plus(Duration.ofMinutes(4));
            while (users.balance("alice") == 0 && Instant.now().isBefore(end)) {
                credit(consumer, account, users, Duration.ofSeconds(5));
            }

            users.requestWithdrawal("withdrawal-1", "alice", Faucet.address(), 1_000_000);
            pay(account, users);
            for (String user : List.of("alice", "bob")) {
                System.out.println(user + " has " + users.balance(user));
            }
        }
    }

    /** A user's address is in the database before the user sees it. */
    private static String depositAddress(Account account, UserDatabase users, String user) throws SQLException {
        Optional<String> known = users.address(user);
        if (known.isPresent()) {
            return known.get();
        }
        String address = account.generateAddress(user).address();
        users.putAddress(address, user);
        return address;
    }

    /** First booked, then acknowledged: what is delivered again is found booked. */
    private static void credit(EventConsumer consumer, Account account, UserDatabase users, Duration wait)
            throws SQLException {
        for (LedgerEvent event : consumer.poll(wait)) {
            if (event instanceof DepositEvent deposit
                    && deposit.accountIndex() == account.index()
                    && users.creditOnce(
                            deposit.id(), deposit.address(), deposit.amount().value())) {
                System.out.printf("credited %s in milestone %d%n", deposit.amount(), deposit.milestoneIndex());
            }
            consumer.acknowledge(event.sequence());
        }
    }

    /** Pays what users asked for. The key is the withdrawal's id: an attempt that was cut off is found again. */
    private static void pay(Account account, UserDatabase users) throws SQLException {
        for (UserDatabase.Withdrawal withdrawal : users.openWithdrawals()) {
            Transaction done = account.sendAmount(
                            List.of(Payment.of(withdrawal.payee(), Amount.of(withdrawal.amount()))),
                            TransactionOptions.idempotencyKey(withdrawal.id()))
                    .awaitInclusion(Duration.ofMinutes(4));
            if (!done.isConfirmed()) {
                throw new IllegalStateException(done.toString());
            }
            users.closeWithdrawal(withdrawal.id());
            System.out.println("paid " + withdrawal.amount() + " for " + withdrawal.id() + ": " + done.id());
        }
    }
}
