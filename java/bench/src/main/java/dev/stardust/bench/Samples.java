package dev.stardust.bench;

import java.util.Arrays;

/** Durations of single calls. */
final class Samples {
    private final long[] nanos;

    private Samples(long[] nanos) {
        this.nanos = nanos;
    }

    /** Measures each of so many calls, after so many that are not measured. */
    static Samples of(int warmUp, int count, Runnable call) {
        for (int i = 0; i < warmUp; i++) {
            call.run();
        }
        long[] nanos = new long[count];
        for (int i = 0; i < count; i++) {
            long start = System.nanoTime();
            call.run();
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);
        return new Samples(nanos);
    }

    /** Returns the duration that so many of a hundred calls stay below, in microseconds. */
    double percentile(int percent) {
        int at = Math.min(nanos.length - 1, (int) ((long) nanos.length * percent / 100));
        return nanos[at] / 1e3;
    }
}
