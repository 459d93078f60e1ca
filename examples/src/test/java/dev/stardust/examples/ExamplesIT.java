package dev.stardust.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.EventConsumer;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs every example as a user would: a process of its own, with a file .env. */
@StardustDevnet(milestoneInterval = "500ms")
@Timeout(300)
class ExamplesIT {
    @TempDir
    Path directory;

    private void writeEnv(Devnet devnet, String mnemonic) throws IOException {
        Files.writeString(
                directory.resolve(".env"),
                "SH_PASSWORD=\"a password for tests\"\nMNEMONIC=\"" + mnemonic + "\"\nNODE_URL=\"" + devnet.node()
                        + "\"\nFAUCET_URL=\"" + devnet.faucet() + "\"\n");
    }

    private List<String> run(Class<?> example, String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                Path.of("target/classes").toAbsolutePath() + File.pathSeparator
                        + Path.of("target/lib").toAbsolutePath() + File.separator + "*",
                example.getName()));
        command.addAll(List.of(arguments));
        Path out = directory.resolve(example.getSimpleName() + ".out");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        List.of("SH_PASSWORD", "MNEMONIC", "NODE_URL", "FAUCET_URL", "WALLET_DIR")
                .forEach(builder.environment()::remove);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(200, TimeUnit.SECONDS))
                    .as(example + " ends")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(out, StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(text).isZero();
        return text.lines().filter(line -> !line.startsWith("WARNING: ")).toList();
    }

    private String newMnemonic() throws Exception {
        List<String> lines = run(GenerateMnemonic.class);
        assertThat(lines).singleElement().asString().matches("([a-z]{3,8} ){23}[a-z]{3,8}");
        return lines.get(0);
    }

    @Test
    void theGuideStepByStep(Devnet devnet) throws Exception {
        writeEnv(devnet, "");
        writeEnv(devnet, newMnemonic());
        assertThat(run(CreateAccount.class)).contains("account 0: alice");
        assertThat(run(GenerateAddress.class)).singleElement().asString().matches("address: [a-z]+1[a-z0-9]{59}");
        assertThat(run(CheckBalance.class)).containsExactly("total: 0", "available: 0");
        assertThat(run(ListenEvents.class))
                .anyMatch(line -> line.matches("deposit [0-9]+ credited in milestone [0-9]+"));
        assertThat(run(SendAmount.class))
                .anyMatch(line -> line.matches("withdrawal 0x[0-9a-f]{64} confirmed in milestone [0-9]+"));
        assertThat(run(CheckBalance.class)).noneMatch("total: 0"::equals);
        assertThat(Files.exists(directory.resolve("wallet/wallet.stronghold"))).isTrue();
    }

    @Test
    void anAccountForEachUser(Devnet devnet) throws Exception {
        writeEnv(devnet, newMnemonic());
        run(CreateAccount.class);
        assertThat(run(MultiAccountExchange.class))
                .anyMatch(line -> line.matches("user-1 deposited [0-9]+ in milestone [0-9]+"))
                .contains("user-1 withdrew 1000000: CONFIRMED", "user-2 has 1000000");
    }

    @Test
    void anAddressForEachUser(Devnet devnet) throws Exception {
        writeEnv(devnet, newMnemonic());
        run(CreateAccount.class);
        assertThat(run(SingleAccountExchange.class)).contains("withdrawal CONFIRMED", "user-2 has 1000000");
        assertThat(run(SingleAccountExchange.class)).contains("withdrawal CONFIRMED", "user-2 has 2000000");
    }

    @Test
    void aDepositIsCreditedOnceAlthoughItComesTwice(Devnet devnet) throws Exception {
        try (Mnemonic words = Mnemonic.generate();
                AccountManager manager = AccountManager.builder()
                        .storagePath(directory.resolve("wallet"))
                        .secretManager(MnemonicSecretManager.of(words))
                        .clientOptions(ClientOptions.node(devnet.node()))
                        .coinType(CoinType.SHIMMER)
                        .open();
                Books books = new Books(directory.resolve("books"))) {
            SingleAccountExchange exchange = new SingleAccountExchange(manager, books);
            manager.sync();
            devnet.fund(exchange.depositAddress("zoe"), 3_000_000);
            devnet.issueMilestones(1);
            manager.sync();

            // booked, but the process dies before it acknowledges
            DepositEvent deposit = firstDeposit(manager);
            assertThat(books.creditOnce(deposit, "zoe")).isTrue();
            assertThat(books.creditOnce(deposit, "zoe")).isFalse();
            assertThat(firstDeposit(manager)).isEqualTo(deposit);

            assertThat(exchange.creditDeposits(Duration.ofSeconds(5))).isZero();
            assertThat(books.balanceOf("zoe")).isEqualTo(Amount.of(3_000_000));

            assertThat(books.debitOnce("w1", "zoe", Amount.of(2_000_000))).isTrue();
            assertThat(books.debitOnce("w1", "zoe", Amount.of(2_000_000))).isTrue();
            assertThat(books.debitOnce("w2", "zoe", Amount.of(2_000_000))).isFalse();
            assertThat(books.balanceOf("zoe")).isEqualTo(Amount.of(1_000_000));
        }
    }

    private static DepositEvent firstDeposit(AccountManager manager) {
        try (EventConsumer consumer = manager.consumer("credit-service")) {
            for (LedgerEvent event : consumer.poll(Duration.ofSeconds(10))) {
                if (event instanceof DepositEvent deposit) {
                    return deposit;
                }
            }
        }
        throw new AssertionError("no deposit");
    }
}
