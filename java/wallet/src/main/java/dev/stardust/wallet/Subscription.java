package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.LiveSubscription;
import dev.stardust.wallet.internal.core.Session;

/** A live listener; see {@link AccountManager#listen}. */
public final class Subscription implements AutoCloseable {
    private final Session session;
    private final LiveSubscription<?> live;

    Subscription(Session session, LiveSubscription<?> live) {
        this.session = session;
        this.live = live;
    }

    /** Returns how many events were dropped because the listener was too slow. A durable consumer never drops. */
    public long dropped() {
        return live.dropped();
    }

    /** Returns whether no more events will come. */
    public boolean isClosed() {
        return live.closed();
    }

    /** Ends it. A callback that runs now ends; none starts after this. */
    @Override
    public void close() {
        session.unlisten(live);
    }
}
