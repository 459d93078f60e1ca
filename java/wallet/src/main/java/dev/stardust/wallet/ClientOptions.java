package dev.stardust.wallet;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes to use and how. Times count in whole milliseconds. What is out of its range is refused by {@link
 * AccountManagerBuilder#open()}.
 *
 * @param nodes the nodes, at least one, in order of preference; the next one is used when one fails
 * @param inx the INX of own nodes, in order of preference, from which the ledger is read; empty: it is read from the nodes
 * @param requestTimeout how long an answer may take, up to 10 minutes; 10 seconds if left out
 * @param connectTimeout how long a connection may take, up to 10 minutes; 5 seconds if left out
 * @param maxRequestsInFlight how many requests may be under way at once, 1 to 1000; 64 if left out
 * @param requestsPerSecond how many requests may be started in a second, 1 to 1,000,000; no limit if left out
 * @param pollInterval how often to ask for a new milestone, 10 ms to a minute; 500 ms if left out
 * @param proofOfWork who does the proof of work; this process, with a thread for each core, if left out
 * @param witness a node to compare the others with; none if left out
 * @param permanode a service that has what the nodes have pruned; none if left out
 * @param milestoneKeys who signs the network's milestones; signatures are not checked if left out
 */
public record ClientOptions(
        List<Node> nodes,
        List<URI> inx,
        Optional<Duration> requestTimeout,
        Optional<Duration> connectTimeout,
        OptionalInt maxRequestsInFlight,
        OptionalInt requestsPerSecond,
        Optional<Duration> pollInterval,
        Optional<ProofOfWork> proofOfWork,
        Optional<Witness> witness,
        Optional<Node> permanode,
        Optional<MilestoneKeys> milestoneKeys) {

    /**
     * Makes options.
     *
     * @throws ConfigurationException if a time or a limit is not above 0, or the URL of an INX has credentials in it
     */
    public ClientOptions {
        nodes = List.copyOf(nodes);
        inx = List.copyOf(inx);
        if (inx.stream().anyMatch(url -> url.getRawUserInfo() != null)) {
            throw invalid("the URL of an INX must not hold credentials: it takes none");
        }
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

    /**
     * A second node, best run by somebody else, that what the nodes say is compared with: a milestone counts when both
     * tell the same of it. The wallet waits for it when it is behind, and halts when the two differ.
     *
     * @param node the node; none of those that are used otherwise
     * @param from from this amount on, an output to the wallet is also compared with the block that carries its
     *     transaction; no output is if left out
     */
    public record Witness(Node node, Optional<Amount> from) {}

    /**
     * The public keys that sign the network's milestones, as its operators publish them. With them, a milestone counts
     * only when enough of these keys, and nobody else, have signed it; a node with other milestones is not used.
     *
     * @param threshold how many keys have to sign each milestone, 1 to 255
     * @param keys the keys, each with the milestones that it may sign
     */
    public record MilestoneKeys(int threshold, List<MilestoneKey> keys) {
        /**
         * Makes it.
         *
         * @throws ConfigurationException if the threshold is not 1 to 255
         */
        public MilestoneKeys {
            keys = List.copyOf(keys);
            if (threshold < 1 || threshold > 255) {
                throw invalid("the threshold of milestone keys must be 1 to 255, not " + threshold);
            }
        }
    }

    /**
     * A key that signs milestones.
     *
     * @param publicKey the Ed25519 public key, 0x and 64 hexadecimal digits
     * @param start the first milestone that it may sign, 0 to 4294967295
     * @param end the last one; it has no end if left out
     */
    public record MilestoneKey(String publicKey, long start, OptionalLong end) {
        private static final long LAST = 0xffff_ffffL;

        /**
         * Makes a key.
         *
         * @throws ConfigurationException if it is no public key, or ends before it starts
         */
        public MilestoneKey {
            if (!publicKey.matches("0x[0-9a-fA-F]{64}")) {
                throw invalid("a milestone key is 0x and 64 hexadecimal digits, not " + publicKey);
            }
            publicKey = publicKey.toLowerCase(Locale.ROOT);
            if (start < 0 || start > LAST || end.orElse(LAST) < start || end.orElse(LAST) > LAST) {
                throw invalid("a milestone key cannot be used from " + start + " to " + end);
            }
        }

        /** Returns a key without end. */
        public static MilestoneKey from(String publicKey, long start) {
            return new MilestoneKey(publicKey, start, OptionalLong.empty());
        }

        /** Returns a key for the milestones from {@code start} to {@code end}, both included. */
        public static MilestoneKey between(String publicKey, long start, long end) {
            return new MilestoneKey(publicKey, start, OptionalLong.of(end));
        }
    }

    /** Collects options. */
    public static final class Builder {
        private final List<Node> nodes = new ArrayList<>();
        private final List<URI> inx = new ArrayList<>();
        private @Nullable Duration requestTimeout;
        private @Nullable Duration connectTimeout;
        private OptionalInt maxRequestsInFlight = OptionalInt.empty();
        private OptionalInt requestsPerSecond = OptionalInt.empty();
        private @Nullable Duration pollInterval;
        private @Nullable ProofOfWork proofOfWork;
        private @Nullable Node witness;
        private @Nullable Amount witnessFrom;
        private @Nullable Node permanode;
        private @Nullable MilestoneKeys milestoneKeys;

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

        /**
         * Adds the INX of an own Hornet node. The ledger is then read over INX, which tells of each milestone at once and
         * sends whole outputs; payments and look-ups still go to the {@linkplain #node(URI) nodes}. It must be of the
         * same network. Several are tried in this order.
         *
         * <p>INX has neither encryption nor authentication: only for a node of your own on a link that you trust.
         *
         * @param url where it is, http, such as {@code http://localhost:9029}
         */
        public Builder inx(URI url) {
            inx.add(url);
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

        /**
         * Sets the node that the others are compared with; see {@link Witness}.
         *
         * @throws ConfigurationException if there are credentials in the URL
         */
        public Builder witness(URI url) {
            this.witness = new Node(url, Optional.empty());
            return this;
        }

        /** Sets the node that the others are compared with, and its credentials; see {@link Witness}. */
        public Builder witness(URI url, NodeAuth auth) {
            this.witness = new Node(url, Optional.of(auth));
            return this;
        }

        /** Sets from which amount on an output is compared with the block of its transaction: none is unless set. */
        public Builder witnessFrom(Amount amount) {
            this.witnessFrom = amount;
            return this;
        }

        /**
         * Sets a permanode: a service that has the core REST API v2 of nodes and forgets nothing. It is asked for what no
         * node has any more, and for nothing else: milestones that the wallet has not seen, and, after a restore, what was
         * paid meanwhile. What it says is believed as a node's word is.
         *
         * @throws ConfigurationException if there are credentials in the URL
         */
        public Builder permanode(URI url) {
            this.permanode = new Node(url, Optional.empty());
            return this;
        }

        /** Sets a permanode that wants credentials; they are sent to it only. */
        public Builder permanode(URI url, NodeAuth auth) {
            this.permanode = new Node(url, Optional.of(auth));
            return this;
        }

        /** Sets who signs the network's milestones: signatures are not checked unless set. */
        public Builder milestoneKeys(int threshold, MilestoneKey... keys) {
            this.milestoneKeys = new MilestoneKeys(threshold, List.of(keys));
            return this;
        }

        /**
         * Makes the options.
         *
         * @throws ConfigurationException if a time or a limit is not above 0, or there is an amount for a witness and no
         *     witness
         */
        public ClientOptions build() {
            if (witness == null && witnessFrom != null) {
                throw invalid("witnessFrom is set, and no witness");
            }
            Node second = witness;
            return new ClientOptions(
                    nodes,
                    inx,
                    Optional.ofNullable(requestTimeout),
                    Optional.ofNullable(connectTimeout),
                    maxRequestsInFlight,
                    requestsPerSecond,
                    Optional.ofNullable(pollInterval),
                    Optional.ofNullable(proofOfWork),
                    second == null
                            ? Optional.empty()
                            : Optional.of(new Witness(second, Optional.ofNullable(witnessFrom))),
                    Optional.ofNullable(permanode),
                    Optional.ofNullable(milestoneKeys));
        }
    }
}
