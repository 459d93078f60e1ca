package dev.stardust.wallet.internal.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.NativeLibraryException;
import dev.stardust.wallet.internal.core.FakeCore;
import dev.stardust.wallet.internal.ffi.JnaTransport;
import dev.stardust.wallet.internal.ffi.Transport;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class NativeLoaderTest {
    private static final byte[] LIBRARY = "not really a library".getBytes(java.nio.charset.StandardCharsets.UTF_8);

    @TempDir
    Path folder;

    private final Map<String, String> properties = new HashMap<>();
    private final Map<String, String> variables = new HashMap<>();
    private final List<String> linked = new ArrayList<>();
    private Function<String, Transport> linker = path -> {
        linked.add(path);
        return new FakeCore();
    };
    private boolean musl;

    @BeforeEach
    void aLinuxMachine() {
        properties.put("os.name", "Linux");
        properties.put("os.arch", "amd64");
        variables.put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    }

    private Transport load(Path... jars) throws IOException {
        URL[] urls = new URL[jars.length];
        for (int i = 0; i < jars.length; i++) {
            urls[i] = jars[i].toUri().toURL();
        }
        try (URLClassLoader resources = new URLClassLoader(urls, null)) {
            return NativeLoader.load(new Surroundings(properties::get, variables::get, resources, musl, linker));
        }
    }

    private NativeLibraryException failure(Path... jars) {
        NativeLibraryException e = catchThrowableOfType(NativeLibraryException.class, () -> load(jars));
        assertThat(e.kind()).isEqualTo(ErrorKind.NATIVE_LIBRARY);
        return e;
    }

    /** Makes what an artifact holds. */
    private Path artifact(String classifier, byte[] content, String sha256, int abi) throws Exception {
        Path root = Files.createTempDirectory(folder, "jar");
        Path home = Files.createDirectories(root.resolve("META-INF/stardust/native/" + classifier));
        Files.write(home.resolve(Platform.fileName(classifier)), content);
        Files.writeString(
                home.resolve("stardust-native.properties"), "version=1.2.3\nsha256=" + sha256 + "\nabi=" + abi + "\n");
        return root;
    }

    private Path goodArtifact(String classifier) throws Exception {
        return artifact(classifier, LIBRARY, sha256(LIBRARY), Transport.ABI_VERSION);
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void aMissingLibraryNamesTheArtifactToAdd() {
        assertThat(failure())
                .hasMessageContaining("<artifactId>stardust-wallet-native</artifactId>")
                .hasMessageContaining("<classifier>linux-x86_64</classifier>")
                .hasMessageContaining("Linux on amd64")
                .hasMessageContaining("-Dstardust.native.path")
                .hasMessageContaining("META-INF/stardust/native/linux-x86_64/libstardust_wallet.so: no artifact")
                .message()
                .doesNotContain("${");
    }

    @Test
    void anUnknownMachineIsAnErrorAndNotAGuess() {
        properties.put("os.arch", "riscv64");
        assertThat(failure())
                .hasMessageContaining("which this product does not know")
                .hasMessageContaining("There are artifacts for: linux-x86_64");
    }

    @Test
    void theBundledLibraryIsPutIntoTheCacheAndLinkedFromThere() throws Exception {
        Path jar = goodArtifact("linux-x86_64");
        load(jar);
        load(jar);
        Path file = Path.of(linked.get(0));
        assertThat(linked).containsExactly(file.toString(), file.toString());
        assertThat(file).startsWith(folder.resolve("cache/stardust")).hasBinaryContent(LIBRARY);
        assertThat(Files.list(file.getParent())).as("nothing is left over").containsExactly(file);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theCacheBelongsToItsOwner() throws Exception {
        load(goodArtifact("linux-x86_64"));
        Path home = Path.of(linked.get(0)).getParent();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
                .isEqualTo("rwx------");
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.write(Path.of(linked.get(0)), new byte[] {1});
        properties.remove("user.home");
        load(goodArtifact("linux-x86_64"));
        assertThat(linked.get(1))
                .as("a folder that others can write to is not used")
                .doesNotStartWith(home.toString());
    }

    @Test
    void aFileInTheCacheThatWasTamperedWithIsReplaced() throws Exception {
        Path jar = goodArtifact("linux-x86_64");
        load(jar);
        Path file = Path.of(linked.get(0));
        Files.write(file, "something else".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        load(jar);
        assertThat(file).hasBinaryContent(LIBRARY);
    }

    @Test
    void damagedBytesAreNeverLinked() throws Exception {
        Path jar = artifact("linux-x86_64", LIBRARY, sha256(new byte[0]), Transport.ABI_VERSION);
        assertThat(failure(jar)).hasMessageContaining("the library in the jar is damaged");
        assertThat(linked).isEmpty();
    }

    @Test
    void damagedPropertiesAreAnError() throws Exception {
        Path jar = artifact("linux-x86_64", LIBRARY, "../../../etc", Transport.ABI_VERSION);
        assertThat(failure(jar)).hasMessageContaining("stardust-native.properties is damaged");
    }

    @Test
    void anotherVersionOfTheInterfaceIsNeverLinked() throws Exception {
        Path jar = artifact("linux-x86_64", LIBRARY, sha256(LIBRARY), 99);
        assertThat(failure(jar)).hasMessageContaining("version 99").hasMessageContaining("of the same version");
        assertThat(linked).isEmpty();
    }

    @Test
    void whoNamesAFileGetsThatFileOrAnError() throws Exception {
        properties.put("stardust.native.path", "/somewhere/lib.so");
        load(goodArtifact("linux-x86_64"));
        assertThat(linked).containsExactly("/somewhere/lib.so");

        linker = path -> {
            throw new UnsatisfiedLinkError("/somewhere/lib.so: version `GLIBC_2.99' not found");
        };
        assertThat(failure(goodArtifact("linux-x86_64")))
                .hasMessageContaining("GLIBC_2.99")
                .hasMessageContaining("C library is older")
                .hasCauseInstanceOf(UnsatisfiedLinkError.class);
    }

    @Test
    void aRelativePathIsTakenFromTheWorkingDirectory() throws Exception {
        Path here = Path.of("").toAbsolutePath();
        Path file = Files.write(folder.resolve("lib.so"), LIBRARY);
        properties.put(
                "stardust.native.path", here.relativize(file.toAbsolutePath()).toString());
        load();
        properties.clear();
        aLinuxMachine();
        properties.put("stardust.native.dir", here.relativize(folder.toAbsolutePath()) + "/own");
        load(goodArtifact("linux-x86_64"));
        assertThat(linked).hasSize(2).allMatch(path -> Path.of(path).isAbsolute());
        assertThat(Path.of(linked.get(0))).hasSameBinaryContentAs(file);
    }

    @Test
    void aFolderThatCannotBeNamedIsPassedOver() throws Exception {
        variables.put("XDG_CACHE_HOME", "/tmp/\0");
        properties.put("user.home", folder.resolve("home").toString());
        load(goodArtifact("linux-x86_64"));
        properties.put("stardust.native.dir", "/tmp/\0");
        load(goodArtifact("linux-x86_64"));
        assertThat(linked).hasSize(2);
        assertThat(linked.get(0)).startsWith(folder.resolve("home").toString());
    }

    @Test
    void theEnvironmentCanNameAFileToo() throws Exception {
        variables.put("STARDUST_NATIVE_PATH", "/elsewhere/lib.so");
        load();
        assertThat(linked).containsExactly("/elsewhere/lib.so");
    }

    @Test
    void theSystemsLibraryIsTriedOnlyWhenAllowed() throws Exception {
        properties.put("stardust.native.system", "true");
        load();
        assertThat(linked).containsExactly("stardust_wallet");
    }

    @Test
    void onMuslTheMuslLibraryComesFirstAndTheOtherNext() throws Exception {
        musl = true;
        assertThat(failure()).hasMessageContaining("<classifier>linux-x86_64-musl</classifier>");
        load(goodArtifact("linux-x86_64"), goodArtifact("linux-x86_64-musl"));
        assertThat(linked).hasSize(1);
        properties.put("stardust.native.classifier", "linux-x86_64");
        assertThat(failure().getMessage()).doesNotContain("linux-x86_64-musl/libstardust_wallet.so");
    }

    @Test
    void whereNoFolderServesATemporaryOneDoes() throws Exception {
        properties.put("stardust.native.dir", "/proc/no/such/folder");
        load(goodArtifact("linux-x86_64"));
        assertThat(linked).hasSize(1);
        assertThat(Path.of(linked.get(0))).as("it is gone after loading").doesNotExist();
    }

    @Test
    void aFileThatIsNoLibraryIsAnError() throws Exception {
        Path file = Files.write(folder.resolve("lib.so"), LIBRARY);
        properties.put("stardust.native.path", file.toString());
        linker = JnaTransport::link;
        assertThat(failure())
                .hasMessageContaining(file.toString())
                .hasMessageContaining("Linux on amd64, artifact linux-x86_64")
                .message()
                .as("without the class path")
                .doesNotContain("jackson");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aLibraryOfSomebodyElseIsAnError() {
        properties.put("stardust.native.path", "libc.so.6");
        linker = JnaTransport::link;
        assertThat(failure()).hasMessageContaining("wallet_abi_version");
    }

    @Test
    void platforms() {
        assertThat(Platform.of("Linux", "amd64", false).orElseThrow().classifier())
                .isEqualTo("linux-x86_64");
        assertThat(Platform.of("Linux", "aarch64", true).orElseThrow().classifier())
                .isEqualTo("linux-aarch_64-musl");
        assertThat(Platform.of("Mac OS X", "aarch64", true).orElseThrow().classifier())
                .isEqualTo("osx-aarch_64");
        assertThat(Platform.of("Windows 11", "amd64", false).orElseThrow().classifier())
                .isEqualTo("windows-x86_64");
        assertThat(Platform.of("Linux", "sparc", false)).isEmpty();
        assertThat(Platform.of("Plan 9", "amd64", false)).isEmpty();
        assertThat(Platform.mapsMusl("7f r-xp /lib/ld-musl-x86_64.so.1")).isTrue();
        assertThat(Platform.mapsMusl("7f r-xp /lib/x86_64-linux-gnu/libc.so.6")).isFalse();
        assertThat(Platform.fileName("osx-x86_64")).isEqualTo("libstardust_wallet.dylib");
        assertThat(Platform.fileName("windows-x86_64")).isEqualTo("stardust_wallet.dll");
    }
}
