package dev.stardust.examples;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.EventConsumer;
import dev.stardust.wallet.EventFilter;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.LogPosition;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Credits deposits exactly once, until it is stopped or killed. The wallet delivers each deposit at least once; the
 * deposit's id is stored with the booking in the exchange's own transaction, where it can be stored only once.
 */
public final class CreditDeposits {
    private CreditDeposits() {}

    public static void main(String[] args) throws SQLException {
        try (AccountManager manager = Environment.openWallet();
                UserDatabase users = new UserDatabase(Path.of("users.db"));
                EventConsumer deposits =
                        manager.consumer("credit-deposits", LogPosition.BEGINNING, EventFilter.deposits())) {
            Account account = Environment.account(manager, "exchange");
            for (String user : List.of("alice", "bob", "carol")) {
                System.out.println(user + " deposits to " + depositAddress(account, users, user));
            }
            for (LedgerEvent event : deposits) {
                if (event instanceof DepositEvent deposit) {
                    boolean booked = users.creditOnce(
                            deposit.id(), deposit.address(), deposit.amount().value());
                    System.out.println((booked ? "credited " : "was credited before: ") + deposit.id());
                }
                // only now: had this been killed before, the same event would come again
                deposits.acknowledge(event);
            }
        }
    }

    /** A user's address is in the database before the user sees it; a crash in between leaves one that nobody has. */
    private static String depositAddress(Account account, UserDatabase users, String user) throws SQLException {
        Optional<String> known = users.address(user);
        if (known.isPresent()) {
            return known.get();
        }
        String address = account.generateAddress(user).address();
        users.putAddress(address, user);
        return address;
    }
}
