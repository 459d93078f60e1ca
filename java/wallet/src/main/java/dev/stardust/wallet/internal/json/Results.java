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
import dev.stardust.wallet.Balance;
import dev.stardust.wallet.BlockId;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.Network;
import dev.stardust.wallet.NodeStatus;
import dev.stardust.wallet.Origin;
import dev.stardust.wallet.Output;
import dev.stardust.wallet.OutputId;
import dev.stardust.wallet.Page;
import dev.stardust.wallet.SyncStatus;
import dev.stardust.wallet.TaggedData;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionId;
import dev.stardust.wallet.WalletInfo;
import java.math.BigInteger;
import java.nio.file.Path;
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
                optionalText(json, "nodeUrl"),
                optional(
                        json,
                        "error",
                        error -> new SyncStatus.Problem(ErrorKind.of(text(error, "kind")), text(error, "message"))));
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
                amount(json, "balance"));
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
                list(
                        json,
                        "inputs",
                        input -> new Transaction.Input(
                                OutputId.of(text(input, "outputId")), amount(input, "amount"), text(input, "address"))),
                list(
                        json,
                        "outputs",
                        output -> new Transaction.PaidOutput(
                                OutputId.of(text(output, "outputId")),
                                text(output, "address"),
                                amount(output, "amount"),
                                constant(output, "role", Transaction.Role.class),
                                flag(output, "own"))),
                optional(json, "taggedData", data -> new TaggedData(text(data, "tag"), text(data, "data"))));
    }

    static ConsumerData consumer(JsonNode json) {
        return new ConsumerData(
                text(json, "name"), text(json, "logId"), integer(json, "acknowledged"), integer(json, "latest"));
    }

    static EventBatch events(JsonNode json) {
        return new EventBatch(text(json, "logId"), list(json, "events", Events::ledgerEvent));
    }

    /** Reads a page whose continuation is a string or a number. */
    static <T> Function<JsonNode, Page<T>> page(Function<JsonNode, T> item) {
        return json -> new Page<>(list(json, "items", item), optional(json, "next", JsonNode::asText));
    }
}
