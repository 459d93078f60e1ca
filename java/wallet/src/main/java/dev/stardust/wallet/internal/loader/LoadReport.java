package dev.stardust.wallet.internal.loader;

import java.util.List;
import java.util.Optional;

/** The text that tells a user what to do when the library cannot be loaded. */
final class LoadReport {
    private LoadReport() {}

    static String text(Surroundings around, Optional<Platform> platform, List<String> attempts) {
        StringBuilder text = new StringBuilder("The native library of the wallet could not be loaded.\n");
        String machine = around.setting("os.name").orElse("?") + " on "
                + around.setting("os.arch").orElse("?") + (around.musl() ? " with musl" : "");
        text.append("Platform: ")
                .append(machine)
                .append(platform.map(known -> ", artifact " + known.classifier())
                        .orElse(", which this product does not know"))
                .append(". There are artifacts for: ")
                .append(String.join(", ", Platform.SUPPORTED))
                .append(".\n");
        if (!attempts.isEmpty()) {
            text.append("Tried:\n");
            attempts.forEach(attempt -> text.append("  - ").append(attempt).append('\n'));
        }
        hints(text, String.join("\n", attempts));
        platform.ifPresent(known -> snippet(text, known.classifier()));
        text.append("Or name a library file with -Dstardust.native.path=<file>.");
        return text.toString();
    }

    private static void snippet(StringBuilder text, String classifier) {
        text.append("The library is an artifact of its own; with Maven:\n")
                .append("  <dependency>\n")
                .append("    <groupId>dev.stardust</groupId>\n")
                .append("    <artifactId>stardust-wallet-native</artifactId>\n")
                .append("    <version>")
                .append(BuildVersion.get())
                .append("</version>\n")
                .append("    <classifier>")
                .append(classifier)
                .append("</classifier>\n")
                .append("    <scope>runtime</scope>\n")
                .append("  </dependency>\n");
    }

    private static void hints(StringBuilder text, String attempts) {
        if (attempts.contains("GLIBC_")) {
            text.append("Hint: this system's C library is older than the one that the library was built for.\n");
        }
        if (attempts.contains("libgcc_s")) {
            text.append("Hint: on Alpine, apk add libgcc.\n");
        }
        if (attempts.contains("failed to map segment")) {
            text.append("Hint: the folder is mounted noexec; name another with -Dstardust.native.dir=<folder>.\n");
        }
        if (attempts.contains("jnidispatch")) {
            text.append("Hint: JNA could not load its own library; see -Djna.tmpdir.\n");
        }
    }
}
