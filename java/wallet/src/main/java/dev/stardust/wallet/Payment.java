package dev.stardust.wallet;

import java.util.Objects;

/**
 * What to pay to whom.
 *
 * @param address the payee's address (bech32)
 * @param amount how much
 */
public record Payment(String address, Amount amount) {
    /** Makes a payment; the address and the amount are checked when it is sent. */
    public Payment {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(amount, "amount");
    }

    /** Makes a payment; the address and the amount are checked when it is sent. */
    public static Payment of(String address, Amount amount) {
        return new Payment(address, amount);
    }

    /** Makes a payment of so many base units. */
    public static Payment of(String address, long amount) {
        return new Payment(address, Amount.of(amount));
    }
}
