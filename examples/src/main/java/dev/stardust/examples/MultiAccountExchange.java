package dev.stardust.examples;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.EventConsumer;
import dev.stardust.wallet.InvalidInputException;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionOptions;
import java.time.Duration;
import java.util.List;

/**
 * The multi-account approach: an account for each user, with the user's id as alias. The wallet keeps the users'
 * coins apart, and an account's balance is the user's.
 */
public final class MultiAccountExchange {
    private final AccountManager manager;

    MultiAccountExchange(AccountManager manager) {
        this.manager = manager;
    }

    /** Returns the account of a user; it is made when the user comes for the first time. */
    Account accountOf(String userId) {
        try {
            return manager.getAccount(userId);
        } catch (InvalidInputException e) {
            if (e.kind() != ErrorKind.ACCOUNT_NOT_FOUND) {
                throw e;
            }
            return manager.createAccount(userId);
        }
    }

    /** Returns the address that a user deposits to: the first of the account. */
    String depositAddress(String userId) {
        Account account = accountOf(userId);
        return account.listAddresses(false)
                .first()
                .orElseGet(account::generateAddress)
                .address();
    }

    /** Waits for a deposit of a user. The alias tells whose it is. */
    DepositEvent awaitDeposit(String userId, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        try (EventConsumer consumer = manager.consumer("deposits")) {
            while (System.nanoTime() < end) {
                for (LedgerEvent event : consumer.poll(Duration.ofSeconds(1))) {
                    consumer.acknowledge(event.sequence());
                    if (event instanceof DepositEvent deposit && deposit.alias().equals(userId)) {
                        return deposit;
                    }
                }
            }
        }
        throw new IllegalStateException("no deposit of " + userId + " came within " + timeout);
    }

    /** Pays a withdrawal of a user from the user's own coins. */
    Transaction withdraw(String userId, String withdrawalId, String address, Amount amount) {
        return accountOf(userId)
                .sendAmount(List.of(Payment.of(address, amount)), TransactionOptions.idempotencyKey(withdrawalId))
                .awaitInclusion(Duration.ofMinutes(2));
    }

    /** A user deposits, another gets a part of it. */
    public static void main(String[] args) throws Exception {
        try (AccountManager manager = Env.openWallet()) {
            MultiAccountExchange exchange = new MultiAccountExchange(manager);
            manager.sync();
            Faucet.requestFunds(exchange.depositAddress("user-1"));
            DepositEvent deposit = exchange.awaitDeposit("user-1", Duration.ofMinutes(2));
            System.out.println("user-1 deposited " + deposit.amount() + " in milestone " + deposit.milestoneIndex());

            String withdrawalId = "withdrawal-of-" + deposit.id();
            Transaction transaction =
                    exchange.withdraw("user-1", withdrawalId, exchange.depositAddress("user-2"), Amount.of(1_000_000));
            System.out.println("user-1 withdrew 1000000: " + transaction.state());
            manager.sync();
            System.out.println(
                    "user-1 has " + exchange.accountOf("user-1").balance().total());
            System.out.println(
                    "user-2 has " + exchange.accountOf("user-2").balance().total());
        }
    }
}
