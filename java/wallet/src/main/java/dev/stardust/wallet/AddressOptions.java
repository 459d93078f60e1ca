package dev.stardust.wallet;

import java.util.Optional;

/**
 * What kind of addresses to issue.
 *
 * @param internal whether they are change addresses, which have a chain and an index of their own
 * @param label a text of the caller's, written to each of them
 */
public record AddressOptions(boolean internal, Optional<String> label) {
    /** Public addresses without a label. */
    public static AddressOptions defaults() {
        return new AddressOptions(false, Optional.empty());
    }

    /** The same, but public or internal. */
    public AddressOptions withInternal(boolean change) {
        return new AddressOptions(change, label);
    }

    /** The same, but with this label. */
    public AddressOptions withLabel(String text) {
        return new AddressOptions(internal, Optional.of(text));
    }
}
