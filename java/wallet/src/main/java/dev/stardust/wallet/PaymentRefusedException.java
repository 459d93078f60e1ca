package dev.stardust.wallet;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The {@link PaymentRules} or the {@link WithdrawalReviewer} do not allow the payment. Nothing was done, and none exists. */
public final class PaymentRefusedException extends WalletException {
    private static final long serialVersionUID = 1L;

    /** Makes an exception; see {@link WalletException}. */
    public PaymentRefusedException(
            String rawKind, String message, boolean retryable, Map<String, String> details, @Nullable Throwable cause) {
        super(rawKind, message, retryable, details, cause);
    }

    /**
     * Returns the rule that refused it: {@code perPayment}, {@code windowAmount}, {@code windowCount}, {@code allowList} or
     * {@code review}; nothing if persons would have to approve it.
     */
    public Optional<String> rule() {
        return Optional.ofNullable(details().get("rule"));
    }
}
