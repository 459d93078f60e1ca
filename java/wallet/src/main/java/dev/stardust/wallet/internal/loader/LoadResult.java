package dev.stardust.wallet.internal.loader;

import dev.stardust.wallet.NativeLibraryException;
import dev.stardust.wallet.internal.ffi.Transport;

/** What loading came to. */
sealed interface LoadResult {
    /**
     * It is loaded.
     *
     * @param transport the native part
     * @param from what was loaded
     */
    record Loaded(Transport transport, String from) implements LoadResult {}

    /**
     * It could not be loaded.
     *
     * @param reason the report
     */
    record Failed(NativeLibraryException reason) implements LoadResult {}
}
