package dev.stardust.wallet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.AccountManagerBuilder;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.HotWalletPolicy;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.SecretManager;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.testkit.Devnet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What the tests share. */
final class TestWallet {
    static final String PASSWORD = "a password for tests, 1234 äöü";
    /** A published test vector (BIP-39), known to everybody. */
    static final String WORDS =
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon"
                    + " abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";

    private TestWallet() {}

    static AccountManagerBuilder builder(Path directory, Devnet devnet, SecretManager secrets) {
        return AccountManager.builder()
                .storagePath(directory)
                .secretManager(secrets)
                .clientOptions(ClientOptions.builder()
                        .node(devnet.node())
                        .pollInterval(Duration.ofMillis(50))
                        .build())
                .coinType(CoinType.SHIMMER);
    }

    static Stronghold vault(Path directory) {
        return Stronghold.at(directory.resolve("wallet.stronghold"), PASSWORD.toCharArray());
    }

    /** Opens a wallet whose vault is a Stronghold. */
    static AccountManager stronghold(Path directory, Devnet devnet) {
        return builder(directory, devnet, vault(directory)).open();
    }

    /** Opens a wallet whose vault is a Stronghold, and which looks after itself. */
    static AccountManager stronghold(Path directory, Devnet devnet, HotWalletPolicy policy) {
        return builder(directory, devnet, vault(directory)).hotWallet(policy).open();
    }

    /** Opens a wallet with a fresh mnemonic in memory, which is faster. */
    static AccountManager inMemory(Path directory, Devnet devnet) {
        try (Mnemonic mnemonic = Mnemonic.generate()) {
            return builder(directory, devnet, MnemonicSecretManager.of(mnemonic, SeedOrigin.NEW))
                    .open();
        }
    }

    /** Makes an account that has coins on its first address. */
    static Account funded(AccountManager manager, Devnet devnet, String alias, long amount) {
        Account account = manager.createAccount(alias);
        manager.sync();
        AccountAddress address = account.generateAddress();
        devnet.fund(address.address(), amount);
        devnet.issueMilestones(1);
        assertThat(account.sync().available().value()).isEqualTo(amount);
        return account;
    }

    /** Asserts that a call fails with this kind, and returns the exception. */
    static WalletException assertFails(ErrorKind kind, ThrowingCallable call) {
        Throwable thrown = catchThrowable(call);
        assertThat(thrown).as("expected " + kind).isInstanceOf(WalletException.class);
        WalletException e = (WalletException) thrown;
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
        assertThat(e.getMessage()).doesNotContain(PASSWORD).doesNotContain("abandon abandon");
        return e;
    }

    /** Waits until something happens. */
    static void await(String what, BooleanSupplier happened) {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!happened.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
