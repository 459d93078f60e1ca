/**
 * The wallet's Java API. Start with {@link dev.stardust.wallet.AccountManager}.
 *
 * <p>Every class here may be used from any thread. Every operation exists twice: a method that blocks, and one
 * whose name ends in {@code Async} that returns a {@link java.util.concurrent.CompletableFuture}. Failures are
 * {@link dev.stardust.wallet.WalletException}s, which are unchecked; a future completes exceptionally with the one that the
 * blocking method throws. Wherever a method blocks it may throw {@link dev.stardust.wallet.WalletClosedException}, also
 * while it waits. Nothing here takes or returns null unless it says so.
 */
@NullMarked
package dev.stardust.wallet;

import org.jspecify.annotations.NullMarked;
