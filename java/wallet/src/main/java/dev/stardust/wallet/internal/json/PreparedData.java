package dev.stardust.wallet.internal.json;

import dev.stardust.wallet.Amount;
import dev.stardust.wallet.PreparedTransaction;
import dev.stardust.wallet.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A prepared transaction as the core tells it. */
public record PreparedData(
        String id,
        int accountIndex,
        Optional<String> idempotencyKey,
        Optional<String> note,
        List<Transaction.Input> inputs,
        List<PreparedTransaction.PlannedOutput> outputs,
        Amount remainder,
        String essence,
        String essenceHash,
        Instant expiresAt,
        Instant created) {}
