package dev.stardust.wallet.internal.ffi;

import org.jspecify.annotations.Nullable;

/** The native part's functions. Safe from any thread; a handle that is closed or unknown is answered, never followed. */
public interface Transport {
    /** The version of the C interface that this Java part speaks. */
    int ABI_VERSION = 1;

    /** The handle that no wallet has: secrets put for it are named in the configuration of the next one. */
    long NO_WALLET = 0;

    /** Returns 24 new words as UTF-8; the caller wipes them. */
    byte[] generateMnemonic();

    /**
     * Opens a wallet.
     *
     * @param config the configuration, JSON
     * @return a handle
     * @throws dev.stardust.wallet.WalletException if the core refuses
     */
    long open(byte[] config);

    /**
     * Hands over a secret. It is not copied anywhere but into the core; the caller wipes its array.
     *
     * @return a positive reference that one message may use once, or a negative status
     */
    int putSecret(long handle, byte[] secret);

    /**
     * Queues a message; never blocks.
     *
     * @return 0, or a negative status
     */
    int send(long handle, byte[] message);

    /**
     * Waits for messages; one thread a handle.
     *
     * @return messages with a newline between them; null when the time is up; empty when the wallet is closed and
     *     nothing will follow
     */
    byte @Nullable [] receive(long handle, long timeoutMillis);

    /**
     * Closes the wallet; {@link #receive} ends when it is done.
     *
     * @return 0, or a negative status
     */
    int close(long handle);
}
