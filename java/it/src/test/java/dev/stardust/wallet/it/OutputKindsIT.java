package dev.stardust.wallet.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.EventConsumer;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.NewOutputEvent;
import dev.stardust.wallet.Origin;
import dev.stardust.wallet.Output;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of output arrives, and is told and counted for what it is. */
@StardustDevnet
@Timeout(180)
class OutputKindsIT {
    private static final long AMOUNT = 5_000_000;
    private static final String NOBODY = "{\"type\":0,\"pubKeyHash\":\"0x" + "11".repeat(32) + "\"}";
    private static final String NEW = "0x" + "00".repeat(32);
    private static final Instant LATER =
            Instant.ofEpochSecond(Instant.now().plus(Duration.ofDays(1)).getEpochSecond());

    @TempDir
    Path directory;

    private Devnet devnet;

    @BeforeEach
    void node(Devnet given) {
        devnet = given;
    }

    /** What is told of an output that arrives, and whether it is a deposit. */
    private record Arrival(Output output, Optional<DepositEvent> deposit, Account account) {}

    /** Makes an output for a new account; {@code %s} in it stands for the account's address. */
    private void arrives(String output, Consumer<Arrival> check) {
        try (AccountManager manager = TestWallet.inMemory(directory, devnet)) {
            Account alice = manager.createAccount("alice");
            manager.sync();
            AccountAddress address = alice.generateAddress();
            String owner = "{\"type\":0,\"pubKeyHash\":\"0x" + address.raw().substring(4) + "\"}";
            String id = devnet.mint("{\"output\":" + output.replace("%s", owner) + "}")
                    .get(0);
            devnet.issueMilestones(1);
            alice.sync();
            List<LedgerEvent> events = new ArrayList<>();
            try (EventConsumer reader = manager.consumer("reader")) {
                events.addAll(reader.poll(Duration.ofSeconds(10)));
            }
            Output told = events.stream()
                    .filter(NewOutputEvent.class::isInstance)
                    .map(event -> ((NewOutputEvent) event).output())
                    .filter(found -> found.id().toString().equals(id))
                    .findFirst()
                    .orElseThrow();
            assertThat(told.origin()).isEqualTo(Origin.EXTERNAL);
            assertThat(told.amount()).isEqualTo(Amount.of(AMOUNT));
            assertThat(told.address()).isEqualTo(address.address());
            Optional<DepositEvent> deposit = events.stream()
                    .filter(DepositEvent.class::isInstance)
                    .map(DepositEvent.class::cast)
                    .findFirst();
            check.accept(new Arrival(told, deposit, alice));
        }
    }

    private static void assertNotCreditable(Arrival arrival) {
        assertThat(arrival.output().creditable()).isEqualTo(Amount.ZERO);
        assertThat(arrival.output().plain()).isFalse();
        assertThat(arrival.deposit()).isEmpty();
        assertThat(arrival.account().balance().available()).isEqualTo(Amount.ZERO);
    }

    private static String basic(String more, String features) {
        return "{\"type\":3,\"amount\":\"" + AMOUNT + "\",\"unlockConditions\":[{\"type\":0,\"address\":%s}" + more
                + "],\"features\":[" + features + "]}";
    }

    private static String hex(String text) {
        return "0x" + HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void tagAndMetadata() {
        String features = "{\"type\":2,\"data\":\"" + hex("4711") + "\"},{\"type\":3,\"tag\":\"" + hex("order") + "\"}";
        arrives(basic("", features), arrival -> {
            assertThat(arrival.output().kind()).isEqualTo(Output.Kind.BASIC);
            assertThat(arrival.output().plain()).isTrue();
            assertThat(arrival.output().tag()).contains(hex("order"));
            assertThat(arrival.output().metadata()).contains(hex("4711"));
            assertThat(arrival.deposit()).map(DepositEvent::amount).contains(Amount.of(AMOUNT));
            assertThat(arrival.account().balance().available()).isEqualTo(Amount.of(AMOUNT));
        });
    }

    @Test
    void storageDepositReturn() {
        String condition = ",{\"type\":1,\"returnAddress\":" + NOBODY + ",\"amount\":\"1000000\"}";
        arrives(basic(condition, ""), arrival -> {
            assertNotCreditable(arrival);
            assertThat(arrival.output().conditions().depositReturn())
                    .map(Output.DepositReturn::amount)
                    .contains(Amount.of(1_000_000));
        });
    }

    @Test
    void timelock() {
        String condition = ",{\"type\":2,\"unixTime\":" + LATER.getEpochSecond() + "}";
        arrives(basic(condition, ""), arrival -> {
            assertNotCreditable(arrival);
            assertThat(arrival.output().conditions().timelock()).contains(LATER);
        });
    }

    @Test
    void expiration() {
        String condition = ",{\"type\":3,\"returnAddress\":" + NOBODY + ",\"unixTime\":" + LATER.getEpochSecond() + "}";
        arrives(basic(condition, ""), arrival -> {
            assertNotCreditable(arrival);
            assertThat(arrival.output().conditions().expiration())
                    .map(Output.Expiration::time)
                    .contains(LATER);
        });
    }

    @Test
    void nft() {
        String output = "{\"type\":6,\"amount\":\"" + AMOUNT + "\",\"nftId\":\"" + NEW
                + "\",\"unlockConditions\":[{\"type\":0,\"address\":%s}],\"features\":[],\"immutableFeatures\":[]}";
        arrives(output, arrival -> {
            assertNotCreditable(arrival);
            assertThat(arrival.output().kind()).isEqualTo(Output.Kind.NFT);
            assertThat(arrival.output().chainId()).isPresent();
        });
    }

    @Test
    void alias() {
        String output = "{\"type\":4,\"amount\":\"" + AMOUNT + "\",\"aliasId\":\"" + NEW
                + "\",\"stateIndex\":0,\"foundryCounter\":0,\"unlockConditions\":[{\"type\":4,\"address\":%s},"
                + "{\"type\":5,\"address\":%s}],\"features\":[],\"immutableFeatures\":[]}";
        arrives(output, arrival -> {
            assertNotCreditable(arrival);
            assertThat(arrival.output().kind()).isEqualTo(Output.Kind.ALIAS);
            assertThat(arrival.output().chainId()).isPresent();
        });
    }

    /** Tokens from nowhere are for a development node; the Rust tests mint real ones on either node. */
    @Test
    void nativeTokens() {
        String token = "0x08" + "22".repeat(32) + "0100000000";
        String output = "{\"type\":3,\"amount\":\"" + AMOUNT + "\",\"nativeTokens\":[{\"id\":\"" + token
                + "\",\"amount\":\"0x64\"}],\"unlockConditions\":[{\"type\":0,\"address\":%s}],\"features\":[]}";
        try (Devnet own = Devnet.own("200ms")) {
            devnet = own;
            arrives(output, arrival -> {
                assertNotCreditable(arrival);
                assertThat(arrival.output().nativeTokens())
                        .containsExactly(new Output.NativeToken(token, BigInteger.valueOf(100)));
            });
        }
    }
}
