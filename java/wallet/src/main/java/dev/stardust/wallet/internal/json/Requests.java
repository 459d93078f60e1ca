package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.Balance;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.LogLevel;
import dev.stardust.wallet.NodeStatus;
import dev.stardust.wallet.OutputId;
import dev.stardust.wallet.Page;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.RemainderValueStrategy;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.SyncStatus;
import dev.stardust.wallet.TransactionId;
import dev.stardust.wallet.TransactionOptions;
import dev.stardust.wallet.VaultStatus;
import dev.stardust.wallet.WalletInfo;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Every operation of the core, once. */
public final class Requests {
    private static final Duration LONGEST_WAIT = Duration.ofDays(1);

    private Requests() {}

    /** What the wallet is. */
    public static Request<WalletInfo> info() {
        return new Request<>("wallet.info", Json.object(), Results::walletInfo);
    }

    /** Starts the wallet's threads. */
    public static Request<Optional<Void>> start() {
        return new Request<>("wallet.start", Json.object(), Requests::nothing);
    }

    /** How far the wallet has followed the ledger. */
    public static Request<SyncStatus> status() {
        return new Request<>("wallet.status", Json.object(), Results::syncStatus);
    }

    /** Waits for the node's newest milestone. */
    public static Request<Balance> sync(@Nullable Integer account, Duration timeout) {
        ObjectNode params = Json.object().put("timeoutMs", millis(timeout));
        if (account != null) {
            params.set("account", accountRef(account));
        }
        return new Request<>("wallet.sync", params, json -> Results.balance(Fields.node(json, "balance")));
    }

    /** The balance over all accounts. */
    public static Request<Balance> balance() {
        return new Request<>("wallet.balance", Json.object(), Results::balance);
    }

    /** Whether the secret manager can sign. */
    public static Request<VaultStatus> secretStatus() {
        return new Request<>("secret.status", Json.object(), Requests::vaultStatus);
    }

    /** Unlocks the vault. */
    public static Request<VaultStatus> setPassword(int password) {
        return new Request<>("secret.setPassword", Json.object().put("password", password), Requests::vaultStatus);
    }

    /** Encrypts the vault with another password. */
    public static Request<Optional<Void>> changePassword(int current, int replacement) {
        ObjectNode params = Json.object().put("current", current).put("replacement", replacement);
        return new Request<>("secret.changePassword", params, Requests::nothing);
    }

    /** Locks the vault. */
    public static Request<Optional<Void>> clearPassword() {
        return new Request<>("secret.clearPassword", Json.object(), Requests::nothing);
    }

    /** Puts the mnemonic into the vault. */
    public static Request<Optional<Void>> storeMnemonic(int mnemonic, SeedOrigin origin) {
        ObjectNode params = Json.object()
                .put("mnemonic", mnemonic)
                .put("origin", origin.name().toLowerCase(Locale.ROOT));
        return new Request<>("secret.storeMnemonic", params, Requests::nothing);
    }

    /** Checks words and checksum. */
    public static Request<Optional<Void>> verifyMnemonic(int mnemonic) {
        return new Request<>("secret.verifyMnemonic", Json.object().put("mnemonic", mnemonic), Requests::nothing);
    }

    /** Gives a node's user name and password. */
    public static Request<Optional<Void>> setBasicAuth(String url, String username, int password) {
        ObjectNode params = Json.object().put("url", url);
        params.putObject("auth").put("type", "basic").put("username", username).put("password", password);
        return new Request<>("client.setNodeAuth", params, Requests::nothing);
    }

    /** Gives a node's token. */
    public static Request<Optional<Void>> setBearerAuth(String url, int token) {
        ObjectNode params = Json.object().put("url", url);
        params.putObject("auth").put("type", "bearer").put("token", token);
        return new Request<>("client.setNodeAuth", params, Requests::nothing);
    }

    /** What the node says of itself. */
    public static Request<NodeStatus> nodeStatus() {
        return new Request<>("client.nodeStatus", Json.object(), Results::nodeStatus);
    }

    /** Makes an account. */
    public static Request<AccountData> createAccount(String alias) {
        return new Request<>("account.create", Json.object().put("alias", alias), Results::account);
    }

    /** Finds an account by its index. */
    public static Request<AccountData> account(int index) {
        return new Request<>("account.get", of(index), Results::account);
    }

    /** Finds an account by its alias. */
    public static Request<AccountData> account(String alias) {
        ObjectNode params = Json.object();
        params.putObject("account").put("alias", alias);
        return new Request<>("account.get", params, Results::account);
    }

    /** Lists the accounts by their index. */
    public static Request<Page<AccountData>> accounts(@Nullable String after, int limit) {
        ObjectNode params = Json.object().put("limit", limit);
        if (after != null) {
            try {
                params.put("after", Long.parseLong(after));
            } catch (NumberFormatException e) {
                throw Errors.of(ErrorKind.INVALID_ARGUMENT, "not what Page.next() of a page gave", false);
            }
        }
        return new Request<>("account.list", params, Results.page(Results::account));
    }

    /** Gives an account another alias. */
    public static Request<AccountData> rename(int index, String alias) {
        return new Request<>("account.rename", of(index).put("alias", alias), Results::account);
    }

    /** The balance of an account. */
    public static Request<Balance> balance(int index) {
        return new Request<>("account.balance", of(index), Results::balance);
    }

    /** Issues addresses. */
    public static Request<List<AccountAddress>> generateAddresses(
            int index, int count, boolean internal, @Nullable String label) {
        ObjectNode params = of(index).put("count", count).put("internal", internal);
        if (label != null) {
            params.put("label", label);
        }
        return new Request<>(
                "account.generateAddresses", params, json -> Fields.list(json, "addresses", Results::address));
    }

    /** Lists an account's addresses. */
    public static Request<Page<AccountAddress>> addresses(
            int index, @Nullable Boolean internal, @Nullable String after, int limit) {
        ObjectNode params = paged(of(index), after, limit);
        if (internal != null) {
            params.put("internal", internal);
        }
        return new Request<>("account.addresses", params, Results.page(Results::address));
    }

    /** Lists an account's outputs. */
    public static Request<Page<dev.stardust.wallet.Output>> outputs(
            int index, boolean includeSpent, @Nullable String after, int limit) {
        ObjectNode params = paged(of(index), after, limit).put("includeSpent", includeSpent);
        return new Request<>("account.outputs", params, Results.page(Results::output));
    }

    /** Pays. */
    public static Request<TransactionData> sendAmount(int index, List<Payment> payments, TransactionOptions options) {
        ObjectNode params = of(index);
        ArrayNode outputs = params.putArray("outputs");
        for (Payment payment : payments) {
            outputs.addObject()
                    .put("address", payment.address())
                    .put("amount", payment.amount().toString());
        }
        params.set("options", options(options));
        return new Request<>("account.sendAmount", params, Results::transaction);
    }

    private static ObjectNode options(TransactionOptions options) {
        ObjectNode json = Json.object();
        String strategy = options.remainderValueStrategy() instanceof RemainderValueStrategy.ReuseAddress
                ? "reuseAddress"
                : "changeAddress";
        json.putObject("remainderValueStrategy").put("type", strategy);
        options.taggedDataPayload()
                .ifPresent(data ->
                        json.putObject("taggedData").put("tag", data.tag()).put("data", data.data()));
        if (!options.customInputs().isEmpty()) {
            ArrayNode inputs = json.putArray("customInputs");
            options.customInputs().stream().map(OutputId::value).forEach(inputs::add);
        }
        options.idempotencyKey().ifPresent(key -> json.put("idempotencyKey", key));
        return json;
    }

    /** Lists transactions, of one account or of all. */
    public static Request<Page<TransactionData>> transactions(
            @Nullable Integer index, @Nullable String after, int limit) {
        ObjectNode params = paged(index == null ? Json.object() : of(index), after, limit);
        return new Request<>("account.transactions", params, Results.page(Results::transaction));
    }

    /** Finds an address. */
    public static Request<AccountAddress> findAddress(String address) {
        return new Request<>("address.find", Json.object().put("address", address), Results::address);
    }

    /** Writes a label to an address. */
    public static Request<AccountAddress> setLabel(String address, @Nullable String label) {
        ObjectNode params = Json.object().put("address", address);
        if (label != null) {
            params.put("label", label);
        }
        return new Request<>("address.setLabel", params, Results::address);
    }

    /** Finds a transaction by its id. */
    public static Request<TransactionData> transaction(TransactionId id) {
        return new Request<>("transaction.get", Json.object().put("transactionId", id.value()), Results::transaction);
    }

    /** Finds a transaction by the caller's key. */
    public static Request<TransactionData> transactionByKey(String key) {
        return new Request<>("transaction.get", Json.object().put("idempotencyKey", key), Results::transaction);
    }

    /** Waits until a transaction's fate is known. */
    public static Request<TransactionData> awaitInclusion(TransactionId id, Duration timeout) {
        ObjectNode params = Json.object().put("transactionId", id.value()).put("timeoutMs", millis(timeout));
        return new Request<>("transaction.awaitInclusion", params, Results::transaction);
    }

    /** Makes or finds a consumer. */
    public static Request<ConsumerData> openConsumer(String name, boolean fromNow) {
        ObjectNode params = Json.object().put("name", name).put("from", fromNow ? "now" : "beginning");
        return new Request<>("consumer.open", params, Results::consumer);
    }

    /** Reads what follows a consumer's position. */
    public static Request<EventBatch> poll(String name, int max, Duration timeout) {
        ObjectNode params = Json.object().put("name", name).put("max", max).put("timeoutMs", millis(timeout));
        return new Request<>("consumer.poll", params, Results::events);
    }

    /** Moves a consumer's position. */
    public static Request<ConsumerData> acknowledge(String name, String logId, long sequence) {
        ObjectNode params = Json.object().put("name", name).put("logId", logId).put("sequence", sequence);
        return new Request<>("consumer.acknowledge", params, Results::consumer);
    }

    /** Lists the consumers. */
    public static Request<List<ConsumerData>> consumers() {
        return new Request<>("consumer.list", Json.object(), json -> Fields.list(json, "items", Results::consumer));
    }

    /** Forgets a consumer. */
    public static Request<Optional<Void>> removeConsumer(String name) {
        return new Request<>("consumer.remove", Json.object().put("name", name), Requests::nothing);
    }

    /** Starts a live subscription; no types means all. */
    public static Request<Long> listen(Collection<String> types) {
        ObjectNode params = Json.object();
        if (!types.isEmpty()) {
            ArrayNode array = params.putArray("types");
            types.forEach(array::add);
        }
        return new Request<>("events.listen", params, json -> Fields.integer(json, "subscription"));
    }

    /** Ends a live subscription. */
    public static Request<Optional<Void>> unlisten(long subscription) {
        return new Request<>("events.unlisten", Json.object().put("subscription", subscription), Requests::nothing);
    }

    /** Sets which log records are made. */
    public static Request<Optional<Void>> logLevel(LogLevel level) {
        ObjectNode params = Json.object().put("level", level.name().toLowerCase(Locale.ROOT));
        return new Request<>("log.setLevel", params, Requests::nothing);
    }

    /** Gives up a request. */
    public static Request<Optional<Void>> cancel(long request) {
        return new Request<>("request.cancel", Json.object().put("request", request), Requests::nothing);
    }

    private static Optional<Void> nothing(JsonNode json) {
        return Optional.empty();
    }

    private static VaultStatus vaultStatus(JsonNode json) {
        return Fields.constant(json, "status", VaultStatus.class);
    }

    private static ObjectNode accountRef(int index) {
        return Json.object().put("index", index);
    }

    private static ObjectNode of(int index) {
        ObjectNode params = Json.object();
        params.set("account", accountRef(index));
        return params;
    }

    private static ObjectNode paged(ObjectNode params, @Nullable String after, int limit) {
        if (after != null) {
            params.put("after", after);
        }
        return params.put("limit", limit);
    }

    /** The time in milliseconds, as far as the core waits: a part of one counts as one, more than a day as a day. */
    private static long millis(Duration duration) {
        if (duration.compareTo(LONGEST_WAIT) >= 0) {
            return LONGEST_WAIT.toMillis();
        }
        return duration.isNegative() ? 0 : duration.plusNanos(999_999).toMillis();
    }
}
