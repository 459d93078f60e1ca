package dev.stardust.wallet.internal.ffi;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/**
 * The C functions, direct-mapped. Primitives, arrays and addresses only: JNA's strings, structures and callbacks
 * cost time and have pitfalls of their own.
 */
final class FfiDirect {
    private FfiDirect() {}

    static void register(NativeLibrary library) {
        Native.register(FfiDirect.class, library);
    }

    static native int wallet_abi_version();

    static native Pointer wallet_generate_mnemonic(Pointer error);

    static native long wallet_open(byte[] config, long length, Pointer error);

    static native int wallet_put_secret(long handle, Pointer bytes, long length);

    static native int wallet_send(long handle, byte[] message, long length);

    static native Pointer wallet_receive(long handle, long timeoutMillis);

    static native int wallet_close(long handle);

    static native void wallet_free(Pointer block);
}
