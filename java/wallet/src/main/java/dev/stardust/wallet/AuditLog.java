package dev.stardust.wallet;

import dev.stardust.wallet.internal.json.AuditRequests;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What the wallet decided: each address issued, each request with its key and digest, each choice of inputs, signature,
 * submission and result, and whatever freezes and frees the wallet. A record is written in the database transaction that makes
 * the decision, and bound by its hash to all before it, so none can be changed, removed or put in without changing all that
 * follow. From {@link AccountManager#auditLog()}.
 */
public final class AuditLog {
    private final CoreDoor door;

    AuditLog(CoreDoor door) {
        this.door = door;
    }

    /**
     * Verifies all records that there are when this is called, while the wallet goes on. Whoever can write the wallet's
     * directory can make a whole log anew, or cut it off: that is noticed by {@link #verify(AuditHead)} only.
     *
     * @return what it came to; that something is wrong with the log is no exception
     * @throws StorageException if the log cannot be read to its end
     */
    public AuditVerdict verify() {
        return verdict(null);
    }

    /** Like {@link #verify()}, without blocking. */
    public CompletableFuture<AuditVerdict> verifyAsync() {
        return door.callAsync(AuditRequests.verify(null));
    }

    /**
     * Verifies all records, and that this head, noted earlier, is in the log as it was noted. After a restore from a backup the
     * log goes on from the backup's end: a head of after the backup is not in it, and the answer says so.
     *
     * @param expected what {@link #head()} or {@link AuditRecord#head()} answered once
     * @throws StorageException if the log cannot be read to its end
     */
    public AuditVerdict verify(AuditHead expected) {
        return verdict(expected);
    }

    /** Like {@link #verify(AuditHead)}, without blocking. */
    public CompletableFuture<AuditVerdict> verifyAsync(AuditHead expected) {
        return door.callAsync(AuditRequests.verify(expected));
    }

    private AuditVerdict verdict(@Nullable AuditHead expected) {
        return door.call(AuditRequests.verify(expected));
    }

    /** Returns where the log ends. Keep it elsewhere from time to time, such as in a log of your own that only grows. */
    public AuditHead head() {
        return door.call(AuditRequests.head());
    }

    /** Like {@link #head()}, without blocking. */
    public CompletableFuture<AuditHead> headAsync() {
        return door.callAsync(AuditRequests.head());
    }

    /** Lists all records, the oldest first. Whether they are as they were written is what {@link #verify()} says. */
    public Listing<AuditRecord> list() {
        return list(AuditFilter.all());
    }

    /** Lists the records that pass a filter, the oldest first. */
    public Listing<AuditRecord> list(AuditFilter filter) {
        return door.listing((after, limit) -> AuditRequests.list(filter, after, limit), record -> record);
    }
}
