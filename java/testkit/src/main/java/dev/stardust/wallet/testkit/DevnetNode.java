package dev.stardust.wallet.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Duration;

/**
 * One node of a development network and what can go wrong with it. Each node has its own health, faults and count of
 * requests. Instances are safe for use by several threads.
 *
 * <p>Every method throws {@link IllegalStateException} when the node refuses, and {@link java.io.UncheckedIOException}
 * when it cannot be reached.
 */
public final class DevnetNode {
    private final Http http;
    private final URI url;
    private final URI control;

    /** @param control where the control routes are asked: a port that is open even when the node's is not */
    DevnetNode(Http http, URI url, URI control) {
        this.http = http;
        this.url = url;
        this.control = control;
    }

    /** Returns the node's URL. */
    public URI url() {
        return url;
    }

    /** Returns the newest milestone that this node has confirmed. */
    public long confirmedMilestone() {
        return http.get(url.resolve("/api/core/v2/info"))
                .at("/status/confirmedMilestone/index")
                .asLong();
    }

    /** Says whether the node calls itself healthy. */
    public void healthy(boolean healthy) {
        post("health", "{\"healthy\":" + healthy + "}");
    }

    /** Makes requests fail until the fault is used up or {@link #failNoMore()} is called. */
    public void fail(Fault fault) {
        fail(fault.toJson());
    }

    /**
     * Makes requests fail.
     *
     * @param rule in the form of the control route {@code fail}, such as
     *     {@code {"route":"GET /api/core/v2/info","status":503}}
     */
    public void fail(String rule) {
        post("fail", rule);
    }

    /** Ends all failing, and all falsehoods about milestones. */
    public void failNoMore() {
        delete("fail");
        delete("diff");
    }

    /** Tells the changes of a milestone wrongly until it is used up or {@link #failNoMore()} is called. */
    public void tell(FalseDiff diff) {
        post("diff", diff.toJson());
    }

    /** Forgets milestones up to this one, their blocks and the outputs they consumed. */
    public void prune(long index) {
        post("prune?index=" + index, "");
    }

    /**
     * Keeps so many milestones from now on and forgets older ones as new ones come.
     *
     * @param count 0: keeps all
     */
    public void keepMilestones(int count) {
        post("prune?keep=" + count, "");
    }

    /**
     * Holds the node so many milestones behind the network; 0 lets it catch up. What it has confirmed stays confirmed.
     * Only nodes that {@link Devnet#addNodeBehind} and {@link Devnet#addNodeAt} made can lag.
     */
    public void holdBehind(int milestones) {
        post("lag", "{\"behind\":" + milestones + "}");
    }

    /** Like {@link #holdBehind}, at a fixed milestone. */
    public void holdAt(long index) {
        post("lag", "{\"at\":" + index + "}");
    }

    /** Ends all open connections. */
    public void disconnect() {
        post("disconnect", "");
    }

    /** Closes the node's port and ends its connections; opens it again after a while. The ledger stays. */
    public void restart(Duration down) {
        post("restart?downMs=" + down.toMillis(), "");
    }

    /**
     * Lets the node of another network answer at this URL, until {@link #returnToNetwork()}. It is at the milestone
     * that this one was at. With the same name and prefix it is another ledger still.
     *
     * @param hrp the prefix of its addresses
     */
    public void becomeNetwork(String name, String hrp) {
        post("network", "{\"networkName\":" + Json.text(name) + ",\"hrp\":" + Json.text(hrp) + "}");
    }

    /** The node is back, as it was left. */
    public void returnToNetwork() {
        delete("network");
    }

    /** Returns how many requests the node was asked since {@link #resetRequests()}, control routes apart. */
    public long requests() {
        return get("requests").get("total").asLong();
    }

    /**
     * Returns how many requests of one route the node was asked since {@link #resetRequests()}.
     *
     * @param route such as {@code GET /api/core/v2/outputs/{outputId}}
     */
    public long requests(String route) {
        return get("requests").get("routes").path(route).asLong(0);
    }

    /** Counts requests from 0. */
    public void resetRequests() {
        post("requests/reset", "");
    }

    JsonNode get(String path) {
        return http.get(control.resolve("/api/devnet/v1/" + path));
    }

    JsonNode post(String path, String body) {
        return http.post(control.resolve("/api/devnet/v1/" + path), body);
    }

    private void delete(String path) {
        http.delete(control.resolve("/api/devnet/v1/" + path));
    }

    @Override
    public String toString() {
        return "DevnetNode[" + url + "]";
    }
}
