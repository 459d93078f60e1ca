package dev.stardust.bench;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.AccountManagerBuilder;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.SecretManager;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.testkit.Devnet;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The wallets that are measured. They ask the node by themselves so rarely that it does not disturb the counts. */
final class Wallet {
    /** How a wallet hears of milestones. */
    record Feed(String name, Duration poll, Optional<URI> inx) {
        /** As an exchange with a node of its own hears of them: over INX where the node has it. */
        static Feed live(Devnet node) {
            return new Feed("live", Duration.ofMillis(500), node.inx());
        }
    }

    static final String ALIAS = "bench";

    private static final char[] PASSWORD = "a password for a minute".toCharArray();
    private static final int BATCH = 10_000;
    private static final Feed SELDOM = new Feed("REST", Duration.ofSeconds(30), Optional.empty());

    private Wallet() {}

    /** Makes a wallet with an account, its keys in memory. */
    static AccountManager inMemory(Path directory, URI node) {
        try (Mnemonic mnemonic = Mnemonic.generate()) {
            return withAccount(open(directory, node, MnemonicSecretManager.of(mnemonic, SeedOrigin.NEW)));
        }
    }

    /** Makes a wallet without accounts, its keys in memory, that follows the node so. */
    static AccountManager following(Path directory, URI node, Feed feed) {
        try (Mnemonic mnemonic = Mnemonic.generate()) {
            return open(directory, node, MnemonicSecretManager.of(mnemonic, SeedOrigin.NEW), feed);
        }
    }

    /** Makes a wallet with an account, its keys in a vault that is unlocked. */
    static AccountManager withVault(Path directory, URI node) {
        AccountManager manager = open(directory, node, Stronghold.at(snapshot(directory), PASSWORD));
        try (Mnemonic mnemonic = Mnemonic.generate()) {
            manager.storeMnemonic(mnemonic, SeedOrigin.NEW);
        }
        return withAccount(manager);
    }

    /** Opens a wallet whose vault stays locked. */
    static AccountManager locked(Path directory, URI node) {
        return locked(directory, node, SELDOM);
    }

    /** Opens a wallet whose vault stays locked, and that follows the node so. */
    static AccountManager locked(Path directory, URI node, Feed feed) {
        return open(directory, node, Stronghold.at(snapshot(directory)), feed);
    }

    private static Path snapshot(Path directory) {
        return directory.resolveSibling(directory.getFileName() + ".stronghold");
    }

    private static AccountManager open(Path directory, URI node, SecretManager secrets) {
        return open(directory, node, secrets, SELDOM);
    }

    private static AccountManager open(Path directory, URI node, SecretManager secrets, Feed feed) {
        ClientOptions.Builder client = ClientOptions.builder().node(node).pollInterval(feed.poll());
        feed.inx().ifPresent(client::inx);
        AccountManagerBuilder builder = AccountManager.builder()
                .storagePath(directory)
                .secretManager(secrets)
                .clientOptions(client.build())
                .coinType(CoinType.SHIMMER)
                .reconciliationInterval(Duration.ZERO); // the requests that are counted are the ledger's
        return builder.open();
    }

    private static AccountManager withAccount(AccountManager manager) {
        manager.sync();
        manager.createAccount(ALIAS);
        return manager;
    }

    /**
     * Issues addresses until there are so many, or the time is up.
     *
     * @return whether there are so many
     */
    static boolean fill(Account account, long goal, Deadline deadline) {
        long start = System.nanoTime();
        long before = count(account);
        long now = before;
        while (now < goal) {
            if (deadline.passed()) {
                Report.progress("the time is up at " + now + " addresses");
                return false;
            }
            account.generateAddresses((int) Math.min(BATCH, goal - now));
            now = count(account);
        }
        if (now > before) {
            double micros = (System.nanoTime() - start) / 1e3 / (now - before);
            Report.progress(now + " addresses; in batches an address took " + Report.number(micros, " microseconds"));
        }
        return true;
    }

    static long count(Account account) {
        return account.addressCounts().publicCount();
    }
}
