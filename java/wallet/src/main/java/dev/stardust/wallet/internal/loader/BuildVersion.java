package dev.stardust.wallet.internal.loader;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version of this jar. */
final class BuildVersion {
    private BuildVersion() {}

    static String get() {
        Properties properties = new Properties();
        try (InputStream in =
                BuildVersion.class.getResourceAsStream("/dev/stardust/wallet/internal/build.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            // a version to show is not worth a failure
            return "unknown";
        }
        return properties.getProperty("version", "unknown");
    }
}
