package dev.stardust.wallet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.NewOutputEvent;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Subscription;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ledger over INX. */
@StardustDevnet
@Timeout(180)
class InxIT {
    private static final long DEPOSIT = 5_000_000;

    @TempDir
    Path directory;

    private AccountManager open(Devnet devnet, URI inx) {
        try (Mnemonic mnemonic = Mnemonic.generate()) {
            return TestWallet.builder(directory, devnet, MnemonicSecretManager.of(mnemonic, SeedOrigin.NEW))
                    .clientOptions(ClientOptions.builder()
                            .node(devnet.node())
                            .inx(inx)
                            .connectTimeout(Duration.ofSeconds(10))
                            // so that polling alone would be too late
                            .pollInterval(Duration.ofMinutes(1))
                            .build())
                    .open();
        }
    }

    @Test
    void aDepositIsToldByTheNodeAndWithdrawn(Devnet devnet) throws Exception {
        assumeTrue(devnet.inx().isPresent(), "the given node's INX is not known");
        try (AccountManager manager = open(devnet, devnet.inx().get())) {
            Account alice = manager.createAccount("alice");
            manager.sync();
            CompletableFuture<NewOutputEvent> seen = new CompletableFuture<>();
            try (Subscription live = manager.listen(NewOutputEvent.class, seen::complete)) {
                String address = alice.generateAddress().address();
                devnet.fund(address, DEPOSIT);
                devnet.issueMilestones(1);
                NewOutputEvent event = seen.get(50, TimeUnit.SECONDS);
                assertThat(event.amount()).isEqualTo(Amount.of(DEPOSIT));
                assertThat(event.address()).isEqualTo(address);
            }
            String own = alice.generateAddress().address();
            Transaction withdrawal = alice.sendAmount(List.of(Payment.of(own, Amount.of(1_000_000))));
            devnet.issueMilestones(1);
            withdrawal.awaitInclusion(Duration.ofSeconds(50));
            assertThat(alice.sync().available()).isEqualTo(Amount.of(DEPOSIT));
        }
    }

    @Test
    void anInxThatIsNotThereIsSaid(Devnet devnet) {
        try (AccountManager manager = open(devnet, URI.create("http://127.0.0.1:1"))) {
            manager.createAccount("alice");
            TestWallet.assertFails(ErrorKind.NODE_UNREACHABLE, manager::sync);
        }
    }

    @Test
    void anInxWithEncryptionOrCredentialsIsRefused(Devnet devnet) {
        TestWallet.assertFails(
                ErrorKind.INVALID_CONFIGURATION, () -> open(devnet, URI.create("https://127.0.0.1:9029")));
        TestWallet.assertFails(
                ErrorKind.INVALID_CONFIGURATION, () -> open(devnet, URI.create("http://me:secret@127.0.0.1:9029")));
    }
}
