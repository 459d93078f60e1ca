package dev.stardust.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The code that the documentation shows; it has to compile. It runs in the end-to-end tests. */
class WhatAUserWritesTest {
    private static final Logger log = LoggerFactory.getLogger(WhatAUserWritesTest.class);

    private interface Database {
        void inTransaction(Runnable work);
    }

    @SuppressWarnings({"resource", "unused"})
    private void theGuide(char[] password, Database database) {
        // 1  a mnemonic, once
        Mnemonic mnemonic = Mnemonic.generate();

        // 2  an account manager and an account for a user
        AccountManager manager = AccountManager.builder()
                .storagePath(Path.of("wallet"))
                .secretManager(Stronghold.at(Path.of("wallet.stronghold"), password))
                .clientOptions(ClientOptions.node(URI.create("http://localhost:14265")))
                .coinType(CoinType.SHIMMER)
                .open();
        manager.storeMnemonic(mnemonic);
        Account alice = manager.createAccount("alice");

        // 3  an address to deposit to
        AccountAddress address = manager.getAccount("alice").generateAddress();

        // 4  the balance
        Balance balance = alice.sync();

        // 5  events
        Subscription live =
                manager.listen(NewOutputEvent.class, event -> log.info("{} got {}", event.alias(), event.amount()));

        try (EventConsumer credits = manager.consumer("credit-service")) {
            for (LedgerEvent event : credits.poll(Duration.ofSeconds(10))) {
                if (event instanceof DepositEvent deposit) {
                    database.inTransaction(() -> creditOnce(deposit));
                }
                credits.acknowledge(event.sequence());
            }
        }

        // 6  a withdrawal
        Transaction transaction = alice.sendAmount(
                List.of(Payment.of("rms1…", Amount.of(1_000_000))),
                TransactionOptions.builder()
                        .remainderValueStrategy(RemainderValueStrategy.changeAddress())
                        .idempotencyKey("withdrawal-4711")
                        .build());
        transaction.awaitInclusion(Duration.ofMinutes(1));

        // 7  many withdrawals
        for (WithdrawalResult result :
                alice.withdraw(List.of(WithdrawalRequest.of("withdrawal-4712", "rms1…", 1_000_000)))) {
            result.error().ifPresent(e -> log.warn("refused: {}", result.request(), e));
        }
        Withdrawal withdrawal = manager.getWithdrawal("withdrawal-4712");
        withdrawal.cancel().awaitEnd(Duration.ofMinutes(1));
    }

    private static void creditOnce(DepositEvent deposit) {
        log.info("{}", deposit.id());
    }

    @Test
    void itCompiles() throws Exception {
        assertThat(getClass().getDeclaredMethod("theGuide", char[].class, Database.class))
                .isNotNull();
    }
}
