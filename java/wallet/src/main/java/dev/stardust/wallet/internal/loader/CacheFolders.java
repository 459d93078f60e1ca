package dev.stardust.wallet.internal.loader;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The folders where the library may be kept between runs. */
final class CacheFolders {
    private CacheFolders() {}

    /** Returns the folders to try, best first. */
    static List<Path> candidates(Surroundings around) {
        List<Path> folders = new ArrayList<>();
        around.setting("stardust.native.dir")
                .flatMap(CacheFolders::path)
                .ifPresent(folder -> folders.add(folder.toAbsolutePath()));
        if (!folders.isEmpty()) {
            return folders;
        }
        String os = around.setting("os.name").orElse("").toLowerCase(Locale.ROOT);
        if (os.startsWith("windows")) {
            around.fromEnvironment("LOCALAPPDATA").flatMap(CacheFolders::path).ifPresent(folders::add);
        } else {
            around.fromEnvironment("XDG_CACHE_HOME").flatMap(CacheFolders::path).ifPresent(folders::add);
            around.setting("user.home")
                    .flatMap(CacheFolders::path)
                    .map(home -> home.resolve(os.startsWith("mac") ? "Library/Caches" : ".cache"))
                    .ifPresent(folders::add);
        }
        return folders.stream()
                .filter(Path::isAbsolute)
                .map(folder -> folder.resolve("stardust"))
                .distinct()
                .toList();
    }

    /** The path of a name; none where the process's character set does not have its letters. */
    private static Optional<Path> path(String name) {
        try {
            return Optional.of(Path.of(name));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /**
     * Makes a folder that only its owner can write to.
     *
     * @throws IOException if it belongs to somebody else or others can write to it: they could plant a library
     */
    static Path own(Path folder) throws IOException {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        if (!posix) {
            return Files.createDirectories(folder);
        }
        Set<PosixFilePermission> mine = PosixFilePermissions.fromString("rwx------");
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(mine));
        UserPrincipal me = FileSystems.getDefault()
                .getUserPrincipalLookupService()
                .lookupPrincipalByName(System.getProperty("user.name"));
        if (!Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(me)) {
            throw new IOException("the folder " + folder + " belongs to somebody else");
        }
        Set<PosixFilePermission> others = Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
        if (others.contains(PosixFilePermission.GROUP_WRITE) || others.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new IOException("others can write to the folder " + folder);
        }
        return folder;
    }

    /** Deletes a folder as far as that goes. */
    static void delete(Path folder) {
        try (Stream<Path> content = Files.walk(folder)) {
            for (Path path : content.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            // Windows keeps a loaded library's file; the system empties its temporary folder
            folder.toFile().deleteOnExit();
        }
    }
}
