package dev.stardust.wallet.internal.loader;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The machine's kind, in the spelling of os-maven-plugin, with {@code -musl} for Linux systems without glibc.
 *
 * @param os linux, osx or windows
 * @param arch x86_64 or aarch_64
 * @param musl whether this process runs on musl
 */
record Platform(String os, String arch, boolean musl) {
    /** The platforms that there are artifacts for. */
    static final List<String> SUPPORTED = List.of("linux-x86_64");

    /** Returns the platform of these system properties, or nothing for one that is not known. */
    static Optional<Platform> of(String osName, String osArch, boolean musl) {
        String name = osName.toLowerCase(Locale.ROOT);
        String os;
        if (name.startsWith("linux")) {
            os = "linux";
        } else if (name.startsWith("mac") || name.startsWith("darwin")) {
            os = "osx";
        } else if (name.startsWith("windows")) {
            os = "windows";
        } else {
            return Optional.empty();
        }
        return switch (osArch.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64", "x86-64", "x64" ->
                Optional.of(new Platform(os, "x86_64", musl && os.equals("linux")));
            case "aarch64", "arm64" -> Optional.of(new Platform(os, "aarch_64", musl && os.equals("linux")));
            default -> Optional.empty();
        };
    }

    /** Returns whether this process runs on musl: what it has mapped decides, as a system may have both. */
    static boolean runsOnMusl() {
        try {
            return mapsMusl(Files.readString(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return Files.exists(Path.of("/lib/ld-musl-x86_64.so.1"))
                    || Files.exists(Path.of("/lib/ld-musl-aarch64.so.1"));
        }
    }

    static boolean mapsMusl(String maps) {
        return maps.contains("/ld-musl-");
    }

    /** Returns the classifier of the artifact. */
    String classifier() {
        return os + "-" + arch + (musl ? "-musl" : "");
    }

    /** Returns the classifiers to try: this one, and on Linux the other C library's. */
    List<String> candidates() {
        if (!os.equals("linux")) {
            return List.of(classifier());
        }
        return List.of(classifier(), new Platform(os, arch, !musl).classifier());
    }

    /** Returns the name of the library's file. */
    static String fileName(String classifier) {
        if (classifier.startsWith("windows")) {
            return "stardust_wallet.dll";
        }
        return classifier.startsWith("osx") ? "libstardust_wallet.dylib" : "libstardust_wallet.so";
    }
}
