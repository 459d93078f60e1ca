package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.NodeAuth;
import dev.stardust.wallet.testkit.Devnet;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nodes that fail. */
@Timeout(120)
class NodeFaultsIT {
    /** Where no node is: nobody listens at so low a port. */
    private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

    @TempDir
    Path directory;

    private Devnet devnet;

    @BeforeEach
    void start() {
        devnet = Devnet.own("200ms");
    }

    @AfterEach
    void stop() {
        devnet.close();
    }

    private AccountManager open(URI... nodes) {
        ClientOptions.Builder client = ClientOptions.builder()
                .pollInterval(Duration.ofMillis(50))
                // no fault here has to be waited out
                .requestTimeout(Duration.ofSeconds(20))
                .connectTimeout(Duration.ofSeconds(10));
        for (URI node : nodes) {
            client.node(node);
        }
        try (Mnemonic words = Mnemonic.generate()) {
            return AccountManager.builder()
                    .storagePath(directory)
                    .secretManager(MnemonicSecretManager.of(words))
                    .clientOptions(client.build())
                    .coinType(CoinType.SHIMMER)
                    .open();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "status, 429, NODE_RATE_LIMITED",
        "status, 500, NODE_FAILURE",
        "status, 302, NODE_FAILURE",
        "status, 401, NODE_UNAUTHORIZED",
        "garbage, 0, NODE_ANSWER_INVALID",
        "truncate, 0, NODE_ANSWER_INVALID",
        "endless, 0, NODE_ANSWER_INVALID",
        "drop, 0, NODE_UNREACHABLE",
    })
    void aNodeThatFailsSaysHow(String action, int status, ErrorKind kind) {
        try (AccountManager manager = open(devnet.node())) {
            manager.sync();
            devnet.fail("{\"route\":\"GET /api/core/v2/info\",\"action\":\"" + action + "\""
                    + (status == 0 ? "" : ",\"status\":" + status) + "}");
            assertFails(kind, manager::nodeStatus);
            devnet.failNoMore();
            assertThat(manager.sync()).as("it goes on").isNotNull();
        }
    }

    @Test
    void aNodeThatIsNotThere() {
        try (AccountManager manager = open(NOWHERE)) {
            assertFails(ErrorKind.NODE_UNREACHABLE, manager::nodeStatus);
            assertThat(manager.balance().total().isZero())
                    .as("reading needs no node")
                    .isTrue();
        }
    }

    @Test
    void anotherNodeTakesOver() {
        try (AccountManager manager = open(NOWHERE, devnet.node())) {
            assertThat(manager.sync()).isNotNull();
            assertThat(manager.syncStatus().nodeUrl().orElse(""))
                    .startsWith(devnet.node().toString());
        }
    }

    @Test
    void aConfigurationWithoutNodesIsRefused() {
        assertFails(ErrorKind.INVALID_CONFIGURATION, this::open);
    }

    @Test
    void anUnhealthyNodeIsNotTrusted() {
        try (AccountManager manager = open(devnet.node())) {
            manager.sync();
            devnet.healthy(false);
            assertFails(ErrorKind.NODE_UNHEALTHY, manager::sync);
            devnet.healthy(true);
            assertThat(manager.sync()).isNotNull();
        }
    }

    @Test
    void aNodeOfAnotherNetworkIsRefused() {
        try (Mnemonic words = Mnemonic.generate()) {
            try (AccountManager manager = TestWallet.builder(directory, devnet, MnemonicSecretManager.of(words))
                    .open()) {
                TestWallet.funded(manager, devnet, "alice", 1_000_000);
            }
            try (Devnet other = Devnet.own("200ms", "--network-name", "another-network");
                    AccountManager manager = TestWallet.builder(directory, other, MnemonicSecretManager.of(words))
                            .open()) {
                assertFails(ErrorKind.NODE_WRONG_NETWORK, manager::sync);
                assertThat(manager.getAccount("alice").balance().total().value())
                        .as("nothing is touched")
                        .isEqualTo(1_000_000);
            }
        }
    }

    @Test
    void credentialsReachTheNode() throws Exception {
        Set<String> headers = ConcurrentHashMap.newKeySet();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            headers.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            exchange.sendResponseHeaders(401, -1);
            exchange.close();
        });
        server.start();
        URI node = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        try {
            for (NodeAuth auth :
                    List.of(NodeAuth.basic("user", "passä".toCharArray()), NodeAuth.bearer("a.token".toCharArray()))) {
                try (Mnemonic words = Mnemonic.generate();
                        AccountManager manager = TestWallet.builder(
                                        directory.resolve(auth.getClass().getSimpleName()),
                                        devnet,
                                        MnemonicSecretManager.of(words))
                                .clientOptions(
                                        ClientOptions.builder().node(node, auth).build())
                                .open()) {
                    assertFails(ErrorKind.NODE_UNAUTHORIZED, manager::nodeStatus);
                }
            }
        } finally {
            server.stop(0);
        }
        String basic = Base64.getEncoder().encodeToString("user:passä".getBytes(StandardCharsets.UTF_8));
        assertThat(headers).containsExactlyInAnyOrder("Basic " + basic, "Bearer a.token");
    }
}
