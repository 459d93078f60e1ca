package dev.stardust.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.testkit.Devnet;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A directory with a .env where examples run as programs of their own, as a reader of the guide runs them. */
final class Workplace {
    private static final long PATIENCE_SECONDS = 300;

    private final Path directory;
    private final Devnet devnet;

    Workplace(Path directory, Devnet devnet) {
        this.directory = directory;
        this.devnet = devnet;
    }

    Path directory() {
        return directory;
    }

    URI node() {
        return devnet.node();
    }

    /** Writes .env; the mnemonic may be empty. */
    void environment(String mnemonic) throws IOException {
        Files.writeString(
                directory.resolve(".env"),
                String.join(
                        "\n",
                        "SH_PASSWORD=\"correct horse # battery staple\"",
                        "MNEMONIC=\"" + mnemonic + "\"",
                        "NODE_URL=\"" + devnet.node() + "\"",
                        "FAUCET_URL=\"" + devnet.faucet() + "\"",
                        ""));
    }

    /** Makes a mnemonic with the first example and writes it to .env. */
    void newMnemonic() throws Exception {
        environment("");
        environment(run(GenerateMnemonic.class).strip());
    }

    /** Runs a program to its end, which must be a good one, and returns what it printed. */
    String run(Class<?> program, String... arguments) throws Exception {
        Process process = start(program, arguments);
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("%s ends; so far:%n%s", program.getSimpleName(), output())
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue())
                .as("%s says:%n%s", program.getSimpleName(), output())
                .isZero();
        return output();
    }

    /** Runs a program and kills it as soon as it has printed a line that begins so. */
    void killAt(String beginning, Class<?> program) throws Exception {
        killAt(beginning, Duration.ZERO, program);
    }

    /** Runs a program and kills it some time after it has begun. */
    void killAfter(Duration delay, Class<?> program) throws Exception {
        killAt("", delay, program);
    }

    /** Runs a program and kills it some time after it has printed a line that begins so. */
    void killAt(String beginning, Duration delay, Class<?> program) throws Exception {
        Process process = start(program);
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!beginning.isEmpty() && output().lines().noneMatch(line -> line.startsWith(beginning))) {
                assertThat(process.isAlive() && System.nanoTime() < end)
                        .as("%s says \"%s\":%n%s", program.getSimpleName(), beginning, output())
                        .isTrue();
                Thread.sleep(5);
            }
            Thread.sleep(delay.toMillis());
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    Process start(Class<?> program, String... arguments) throws IOException {
        Path target = Path.of("target").toAbsolutePath(); // as packaged
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                target.resolve("classes") + File.pathSeparator + target.resolve("lib") + File.separator + "*",
                program.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output.txt").toFile());
        builder.environment().keySet().removeAll(List.of("SH_PASSWORD", "MNEMONIC", "NODE_URL", "FAUCET_URL"));
        return builder.start();
    }

    /** What it printed; without newer Java's warnings about native code. */
    String output() throws IOException {
        return Files.readString(directory.resolve("output.txt"))
                .lines()
                .filter(line -> !line.startsWith("WARNING: "))
                .map(line -> line + "\n")
                .collect(Collectors.joining());
    }

    /** Returns the first group of the expression's only match. */
    static String find(String expression, String output) {
        Matcher matcher = Pattern.compile(expression, Pattern.MULTILINE).matcher(output);
        assertThat(matcher.find()).as("%s in:%n%s", expression, output).isTrue();
        String found = matcher.group(1);
        assertThat(matcher.find()).as("%s once in:%n%s", expression, output).isFalse();
        return found;
    }
}
