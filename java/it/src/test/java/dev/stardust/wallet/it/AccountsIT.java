package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.AddressOptions;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.SyncStatus;
import dev.stardust.wallet.WalletInfo;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Accounts and addresses. */
@StardustDevnet
@Timeout(120)
class AccountsIT {
    @TempDir
    static Path directory;

    private static AccountManager manager;

    @BeforeAll
    static void open(Devnet devnet) {
        manager = TestWallet.inMemory(directory, devnet);
        manager.sync();
    }

    @AfterAll
    static void close() {
        manager.close();
    }

    @Test
    void theWalletTellsWhatItIs(Devnet devnet) {
        WalletInfo info = manager.info();
        assertThat(info.coinType()).isEqualTo(4219);
        assertThat(info.secretManager()).isEqualTo("mnemonic");
        assertThat(info.storagePath()).isEqualTo(directory.toAbsolutePath());
        assertThat(info.network()).isPresent();
        assertThat(manager.syncStatus().state()).isIn(SyncStatus.State.SYNCED, SyncStatus.State.CATCHING_UP);
        assertThat(manager.nodeStatus().healthy()).isTrue();
        assertThat(manager.nodeStatus().url()).startsWith(devnet.node().toString());
    }

    @Test
    void anAliasIsNotAnIndex() {
        Account seven = manager.createAccount("7");
        assertThat(manager.getAccount("7")).isEqualTo(seven);
        assertThat(manager.getAccount(seven.index()).alias()).isEqualTo("7");
        assertFails(ErrorKind.ACCOUNT_NOT_FOUND, () -> manager.getAccount("8"));
        assertFails(ErrorKind.ACCOUNT_NOT_FOUND, () -> manager.getAccount(999));
        assertFails(ErrorKind.ACCOUNT_NOT_FOUND, () -> manager.getAccount(-1));
    }

    @Test
    void anAliasIsUniqueAndMayBeChanged() {
        Account account = manager.createAccount("zoë 🔑");
        assertFails(ErrorKind.ALIAS_TAKEN, () -> manager.createAccount("zoë 🔑"));
        assertFails(ErrorKind.ALIAS_INVALID, () -> manager.createAccount(""));
        assertFails(ErrorKind.ALIAS_INVALID, () -> manager.createAccount("a\nb"));
        assertThat(account.rename("zoe").alias()).isEqualTo("zoe");
        assertThat(manager.getAccount("zoe").index()).isEqualTo(account.index());
        assertFails(ErrorKind.ACCOUNT_NOT_FOUND, () -> manager.getAccount("zoë 🔑"));
        assertThat(manager.getAccounts().stream().map(Account::index))
                .isSorted()
                .contains(account.index());
    }

    @Test
    void eachChainHasItsOwnIndex() {
        Account account = manager.createAccount("chains");
        List<AccountAddress> open = account.generateAddresses(3);
        List<AccountAddress> change =
                account.generateAddresses(2, new AddressOptions(true, java.util.Optional.of("c")));
        assertThat(open).extracting(AccountAddress::keyIndex).containsExactly(0L, 1L, 2L);
        assertThat(change).extracting(AccountAddress::keyIndex).containsExactly(0L, 1L);
        assertThat(change)
                .allMatch(AccountAddress::internal)
                .allMatch(a -> a.label().orElse("").equals("c"));
        assertThat(account.listAddresses(false).toList()).isEqualTo(open);
        assertThat(account.listAddresses(true).toList()).isEqualTo(change);
        assertThat(account.listAddresses().toList()).hasSize(5);
        assertThat(account.addressCounts()).isEqualTo(new Account.AddressCounts(3, 2));
        assertThat(manager.setAddressLabel(open.get(0).address(), "mine").label())
                .contains("mine");
        assertThat(manager.setAddressLabel(open.get(0).address(), null).label()).isEmpty();
        assertFails(ErrorKind.INVALID_ARGUMENT, () -> account.generateAddresses(0));
        assertFails(ErrorKind.INVALID_ARGUMENT, () -> account.generateAddresses(10_001));
        assertFails(ErrorKind.ADDRESS_INVALID, () -> manager.findAddress("nonsense"));
    }

    @Test
    void longListsComeInPages() {
        Account account = manager.createAccount("long");
        List<AccountAddress> issued = account.generateAddresses(1234);
        assertThat(account.listAddresses(false).stream().map(AccountAddress::address))
                .containsExactlyElementsOf(
                        issued.stream().map(AccountAddress::address).toList());
        assertThat(account.listAddresses(false).page(10).items()).isEqualTo(issued.subList(0, 10));
    }

    @Test
    void aHundredConcurrentCallsEachGetTheirOwn() throws Exception {
        Account account = manager.createAccount("busy");
        ExecutorService threads = Executors.newFixedThreadPool(100);
        try {
            List<Future<AccountAddress>> calls = IntStream.range(0, 100)
                    .mapToObj(i -> threads.submit(() -> account.generateAddress()))
                    .toList();
            Set<Long> indices = new java.util.HashSet<>();
            for (Future<AccountAddress> call : calls) {
                indices.add(call.get().keyIndex());
            }
            assertThat(indices)
                    .isEqualTo(IntStream.range(0, 100).mapToObj(i -> (long) i).collect(Collectors.toSet()));
        } finally {
            threads.shutdownNow();
        }
        List<java.util.concurrent.CompletableFuture<WalletInfo>> pipelined =
                IntStream.range(0, 500).mapToObj(i -> manager.infoAsync()).toList();
        assertThat(pipelined).allSatisfy(info -> assertThat(info.join()).isEqualTo(manager.info()));
    }
}
