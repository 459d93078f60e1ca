package dev.stardust.wallet.internal.json;

import static dev.stardust.wallet.internal.json.Fields.amount;
import static dev.stardust.wallet.internal.json.Fields.constant;
import static dev.stardust.wallet.internal.json.Fields.flag;
import static dev.stardust.wallet.internal.json.Fields.integer;
import static dev.stardust.wallet.internal.json.Fields.list;
import static dev.stardust.wallet.internal.json.Fields.node;
import static dev.stardust.wallet.internal.json.Fields.optional;
import static dev.stardust.wallet.internal.json.Fields.optionalInteger;
import static dev.stardust.wallet.internal.json.Fields.optionalText;
import static dev.stardust.wallet.internal.json.Fields.optionalTime;
import static dev.stardust.wallet.internal.json.Fields.smallInteger;
import static dev.stardust.wallet.internal.json.Fields.text;
import static dev.stardust.wallet.internal.json.Fields.time;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.Approval;
import dev.stardust.wallet.Balance;
import dev.stardust.wallet.BlockId;
import dev.stardust.wallet.ConsumerInfo;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.EventFilter;
import dev.stardust.wallet.Health;
import dev.stardust.wallet.Network;
import dev.stardust.wallet.NodeStatus;
import dev.stardust.wallet.Origin;
import dev.stardust.wallet.Output;
import dev.stardust.wallet.OutputId;
import dev.stardust.wallet.Page;
import dev.stardust.wallet.RepairReport;
import dev.stardust.wallet.SyncStatus;
import dev.stardust.wallet.TaggedData;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionId;
import dev.stardust.wallet.WalletInfo;
import dev.stardust.wallet.Withdrawal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** Reads the results of the methods. Unknown keys are ignored. */
final class Results {
    private Results() {}

    static WalletInfo walletInfo(JsonNode json) {
        return new WalletInfo(
                text(json, "version"),
                smallInteger(json, "abiVersion"),
                smallInteger(json, "coinType"),
                text(json, "secretManager"),
                text(json, "logId"),
                optional(json, "network", Results::network),
                Path.of(text(json, "storagePath")));
    }

    static Network network(JsonNode json) {
        return new Network(
                text(json, "name"),
                text(json, "networkId"),
                text(json, "bech32Hrp"),
                smallInteger(json, "protocolVersion"),
                integer(json, "minPowScore"),
                amount(json, "tokenSupply"));
    }

    static NodeStatus nodeStatus(JsonNode json) {
        JsonNode confirmed = node(json, "confirmed");
        return new NodeStatus(
                text(json, "url"),
                flag(json, "healthy"),
                network(node(json, "network")),
                integer(confirmed, "index"),
                text(confirmed, "id"),
                time(confirmed, "timeMs"),
                integer(json, "prunedTo"));
    }

    static SyncStatus syncStatus(JsonNode json) {
        return new SyncStatus(
                constant(json, "state", SyncStatus.State.class),
                optional(
                        json,
                        "cursor",
                        cursor -> new SyncStatus.Milestone(
                                integer(cursor, "index"), text(cursor, "id"), time(cursor, "timeMs"))),
                optionalInteger(json, "nodeMilestoneIndex"),
                optionalInteger(json, "lag"),
                optionalInteger(json, "lagSeconds"),
                optionalText(json, "nodeUrl"),
                optional(json, "gap", gap -> new SyncStatus.Gap(integer(gap, "cursorIndex"), integer(gap, "prunedTo"))),
                optional(
                        json,
                        "error",
                        error -> new SyncStatus.Problem(ErrorKind.of(text(error, "kind")), text(error, "message"))));
    }

    static Health health(JsonNode json) {
        return new Health(
                syncStatus(node(json, "status")),
                list(json, "nodes", Results::nodeHealth),
                list(
                        json,
                        "repairedGaps",
                        gap -> new Health.RepairedGap(
                                integer(gap, "fromIndex"), integer(gap, "toIndex"), time(gap, "repairedMs"))),
                reconciliation(node(json, "reconciliation")),
                addressPool(node(json, "addressPool")),
                hotWallet(node(json, "hotWallet")));
    }

    private static Health.HotWallet hotWallet(JsonNode json) {
        return new Health.HotWallet(integer(json, "crowdedAccounts"), optionalText(json, "reason"));
    }

    private static Health.AddressPool addressPool(JsonNode json) {
        return new Health.AddressPool(smallInteger(json, "size"), integer(json, "low"), integer(json, "empty"));
    }

    private static Health.Reconciliation reconciliation(JsonNode json) {
        return new Health.Reconciliation(
                integer(json, "compared"),
                integer(json, "addresses"),
                integer(json, "rounds"),
                optionalTime(json, "finishedMs"),
                optionalInteger(json, "milestoneIndex"),
                integer(json, "differences"));
    }

    private static Health.Node nodeHealth(JsonNode json) {
        return new Health.Node(
                text(json, "url"),
                constant(json, "role", Health.Node.Role.class),
                constant(json, "state", Health.Node.State.class),
                Duration.ofMillis(integer(json, "sinceMs")),
                optionalInteger(json, "confirmedMilestoneIndex"),
                optional(json, "heardAgoMs", value -> Duration.ofMillis(value.asLong())),
                integer(json, "requests"),
                integer(json, "errors"),
                optional(
                        json,
                        "lastError",
                        error -> new SyncStatus.Problem(ErrorKind.of(text(error, "kind")), text(error, "message"))),
                optional(json, "lastErrorAgoMs", value -> Duration.ofMillis(value.asLong())));
    }

    static Optional<RepairReport> repaired(JsonNode json) {
        return optional(
                json,
                "report",
                report -> new RepairReport(
                        integer(report, "fromIndex"),
                        integer(report, "toIndex"),
                        integer(report, "found"),
                        integer(report, "spent"),
                        integer(report, "confirmed"),
                        integer(report, "conflicting"),
                        integer(report, "incidents")));
    }

    static Balance balance(JsonNode json) {
        return new Balance(
                amount(json, "total"),
                amount(json, "available"),
                amount(json, "incoming"),
                amount(json, "locked"),
                amount(json, "held"),
                amount(json, "requiredStorageDeposit"),
                integer(json, "outputCount"));
    }

    static AccountData account(JsonNode json) {
        return new AccountData(
                smallInteger(json, "index"),
                text(json, "alias"),
                integer(json, "publicAddressCount"),
                integer(json, "internalAddressCount"));
    }

    static AccountAddress address(JsonNode json) {
        return new AccountAddress(
                text(json, "address"),
                text(json, "raw"),
                smallInteger(json, "accountIndex"),
                integer(json, "keyIndex"),
                flag(json, "internal"),
                optionalText(json, "label"),
                flag(json, "used"),
                amount(json, "balance"),
                optionalInteger(json, "watchedFrom"),
                constant(json, "past", AccountAddress.Past.class));
    }

    static Output output(JsonNode json) {
        return new Output(
                OutputId.of(text(json, "outputId")),
                TransactionId.of(text(json, "transactionId")),
                constant(json, "outputKind", Output.Kind.class),
                amount(json, "amount"),
                text(json, "address"),
                smallInteger(json, "accountIndex"),
                integer(json, "keyIndex"),
                flag(json, "internal"),
                constant(json, "origin", Origin.class),
                amount(json, "creditable"),
                flag(json, "plain"),
                conditions(node(json, "conditions")),
                list(json, "nativeTokens", Results::nativeToken),
                optionalText(json, "chainId"),
                optionalText(json, "tag"),
                optionalText(json, "metadata"),
                optionalText(json, "sender"),
                integer(json, "milestoneIndex"),
                time(json, "milestoneTimeMs"),
                flag(json, "spent"),
                optionalText(json, "spentBy").map(TransactionId::of),
                optionalInteger(json, "spentMilestoneIndex"),
                flag(json, "locked"));
    }

    private static Output.Conditions conditions(JsonNode json) {
        return new Output.Conditions(
                optional(
                        json,
                        "depositReturn",
                        back -> new Output.DepositReturn(text(back, "address"), amount(back, "amount"))),
                optional(
                        json,
                        "expiration",
                        end -> new Output.Expiration(text(end, "returnAddress"), time(end, "timeMs"))),
                optionalTime(json, "timelockMs"));
    }

    private static Output.NativeToken nativeToken(JsonNode json) {
        String amount = text(json, "amount");
        if (!amount.matches("0x[0-9a-fA-F]{1,64}")) {
            throw Fields.defect("has a native token's amount that is not hexadecimal");
        }
        return new Output.NativeToken(text(json, "id"), new BigInteger(amount.substring(2), 16));
    }

    static TransactionData transaction(JsonNode json) {
        return new TransactionData(
                TransactionId.of(text(json, "transactionId")),
                smallInteger(json, "accountIndex"),
                optionalText(json, "idempotencyKey"),
                text(json, "digest"),
                constant(json, "state", Transaction.State.class),
                optionalText(json, "reason"),
                optionalText(json, "blockId").map(BlockId::of),
                smallInteger(json, "attachments"),
                optionalInteger(json, "milestoneIndex"),
                optionalTime(json, "milestoneTimeMs"),
                time(json, "createdMs"),
                list(json, "inputs", Results::input),
                list(
                        json,
                        "outputs",
                        output -> new Transaction.PaidOutput(
                                OutputId.of(text(output, "outputId")),
                                text(output, "address"),
                                amount(output, "amount"),
                                constant(output, "role", Transaction.Role.class),
                                flag(output, "own"),
                                optional(output, "depositReturn").map(value -> amount(output, "depositReturn")),
                                optionalTime(output, "expirationMs"))),
                optional(json, "taggedData", data -> new TaggedData(text(data, "tag"), text(data, "data"))),
                optionalText(json, "note"),
                optionalText(json, "contests").map(TransactionId::of),
                optionalText(json, "retries").map(TransactionId::of));
    }

    static Transaction.Input input(JsonNode json) {
        return new Transaction.Input(
                OutputId.of(text(json, "outputId")), amount(json, "amount"), text(json, "address"));
    }

    private static List<Approval> approvals(JsonNode list) {
        return Fields.list(list, json -> new Approval(text(json, "approver"), time(json, "atMs")));
    }

    static WithdrawalData withdrawal(JsonNode json) {
        return new WithdrawalData(
                text(json, "idempotencyKey"),
                smallInteger(json, "accountIndex"),
                text(json, "address"),
                amount(json, "amount"),
                text(json, "digest"),
                constant(json, "state", Withdrawal.State.class),
                optionalText(json, "reason"),
                optionalText(json, "transactionId").map(TransactionId::of),
                optionalText(json, "outputId").map(OutputId::of),
                optionalInteger(json, "milestoneIndex"),
                optionalTime(json, "milestoneTimeMs"),
                time(json, "createdMs"),
                optional(json, "approvals", Results::approvals).orElse(List.of()));
    }

    static WithdrawalAnswer withdrawalAnswer(JsonNode json) {
        return new WithdrawalAnswer(optional(json, "withdrawal", Results::withdrawal), optional(json, "error"));
    }

    static CancellationData cancellation(JsonNode json) {
        return new CancellationData(
                optional(json, "transaction", Results::transaction), optional(json, "withdrawal", Results::withdrawal));
    }

    static ConsumerInfo consumer(JsonNode json) {
        return new ConsumerInfo(
                text(json, "name"),
                text(json, "logId"),
                integer(json, "acknowledged"),
                integer(json, "oldest"),
                integer(json, "latest"),
                filter(node(json, "filter")),
                Fields.time(json, "createdMs"));
    }

    private static EventFilter filter(JsonNode json) {
        Set<Integer> accounts = new TreeSet<>();
        json.path("accounts").forEach(account -> accounts.add(account.intValue()));
        Set<String> types = new TreeSet<>();
        json.path("types").forEach(type -> types.add(type.asText()));
        Set<Origin> origins = new TreeSet<>();
        json.path("origins").forEach(origin -> origins.add(Fields.constant(origin.asText(), Origin.class)));
        return new EventFilter(accounts, types, origins);
    }

    static EventBatch events(JsonNode json) {
        return new EventBatch(
                text(json, "logId"),
                list(json, "events", Events::ledgerEvent),
                integer(json, "through"),
                flag(json, "more"));
    }

    /** Reads a page whose continuation is a string or a number. */
    static <T> Function<JsonNode, Page<T>> page(Function<JsonNode, T> item) {
        return json -> new Page<>(list(json, "items", item), optional(json, "next", JsonNode::asText));
    }
}
