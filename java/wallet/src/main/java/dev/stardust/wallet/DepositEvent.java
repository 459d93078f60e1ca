package dev.stardust.wallet;

import java.time.Instant;
import java.util.Optional;

/**
 * Coins to credit to a user: a plain output from outside, or paid by another account of this wallet. Store
 * {@link #id()} with the booking, in the same database transaction and under a unique constraint; then a
 * deposit is credited exactly once whatever crashes.
 *
 * @param id the key of the fact
 * @param logId the id of the log
 * @param sequence the position in the log
 * @param milestoneIndex the milestone that booked it, which is final; 0 if none did
 * @param milestoneTime that milestone's time
 * @param accountIndex the account
 * @param alias the account's alias
 * @param address the address (bech32)
 * @param addressRaw the address without the network's name (hex)
 * @param keyIndex the address's position on its chain
 * @param internal whether it is a change address
 * @param label the address's label
 * @param outputId the output
 * @param transactionId the transaction that made it
 * @param amount what to credit
 * @param origin where it comes from: {@link Origin#EXTERNAL}, {@link Origin#PAYMENT_RECIPIENT} or {@link Origin#CLAIM}
 * @param repaired found when a gap was repaired: the milestone is that of the repair, not the one that did it
 */
public record DepositEvent(
        String id,
        String logId,
        long sequence,
        long milestoneIndex,
        Instant milestoneTime,
        int accountIndex,
        String alias,
        String address,
        String addressRaw,
        long keyIndex,
        boolean internal,
        Optional<String> label,
        OutputId outputId,
        TransactionId transactionId,
        Amount amount,
        Origin origin,
        boolean repaired)
        implements LedgerEvent {
    @Override
    public String type() {
        return "deposit";
    }
}
