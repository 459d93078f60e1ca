package dev.stardust.wallet.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A running development node. It ends with this process, however that ends: it watches its standard input. */
final class DevnetProcess implements AutoCloseable {
    private static final String NAME = "stardust-devnet";

    private final Process process;
    private final URI node;
    private final URI faucet;
    private final URI inx;

    private DevnetProcess(Process process, URI node, URI faucet, URI inx) {
        this.process = process;
        this.node = node;
        this.faucet = faucet;
        this.inx = inx;
    }

    URI node() {
        return node;
    }

    URI faucet() {
        return faucet;
    }

    URI inx() {
        return inx;
    }

    static DevnetProcess start(String milestoneInterval, String... options) {
        List<String> command = new ArrayList<>(List.of(
                binary().toString(), "--port", "0", "--milestone-interval", milestoneInterval, "--exit-with-stdin"));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putIfAbsent("RUST_LOG", "warn");
        try {
            Process process = builder.start();
            try {
                JsonNode line = firstLine(process);
                return new DevnetProcess(
                        process,
                        URI.create(line.get("node").asText()),
                        URI.create(line.get("faucet").asText()),
                        URI.create(line.get("inx").asText()));
            } catch (IOException | RuntimeException e) {
                process.destroy();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the development node could not be started", e);
        }
    }

    private static JsonNode firstLine(Process process) throws IOException {
        // left open: the process owns it, and says nothing more
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        if (line == null) {
            throw new IOException("the development node ended before it was ready");
        }
        JsonNode json = JsonMapper.builder().build().readTree(line);
        if (!json.path("node").isTextual()
                || !json.path("faucet").isTextual()
                || !json.path("inx").isTextual()) {
            throw new IOException("the development node said: " + line);
        }
        return json;
    }

    private static Path binary() {
        Optional<String> named = Settings.value("stardust.devnet.binary", "STARDUST_DEVNET");
        List<Path> places = new ArrayList<>();
        if (named.isPresent()) {
            places.add(Path.of(named.get()));
        } else {
            Settings.value("cargo.target.dir", "CARGO_TARGET_DIR")
                    .ifPresent(target -> addBuilds(places, Path.of(target)));
            for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
                addBuilds(places, up.resolve("native/target"));
            }
            Optional.ofNullable(System.getenv("PATH")).ifPresent(path -> addPath(places, path));
        }
        return places.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("There is no program " + NAME + " at any of " + places
                        + ". Build it with: cargo build --manifest-path native/Cargo.toml -p stardust-devnet"
                        + " (cargo install --path native/devnet puts it on the path),"
                        + " or name it with -Dstardust.devnet.binary=<file>"
                        + " or STARDUST_DEVNET=<file> in the environment."));
    }

    private static void addBuilds(List<Path> places, Path target) {
        places.add(target.resolve("debug").resolve(NAME));
        places.add(target.resolve("release").resolve(NAME));
    }

    private static void addPath(List<Path> places, String path) {
        for (String directory : path.split(File.pathSeparator, -1)) {
            if (!directory.isBlank()) {
                places.add(Path.of(directory, NAME));
            }
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
