package dev.stardust.wallet;

import java.util.List;
import java.util.Optional;

/**
 * A part of a long list.
 *
 * @param items the items, in the list's order
 * @param next what to ask with for the part that follows; empty at the end
 * @param <T> what is listed
 */
public record Page<T>(List<T> items, Optional<String> next) {
    /** Makes a page. */
    public Page {
        items = List.copyOf(items);
    }
}
