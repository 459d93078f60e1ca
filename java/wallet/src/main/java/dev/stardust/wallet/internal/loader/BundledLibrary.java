package dev.stardust.wallet.internal.loader;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Properties;

/**
 * The library in a jar.
 *
 * @param library its bytes
 * @param fileName the name that its file gets
 * @param sha256 what its bytes must hash to (hex)
 * @param version the version of the product
 * @param abi the version of its C interface
 */
record BundledLibrary(URL library, String fileName, String sha256, String version, int abi) {
    static BundledLibrary read(URL library, URL properties, String fileName) throws IOException {
        Properties values = new Properties();
        try (InputStream in = open(properties)) {
            values.load(in);
        }
        String sha256 = values.getProperty("sha256", "").trim();
        String abi = values.getProperty("abi", "").trim();
        if (!sha256.matches("[0-9a-f]{64}") || !abi.matches("[0-9]{1,9}")) {
            throw new IOException("its stardust-native.properties is damaged");
        }
        String version = values.getProperty("version", "unknown").trim().replaceAll("[^A-Za-z0-9._-]", "_");
        return new BundledLibrary(library, fileName, sha256, version, Integer.parseInt(abi));
    }

    /** Returns the name of its folder in a cache: other content, other folder. */
    String folderName() {
        return version + "-" + sha256.substring(0, 16);
    }

    /**
     * Puts the library into a folder, unless it is there.
     *
     * @return its file, whose bytes were checked
     * @throws IOException if the folder cannot be written, or the bytes in the jar are not what they should be
     */
    Path extractTo(Path folder) throws IOException {
        Path file = folder.resolve(fileName);
        if (Files.isRegularFile(file)
                && hash(Files.newInputStream(file), OutputStream.nullOutputStream())
                        .equals(sha256)) {
            return file;
        }
        // written beside and renamed, as another process may be doing the same
        Path part = Files.createTempFile(folder, fileName, ".part");
        try {
            String found;
            try (OutputStream out = Files.newOutputStream(part)) {
                found = hash(open(library), out);
            }
            if (!found.equals(sha256)) {
                throw new IOException("the library in the jar is damaged: SHA-256 " + found + ", expected " + sha256);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return file;
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static InputStream open(URL url) throws IOException {
        URLConnection connection = url.openConnection();
        // a cached jar file would stay open, and be of no use after it
        connection.setUseCaches(false);
        return connection.getInputStream();
    }

    private static String hash(InputStream from, OutputStream to) throws IOException {
        try (InputStream in = from) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (DigestInputStream hashed = new DigestInputStream(in, digest)) {
                hashed.transferTo(to);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
