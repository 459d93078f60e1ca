package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.WalletException;
import java.util.Optional;

/** What became of one request: it was taken, or an error says why not. */
public record WithdrawalAnswer(Optional<WithdrawalData> withdrawal, Optional<JsonNode> error) {
    /** An answer that says neither is a defect of the core. */
    public WithdrawalAnswer {
        if (withdrawal.isEmpty() && error.isEmpty()) {
            throw Fields.defect("says neither that a withdrawal was taken nor why not");
        }
    }

    /** Returns why it was not taken; made anew, so that the stack is the caller's. */
    public WalletException failure() {
        return Errors.exception(error.orElseThrow());
    }
}
