package dev.stardust.wallet;

/**
 * The coin type in the path of every key, {@code 44'/coin type'/account'/internal'/index'} (BIP-44, SLIP-10, SLIP-44); a
 * wallet keeps it for life.
 */
public enum CoinType {
    /** IOTA: 4218. */
    IOTA(4218),
    /** Shimmer, and the test networks of Shimmer: 4219. */
    SHIMMER(4219);

    private final int number;

    CoinType(int number) {
        this.number = number;
    }

    /** Returns the registered number. */
    public int number() {
        return number;
    }
}
