package dev.stardust.wallet.internal.ffi;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.internal.json.Errors;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The native part through JNA. */
public final class JnaTransport implements Transport {
    /** A block is its length and its bytes. */
    private static final long HEADER = Long.BYTES;

    /** The methods of {@link FfiDirect} can be bound to one library only. */
    private static final AtomicReference<@Nullable String> BOUND = new AtomicReference<>();

    private JnaTransport() {}

    /**
     * Links a library file.
     *
     * @throws UnsatisfiedLinkError if the file is not a library for this process, is another library, or speaks
     *     another version of the C interface
     */
    public static Transport link(Path library) {
        return link(library.toAbsolutePath().toString());
    }

    /** Links a library that the system finds by its name; otherwise like {@link #link(Path)}. */
    public static Transport link(String nameOrPath) {
        NativeLibrary library = NativeLibrary.getInstance(nameOrPath);
        int version = library.getFunction("wallet_abi_version").invokeInt(new Object[0]);
        if (version != ABI_VERSION) {
            throw new UnsatisfiedLinkError("the library speaks version " + version
                    + " of the C interface, this jar needs version " + ABI_VERSION
                    + ": use stardust-wallet and stardust-wallet-native of the same version");
        }
        synchronized (BOUND) {
            if (BOUND.get() == null) {
                FfiDirect.register(library);
                BOUND.set(nameOrPath);
            }
        }
        return new JnaTransport();
    }

    @Override
    public byte[] generateMnemonic() {
        try (Memory error = errorSlot()) {
            Pointer block = FfiDirect.wallet_generate_mnemonic(error);
            if (block == null) {
                throw Errors.exception(takeError(error));
            }
            return take(block);
        }
    }

    @Override
    public long open(byte[] config) {
        try (Memory error = errorSlot()) {
            long handle = FfiDirect.wallet_open(config, config.length, error);
            if (handle == 0) {
                throw Errors.exception(takeError(error));
            }
            return handle;
        }
    }

    @Override
    public int putSecret(long handle, byte[] secret) {
        // an array would be copied by JNI into memory that nobody wipes
        try (Memory memory = new Memory(Math.max(1, secret.length))) {
            try {
                memory.write(0, secret, 0, secret.length);
                return FfiDirect.wallet_put_secret(handle, memory, secret.length);
            } finally {
                memory.clear();
            }
        }
    }

    @Override
    public int send(long handle, byte[] message) {
        return FfiDirect.wallet_send(handle, message, message.length);
    }

    @Override
    public byte @Nullable [] receive(long handle, long timeoutMillis) {
        Pointer block = FfiDirect.wallet_receive(handle, timeoutMillis);
        return block == null ? null : take(block);
    }

    @Override
    public int close(long handle) {
        return FfiDirect.wallet_close(handle);
    }

    private static Memory errorSlot() {
        Memory slot = new Memory(Native.POINTER_SIZE);
        slot.clear();
        return slot;
    }

    private static byte[] takeError(Memory slot) {
        Pointer block = slot.getPointer(0);
        if (block == null) {
            throw Errors.of(ErrorKind.INTERNAL, "the native part failed and gave no reason", false);
        }
        return take(block);
    }

    private static byte[] take(Pointer block) {
        try {
            return block.getByteArray(HEADER, Math.toIntExact(block.getLong(0)));
        } finally {
            FfiDirect.wallet_free(block);
        }
    }
}
