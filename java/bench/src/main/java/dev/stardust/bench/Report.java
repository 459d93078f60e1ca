package dev.stardust.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table of figures; progress goes to standard error. */
final class Report {
    private record Row(String figure, String measured, String third) {}

    private final String third;
    private final List<Row> rows = new ArrayList<>();

    /** A table whose third column, beside figure and measured, is headed so. */
    Report(String third) {
        this.third = third;
    }

    void row(String figure, String measured, String third) {
        rows.add(new Row(figure, measured, third));
        progress(figure + ": " + measured);
    }

    static void progress(String text) {
        System.err.println("bench: " + text);
    }

    static String number(double value, String unit) {
        int digits = value < 10 ? 2 : value < 100 ? 1 : 0;
        return String.format(Locale.ROOT, "%,." + digits + "f%s", value, unit);
    }

    /** Says what machine this is, on one line. */
    static String machine() {
        return String.format(
                Locale.ROOT,
                "machine: %s, %d cores, JDK %s, load average at the start %.1f",
                processor(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.version"),
                load());
    }

    /** Returns the system's load average of the last minute. */
    static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    private static String processor() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown processor");
        } catch (IOException e) {
            return "unknown processor";
        }
    }

    void print() {
        System.out.println();
        line("figure", "measured", third);
        line("---", "---", "---");
        rows.forEach(row -> line(row.figure(), row.measured(), row.third()));
    }

    private static void line(String... cells) {
        System.out.println("| " + String.join(" | ", cells) + " |");
    }
}
