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
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The single-account approach: one account, an address for each user. Who owns which address and how much is in the
 * exchange's own database; a deposit is credited exactly once.
 */
public final class SingleAccountExchange {
    private final Account account;
    private final EventConsumer deposits;
    private final Books books;

    SingleAccountExchange(AccountManager manager, Books books) {
        this.account = exchangeAccount(manager);
        this.deposits = manager.consumer("credit-service");
        this.books = books;
    }

    private static Account exchangeAccount(AccountManager manager) {
        try {
            return manager.createAccount("exchange");
        } catch (InvalidInputException e) {
            if (e.kind() != ErrorKind.ALIAS_TAKEN) {
                throw e;
            }
            return manager.getAccount("exchange");
        }
    }

    /** Returns the address that a user deposits to. */
    String depositAddress(String userId) throws SQLException {
        Optional<String> known = books.addressOf(userId);
        if (known.isPresent()) {
            return known.get();
        }
        String address = account.generateAddress(userId).address();
        books.assign(address, userId);
        return address;
    }

    /**
     * Credits what was deposited since the last call. Booked first, acknowledged then: after a crash between the two
     * the event comes again, and the books know its id.
     */
    int creditDeposits(Duration timeout) throws SQLException {
        int credited = 0;
        for (LedgerEvent event : deposits.poll(timeout)) {
            if (event instanceof DepositEvent deposit) {
                Optional<String> owner = books.ownerOf(deposit.address());
                if (owner.isPresent() && books.creditOnce(deposit, owner.get())) {
                    System.out.println("credited " + deposit.amount() + " to " + owner.get());
                    credited++;
                }
            }
            deposits.acknowledge(event.sequence());
        }
        return credited;
    }

    /**
     * Pays a withdrawal out of the common account. A user can withdraw what the books say, and no more. To be called
     * again with the same id after a crash: it is taken from the balance once and paid once.
     */
    Transaction withdraw(String userId, String withdrawalId, String address, Amount amount) throws SQLException {
        if (!books.debitOnce(withdrawalId, userId, amount)) {
            throw new IllegalArgumentException(userId + " does not have " + amount);
        }
        return account.sendAmount(
                List.of(Payment.of(address, amount)), TransactionOptions.idempotencyKey(withdrawalId));
    }

    /** A user deposits, is credited once, and withdraws a part. */
    public static void main(String[] args) throws Exception {
        try (AccountManager manager = Env.openWallet();
                Books books = new Books(Path.of("books"))) {
            SingleAccountExchange exchange = new SingleAccountExchange(manager, books);
            manager.sync();
            Faucet.requestFunds(exchange.depositAddress("user-1"));
            long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
            while (exchange.creditDeposits(Duration.ofSeconds(1)) == 0) {
                if (System.nanoTime() > end) {
                    throw new IllegalStateException("no deposit came within 2 minutes");
                }
            }
            System.out.println("user-1 has " + books.balanceOf("user-1"));

            String payee = exchange.depositAddress("user-2");
            Transaction transaction = exchange.withdraw(
                            "user-1", "withdrawal-" + UUID.randomUUID(), payee, Amount.of(1_000_000))
                    .awaitInclusion(Duration.ofMinutes(2));
            System.out.println("withdrawal " + transaction.state());
            while (exchange.creditDeposits(Duration.ofSeconds(1)) == 0) {
                if (System.nanoTime() > end) {
                    throw new IllegalStateException("user-2 was not credited");
                }
            }
            System.out.println("user-1 has " + books.balanceOf("user-1"));
            System.out.println("user-2 has " + books.balanceOf("user-2"));
        }
    }
}
