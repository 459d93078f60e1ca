package dev.stardust.bench;

import dev.stardust.wallet.testkit.Devnet;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The published iota-sdk wheel on the same node, driven by a Python program that {@code ci/bench} names. */
final class Peer {
    /** What one sync costs it. */
    record Cost(double seconds, long requests) {}

    private Peer() {}

    /** Returns the cost by number of addresses; nothing where the wheel cannot be used. */
    static SortedMap<Long, Cost> measure(Devnet devnet, List<Long> sizes) throws IOException, InterruptedException {
        SortedMap<Long, Cost> costs = new TreeMap<>();
        Map<String, String> environment = System.getenv();
        String python = environment.get("STARDUST_PEER_PYTHON");
        if (python == null) {
            Report.progress("the iota-sdk wheel is not measured: it cannot be installed here");
            return costs;
        }
        List<String> command = new ArrayList<>(List.of(
                python, environment.get("STARDUST_PEER_PROGRAM"), devnet.node().toString()));
        sizes.forEach(size -> command.add(size.toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ", 3);
                costs.put(Long.parseLong(words[0]), new Cost(Double.parseDouble(words[1]), Long.parseLong(words[2])));
                Report.progress("iota-sdk, addresses, seconds, requests: " + line);
            }
        }
        if (process.waitFor() != 0) {
            throw new IllegalStateException("the program that drives iota-sdk failed");
        }
        return costs;
    }
}
