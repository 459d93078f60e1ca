package dev.stardust.wallet;

import java.util.Optional;

/**
 * An address of an account.
 *
 * @param address the address as users write it (bech32, TIP-31)
 * @param raw the address without the network's name (hex)
 * @param accountIndex the account it belongs to
 * @param keyIndex its position on the account's public or internal chain, from 0
 * @param internal whether it is a change address
 * @param label a text of the caller's
 * @param used whether an output of it was ever seen
 * @param balance what it holds as of the last applied milestone
 */
public record AccountAddress(
        String address,
        String raw,
        int accountIndex,
        long keyIndex,
        boolean internal,
        Optional<String> label,
        boolean used,
        Amount balance) {
    /** Returns the address as users write it (bech32). */
    @Override
    public String toString() {
        return address;
    }
}
