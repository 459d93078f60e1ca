package dev.stardust.wallet.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
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
    private final @Nullable URI inx;
    private final @Nullable DevnetProcess process;
    private final Http http = new Http();
    private final DevnetNode first;

    private Devnet(URI node, URI faucet, @Nullable URI inx, @Nullable DevnetProcess process) {
        this.node = node;
        this.faucet = faucet;
        this.inx = inx;
        this.process = process;
        // the faucet's port of a development node stays open when the node's is closed
        this.first = new DevnetNode(http, node, process == null ? node : faucet);
    }

    /**
     * Uses the given node if there is one, else starts a development node with milestones every 200 ms.
     *
     * <p>A node is given by {@code -Dstardust.node=URL} and {@code -Dstardust.faucet=URL}, or {@code STARDUST_NODE} and
     * {@code STARDUST_FAUCET} in the environment. The program of a development node is the file that {@code
     * -Dstardust.devnet.binary} or {@code STARDUST_DEVNET} names; else the one that cargo has built in the checkout
     * around the working directory; else {@code stardust-devnet} on the path, where {@code cargo install} puts it.
     *
     * @throws IllegalStateException if there is no such program; the message says how to get one
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
            URI inx = Settings.value("stardust.inx", "STARDUST_INX")
                    .map(URI::create)
                    .orElse(null);
            return new Devnet(URI.create(node.get()), URI.create(faucet.get()), inx, null);
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
        return new Devnet(process.node(), process.faucet(), process.inx(), process);
    }

    /** Returns the node's URL. */
    public URI node() {
        return node;
    }

    /** Returns the faucet's URL. */
    public URI faucet() {
        return faucet;
    }

    /** Returns the URL of the node's INX; none if a given node's is not known. */
    public Optional<URI> inx() {
        return Optional.ofNullable(inx);
    }

    /** Returns whether this is a development node that was started here. */
    public boolean isOwn() {
        return process != null;
    }

    /**
     * Returns the first node and what can go wrong with it. Development nodes only.
     *
     * @throws UnsupportedOperationException if another node was given
     */
    public DevnetNode firstNode() {
        if (process == null) {
            throw new UnsupportedOperationException("only a development node can do this, and " + node + " was given");
        }
        return first;
    }

    /** Starts one more server before the same ledger, with its own health and faults. Development nodes only. */
    public DevnetNode addNode() {
        return addNode("");
    }

    /**
     * Starts one more node of the network, with a ledger of its own that is held so many milestones behind. It begins
     * at the present milestone and stands still until the network is so far ahead. Development nodes only.
     */
    public DevnetNode addNodeBehind(int milestones) {
        return addNode("{\"behind\":" + milestones + "}");
    }

    /** Like {@link #addNodeBehind}, held at a milestone. Development nodes only. */
    public DevnetNode addNodeAt(long milestone) {
        return addNode("{\"at\":" + milestone + "}");
    }

    private DevnetNode addNode(String lag) {
        URI url = URI.create(firstNode().post("nodes", lag).get("node").asText());
        return new DevnetNode(http, url, url);
    }

    /**
     * Closes the first node's port and ends its connections, as of a node that went down. The ledger stays, and
     * milestones go on. Development nodes only.
     */
    public void stopNode() {
        firstNode().post("stop", "");
    }

    /** Opens the port again that {@link #stopNode()} closed. Development nodes only. */
    public void startNode() {
        firstNode().post("start", "");
    }

    /** Returns the newest confirmed milestone. */
    public long confirmedMilestone() {
        return first.confirmedMilestone();
    }

    /** Asks the faucet to pay to an address, and does not wait for it. */
    public void fund(String address) {
        http.post(faucet.resolve("/api/enqueue"), "{\"address\":\"" + address + "\"}");
    }

    /** Pays an amount to an address with the next milestone. Nodes with control routes only. */
    public void fund(String address, long amount) {
        control("mint", "{\"address\":\"" + address + "\",\"amount\":\"" + amount + "\"}");
    }

    /**
     * Makes plain outputs with the next milestone, up to a million. Nodes with control routes only.
     *
     * @param amount of each, in base units
     * @param count so many for every address
     */
    public void fund(Collection<String> addresses, long amount, int count) {
        ObjectNode request = Json.object().put("amount", Long.toString(amount)).put("count", count);
        addresses.forEach(request.withArray("addresses")::add);
        control("mint", request.put("ids", false).toString());
    }

    /** Makes outputs of the core API's JSON form with the next milestone, and returns their ids. Nodes with control routes only. */
    public List<String> mint(String outputs) {
        List<String> ids = new ArrayList<>();
        control("mint", outputs).get("outputIds").forEach(id -> ids.add(id.asText()));
        return ids;
    }

    /** Issues milestones at once; waits for as many on a node without control routes. */
    public void issueMilestones(int count) {
        if (hasControl()) {
            control("milestones?count=" + count, "");
        } else {
            awaitMilestones(count);
        }
    }

    /**
     * Waits until so many more milestones have come by timer.
     *
     * @throws IllegalStateException if none comes for a minute
     */
    public void awaitMilestones(int count) {
        long reached = confirmedMilestone();
        long goal = reached + count;
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (reached < goal) {
            sleep(Duration.ofMillis(100));
            long now = confirmedMilestone();
            if (now > reached) {
                reached = now;
                end = System.nanoTime() + PATIENCE.toNanos();
            } else if (System.nanoTime() > end) {
                throw new IllegalStateException("the node confirmed no milestone in " + PATIENCE);
            }
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
        firstNode().healthy(healthy);
    }

    /** Forgets milestones up to this one. Development nodes only. */
    public void prune(long index) {
        firstNode().prune(index);
    }

    /** Makes requests fail. Development nodes only. */
    public void fail(Fault fault) {
        firstNode().fail(fault);
    }

    /**
     * Makes requests fail. Development nodes only.
     *
     * @param rule such as {@code {"route":"GET /api/core/v2/info","status":503}}
     */
    public void fail(String rule) {
        firstNode().fail(rule);
    }

    /** Ends all failing. Development nodes only. */
    public void failNoMore() {
        firstNode().failNoMore();
    }

    /** Returns how many requests the node was asked since {@link #resetRequests()}. Development nodes only. */
    public long requests() {
        return firstNode().requests();
    }

    /** Counts requests from 0. Development nodes only. */
    public void resetRequests() {
        firstNode().resetRequests();
    }

    private JsonNode control(String what, String body) {
        if (!hasControl()) {
            throw new UnsupportedOperationException(node + " has no control routes");
        }
        return first.post(what, body);
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
