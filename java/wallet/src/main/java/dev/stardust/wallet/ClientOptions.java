package dev.stardust.wallet;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes to use and how. Times count in whole milliseconds. What is out of its range is refused by {@link
 * AccountManagerBuilder#open()}.
 *
 * @param nodes the nodes, at least one, in order of preference; the next one is used when one fails
 * @param requestTimeout how long an answer may take, up to 10 minutes; 10 seconds if left out
 * @param connectTimeout how long a connection may take, up to 10 minutes; 5 seconds if left out
 * @param maxRequestsInFlight how many requests may be under way at once, 1 to 1000; 64 if left out
 * @param requestsPerSecond how many requests may be started in a second, 1 to 1,000,000; no limit if left out
 * @param pollInterval how often to ask for a new milestone, 10 ms to a minute; 500 ms if left out
 * @param proofOfWork who does the proof of work; this process, with a thread for each core, if left out
 */
public record ClientOptions(
        List<Node> nodes,
        Optional<Duration> requestTimeout,
        Optional<Duration> connectTimeout,
        OptionalInt maxRequestsInFlight,
        OptionalInt requestsPerSecond,
        Optional<Duration> pollInterval,
        Optional<ProofOfWork> proofOfWork) {

    /**
     * Makes options.
     *
     * @throws ConfigurationException if a time or a limit is not above 0
     */
    public ClientOptions {
        nodes = List.copyOf(nodes);
        checkAboveZero("requestTimeout", requestTimeout);
        checkAboveZero("connectTimeout", connectTimeout);
        checkAboveZero("pollInterval", pollInterval);
        checkAboveZero("maxRequestsInFlight", maxRequestsInFlight);
        checkAboveZero("requestsPerSecond", requestsPerSecond);
    }

    private static void checkAboveZero(String name, Optional<Duration> time) {
        if (time.isPresent() && (time.get().isNegative() || time.get().isZero())) {
            throw invalid(name + " must be above 0, not " + time.get());
        }
    }

    private static void checkAboveZero(String name, OptionalInt limit) {
        if (limit.isPresent() && limit.getAsInt() < 1) {
            throw invalid(name + " must be above 0, not " + limit.getAsInt());
        }
    }

    static ConfigurationException invalid(String message) {
        return new ConfigurationException(
                ErrorKind.INVALID_CONFIGURATION.name(), message, false, java.util.Map.of(), null);
    }

    /** Returns options with one node and nothing else. */
    public static ClientOptions node(URI url) {
        return builder().node(url).build();
    }

    /** Starts with no node. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * A node.
     *
     * @param url its URL, without credentials
     * @param auth its credentials
     */
    public record Node(URI url, Optional<NodeAuth> auth) {
        /**
         * Makes a node.
         *
         * @throws ConfigurationException if the URL has credentials in it, which would end up in logs
         */
        public Node {
            if (url.getRawUserInfo() != null) {
                throw invalid("a node's URL must not hold credentials: give them as NodeAuth");
            }
        }
    }

    /** Collects options. */
    public static final class Builder {
        private final List<Node> nodes = new ArrayList<>();
        private @Nullable Duration requestTimeout;
        private @Nullable Duration connectTimeout;
        private OptionalInt maxRequestsInFlight = OptionalInt.empty();
        private OptionalInt requestsPerSecond = OptionalInt.empty();
        private @Nullable Duration pollInterval;
        private @Nullable ProofOfWork proofOfWork;

        private Builder() {}

        /**
         * Adds a node.
         *
         * @param url where its REST API is, http or https, such as {@code http://localhost:14265}
         * @throws ConfigurationException if there are credentials in the URL
         */
        public Builder node(URI url) {
            nodes.add(new Node(url, Optional.empty()));
            return this;
        }

        /** Adds a node that wants credentials; they are sent to this node only. */
        public Builder node(URI url, NodeAuth auth) {
            nodes.add(new Node(url, Optional.of(auth)));
            return this;
        }

        /** Sets how long an answer may take: 10 seconds unless set. */
        public Builder requestTimeout(Duration timeout) {
            this.requestTimeout = timeout;
            return this;
        }

        /** Sets how long a connection may take: 5 seconds unless set. */
        public Builder connectTimeout(Duration timeout) {
            this.connectTimeout = timeout;
            return this;
        }

        /** Sets how many requests may be under way at once: 64 unless set. */
        public Builder maxRequestsInFlight(int limit) {
            this.maxRequestsInFlight = OptionalInt.of(limit);
            return this;
        }

        /** Sets how many requests may be started in a second: any number unless set. */
        public Builder requestsPerSecond(int limit) {
            this.requestsPerSecond = OptionalInt.of(limit);
            return this;
        }

        /** Sets how often to ask for a new milestone: every 500 ms unless set. */
        public Builder pollInterval(Duration interval) {
            this.pollInterval = interval;
            return this;
        }

        /** Sets who does the proof of work: this process, with a thread for each core, unless set. */
        public Builder proofOfWork(ProofOfWork who) {
            this.proofOfWork = who;
            return this;
        }

        /** Makes the options. */
        public ClientOptions build() {
            return new ClientOptions(
                    nodes,
                    Optional.ofNullable(requestTimeout),
                    Optional.ofNullable(connectTimeout),
                    maxRequestsInFlight,
                    requestsPerSecond,
                    Optional.ofNullable(pollInterval),
                    Optional.ofNullable(proofOfWork));
        }
    }
}
