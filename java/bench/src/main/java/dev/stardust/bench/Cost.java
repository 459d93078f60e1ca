package dev.stardust.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * What some work took.
 *
 * @param seconds elapsed
 * @param processor seconds of the processor, of all threads of the process that did it
 */
record Cost(double seconds, double processor) {
    /** Does it and tells what it took, this process's threads and the native ones among them. */
    static Cost of(Runnable work) {
        long start = System.nanoTime();
        long busy = processorNanos();
        work.run();
        return new Cost((System.nanoTime() - start) / 1e9, (processorNanos() - busy) / 1e9);
    }

    /** Returns how many of so many a second took. */
    double rate(int count) {
        return count / seconds;
    }

    /** Says how many a second, and what one of them cost the processor. */
    String of(int count) {
        return String.format(
                Locale.ROOT,
                "%s a second, %.2f ms of the processor",
                Report.number(rate(count), ""),
                processor * 1e3 / count);
    }

    private static long processorNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }
}
