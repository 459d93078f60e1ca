package dev.stardust.wallet.internal.core;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.WalletException;
import java.util.function.Supplier;

/** A request that waits for its answer. Its methods are called by the pump thread, once, and must not block. */
interface Pending {
    /** The core answered: an object with a result or an error. */
    void answered(JsonNode message);

    /** No answer will come. */
    void failed(Supplier<WalletException> reason);
}
