package dev.stardust.examples;

import static dev.stardust.examples.Workplace.find;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.ConsumerInfo;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@StardustDevnet(milestoneInterval = "500ms")
class ExchangeIT {
    @Test
    void accountPerUserKeepsUsersApart(Devnet devnet, @TempDir Path directory) throws Exception {
        Workplace workplace = new Workplace(directory, devnet);
        workplace.newMnemonic();

        String first = workplace.run(MultiAccountExchange.class);
        long deposit = Long.parseLong(find("^user-1 deposited (\\d+) in milestone \\d+$", first));
        assertThat(first)
                .contains("user-1 withdrew 1000000: CONFIRMED")
                .containsPattern("user-2 deposited 1000000 in milestone \\d+")
                .contains("user-1 has " + (deposit - 1_000_000) + "\n")
                .contains("user-2 has 1000000\n");

        String second = workplace.run(MultiAccountExchange.class);
        assertThat(second)
                .doesNotContain("deposited")
                .contains("user-1 has " + (deposit - 1_000_000) + "\n")
                .contains("user-2 has 1000000\n");
    }

    @Test
    void addressPerUserCreditsAndPaysExactlyOnce(Devnet devnet, @TempDir Path directory) throws Exception {
        Workplace workplace = new Workplace(directory, devnet);
        workplace.newMnemonic();

        workplace.killAt("credited", SingleAccountExchange.class);
        // until it was killed it may have debited, paid, and even noted that it has
        long deposit = Long.parseLong(CreditDepositsIT.column(directory, "SELECT sum(amount) FROM deposits")
                .get(0));
        boolean paid = CreditDepositsIT.column(directory, "SELECT state FROM withdrawals")
                .contains("paid");
        assertThat(deposit).isGreaterThan(1_000_000);

        String second = workplace.run(SingleAccountExchange.class);
        String transaction;
        try (AccountManager manager = open(workplace)) {
            List<Transaction> all = manager.listTransactions().toList();
            assertThat(all).hasSize(1);
            transaction = all.get(0).id().value();
        }
        List<String> told = paid ? List.of() : List.of("paid 1000000 for withdrawal-1: " + transaction);
        assertThat(second.lines().filter(line -> line.startsWith("paid "))).containsExactlyElementsOf(told);
        assertThat(second)
                .doesNotContain("credited")
                .contains("alice has " + (deposit - 1_000_000) + "\n")
                .contains("bob has 0\n");

        // everything is delivered again, and the withdrawal is asked for again
        forgetConsumer(workplace);
        String third = workplace.run(SingleAccountExchange.class);
        assertThat(third)
                .doesNotContain("credited")
                .doesNotContain("paid")
                .contains("alice has " + (deposit - 1_000_000) + "\n");

        try (AccountManager manager = open(workplace)) {
            assertThat(manager.listTransactions().stream().map(each -> each.id().value()))
                    .containsExactly(transaction);
            assertThat(manager.getAccount("exchange").balance().total().value()).isEqualTo(deposit - 1_000_000);
            ConsumerInfo consumer = manager.listConsumers().get(0);
            assertThat(consumer.acknowledged()).isPositive();
        }
    }

    private static void forgetConsumer(Workplace workplace) {
        try (AccountManager manager = open(workplace)) {
            manager.removeConsumer("single-account-exchange");
        }
    }

    /** The vault stays locked: that does for reading. */
    static AccountManager open(Workplace workplace) {
        return AccountManager.builder()
                .storagePath(workplace.directory().resolve("wallet"))
                .secretManager(Stronghold.at(workplace.directory().resolve("wallet.stronghold")))
                .clientOptions(ClientOptions.node(workplace.node()))
                .coinType(CoinType.SHIMMER)
                .open();
    }
}
