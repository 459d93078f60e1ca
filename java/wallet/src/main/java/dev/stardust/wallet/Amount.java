package dev.stardust.wallet;

import java.math.BigInteger;

/**
 * An amount of base coins in base units (glow on Shimmer, micro on IOTA), never negative. Token supplies of
 * Stardust networks fit in a {@code long}.
 *
 * @param value the number of base units
 */
public record Amount(long value) implements Comparable<Amount> {
    /** No coins. */
    public static final Amount ZERO = new Amount(0);

    /**
     * Makes an amount.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#AMOUNT_INVALID} if the value is negative
     */
    public Amount {
        if (value < 0) {
            throw invalid("an amount is never negative: " + value);
        }
    }

    /**
     * Returns an amount of so many base units.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#AMOUNT_INVALID} if the value is negative
     */
    public static Amount of(long value) {
        return value == 0 ? ZERO : new Amount(value);
    }

    /**
     * Returns an amount of so many base units.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#AMOUNT_INVALID} if the value is negative or too large
     */
    public static Amount of(BigInteger value) {
        if (value.signum() < 0 || value.bitLength() > 63) {
            throw invalid("not an amount of base units: " + value);
        }
        return of(value.longValueExact());
    }

    /**
     * Reads a decimal number of base units, as {@link #toString()} writes it.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#AMOUNT_INVALID} if it is anything else
     */
    public static Amount parse(String text) {
        if (text.isEmpty() || text.length() > 19 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw invalid("not an amount of base units: \"" + text + "\"");
        }
        return of(new BigInteger(text));
    }

    /**
     * Returns the sum.
     *
     * @throws ArithmeticException if it does not fit
     */
    public Amount plus(Amount other) {
        return of(Math.addExact(value, other.value));
    }

    /**
     * Returns the difference.
     *
     * @throws InvalidInputException of kind {@link ErrorKind#AMOUNT_INVALID} if it would be negative
     */
    public Amount minus(Amount other) {
        return of(value - other.value);
    }

    /** Returns whether there is nothing. */
    public boolean isZero() {
        return value == 0;
    }

    @Override
    public int compareTo(Amount other) {
        return Long.compare(value, other.value);
    }

    /** Returns the number of base units in decimal. */
    @Override
    public String toString() {
        return Long.toString(value);
    }

    private static InvalidInputException invalid(String message) {
        return new InvalidInputException(ErrorKind.AMOUNT_INVALID.name(), message, false, java.util.Map.of(), null);
    }
}
