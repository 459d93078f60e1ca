package dev.stardust.examples;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.EventConsumer;
import dev.stardust.wallet.EventFilter;
import dev.stardust.wallet.InvalidInputException;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.LogPosition;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.Withdrawal;
import dev.stardust.wallet.WithdrawalEvent;
import dev.stardust.wallet.WithdrawalRequest;
import dev.stardust.wallet.WithdrawalResult;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * Pays the withdrawals in the exchange's books exactly once, many in a transaction, until it is stopped or killed. A
 * withdrawal's id in the books is its key in the wallet: what was handed over before a crash is handed over again, and
 * found. With a user, an address and an amount as arguments it books one more withdrawal first.
 */
public final class PayWithdrawals {
    private PayWithdrawals() {}

    public static void main(String[] args) throws SQLException {
        try (UserDatabase users = new UserDatabase(Path.of("users.db"))) {
            if (args.length == 3) {
                // debited, and under its id, before the wallet hears of it
                users.requestWithdrawal(UUID.randomUUID().toString(), args[0], args[1], Long.parseLong(args[2]));
            }
            EventFilter withdrawals =
                    EventFilter.builder().type(WithdrawalEvent.class).build();
            try (AccountManager manager = Environment.openWallet();
                    EventConsumer changes = manager.consumer("pay-withdrawals", LogPosition.BEGINNING, withdrawals)) {
                Account account = Environment.account(manager, "exchange");
                System.out.println("paying from " + account.alias());
                while (!Thread.currentThread().isInterrupted()) {
                    handOver(account, users);
                    settle(changes, users);
                }
            }
        }
    }

    /** When the call returns, what was taken is on disk. The books say so afterwards: at worst it is handed over again. */
    private static void handOver(Account account, UserDatabase users) throws SQLException {
        List<WithdrawalRequest> requests = users.openWithdrawals().stream()
                .map(open -> WithdrawalRequest.of(open.id(), open.payee(), open.amount()))
                .toList();
        if (requests.isEmpty()) {
            return;
        }
        try {
            for (WithdrawalResult result : account.withdraw(requests)) {
                String id = result.request().idempotencyKey();
                if (result.isAccepted()) {
                    users.withdrawalRequested(id);
                    System.out.println("handed over " + id);
                } else {
                    refuse(id, result.error().orElseThrow(), users);
                }
            }
        } catch (WalletException e) {
            if (!e.retryable()) {
                throw e;
            }
            // nobody knows whether it was taken: the same again, in a moment
            System.out.println("once more, after " + e.getMessage());
        }
    }

    private static void refuse(String id, WalletException reason, UserDatabase users) throws SQLException {
        // a key that was used for something else may have been paid: that is for a person to look at
        if (!(reason instanceof InvalidInputException) || reason.kind() == ErrorKind.IDEMPOTENCY_CONFLICT) {
            throw reason;
        }
        users.returnWithdrawal(id);
        System.out.println("returned " + id + ": " + reason.getMessage());
    }

    /** Books how withdrawals end: first booked, then acknowledged. Waits a moment for news. */
    private static void settle(EventConsumer changes, UserDatabase users) throws SQLException {
        for (LedgerEvent event : changes.poll(Duration.ofSeconds(1))) {
            if (event instanceof WithdrawalEvent change && change.state().isFinal()) {
                String id = change.idempotencyKey();
                boolean paid = change.state() == Withdrawal.State.CONFIRMED;
                if (paid ? users.closeWithdrawal(id) : users.returnWithdrawal(id)) {
                    System.out.println((paid ? "paid " : "returned ") + id + ": " + change.state());
                }
            }
            changes.acknowledge(event);
        }
    }
}
