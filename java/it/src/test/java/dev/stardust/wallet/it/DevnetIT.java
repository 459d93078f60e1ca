package dev.stardust.wallet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.DevnetNode;
import dev.stardust.wallet.testkit.FalseDiff;
import dev.stardust.wallet.testkit.Fault;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The test kit itself: what it can do to a development node. */
@Timeout(120)
class DevnetIT {
    private static final String ADDRESS = "tst1qpszqzadsym6wpppd6z037dvlejmjuke7s24hm95s9fg9vpua7vlupxvxq2";
    private static final String INFO = "/api/core/v2/info";

    private final HttpClient http = HttpClient.newHttpClient();
    private Devnet devnet;

    @BeforeEach
    void start() {
        devnet = Devnet.own("0");
    }

    @AfterEach
    void stop() {
        devnet.close();
    }

    private HttpResponse<String> get(DevnetNode node, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(node.url().resolve(path))
                .timeout(Duration.ofSeconds(20))
                .build();
        return http.send(request, BodyHandlers.ofString());
    }

    private int status(String path) throws IOException, InterruptedException {
        return get(devnet.firstNode(), path).statusCode();
    }

    @Test
    void nodesLagAndCatchUp() throws Exception {
        DevnetNode behind = devnet.addNodeBehind(2);
        DevnetNode held = devnet.addNodeAt(3);
        DevnetNode beside = devnet.addNode();
        devnet.issueMilestones(5);
        assertThat(List.of(
                        devnet.confirmedMilestone(),
                        beside.confirmedMilestone(),
                        behind.confirmedMilestone(),
                        held.confirmedMilestone()))
                .containsExactly(6L, 6L, 4L, 3L);
        assertThat(get(held, "/api/core/v2/milestones/by-index/4").statusCode()).isEqualTo(404);
        held.holdBehind(0);
        behind.holdAt(5);
        assertThat(held.confirmedMilestone()).isEqualTo(6);
        assertThat(behind.confirmedMilestone()).isEqualTo(5);
    }

    @Test
    void requestsFailInEveryWay() throws Exception {
        devnet.fail(Fault.on("GET " + INFO).times(1).tooManyRequests(Duration.ofSeconds(7)));
        HttpResponse<String> refused = get(devnet.firstNode(), INFO);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("retry-after")).contains("7");
        devnet.fail(Fault.on(INFO).times(1).status(503));
        assertThat(status(INFO)).isEqualTo(503);
        devnet.fail(Fault.on(INFO).times(1).patch("{\"name\":\"OTHER\"}"));
        assertThat(get(devnet.firstNode(), INFO).body()).contains("\"name\":\"OTHER\"");
        devnet.fail(Fault.on(INFO).times(1).garbage());
        assertThat(get(devnet.firstNode(), INFO).body()).doesNotContain("HORNET");
        devnet.fail(Fault.on(INFO).times(1).trickle(200, Duration.ofMillis(1)));
        assertThat(get(devnet.firstNode(), INFO).body()).contains("HORNET");
        devnet.fail(Fault.on(INFO).times(1).truncate());
        assertThatThrownBy(() -> status(INFO)).isInstanceOf(IOException.class);
        // until it is ended: the client asks again by itself
        devnet.fail(Fault.on("/api/**").drop());
        assertThatThrownBy(() -> status(INFO)).isInstanceOf(IOException.class);
        devnet.failNoMore();
        devnet.resetRequests();
        assertThat(status(INFO)).isEqualTo(200);
        assertThat(devnet.requests()).isEqualTo(1);
        assertThat(devnet.firstNode().requests("GET " + INFO)).isEqualTo(1);
        assertThatThrownBy(() -> Fault.on(INFO).patch("{")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aMilestoneIsToldWrongly() throws Exception {
        List<String> ids = devnet.mint("{\"address\":\"" + ADDRESS + "\",\"amount\":\"1000000\"}");
        devnet.issueMilestones(1);
        String path = "/api/core/v2/milestones/by-index/2/utxo-changes";
        String truth = get(devnet.firstNode(), path).body();
        assertThat(truth).contains(ids);
        devnet.firstNode().tell(FalseDiff.of(2).omit(ids).namedIndex(9));
        assertThat(get(devnet.firstNode(), path).body()).doesNotContain(ids).contains("\"index\":9");
        devnet.failNoMore();
        assertThat(get(devnet.firstNode(), path).body()).isEqualTo(truth);
    }

    @Test
    void aNodeGoesDownAndComesBack() throws Exception {
        devnet.fund(List.of(ADDRESS), 1_000_000, 3);
        devnet.stopNode();
        assertThatThrownBy(() -> status(INFO)).isInstanceOf(IOException.class);
        devnet.issueMilestones(1);
        devnet.startNode();
        assertThat(devnet.confirmedMilestone()).isEqualTo(2);
        String items = get(devnet.firstNode(), "/api/indexer/v1/outputs/basic?address=" + ADDRESS)
                .body();
        assertThat(items.split("\"0x")).as("genesis, and three").hasSize(5);
    }

    @Test
    void aNodeForgetsAndBelongsElsewhere() throws Exception {
        DevnetNode node = devnet.firstNode();
        node.keepMilestones(2);
        devnet.issueMilestones(5);
        assertThat(status("/api/core/v2/milestones/by-index/4/utxo-changes")).isEqualTo(404);
        assertThat(status("/api/core/v2/milestones/by-index/5/utxo-changes")).isEqualTo(200);
        node.becomeNetwork("else\"where", "els");
        assertThat(get(node, INFO).body()).contains("else\\\"where");
        node.returnToNetwork();
        assertThat(get(node, INFO).body()).contains("\"stardust-devnet\"");
    }

    @Test
    void aGivenNodeIsNotTouched() {
        URI node = devnet.node();
        String nodeBefore = System.setProperty("stardust.node", node.toString());
        String faucetBefore =
                System.setProperty("stardust.faucet", devnet.faucet().toString());
        try (Devnet given = Devnet.start()) {
            assertThat(given.node()).isEqualTo(node);
            assertThat(given.isOwn()).isFalse();
            assertThatThrownBy(given::firstNode).isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(given::stopNode).isInstanceOf(UnsupportedOperationException.class);
        } finally {
            restore("stardust.node", nodeBefore);
            restore("stardust.faucet", faucetBefore);
        }
    }

    /** The other tests may have been given a node. */
    private static void restore(String property, String value) {
        if (value == null) {
            System.clearProperty(property);
        } else {
            System.setProperty(property, value);
        }
    }
}
