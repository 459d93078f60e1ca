package dev.stardust.wallet;

import dev.stardust.wallet.internal.json.Events;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which events a durable consumer gets: those that each part names. A part that is empty lets everything pass. An event
 * that has no account or no origin passes only where that part is empty.
 *
 * @param accounts indexes of accounts, at most 10,000
 * @param types the types of events, as {@link LedgerEvent#type()} names them
 * @param origins where the coins come from; only events that tell an origin have one
 */
public record EventFilter(Set<Integer> accounts, Set<String> types, Set<Origin> origins) {
    private static final EventFilter ALL = new EventFilter(Set.of(), Set.of(), Set.of());

    /** Copies the sets. */
    public EventFilter {
        accounts = Set.copyOf(accounts);
        types = Set.copyOf(types);
        origins = Set.copyOf(origins);
    }

    /** Returns the filter that lets every event pass. */
    public static EventFilter all() {
        return ALL;
    }

    /** Returns the filter for what is to be credited: {@link DepositEvent}s of all accounts. */
    public static EventFilter deposits() {
        return builder().type(DepositEvent.class).build();
    }

    /** Starts a filter. */
    public static Builder builder() {
        return new Builder();
    }

    /** Makes a filter. */
    public static final class Builder {
        private final Set<Integer> accounts = new TreeSet<>();
        private final Set<String> types = new TreeSet<>();
        private final Set<Origin> origins = new TreeSet<>();
        private boolean everyType;

        private Builder() {}

        /** Lets the events of this account pass, too. */
        public Builder account(int index) {
            accounts.add(index);
            return this;
        }

        /**
         * Lets the events of these accounts pass, too.
         *
         * @throws IllegalArgumentException if there are none: that would let the events of all accounts pass
         */
        public Builder accounts(Collection<Integer> indexes) {
            if (indexes.isEmpty()) {
                throw new IllegalArgumentException("no accounts: leave them out for the events of all");
            }
            accounts.addAll(indexes);
            return this;
        }

        /** Lets events of this type pass, too; an interface such as {@link LedgerEvent} lets all types pass. */
        public Builder type(Class<? extends LedgerEvent> type) {
            Collection<String> names = Events.names(type);
            everyType |= names.isEmpty();
            types.addAll(names);
            return this;
        }

        /** Lets events of this origin pass, too. */
        public Builder origin(Origin origin) {
            origins.add(origin);
            return this;
        }

        /** Returns the filter. */
        public EventFilter build() {
            return new EventFilter(accounts, everyType ? Set.of() : types, origins);
        }
    }
}
