package dev.stardust.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.internal.core.FakeCore;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AccountManagerTest {
    private static final String NODE = "http://localhost:14265";
    private static final String TRANSACTION =
            "{\"transactionId\":\"0x11\",\"accountIndex\":0,\"digest\":\"0x22\",\"state\":\"%s\",\"attachments\":1,"
                    + "\"createdMs\":5,\"inputs\":[],\"outputs\":[]}";

    private final FakeCore core = new FakeCore()
            .result("wallet.start", "{}")
            .result("secret.setPassword", "{\"status\":\"unlocked\"}")
            .result("secret.storeMnemonic", "{}")
            .result("client.setNodeAuth", "{}");

    private AccountManagerBuilder builder(SecretManager secrets) {
        return AccountManager.builder()
                .storagePath(Path.of("wallet"))
                .secretManager(secrets)
                .clientOptions(ClientOptions.node(URI.create(NODE)))
                .coinType(CoinType.SHIMMER)
                .transport(core);
    }

    private AccountManager open() {
        return builder(Stronghold.at(Path.of("w.stronghold"), "secret".toCharArray()))
                .open();
    }

    @Test
    void openingGivesCredentialsThenThePasswordThenStarts() {
        ClientOptions client = ClientOptions.builder()
                .node(URI.create(NODE), NodeAuth.basic("user", "basic-secret".toCharArray()))
                .node(URI.create("http://other"), NodeAuth.bearer("token-secret".toCharArray()))
                .build();
        char[] password = "pässwörd 🔑".toCharArray();
        Stronghold vault = Stronghold.at(Path.of("w.stronghold"), password);
        try (AccountManager manager = builder(vault).clientOptions(client).open()) {
            assertThat(manager.isClosed()).isFalse();
        }
        assertThat(core.methods())
                .containsExactly("client.setNodeAuth", "client.setNodeAuth", "secret.setPassword", "wallet.start");
        assertThat(core.secrets).containsExactly("basic-secret", "token-secret", "pässwörd 🔑");
        assertThat(core.params("secret.setPassword").toString()).isEqualTo("{\"password\":3}");
        assertThat(core.config.toString()).doesNotContain("secret\"").doesNotContain("pässwörd");
        assertThat(core.secretArrays).allSatisfy(bytes -> assertThat(bytes).containsOnly(0));
        assertThat(password).as("the caller's own array is the caller's").startsWith('p');
        assertThatThrownBy(() -> builder(vault).open())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("new Stronghold");
    }

    @Test
    void wordsServeForOneManager() {
        Mnemonic words = Mnemonic.of("one two".toCharArray());
        MnemonicSecretManager secrets = MnemonicSecretManager.of(words);
        builder(secrets).open().close();
        assertThatThrownBy(() -> builder(secrets).open())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("new MnemonicSecretManager");
    }

    @Test
    void aMnemonicIsHandedOverAtEachStart() {
        try (Mnemonic words = Mnemonic.of("one two".toCharArray());
                AccountManager manager =
                        builder(MnemonicSecretManager.of(words, SeedOrigin.NEW)).open()) {
            assertThat(manager.isClosed()).isFalse();
            assertThat(words.reveal()).isEqualTo("one two".toCharArray());
        }
        assertThat(core.methods()).containsExactly("secret.storeMnemonic", "wallet.start");
        assertThat(core.params("secret.storeMnemonic").get("origin").asText()).isEqualTo("new");
    }

    @Test
    void aRestoreGetsWhatOpensTheVaultBeforeAnythingIsRestored() {
        Stronghold vault = Stronghold.at(Path.of("w.stronghold"), "of the vault".toCharArray());
        builder(vault)
                .restoreFrom(Path.of("w.backup"), "of the backup".toCharArray())
                .open()
                .close();
        assertThat(core.secrets).containsExactly("of the backup", "of the vault", "of the vault");
        assertThat(core.config.get("restore").get("password").asInt()).isEqualTo(1);
        assertThat(core.config.get("restore").get("secret").asInt()).isEqualTo(2);
        assertThat(core.params("secret.setPassword").get("password").asInt()).isEqualTo(3);
        assertThat(core.secretArrays).allSatisfy(bytes -> assertThat(bytes).containsOnly(0));
    }

    @Test
    void aRestoreWithoutTheVaultsPasswordTriesNone() {
        builder(Stronghold.at(Path.of("w.stronghold")))
                .restoreFrom(Path.of("w.backup"), "of the backup".toCharArray())
                .open()
                .close();
        assertThat(core.config.get("restore").has("secret")).isFalse();
        assertThat(core.secrets).containsExactly("of the backup");
    }

    @Test
    void aRestoreComparesTheWords() {
        builder(MnemonicSecretManager.of(Mnemonic.of("one two".toCharArray())))
                .restoreFrom(Path.of("w.backup"), "of the backup".toCharArray())
                .open()
                .close();
        assertThat(core.secrets).containsExactly("of the backup", "one two", "one two");
        assertThat(core.config.get("restore").get("secret").asInt()).isEqualTo(2);
    }

    @Test
    void credentialsThatCannotBeSentAreRefusedBeforeAnythingIsOpened() {
        for (NodeAuth auth : java.util.List.of(
                NodeAuth.basic("al:ice", "x".toCharArray()),
                NodeAuth.basic("alice", "x\r\n".toCharArray()),
                NodeAuth.bearer("a b".toCharArray()),
                NodeAuth.bearer(new char[0]))) {
            ClientOptions client =
                    ClientOptions.builder().node(URI.create(NODE), auth).build();
            Stronghold vault = Stronghold.at(Path.of("w.stronghold"), "of the vault".toCharArray());
            assertThatThrownBy(() -> builder(vault)
                            .clientOptions(client)
                            .restoreFrom(Path.of("w.backup"), "of the backup".toCharArray())
                            .open())
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("cannot be sent");
            assertThat(core.config).isNull();
            assertThat(core.secrets).isEmpty();
        }
    }

    @Test
    void aStepThatFailsClosesTheHandle() {
        core.error("secret.setPassword", "WRONG_PASSWORD", "the password does not open the vault");
        assertThatThrownBy(this::open)
                .isInstanceOf(SecretManagerException.class)
                .hasMessageContaining("WRONG_PASSWORD");
        assertThat(core.closes).hasValue(1);
    }

    @Test
    void whatTheCoreRefusesIsThrown() {
        core.openFailure = new StorageException("STORAGE_LOCKED", "in use", true, java.util.Map.of(), null);
        assertThatThrownBy(this::open).isInstanceOf(StorageException.class);
        assertThat(core.closes).hasValue(0);
    }

    @Test
    void whatIsRequiredIsNamed() {
        assertThatThrownBy(() -> AccountManager.builder().open())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("storagePath");
        assertThatThrownBy(() ->
                        builder(Stronghold.at(Path.of("x"))).coinType(null).open())
                .hasMessageContaining("coinType");
        assertThatThrownBy(() -> ClientOptions.node(URI.create("http://user:secret@host")))
                .isInstanceOf(ConfigurationException.class)
                .message()
                .doesNotContain("secret");
    }

    /** Not wrapped, and cancelled where it counts, as those of derived futures would not be. */
    @Test
    void everyFutureIsTheCallsOwn() {
        core.result(
                "account.create", "{\"index\":0,\"alias\":\"a\",\"publicAddressCount\":0,\"internalAddressCount\":0}");
        core.error("account.generateAddresses", "VAULT_LOCKED", "locked")
                .error("consumer.remove", "CONSUMER_NOT_FOUND", "none");
        try (AccountManager manager = open()) {
            Account account = manager.createAccount("a");
            for (var future : java.util.List.of(account.generateAddressAsync(), manager.removeConsumerAsync("c"))) {
                assertThat(future.handle((result, reason) -> reason).join()).isInstanceOf(WalletException.class);
            }
        }
    }

    @Test
    void longListsComePageByPage() {
        core.answer("account.list", AccountManagerTest::threePages);
        try (AccountManager manager = open()) {
            Listing<Account> accounts = manager.getAccounts();
            assertThat(core.methods()).as("nothing is asked for yet").doesNotContain("account.list");
            assertThat(accounts.stream().limit(10).map(Account::index)).containsExactlyElementsOf(numbers(10));
            assertThat(core.methods().stream().filter("account.list"::equals))
                    .as("lazy")
                    .hasSize(1);
            assertThat(accounts.toList())
                    .hasSize(1100)
                    .extracting(Account::index)
                    .isEqualTo(numbers(1100));
            assertThat(accounts.toListAsync().join()).isEqualTo(accounts.toList());
            assertThat(accounts.first()).map(Account::alias).contains("a0");
        }
    }

    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    private static String threePages(JsonNode request) {
        JsonNode params = request.get("params");
        int first = params.has("after") ? params.get("after").asInt() + 1 : 0;
        int last = Math.min(1100, first + params.get("limit").asInt());
        String items = IntStream.range(first, last)
                .mapToObj(i -> "{\"index\":" + i + ",\"alias\":\"a" + i
                        + "\",\"publicAddressCount\":1,\"internalAddressCount\":0}")
                .collect(Collectors.joining(","));
        String next = last < 1100 ? ",\"next\":" + (last - 1) : "";
        return "{\"id\":" + request.get("id") + ",\"result\":{\"items\":[" + items + "]" + next + "}}";
    }

    @Test
    void aTransactionReadsItselfAgain() {
        core.result("transaction.get", String.format(TRANSACTION, "submitted"))
                .result("transaction.awaitInclusion", String.format(TRANSACTION, "confirmed"));
        try (AccountManager manager = open()) {
            Transaction transaction = manager.getTransaction(TransactionId.of("0x11"));
            assertThat(transaction.isConfirmed()).isFalse();
            assertThat(transaction.refresh()).isEqualTo(transaction);
            assertThat(transaction.awaitInclusion(Duration.ofSeconds(3)).isConfirmed())
                    .isTrue();
            assertThat(core.params("transaction.awaitInclusion")
                            .get("timeoutMs")
                            .asLong())
                    .isEqualTo(3000);
            assertThat(transaction.toString()).contains("0x11").contains("SUBMITTED");
        }
    }

    private static String consumer(String logId, long acknowledged) {
        return "{\"name\":\"c\",\"logId\":\"" + logId + "\",\"acknowledged\":" + acknowledged
                + ",\"oldest\":1,\"latest\":9,\"filter\":{},\"createdMs\":5}";
    }

    @Test
    void aConsumerAcknowledgesInTheLogOfTheEvent() {
        core.result("consumer.open", consumer("0xaa", 4))
                .result(
                        "consumer.poll",
                        "{\"logId\":\"0xaa\",\"events\":[{\"type\":\"eclipse\",\"logId\":\"0xbb\",\"sequence\":5}],"
                                + "\"through\":5,\"more\":true}")
                .result("consumer.acknowledge", consumer("0xbb", 5));
        try (AccountManager manager = open();
                EventConsumer consumer = manager.consumer("c")) {
            assertThat(consumer.position()).isEqualTo(4);
            List<LedgerEvent> events = consumer.poll(Duration.ofDays(1), 7);
            assertThat(core.params("consumer.poll").toString())
                    .contains("60000")
                    .contains("7");
            consumer.acknowledge(events.get(0));
            assertThat(consumer.position()).isEqualTo(5);
            assertThat(core.params("consumer.acknowledge").get("logId").asText())
                    .isEqualTo("0xbb");
            consumer.close();
            assertThatThrownBy(() -> consumer.poll(Duration.ZERO)).isInstanceOf(WalletClosedException.class);
        }
    }

    @Test
    void aForgottenManagerIsCleanedUp() throws Exception {
        forget();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (core.closes.get() == 0 && System.nanoTime() < end) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(core.closes).hasValue(1);
    }

    @SuppressWarnings("resource")
    private void forget() {
        open();
    }

    @Test
    @SuppressWarnings("resource")
    void aManagerThatSomebodyListensToIsKept() throws Exception {
        core.result("events.listen", "{\"subscription\":1}");
        open().listen(WalletEvent.class, event -> {});
        for (int i = 0; i < 10; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(core.closes).hasValue(0);
    }

    @Test
    void callsAfterCloseAreRefused() {
        AccountManager manager = open();
        manager.close();
        manager.close();
        assertThat(manager.isClosed()).isTrue();
        assertThatThrownBy(manager::balance).isInstanceOf(WalletClosedException.class);
        assertThat(manager.balanceAsync()).isCompletedExceptionally();
        assertThatThrownBy(() -> manager.storeMnemonic(Mnemonic.of("x".toCharArray())))
                .isInstanceOf(WalletClosedException.class);
    }
}
