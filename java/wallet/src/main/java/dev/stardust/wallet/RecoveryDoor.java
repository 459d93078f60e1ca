package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.json.RecoveryRequests;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The part of {@link AccountManager} that gets a wallet back out of its mnemonic alone. */
abstract sealed class RecoveryDoor extends VaultDoor permits BackupDoor {
    RecoveryDoor(Session session) {
        super(session);
    }

    /**
     * Finds the accounts of a seed that was used elsewhere, as when nothing but the mnemonic is left. Accounts that this
     * wallet does not have are made, and all addresses up to the last used one of each chain are watched and never issued.
     * What they hold is booked in events of {@link Origin#DISCOVERED} and is no deposit. Accounts that this wallet has are
     * searched from their last address on.
     *
     * <p>A node's index does not see an address that was emptied. So with gap limits issuing is frozen ({@link
     * ErrorKind#ISSUING_FROZEN}) from the beginning of this call on, whatever is found, until {@link
     * AccountManager#releaseIssuing} or {@link AccountManager#skipAhead}. Exact counts are that statement at once.
     *
     * <p>Takes as long as asking for all these addresses takes; a {@link RecoveryProgressEvent} tells of each step. A wait
     * that ends early, because its thread was interrupted, its future was cancelled or the manager was closed, stops the
     * search soon. What was found stays, also after an error or a crash, and the next call with the same limits goes on
     * there; until the search has stopped, it is answered with {@link ErrorKind#BUSY}. After the end, or with other limits,
     * a call begins anew.
     *
     * <p>Exact counts register up to 5,000,000 addresses that the wallet does not have. They may be of any number of
     * accounts up to 1,000,000; more than one message holds are sent in parts.
     *
     * @throws InvalidInputException if a limit or a count cannot be, or an account is missing or has another alias
     * @throws SecretManagerException if the vault is locked or empty
     * @throws NodeException if no node answers
     */
    public Recovery recoverAccounts(RecoveryOptions options) {
        return options instanceof RecoveryOptions.ExactCounts exact
                ? statement(exact).call(this)
                : call(RecoveryRequests.recover(options));
    }

    /** Like {@link #recoverAccounts}, without blocking. Cancelling the future stops the search. */
    public CompletableFuture<Recovery> recoverAccountsAsync(RecoveryOptions options) {
        return options instanceof RecoveryOptions.ExactCounts exact
                ? statement(exact).callAsync(this)
                : callAsync(RecoveryRequests.recover(options));
    }

    private static CountStatement<Recovery> statement(RecoveryOptions.ExactCounts exact) {
        return new CountStatement<>(
                exact.counts(), counts -> RecoveryRequests.recover(exact), RecoveryRequests::recover);
    }

    /** Returns how far the search has come that was begun last; empty if there was none. */
    public Optional<Recovery> recoveryState() {
        return call(RecoveryRequests.state());
    }

    /** Like {@link #recoveryState}, without blocking. */
    public CompletableFuture<Optional<Recovery>> recoveryStateAsync() {
        return callAsync(RecoveryRequests.state());
    }
}
