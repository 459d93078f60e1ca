package dev.stardust.wallet.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The published jars as modules, in a process of their own. */
@Timeout(120)
class ModulePathIT {
    @TempDir
    Path directory;

    private static String jars() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry ->
                        entry.matches(".*/(stardust-wallet-(native-)?[0-9].*|jna|jackson|slf4j-api|jspecify).*\\.jar"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    @Test
    void theWalletRunsOnTheModulePath() throws Exception {
        Path home = Files.createDirectories(directory.resolve("src"));
        Files.writeString(home.resolve("module-info.java"), "module shop { requires dev.stardust.wallet; }");
        Path shop = Files.createDirectories(home.resolve("shop"));
        Files.writeString(
                shop.resolve("Main.java"),
                """
                package shop;
                public class Main {
                    public static void main(String[] args) {
                        try (var mnemonic = dev.stardust.wallet.Mnemonic.generate()) {
                            System.out.println(new String(mnemonic.reveal()).split(" ").length + " words in "
                                    + mnemonic.getClass().getModule());
                        }
                    }
                }
                """);
        Path classes = directory.resolve("classes");
        run(
                "javac",
                "--release",
                "17",
                "-d",
                classes.toString(),
                "-p",
                jars(),
                home.resolve("module-info.java").toString(),
                shop.resolve("Main.java").toString());
        String said = run(
                "java",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-p",
                classes + File.pathSeparator + jars(),
                "--add-modules",
                "dev.stardust.wallet.natives",
                "-m",
                "shop/shop.Main");
        assertThat(said.lines()).contains("24 words in module dev.stardust.wallet");
    }

    private static String run(String tool, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", tool).toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (InputStream out = process.getInputStream()) {
            String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(text).isZero();
            return text;
        }
    }
}
