package dev.stardust.wallet.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A node for tests: one that this starts and stops, or a given one. What only a development node can do (milestones
 * by request, faults, coins from nowhere) says so.
 */
public final class Devnet implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final URI node;
    private final URI faucet;
    private final @Nullable DevnetProcess process;
    private final Http http = new Http();

    private Devnet(URI node, URI faucet, @Nullable DevnetProcess process) {
        this.node = node;
        this.faucet = faucet;
        this.process = process;
    }

    /**
     * Uses the given node if there is one, else starts a development node with milestones every 200 ms.
     *
     * <p>The program is the file that {@code -Dstardust.devnet.binary} or {@code STARDUST_DEVNET} names, else the one
     * that cargo has built in the checkout around the working directory.
     */
    public static Devnet start() {
        return start("200ms");
    }

    /**
     * Like {@link #start()}, with another interval of milestones.
     *
     * @param milestoneInterval such as {@code 500ms}; {@code 0} for milestones by request only
     */
    public static Devnet start(String milestoneInterval) {
        Optional<String> node = Settings.value("stardust.node", "STARDUST_NODE");
        Optional<String> faucet = Settings.value("stardust.faucet", "STARDUST_FAUCET");
        if (node.isPresent() && faucet.isPresent()) {
            return new Devnet(URI.create(node.get()), URI.create(faucet.get()), null);
        }
        return own(milestoneInterval);
    }

    /**
     * Starts a development node, even if another node was given.
     *
     * @param milestoneInterval such as {@code 500ms}; {@code 0} for milestones by request only
     * @param options more options of the program, such as {@code --network-name} and a name
     */
    public static Devnet own(String milestoneInterval, String... options) {
        DevnetProcess process = DevnetProcess.start(milestoneInterval, options);
        return new Devnet(process.node(), process.faucet(), process);
    }

    /** Returns the node's URL. */
    public URI node() {
        return node;
    }

    /** Returns the faucet's URL. */
    public URI faucet() {
        return faucet;
    }

    /** Returns whether this is a development node that was started here. */
    public boolean isOwn() {
        return process != null;
    }

    /** Returns the newest confirmed milestone. */
    public long confirmedMilestone() {
        return http.get(node.resolve("/api/core/v2/info"))
                .at("/status/confirmedMilestone/index")
                .asLong();
    }

    /** Asks the faucet to pay to an address, and does not wait for it. */
    public void fund(String address) {
        http.post(faucet.resolve("/api/enqueue"), "{\"address\":\"" + address + "\"}");
    }

    /** Pays an amount to an address with the next milestone. Nodes with control routes only. */
    public void fund(String address, long amount) {
        control("mint", "{\"address\":\"" + address + "\",\"amount\":\"" + amount + "\"}");
    }

    /** Makes outputs of the core API's JSON form with the next milestone. Nodes with control routes only. */
    public List<String> mint(String outputs) {
        List<String> ids = new ArrayList<>();
        control("mint", outputs).get("outputIds").forEach(id -> ids.add(id.asText()));
        return ids;
    }

    /** Issues milestones at once; waits for as many on a node without control routes. */
    public void issueMilestones(int count) {
        if (hasControl()) {
            control("milestones?count=" + count, "");
            return;
        }
        long goal = confirmedMilestone() + count;
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (confirmedMilestone() < goal) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("the node confirmed no " + count + " milestones in " + PATIENCE);
            }
            sleep(Duration.ofMillis(200));
        }
    }

    /** Stops milestones by timer. Nodes with control routes only. */
    public void pause() {
        control("pause", "");
    }

    /** Goes on with milestones by timer. Nodes with control routes only. */
    public void resume() {
        control("resume", "");
    }

    /** Says whether the node calls itself healthy. Development nodes only. */
    public void healthy(boolean healthy) {
        own();
        control("health", "{\"healthy\":" + healthy + "}");
    }

    /** Forgets milestones up to this one. Development nodes only. */
    public void prune(long index) {
        own();
        control("prune?index=" + index, "");
    }

    /**
     * Makes requests fail. Development nodes only.
     *
     * @param rule such as {@code {"route":"GET /api/core/v2/info","status":503}}
     */
    public void fail(String rule) {
        own();
        control("fail", rule);
    }

    /** Ends all failing. Development nodes only. */
    public void failNoMore() {
        own();
        http.delete(node.resolve("/api/devnet/v1/fail"));
    }

    /** Returns how many requests the node was asked since {@link #resetRequests()}. Development nodes only. */
    public long requests() {
        own();
        return http.get(node.resolve("/api/devnet/v1/requests")).get("total").asLong();
    }

    /** Counts requests from 0. Development nodes only. */
    public void resetRequests() {
        own();
        control("requests/reset", "");
    }

    private JsonNode control(String what, String body) {
        if (!hasControl()) {
            throw new UnsupportedOperationException(node + " has no control routes");
        }
        return http.post(node.resolve("/api/devnet/v1/" + what), body);
    }

    /** A network for tests of real nodes serves some of the development node's routes too. */
    private boolean hasControl() {
        if (process != null) {
            return true;
        }
        for (JsonNode route : http.get(node.resolve("/api/routes")).path("routes")) {
            if (route.asText().equals("devnet/v1")) {
                return true;
            }
        }
        return false;
    }

    private void own() {
        if (process == null) {
            throw new UnsupportedOperationException("only a development node can do this, and " + node + " was given");
        }
    }

    static void sleep(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Stops the node if it was started here. */
    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }

    @Override
    public String toString() {
        return "Devnet[node=" + node + ", faucet=" + faucet + "]";
    }
}
