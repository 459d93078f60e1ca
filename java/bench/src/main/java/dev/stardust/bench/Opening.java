package dev.stardust.bench;

import dev.stardust.wallet.AccountManager;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Opening a large wallet, in a process of its own with a small heap that is resident from the start, so that what the
 * process grows by is the native part.
 */
final class Opening {
    private static final int SMALL = 0;
    private static final int LARGE = 1;
    private static final int NODE = 2;

    private Opening() {}

    /** Starts that process, and puts what it says into the table. */
    static void measure(Path small, Path large, URI node, long addresses, Report report)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms64m",
                        "-Xmx64m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Opening.class.getName(),
                        small.toString(),
                        large.toString(),
                        node.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> lines =
                process.inputReader().lines().filter(line -> !line.isBlank()).toList();
        if (process.waitFor() != 0 || lines.size() != 2) {
            throw new IllegalStateException("the process that opens the wallet failed: " + lines);
        }
        String of = String.format(java.util.Locale.ROOT, " of %,d addresses, vault locked", addresses);
        report.row("opening a wallet" + of, lines.get(0), "< 3 s");
        report.row("resident memory of the native part" + of, lines.get(1), "< 300 MiB");
    }

    /** The process: opens a small wallet first, for all that is loaded once, and then the large one. */
    public static void main(String[] args) throws IOException {
        URI node = URI.create(args[NODE]);
        open(Path.of(args[SMALL]), node).close();
        System.gc();
        long before = residentKibibytes();
        long start = System.nanoTime();
        try (AccountManager manager = open(Path.of(args[LARGE]), node)) {
            double seconds = (System.nanoTime() - start) / 1e9;
            double mebibytes = (residentKibibytes() - before) / 1024.0;
            System.out.println(Report.number(seconds, " s"));
            System.out.println(Report.number(mebibytes, " MiB"));
        }
    }

    /** Open is a wallet when it answers about its accounts. */
    private static AccountManager open(Path directory, URI node) {
        AccountManager manager = Wallet.locked(directory, node);
        manager.getAccount(Wallet.ALIAS).balance();
        return manager;
    }

    private static long residentKibibytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .map(line -> line.replaceAll("\\D", ""))
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow();
    }
}
