package dev.stardust.wallet;

/** Who does the proof of work of a block. */
public sealed interface ProofOfWork {
    /** This process, with so many threads. */
    static ProofOfWork local(int threads) {
        return new Local(threads);
    }

    /** The node; it must offer that. */
    static ProofOfWork node() {
        return new Node();
    }

    /**
     * This process.
     *
     * @param threads how many threads work on one block, 1 to 1024
     */
    record Local(int threads) implements ProofOfWork {
        /**
         * Makes it.
         *
         * @throws ConfigurationException if there is not one thread
         */
        public Local {
            if (threads < 1) {
                throw ClientOptions.invalid("proof of work needs a thread at least, not " + threads);
            }
        }
    }

    /** The node. */
    record Node() implements ProofOfWork {}
}
