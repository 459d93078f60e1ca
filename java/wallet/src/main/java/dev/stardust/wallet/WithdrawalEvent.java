package dev.stardust.wallet;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A withdrawal came to another state. There is no event for {@link Withdrawal.State#SUBMITTED}, and none for what a withdrawal
 * waits for, which {@link Withdrawal#reason()} says. One that is requested again after its transaction was cancelled says so,
 * and begins anew.
 *
 * @param id the key of the fact
 * @param logId the id of the log
 * @param sequence the position in the log
 * @param milestoneIndex the milestone that decided it, if one did
 * @param milestoneTime that milestone's time
 * @param idempotencyKey the caller's key
 * @param accountIndex the account that pays
 * @param alias the account's alias
 * @param address who gets it (bech32)
 * @param amount how much
 * @param state where it stands
 * @param reason why, if its transaction was not included; or that nobody got it, because the time to claim it was over
 * @param transactionId the transaction that pays it, once there is one
 * @param outputId the output that pays it, once there is one
 */
public record WithdrawalEvent(
        String id,
        String logId,
        long sequence,
        OptionalLong milestoneIndex,
        Optional<Instant> milestoneTime,
        String idempotencyKey,
        int accountIndex,
        String alias,
        String address,
        Amount amount,
        Withdrawal.State state,
        Optional<String> reason,
        Optional<TransactionId> transactionId,
        Optional<OutputId> outputId)
        implements LedgerEvent {
    @Override
    public String type() {
        return "withdrawal";
    }
}
