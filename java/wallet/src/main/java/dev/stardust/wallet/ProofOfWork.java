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
     * @param threads how many threads work on one block
     */
    record Local(int threads) implements ProofOfWork {}

    /** The node. */
    record Node() implements ProofOfWork {}
}
