package dev.stardust.wallet;

import java.time.Instant;

/**
 * An output on an address of the wallet was booked by a milestone. Not every output may be credited: see
 * {@link DepositEvent}.
 *
 * @param id the key of the fact
 * @param logId the id of the log
 * @param sequence the position in the log
 * @param milestoneIndex the milestone that booked it; 0 if none did
 * @param milestoneTime that milestone's time
 * @param accountIndex the account
 * @param alias the account's alias
 * @param address the address (bech32)
 * @param addressRaw the address without the network's name (hex)
 * @param keyIndex the address's position on its chain
 * @param internal whether it is a change address
 * @param addressBalance what the address holds now
 * @param accountBalance what the account holds now
 * @param output the output
 * @param repaired found when a gap was repaired: the milestone is that of the repair, not the one that did it
 */
public record NewOutputEvent(
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
        Output output,
        boolean repaired)
        implements LedgerEvent {
    @Override
    public String type() {
        return "newOutput";
    }

    /** Returns the output's base coins. */
    public Amount amount() {
        return output.amount();
    }
}
