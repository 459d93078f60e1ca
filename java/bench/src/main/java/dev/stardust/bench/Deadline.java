package dev.stardust.bench;

import java.time.Duration;

/** When to stop filling wallets. */
record Deadline(long nanoTime) {
    static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    boolean passed() {
        return System.nanoTime() - nanoTime > 0;
    }
}
