package dev.stardust.wallet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.AccountManagerBuilder;
import dev.stardust.wallet.ConfigurationException;
import dev.stardust.wallet.EventConsumer;
import dev.stardust.wallet.Health;
import dev.stardust.wallet.IncidentEvent;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.FalseDiff;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The wallet finds by itself what a node has concealed from it; and addresses say since when they are watched. */
@Timeout(120)
class ReconciliationIT {
    @TempDir
    Path directory;

    private Devnet devnet;

    @BeforeEach
    void start() {
        devnet = Devnet.own("0");
    }

    @AfterEach
    void stop() {
        devnet.close();
    }

    private AccountManagerBuilder builder(Mnemonic words, SeedOrigin origin) {
        return TestWallet.builder(directory, devnet, MnemonicSecretManager.of(words, origin));
    }

    @Test
    void aConcealedDepositIsAnIncidentAndChangesNothing() throws Exception {
        try (Mnemonic words = Mnemonic.generate();
                AccountManager manager = builder(words, SeedOrigin.NEW)
                        .reconciliationInterval(Duration.ofMillis(50))
                        .open()) {
            Account alice = TestWallet.funded(manager, devnet, "alice", 7_000_000);
            String address = alice.generateAddress().address();
            List<String> concealed = devnet.mint("{\"address\":\"" + address + "\",\"amount\":\"1000000\"}");
            devnet.firstNode()
                    .tell(FalseDiff.of(devnet.confirmedMilestone() + 1).omit(concealed));
            devnet.issueMilestones(1);
            assertThat(alice.sync().total().value()).isEqualTo(7_000_000);

            IncidentEvent incident = awaitIncident(manager);
            assertThat(incident.kind()).isEqualTo(IncidentEvent.Kind.RECONCILIATION);
            assertThat(incident.outputId().map(Object::toString)).isEqualTo(Optional.of(concealed.get(0)));
            assertThat(incident.accountIndex()).hasValue(alice.index());
            assertThat(alice.balance().total().value()).isEqualTo(7_000_000);

            Health.Reconciliation figure = manager.health().reconciliation();
            while (figure.rounds() < 2) {
                Thread.sleep(20);
                figure = manager.health().reconciliation();
            }
            assertThat(figure.addresses()).isEqualTo(2);
            assertThat(figure.differences()).isPositive();
            assertThat(figure.finished()).isPresent();
            assertThat(figure.milestoneIndex()).isPresent();
        }
    }

    private static IncidentEvent awaitIncident(AccountManager manager) {
        try (EventConsumer consumer = manager.consumer("incidents")) {
            for (LedgerEvent event : consumer) {
                if (event instanceof IncidentEvent incident) {
                    return incident;
                }
            }
        }
        throw new AssertionError("the consumer ended");
    }

    @Test
    void addressesSaySinceWhenTheyAreWatched() {
        try (Mnemonic words = Mnemonic.of(TestWallet.WORDS.toCharArray());
                AccountManager manager = builder(words, SeedOrigin.NEW).open()) {
            devnet.issueMilestones(3);
            manager.sync();
            AccountAddress fresh = manager.createAccount("alice").generateAddress();
            assertThat(fresh.past()).isEqualTo(AccountAddress.Past.NEW);
            assertThat(fresh.watchedFrom()).hasValue(devnet.confirmedMilestone());
            devnet.fund(fresh.address(), 5_000_000);
            devnet.issueMilestones(1);
        }
        Path other = directory.resolve("other");
        try (Mnemonic words = Mnemonic.of(TestWallet.WORDS.toCharArray());
                AccountManager manager = TestWallet.builder(
                                other, devnet, MnemonicSecretManager.of(words, SeedOrigin.EXISTING))
                        .open()) {
            Account alice = manager.createAccount("alice");
            assertThat(alice.sync().total().value()).isEqualTo(5_000_000);
            assertThat(alice.listAddresses().iterator().next().past()).isEqualTo(AccountAddress.Past.CHECKED);
            assertThat(alice.generateAddress().past()).isEqualTo(AccountAddress.Past.NEW);
        }
    }

    @Test
    void anIntervalIsNotNegative() {
        assertThatThrownBy(() -> AccountManager.builder().reconciliationInterval(Duration.ofMillis(-1)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("reconciliationInterval");
    }
}
