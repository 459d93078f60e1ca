package dev.stardust.wallet.internal.json;

import dev.stardust.wallet.BlockId;
import dev.stardust.wallet.TaggedData;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A transaction as the core tells it. */
public record TransactionData(
        TransactionId id,
        int accountIndex,
        Optional<String> idempotencyKey,
        String digest,
        Transaction.State state,
        Optional<String> reason,
        Optional<BlockId> blockId,
        int attachments,
        OptionalLong milestoneIndex,
        Optional<Instant> milestoneTime,
        Instant created,
        List<Transaction.Input> inputs,
        List<Transaction.PaidOutput> outputs,
        Optional<TaggedData> taggedData,
        Optional<String> note,
        Optional<TransactionId> contests,
        Optional<TransactionId> retries) {}
