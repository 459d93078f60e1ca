package dev.stardust.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.AccountManager;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program that credits is killed again and again while deposits arrive; then its books are held against the node's. On a
 * node of its own: no real faucet pays so often.
 */
class CreditDepositsIT {
    private static final int KILLS = Integer.getInteger("credit.kills", 10);
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Pattern OUTPUT_ID = Pattern.compile("\"(0x[0-9a-f]{68})\"");
    private static final Pattern AMOUNT = Pattern.compile("\"amount\"\\s*:\\s*\"(\\d+)\"");

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
    void nothingIsBookedTwiceOrForgottenHoweverOftenItIsKilled(@TempDir Path directory) throws Exception {
        Workplace workplace = new Workplace(directory, devnet);
        workplace.newMnemonic();
        workplace.killAt("carol deposits to", CreditDeposits.class);
        List<String> addresses = column(directory, "SELECT address FROM addresses");
        assertThat(addresses).hasSize(3);

        long seed = System.nanoTime();
        Random random = new Random(seed);
        AtomicBoolean enough = new AtomicBoolean();
        CompletableFuture<Void> payers = CompletableFuture.runAsync(() -> pay(devnet, addresses, enough));
        try {
            for (int kill = 0; kill < KILLS; kill++) {
                if (kill % 2 == 0) {
                    workplace.killAfter(Duration.ofMillis(500 + random.nextInt(5_000)), CreditDeposits.class);
                } else {
                    // in the midst of crediting
                    workplace.killAt("credited", Duration.ofMillis(random.nextInt(300)), CreditDeposits.class);
                }
            }
        } finally {
            enough.set(true);
            payers.join();
        }

        Map<String, Long> ledger = depositsByNode(devnet, addresses);
        Process last = workplace.start(CreditDeposits.class);
        try {
            awaitBookings(directory, ledger.size(), workplace);
        } finally {
            last.destroyForcibly().waitFor();
        }
        assertBooks(directory, ledger, seed);

        // delivered all over again, nothing is booked again
        try (AccountManager manager = ExchangeIT.open(workplace)) {
            manager.removeConsumer("credit-deposits");
        }
        workplace.killAt("was credited before", CreditDeposits.class);
        assertBooks(directory, ledger, seed);
    }

    private static void pay(Devnet devnet, List<String> addresses, AtomicBoolean enough) {
        for (int i = 0; !enough.get() || i < addresses.size(); i++) {
            devnet.fund(addresses.get(i % addresses.size()), 1_000_000 + i);
            pause(); // the books are to be caught up with at the end
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What lies on the addresses by the node's own word: nothing was spent. */
    private static Map<String, Long> depositsByNode(Devnet devnet, List<String> addresses) throws Exception {
        long milestone = devnet.confirmedMilestone();
        while (devnet.confirmedMilestone() < milestone + 3) {
            Thread.sleep(100); // the index follows the ledger
        }
        Map<String, Long> found = new HashMap<>();
        for (String address : addresses) {
            String cursor = "";
            do {
                String page =
                        get(devnet.node(), "/api/indexer/v1/outputs/basic?pageSize=1000&address=" + address + cursor);
                for (MatchResult id : OUTPUT_ID.matcher(page).results().toList()) {
                    String output = get(devnet.node(), "/api/core/v2/outputs/" + id.group(1));
                    found.put(id.group(1), Long.parseLong(Workplace.find(AMOUNT.pattern(), output)));
                }
                var next = Pattern.compile("\"cursor\"\\s*:\\s*\"([^\"]+)\"").matcher(page);
                cursor = next.find() ? "&cursor=" + next.group(1) : "";
            } while (!cursor.isEmpty());
        }
        return found;
    }

    private static String get(URI node, String path) throws Exception {
        var request = HttpRequest.newBuilder(node.resolve(path)).header("Accept", "application/json");
        var response = HTTP.send(request.build(), BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body();
    }

    private static void awaitBookings(Path directory, int count, Workplace workplace) throws Exception {
        long end = 0;
        int before = -1;
        for (int booked = bookings(directory); booked < count; booked = bookings(directory)) {
            if (booked > before) {
                // as long as it goes on it may take its time
                end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
                before = booked;
            }
            assertThat(System.nanoTime())
                    .as("%d bookings; so far:%n%s", count, workplace.output())
                    .isLessThan(end);
            Thread.sleep(100);
        }
    }

    private static int bookings(Path directory) throws SQLException {
        return column(directory, "SELECT id FROM deposits").size();
    }

    private static void assertBooks(Path directory, Map<String, Long> ledger, long seed) throws SQLException {
        Map<String, Long> booked = new HashMap<>();
        for (String row : column(directory, "SELECT id || '=' || amount FROM deposits")) {
            // the id is network:output:deposit
            assertThat(booked.put(row.split(":", -1)[1], Long.parseLong(row.substring(row.indexOf('=') + 1))))
                    .isNull();
        }
        assertThat(booked).as("with the kills of seed %d", seed).isEqualTo(ledger);
        long sum = ledger.values().stream().mapToLong(Long::longValue).sum();
        assertThat(column(directory, "SELECT sum(amount) FROM balances")).containsExactly(Long.toString(sum));
    }

    static List<String> column(Path directory, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("users.db"));
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new java.util.ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }
}
