package dev.stardust.wallet.internal.json;

import static dev.stardust.wallet.internal.json.Fields.amount;
import static dev.stardust.wallet.internal.json.Fields.constant;
import static dev.stardust.wallet.internal.json.Fields.flag;
import static dev.stardust.wallet.internal.json.Fields.integer;
import static dev.stardust.wallet.internal.json.Fields.node;
import static dev.stardust.wallet.internal.json.Fields.optionalInteger;
import static dev.stardust.wallet.internal.json.Fields.optionalSmallInteger;
import static dev.stardust.wallet.internal.json.Fields.optionalText;
import static dev.stardust.wallet.internal.json.Fields.optionalTime;
import static dev.stardust.wallet.internal.json.Fields.smallInteger;
import static dev.stardust.wallet.internal.json.Fields.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.AddressPoolEvent;
import dev.stardust.wallet.BlockId;
import dev.stardust.wallet.ConsolidationRequiredEvent;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.IncidentEvent;
import dev.stardust.wallet.LapsedOutputEvent;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.NewOutputEvent;
import dev.stardust.wallet.Origin;
import dev.stardust.wallet.OutputId;
import dev.stardust.wallet.RecoveryProgressEvent;
import dev.stardust.wallet.SpentOutputEvent;
import dev.stardust.wallet.SweepProgressEvent;
import dev.stardust.wallet.SyncStatusEvent;
import dev.stardust.wallet.TransactionId;
import dev.stardust.wallet.TransactionInclusionEvent;
import dev.stardust.wallet.TransactionProgressEvent;
import dev.stardust.wallet.UnknownEvent;
import dev.stardust.wallet.WalletEvent;
import dev.stardust.wallet.Withdrawal;
import dev.stardust.wallet.WithdrawalEvent;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Reads events. */
public final class Events {
    private static final Map<Class<? extends WalletEvent>, String> NAMES = Map.ofEntries(
            Map.entry(NewOutputEvent.class, "newOutput"),
            Map.entry(SpentOutputEvent.class, "spentOutput"),
            Map.entry(LapsedOutputEvent.class, "lapsedOutput"),
            Map.entry(DepositEvent.class, "deposit"),
            Map.entry(TransactionInclusionEvent.class, "transactionInclusion"),
            Map.entry(WithdrawalEvent.class, "withdrawal"),
            Map.entry(IncidentEvent.class, "incident"),
            Map.entry(TransactionProgressEvent.class, "transactionProgress"),
            Map.entry(SyncStatusEvent.class, "syncStatus"),
            Map.entry(AddressPoolEvent.class, "addressPool"),
            Map.entry(RecoveryProgressEvent.class, "recoveryProgress"),
            Map.entry(ConsolidationRequiredEvent.class, "consolidationRequired"),
            Map.entry(SweepProgressEvent.class, "sweepProgress"));

    private Events() {}

    /**
     * Returns the names of the event types that a listener of this class wants; none means all, which is what a
     * listener of unknown events needs.
     */
    public static Collection<String> names(Class<? extends WalletEvent> type) {
        Set<String> names = new TreeSet<>();
        NAMES.forEach((known, name) -> {
            if (type.isAssignableFrom(known)) {
                names.add(name);
            }
        });
        return type.isAssignableFrom(UnknownEvent.class) ? List.of() : names;
    }

    /** Reads an event of any type. */
    public static WalletEvent event(JsonNode json) {
        return switch (text(json, "type")) {
            case "transactionProgress" ->
                new TransactionProgressEvent(
                        smallInteger(json, "accountIndex"),
                        optionalText(json, "transactionId").map(TransactionId::of),
                        optionalText(json, "idempotencyKey"),
                        constant(json, "stage", TransactionProgressEvent.Stage.class));
            case "addressPool" ->
                new AddressPoolEvent(
                        smallInteger(json, "accountIndex"),
                        text(json, "alias"),
                        flag(json, "internal"),
                        smallInteger(json, "ready"),
                        smallInteger(json, "size"),
                        constant(json, "state", AddressPoolEvent.State.class));
            case "recoveryProgress" -> RecoveryRequests.progress(json);
            case "consolidationRequired" ->
                new ConsolidationRequiredEvent(
                        smallInteger(json, "accountIndex"),
                        text(json, "alias"),
                        flag(json, "required"),
                        integer(json, "outputCount"),
                        amount(json, "available"),
                        amount(json, "payable"));
            case "sweepProgress" ->
                new SweepProgressEvent(
                        smallInteger(json, "accountIndex"),
                        text(json, "alias"),
                        TransactionId.of(text(json, "transactionId")),
                        integer(json, "transactionCount"),
                        integer(json, "outputCount"),
                        integer(json, "outputsLeft"),
                        amount(json, "amount"));
            case "syncStatus" -> new SyncStatusEvent(Results.syncStatus(node(json, "status")));
            default -> ledgerEvent(json);
        };
    }

    /** Reads an event of the durable log. */
    static LedgerEvent ledgerEvent(JsonNode json) {
        return switch (text(json, "type")) {
            case "newOutput" -> newOutput(json);
            case "spentOutput" -> spentOutput(json);
            case "lapsedOutput" -> lapsedOutput(json);
            case "deposit" -> deposit(json);
            case "transactionInclusion" -> inclusion(json);
            case "withdrawal" -> withdrawal(json);
            case "incident" -> incident(json);
            default ->
                new UnknownEvent(
                        text(json, "type"),
                        optionalText(json, "id").orElse(""),
                        optionalText(json, "logId").orElse(""),
                        optionalInteger(json, "sequence").orElse(0),
                        json.toString());
        };
    }

    private static NewOutputEvent newOutput(JsonNode json) {
        return new NewOutputEvent(
                text(json, "id"),
                text(json, "logId"),
                integer(json, "sequence"),
                optionalInteger(json, "milestoneIndex").orElse(0),
                optionalTime(json, "milestoneTimeMs").orElse(Instant.EPOCH),
                smallInteger(json, "accountIndex"),
                text(json, "alias"),
                text(json, "address"),
                text(json, "addressRaw"),
                integer(json, "keyIndex"),
                flag(json, "internal"),
                amount(json, "addressBalance"),
                amount(json, "accountBalance"),
                Results.output(node(json, "output")),
                flag(json, "repaired"));
    }

    private static SpentOutputEvent spentOutput(JsonNode json) {
        return new SpentOutputEvent(
                text(json, "id"),
                text(json, "logId"),
                integer(json, "sequence"),
                optionalInteger(json, "milestoneIndex").orElse(0),
                optionalTime(json, "milestoneTimeMs").orElse(Instant.EPOCH),
                smallInteger(json, "accountIndex"),
                text(json, "alias"),
                text(json, "address"),
                text(json, "addressRaw"),
                integer(json, "keyIndex"),
                flag(json, "internal"),
                amount(json, "addressBalance"),
                amount(json, "accountBalance"),
                OutputId.of(text(json, "outputId")),
                amount(json, "amount"),
                optionalText(json, "spentBy").map(TransactionId::of),
                flag(json, "repaired"));
    }

    private static LapsedOutputEvent lapsedOutput(JsonNode json) {
        return new LapsedOutputEvent(
                text(json, "id"),
                text(json, "logId"),
                integer(json, "sequence"),
                optionalInteger(json, "milestoneIndex").orElse(0),
                optionalTime(json, "milestoneTimeMs").orElse(Instant.EPOCH),
                smallInteger(json, "accountIndex"),
                text(json, "alias"),
                text(json, "address"),
                text(json, "addressRaw"),
                integer(json, "keyIndex"),
                flag(json, "internal"),
                amount(json, "addressBalance"),
                amount(json, "accountBalance"),
                OutputId.of(text(json, "outputId")),
                TransactionId.of(text(json, "transactionId")),
                constant(json, "change", LapsedOutputEvent.Change.class),
                amount(json, "amount"),
                amount(json, "creditable"),
                flag(json, "plain"),
                constant(json, "origin", Origin.class));
    }

    private static DepositEvent deposit(JsonNode json) {
        return new DepositEvent(
                text(json, "id"),
                text(json, "logId"),
                integer(json, "sequence"),
                optionalInteger(json, "milestoneIndex").orElse(0),
                optionalTime(json, "milestoneTimeMs").orElse(Instant.EPOCH),
                smallInteger(json, "accountIndex"),
                text(json, "alias"),
                text(json, "address"),
                text(json, "addressRaw"),
                integer(json, "keyIndex"),
                flag(json, "internal"),
                optionalText(json, "label"),
                OutputId.of(text(json, "outputId")),
                TransactionId.of(text(json, "transactionId")),
                amount(json, "amount"),
                constant(json, "origin", Origin.class),
                flag(json, "repaired"));
    }

    private static TransactionInclusionEvent inclusion(JsonNode json) {
        return new TransactionInclusionEvent(
                text(json, "id"),
                text(json, "logId"),
                integer(json, "sequence"),
                optionalInteger(json, "milestoneIndex"),
                optionalTime(json, "milestoneTimeMs"),
                TransactionId.of(text(json, "transactionId")),
                smallInteger(json, "accountIndex"),
                optionalText(json, "idempotencyKey"),
                constant(json, "state", TransactionInclusionEvent.State.class),
                optionalText(json, "reason"),
                optionalText(json, "blockId").map(BlockId::of),
                flag(json, "repaired"));
    }

    private static WithdrawalEvent withdrawal(JsonNode json) {
        return new WithdrawalEvent(
                text(json, "id"),
                text(json, "logId"),
                integer(json, "sequence"),
                optionalInteger(json, "milestoneIndex"),
                optionalTime(json, "milestoneTimeMs"),
                text(json, "idempotencyKey"),
                smallInteger(json, "accountIndex"),
                text(json, "alias"),
                text(json, "address"),
                amount(json, "amount"),
                constant(json, "state", Withdrawal.State.class),
                optionalText(json, "reason"),
                optionalText(json, "transactionId").map(TransactionId::of),
                optionalText(json, "outputId").map(OutputId::of));
    }

    private static IncidentEvent incident(JsonNode json) {
        return new IncidentEvent(
                text(json, "id"),
                text(json, "logId"),
                integer(json, "sequence"),
                optionalInteger(json, "milestoneIndex").orElse(0),
                optionalTime(json, "milestoneTimeMs").orElse(Instant.EPOCH),
                constant(json, "kind", IncidentEvent.Kind.class),
                optionalSmallInteger(json, "accountIndex"),
                optionalText(json, "outputId").map(OutputId::of),
                text(json, "text"));
    }
}
