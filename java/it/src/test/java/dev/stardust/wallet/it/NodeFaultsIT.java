package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.testkit.Devnet;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
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
                .requestTimeout(Duration.ofSeconds(2))
                .connectTimeout(Duration.ofSeconds(1));
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
        devnet.close();
        try (AccountManager manager = open(devnet.node())) {
            assertFails(ErrorKind.NODE_UNREACHABLE, manager::nodeStatus);
            assertThat(manager.balance().total().isZero())
                    .as("reading needs no node")
                    .isTrue();
        }
    }

    @Test
    void anotherNodeTakesOver() {
        try (Devnet gone = Devnet.own("0")) {
            gone.close();
            try (AccountManager manager = open(gone.node(), devnet.node())) {
                assertThat(manager.sync()).isNotNull();
                assertThat(manager.syncStatus().nodeUrl().orElse(""))
                        .startsWith(devnet.node().toString());
            }
        }
    }

    @Test
    void aConfigurationWithoutNodesIsRefused() {
        assertFails(ErrorKind.INVALID_CONFIGURATION, this::open);
    }
}
