package dev.stardust.wallet.internal.json;

import dev.stardust.wallet.Amount;
import dev.stardust.wallet.Approval;
import dev.stardust.wallet.OutputId;
import dev.stardust.wallet.TransactionId;
import dev.stardust.wallet.Withdrawal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A withdrawal as the core tells it. */
public record WithdrawalData(
        String idempotencyKey,
        int accountIndex,
        String address,
        Amount amount,
        String digest,
        Withdrawal.State state,
        Optional<String> reason,
        Optional<TransactionId> transactionId,
        Optional<OutputId> outputId,
        OptionalLong milestoneIndex,
        Optional<Instant> milestoneTime,
        Instant created,
        List<Approval> approvals) {}
