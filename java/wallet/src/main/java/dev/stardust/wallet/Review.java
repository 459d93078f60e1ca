package dev.stardust.wallet;

import java.util.Optional;

/**
 * A {@link WithdrawalReviewer}'s answer.
 *
 * @param veto why it is not to be paid; it may be paid if there is none
 */
public record Review(Optional<String> veto) {
    private static final Review ALLOW = new Review(Optional.empty());

    /** Makes an answer. */
    public Review {
        veto.ifPresent(Review::check);
    }

    private static void check(String reason) {
        if (reason.isEmpty()) {
            throw new IllegalArgumentException("a veto needs a reason");
        }
    }

    /** Lets it be paid, as far as the other rules do. */
    public static Review allow() {
        return ALLOW;
    }

    /**
     * Has it never be paid.
     *
     * @param reason why, 1 to 1,024 bytes of UTF-8; it is stored and told. Of a longer one that a {@link
     *     WithdrawalReviewer} answers, the first 1,024 bytes are kept
     */
    public static Review veto(String reason) {
        return new Review(Optional.of(reason));
    }
}
