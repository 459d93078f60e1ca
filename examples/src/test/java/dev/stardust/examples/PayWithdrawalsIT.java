package dev.stardust.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Withdrawal;
import dev.stardust.wallet.testkit.Devnet;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program that pays is killed again and again; then its books are held against the wallet's and the node's. */
class PayWithdrawalsIT {
    private static final int KILLS = Integer.getInteger("withdrawal.kills", 6);
    private static final long FUNDS = 500_000_000;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private Devnet devnet;

    @BeforeEach
    void start() {
        devnet = Devnet.own("200ms");
    }

    @AfterEach
    void stop() {
        devnet.close();
    }

    @Test
    void everyWithdrawalIsPaidOnceHoweverOftenItIsKilled(@TempDir Path directory) throws Exception {
        Workplace workplace = new Workplace(directory, devnet);
        workplace.newMnemonic();
        workplace.killAt("carol deposits to", CreditDeposits.class);
        String payee = Workplace.find("\"address\"\\s*:\\s*\"([^\"]+)\"", get(devnet.faucet(), "/api/info"));
        long booked = 0;
        int count = 0;
        try (UserDatabase users = new UserDatabase(directory.resolve("users.db"))) {
            String address = users.address("alice").orElseThrow();
            devnet.fund(address, FUNDS);
            users.creditOnce("the test's deposit", address, FUNDS);
            users.requestWithdrawal("nowhere", "alice", "nowhere", 1_000_000);
        }

        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int kill = 0; kill < KILLS; kill++) {
            try (UserDatabase users = new UserDatabase(directory.resolve("users.db"))) {
                for (int i = 0; i < 30; i++, count++) {
                    long amount = 300_000 + count;
                    users.requestWithdrawal("withdrawal-" + count, "alice", payee, amount);
                    booked += amount;
                }
            }
            switch (kill % 3) {
                case 0 -> workplace.killAt("handed over", Duration.ofMillis(random.nextInt(100)), PayWithdrawals.class);
                case 1 -> workplace.killAt("paid", Duration.ofMillis(random.nextInt(100)), PayWithdrawals.class);
                default -> workplace.killAfter(Duration.ofMillis(500 + random.nextInt(4_000)), PayWithdrawals.class);
            }
        }

        Process last = workplace.start(PayWithdrawals.class, "alice", payee, "1000000");
        booked += 1_000_000;
        count++;
        try {
            await(directory, count, workplace);
        } finally {
            last.destroyForcibly().waitFor();
        }
        assertThat(column(directory, "SELECT id FROM withdrawals WHERE state <> 'paid'"))
                .as("with the kills of seed %d", seed)
                .containsExactly("nowhere");
        try (UserDatabase users = new UserDatabase(directory.resolve("users.db"))) {
            assertThat(users.balance("alice"))
                    .as("what was refused is given back")
                    .isEqualTo(FUNDS - booked);
        }
        assertLedger(workplace, booked, count, seed);
    }

    private static void assertLedger(Workplace workplace, long booked, int count, long seed) throws Exception {
        try (AccountManager manager = ExchangeIT.open(workplace)) {
            List<Withdrawal> all = manager.listWithdrawals().toList();
            assertThat(all).hasSize(count).allMatch(Withdrawal::isConfirmed);
            assertThat(manager.getAccount("exchange").sync().total().value())
                    .as("with the kills of seed %d", seed)
                    .isEqualTo(FUNDS - booked);
            for (Withdrawal each : all) {
                String output = get(
                        workplace.node(),
                        "/api/core/v2/outputs/" + each.outputId().orElseThrow());
                assertThat(output).contains("\"" + each.amount() + "\"");
            }
        }
    }

    private static String get(URI node, String path) throws Exception {
        var request = HttpRequest.newBuilder(node.resolve(path)).header("Accept", "application/json");
        var response = HTTP.send(request.build(), BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    private static void await(Path directory, int count, Workplace workplace) throws Exception {
        long end = System.nanoTime() + Duration.ofMinutes(3).toNanos();
        while (column(directory, "SELECT id FROM withdrawals WHERE state = 'paid'")
                        .size()
                < count) {
            assertThat(System.nanoTime())
                    .as("%d paid; so far:%n%s", count, workplace.output())
                    .isLessThan(end);
            Thread.sleep(200);
        }
    }

    private static List<String> column(Path directory, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("users.db"));
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }
}
