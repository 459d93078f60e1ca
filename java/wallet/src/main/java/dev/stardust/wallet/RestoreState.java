package dev.stardust.wallet;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a wallet came out of a backup, and what it still needs.
 *
 * @param backupTime when the backup was made
 * @param restoredTime when it was restored
 * @param milestoneIndex the last milestone in the backup
 * @param milestoneTime that milestone's time
 * @param previousLogId the event log's id before; a consumer's position in it is answered with {@link
 *     ErrorKind#LOG_REPLACED}
 * @param issuingFrozen nothing is issued and the ledger is not followed, until {@link AccountManager#releaseIssuing} or
 *     {@link AccountManager#skipAhead}
 * @param paymentsFrozen nothing is paid: the ledger was not followed to its tip yet; or, without the key journal or with an
 *     old copy of it, what the lost wallet had sent may still be included, which ends by itself some 16 milestones later; or
 *     {@link AccountManager#releasePayments} is needed. {@link ErrorKind#PAYMENTS_FROZEN} says why
 * @param checked the ledger was followed to its tip since issuing was released
 * @param journalFound the {@linkplain AccountManagerBuilder#keyJournal key journal} was there when the backup was restored
 * @param journalPayments payments that the backup did not know and the key journal did: their keys answer them
 * @param journalWaiting records of the key journal that wait for accounts which are not made again yet; with any, payments
 *     are not released by themselves
 * @param disputed transactions of the key journal of which a key was used for another payment meanwhile, while the journal
 *     was away: they are not submitted, and what they spend stays reserved until they are {@linkplain
 *     Transaction#cancel cancelled}; with any of them payments are not released by themselves
 * @param unknownOwn the first sign of a transaction of this wallet that the backup does not know and of which nobody has
 *     the bytes; with it payments are not released by themselves
 * @param unseen milestones since the backup that nobody has shown to this wallet, and in which it is not known what was
 *     paid; with any of them payments are not released by themselves
 */
public record RestoreState(
        Instant backupTime,
        Instant restoredTime,
        OptionalLong milestoneIndex,
        Optional<Instant> milestoneTime,
        String previousLogId,
        boolean issuingFrozen,
        boolean paymentsFrozen,
        boolean checked,
        Optional<String> unknownOwn,
        boolean journalFound,
        long journalPayments,
        long journalWaiting,
        List<TransactionId> disputed,
        List<UnseenMilestones> unseen) {
    /** Makes a state. */
    public RestoreState {
        disputed = List.copyOf(disputed);
        unseen = List.copyOf(unseen);
    }

    /** Returns how old the backup was when it was restored. */
    public Duration age() {
        return Duration.between(backupTime, restoredTime);
    }

    /**
     * Milestones that nobody has shown to the wallet.
     *
     * @param fromIndex the first of them
     * @param toIndex the last
     * @param fromTime the time of the last one before them that was seen, if there is one
     * @param toTime the time of the last of them
     */
    public record UnseenMilestones(long fromIndex, long toIndex, Optional<Instant> fromTime, Instant toTime) {}
}
