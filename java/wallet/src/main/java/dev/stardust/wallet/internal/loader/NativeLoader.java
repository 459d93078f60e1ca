package dev.stardust.wallet.internal.loader;

import dev.stardust.wallet.NativeLibraryException;
import dev.stardust.wallet.internal.ffi.Transport;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the native library, once a process. In this order:
 *
 * <ol>
 *   <li>the file that {@code -Dstardust.native.path} or {@code STARDUST_NATIVE_PATH} names, and no other;
 *   <li>with {@code -Dstardust.native.system=true} the system's library of the name {@code stardust_wallet};
 *   <li>the library in the platform's artifact.
 * </ol>
 */
public final class NativeLoader {
    private static final Logger LOG = LoggerFactory.getLogger(NativeLoader.class);
    private static final Object LOCK = new Object();
    private static @Nullable Transport loaded;

    private final Surroundings around;
    private final List<String> attempts = new ArrayList<>();
    private @Nullable Throwable cause;

    private NativeLoader(Surroundings around) {
        this.around = around;
    }

    /**
     * Returns the native part, and loads it if it is not yet.
     *
     * @throws NativeLibraryException if it cannot be loaded; a later call tries again
     */
    public static Transport load() {
        synchronized (LOCK) {
            if (loaded == null) {
                loaded = load(Surroundings.ofThisProcess());
            }
            return loaded;
        }
    }

    static Transport load(Surroundings around) {
        LoadResult result = attempt(around);
        if (result instanceof LoadResult.Loaded success) {
            LOG.debug("loaded the native library from {}", success.from());
            return success.transport();
        }
        throw ((LoadResult.Failed) result).reason();
    }

    /** Tries to load; never throws. */
    static LoadResult attempt(Surroundings around) {
        return new NativeLoader(around).attempt();
    }

    private LoadResult attempt() {
        Optional<String> named =
                around.setting("stardust.native.path").or(() -> around.fromEnvironment("STARDUST_NATIVE_PATH"));
        if (named.isPresent()) {
            // whoever names a file means it
            String file = absolute(named.get());
            return link(file, file).orElseGet(() -> failed(platform()));
        }
        if (around.setting("stardust.native.system").filter("true"::equals).isPresent()) {
            Optional<LoadResult> system = link("stardust_wallet", "the system's stardust_wallet");
            if (system.isPresent()) {
                return system.get();
            }
        }
        Optional<Platform> platform = platform();
        List<String> candidates = around.setting("stardust.native.classifier")
                .map(List::of)
                .or(() -> platform.map(Platform::candidates))
                .orElse(List.of());
        for (String classifier : candidates) {
            Optional<LoadResult> result = bundled(classifier);
            if (result.isPresent()) {
                return result.get();
            }
        }
        return failed(platform);
    }

    /** JNA would take the relative path of a file for the name of a library of the system. */
    private static String absolute(String path) {
        try {
            return Files.exists(Path.of(path)) ? Path.of(path).toAbsolutePath().toString() : path;
        } catch (InvalidPathException e) {
            return path;
        }
    }

    private Optional<Platform> platform() {
        String os = around.setting("os.name").orElse("");
        return Platform.of(os, around.setting("os.arch").orElse(""), around.musl());
    }

    private Optional<LoadResult> bundled(String classifier) {
        String folder = "META-INF/stardust/native/" + classifier + "/";
        String name = folder + Platform.fileName(classifier);
        URL library = around.resources().getResource(name);
        URL properties = around.resources().getResource(folder + "stardust-native.properties");
        if (library == null || properties == null) {
            attempts.add(name + ": no artifact on the class path or module path has it");
            return Optional.empty();
        }
        BundledLibrary bundle;
        try {
            bundle = BundledLibrary.read(library, properties, Platform.fileName(classifier));
        } catch (IOException e) {
            return refused(name, e);
        }
        if (bundle.abi() != Transport.ABI_VERSION) {
            attempts.add(name + ": the library speaks version " + bundle.abi()
                    + " of the C interface, this jar needs version " + Transport.ABI_VERSION
                    + ": use stardust-wallet and stardust-wallet-native of the same version");
            return Optional.empty();
        }
        for (Path folderToUse : CacheFolders.candidates(around)) {
            Optional<LoadResult> result = extractAndLink(bundle, folderToUse);
            if (result.isPresent()) {
                return result;
            }
        }
        return throughTemporary(bundle);
    }

    private Optional<LoadResult> extractAndLink(BundledLibrary bundle, Path cache) {
        Path file;
        try {
            file = bundle.extractTo(CacheFolders.own(cache.resolve(bundle.folderName())));
        } catch (IOException | RuntimeException e) {
            return refused(cache.toString(), e);
        }
        return link(file.toString(), file.toString());
    }

    /** The last resort: a folder that nobody else can read, gone after loading. */
    private Optional<LoadResult> throughTemporary(BundledLibrary bundle) {
        Path folder;
        try {
            folder = Files.createTempDirectory("stardust-wallet-");
        } catch (IOException e) {
            return refused("a temporary folder", e);
        }
        try {
            Path file = bundle.extractTo(folder);
            return link(file.toString(), file.toString());
        } catch (IOException e) {
            return refused(folder.toString(), e);
        } finally {
            CacheFolders.delete(folder);
        }
    }

    private Optional<LoadResult> link(String pathOrName, String shown) {
        try {
            return Optional.of(new LoadResult.Loaded(around.linker().apply(pathOrName), shown));
        } catch (LinkageError | RuntimeException e) {
            return refused(shown, e);
        }
    }

    private Optional<LoadResult> refused(String what, Throwable why) {
        attempts.add(what + ": " + shortened(String.valueOf(why.getMessage())));
        if (cause == null) {
            cause = why;
        } else {
            cause.addSuppressed(why);
        }
        return Optional.empty();
    }

    /** Without the whole class path, which JNA tells, too. */
    private static String shortened(String message) {
        return message.lines()
                .filter(line -> !line.contains("not found in resource path"))
                .distinct()
                .collect(Collectors.joining("\n    "));
    }

    private LoadResult failed(Optional<Platform> platform) {
        String report = LoadReport.text(around, platform, attempts);
        return new LoadResult.Failed(new NativeLibraryException(report, cause));
    }
}
