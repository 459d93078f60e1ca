package dev.stardust.wallet;

import java.util.Optional;
import java.util.OptionalLong;

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
 * @param watchedFrom the milestone after which all that happens on it is seen
 * @param past what is known of its time before that
 */
public record AccountAddress(
        String address,
        String raw,
        int accountIndex,
        long keyIndex,
        boolean internal,
        Optional<String> label,
        boolean used,
        Amount balance,
        OptionalLong watchedFrom,
        Past past) {
    /** What is known of an address's time before the wallet watched it. */
    public enum Past {
        /** This wallet issued it: it was watched before anybody knew it. */
        NEW,
        /** It may have been used before; what it held is asked for in the background and not booked yet. */
        UNCHECKED,
        /** What it held is booked. */
        CHECKED,
        /** One that this version of the Java part does not know. */
        UNKNOWN
    }

    /** Returns the address as users write it (bech32). */
    @Override
    public String toString() {
        return address;
    }
}
