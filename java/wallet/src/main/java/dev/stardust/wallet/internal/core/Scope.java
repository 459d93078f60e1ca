package dev.stardust.wallet.internal.core;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What ends early when something is closed. */
public final class Scope {
    private final Set<Runnable> ends = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Has this run at closing, or now if it is closed; it runs at least once then, and must not mind being run twice. */
    public void enter(Runnable end) {
        ends.add(end);
        if (closed) {
            end.run();
        }
    }

    /** Closing has nothing to end here any more. */
    public void leave(Runnable end) {
        ends.remove(end);
    }

    /** Returns whether it was closed. */
    public boolean closed() {
        return closed;
    }

    /** Ends all that is in it, and all that will be. */
    public void close() {
        closed = true;
        ends.forEach(Runnable::run);
    }
}
