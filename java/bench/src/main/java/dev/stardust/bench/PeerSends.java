package dev.stardust.bench;

import dev.stardust.wallet.testkit.Devnet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.Map;
import java.util.Optional;

/** Payments of the published iota-sdk wheel, by a Python program that {@code ci/bench} names. */
final class PeerSends implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final Writer commands;

    private PeerSends(Process process) {
        this.process = process;
        this.answers = process.inputReader();
        this.commands = process.outputWriter();
    }

    /** Starts it with so many outputs of so much; nothing where the wheel cannot be used. */
    static Optional<PeerSends> start(Devnet node, int outputs, long amount) throws IOException {
        Map<String, String> environment = System.getenv();
        String python = environment.get("STARDUST_PEER_PYTHON");
        if (python == null) {
            Report.progress("the iota-sdk wheel is not measured: it cannot be installed here");
            return Optional.empty();
        }
        Process process = new ProcessBuilder(
                        python,
                        environment.get("STARDUST_PEER_PROGRAM"),
                        node.node().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        PeerSends peer = new PeerSends(process);
        Funds.mint(node, peer.answer(), outputs, amount);
        peer.ready(outputs);
        return Optional.of(peer);
    }

    /** Waits until it has so many outputs to spend, and none that it waits for. */
    void ready(int outputs) {
        ask("ready " + outputs);
    }

    /** Has so many threads send so many payments. */
    Cost send(int threads, int payments) {
        String[] words = ask("send " + payments + " " + threads).split(" ", 2);
        return new Cost(Double.parseDouble(words[0]), Double.parseDouble(words[1]));
    }

    private String ask(String command) {
        try {
            commands.write(command + "\n");
            commands.flush();
            return answer();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IllegalStateException("the program that drives iota-sdk failed");
        }
        return line;
    }

    /** Ends it by the end of its commands, so that it removes what it wrote. */
    @Override
    public void close() throws IOException {
        commands.close();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
        }
    }
}
