package dev.stardust.wallet;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The native library could not be loaded. The message lists what was tried, the platform that was found, and
 * the artifact to add.
 */
public final class NativeLibraryException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception with the loader's report. */
    public NativeLibraryException(String message, @Nullable Throwable cause) {
        super(ErrorKind.NATIVE_LIBRARY.name(), message, false, Map.of(), cause);
    }
}
