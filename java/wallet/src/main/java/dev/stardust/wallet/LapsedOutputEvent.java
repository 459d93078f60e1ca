package dev.stardust.wallet;

import java.time.Instant;

/**
 * A timelock or an expiration ended at a milestone's time, and an output became something else to the wallet. An
 * output that goes from one address of the wallet to another is first {@link Change#LOST}, then
 * {@link Change#RETURNED}. Coins that may be credited from now on come with a {@link DepositEvent}; credit that, not
 * this.
 *
 * @param id the key of the fact
 * @param logId the id of the log
 * @param sequence the position in the log
 * @param milestoneIndex the first milestone whose time reached the condition's
 * @param milestoneTime that milestone's time
 * @param accountIndex the account that had it when it is lost, else the account that has it
 * @param alias the account's alias
 * @param address the address (bech32) that it was on when it is lost, else the one that it is on
 * @param addressRaw the address without the network's name (hex)
 * @param keyIndex the address's position on its chain
 * @param internal whether it is a change address
 * @param addressBalance what the address holds now
 * @param accountBalance what the account holds now
 * @param outputId the output
 * @param transactionId the transaction that made it
 * @param change what changed
 * @param amount its base coins
 * @param creditable how much of it may be credited now
 * @param plain whether it can be spent like any other coins now
 * @param origin where it comes from
 */
public record LapsedOutputEvent(
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
        Amount addressBalance,
        Amount accountBalance,
        OutputId outputId,
        TransactionId transactionId,
        Change change,
        Amount amount,
        Amount creditable,
        boolean plain,
        Origin origin)
        implements LedgerEvent {
    /** What the end of a condition made of an output. */
    public enum Change {
        /** Its timelock is over: it is plain now. */
        UNLOCKED,
        /** It expired in our favour: it is ours now. Never a deposit. */
        RETURNED,
        /** It expired against us: it is somebody else's now, or another address's of this wallet. */
        LOST,
        /** A change that this version of the Java part does not know. */
        UNKNOWN
    }

    @Override
    public String type() {
        return "lapsedOutput";
    }
}
