package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.Balance;
import dev.stardust.wallet.ConsumerInfo;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.EventFilter;
import dev.stardust.wallet.Health;
import dev.stardust.wallet.LogLevel;
import dev.stardust.wallet.LogPosition;
import dev.stardust.wallet.NodeStatus;
import dev.stardust.wallet.Page;
import dev.stardust.wallet.RepairReport;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.SyncStatus;
import dev.stardust.wallet.VaultStatus;
import dev.stardust.wallet.WalletInfo;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Every operation of the core, once; those that pay are {@link PaymentRequests}. */
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

    /** Everything that a watcher wants to know. */
    public static Request<Health> health() {
        return new Request<>("wallet.health", Json.object(), Results::health);
    }

    /** Repairs a gap. */
    public static Request<Optional<RepairReport>> repair() {
        return new Request<>("wallet.repair", Json.object(), Results::repaired);
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

    /** Unlocks the vault, for a time or until it is locked. */
    public static Request<VaultStatus> setPassword(int password, @Nullable Duration lockAfter) {
        ObjectNode params = Json.object().put("password", password);
        if (lockAfter != null) {
            params.put("lockAfterMs", lockAfter.toMillis());
        }
        return new Request<>("secret.setPassword", params, Requests::vaultStatus);
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

    /** Makes or finds a consumer. */
    public static Request<ConsumerInfo> openConsumer(String name, LogPosition from, @Nullable EventFilter filter) {
        ObjectNode params = Json.object().put("name", name);
        params.set("from", place(from));
        if (filter != null) {
            params.set("filter", filter(filter));
        }
        return new Request<>("consumer.open", params, Results::consumer);
    }

    /** Reads what follows a consumer's position. */
    public static Request<EventBatch> poll(String name, int max, Duration timeout, @Nullable Long after) {
        ObjectNode params = Json.object().put("name", name).put("max", max).put("timeoutMs", millis(timeout));
        if (after != null) {
            params.put("after", after);
        }
        return new Request<>("consumer.poll", params, Results::events);
    }

    /** Moves a consumer's position. */
    public static Request<ConsumerInfo> acknowledge(String name, String logId, long sequence) {
        ObjectNode params = Json.object().put("name", name).put("logId", logId).put("sequence", sequence);
        return new Request<>("consumer.acknowledge", params, Results::consumer);
    }

    /** Sends a consumer elsewhere. */
    public static Request<ConsumerInfo> seek(String name, LogPosition to) {
        ObjectNode params = Json.object().put("name", name);
        params.set("to", place(to));
        return new Request<>("consumer.seek", params, Results::consumer);
    }

    private static ObjectNode place(LogPosition place) {
        ObjectNode json = Json.object();
        if (place instanceof LogPosition.Milestone milestone) {
            json.put("type", "milestone").put("index", milestone.index());
        } else if (place instanceof LogPosition.After after) {
            json.put("type", "after").put("logId", after.logId()).put("sequence", after.sequence());
        } else {
            json.put("type", ((LogPosition.End) place).name().toLowerCase(Locale.ROOT));
        }
        return json;
    }

    private static ObjectNode filter(EventFilter filter) {
        ObjectNode json = Json.object();
        if (!filter.accounts().isEmpty()) {
            ArrayNode accounts = json.putArray("accounts");
            filter.accounts().stream().sorted().forEach(accounts::add);
        }
        if (!filter.types().isEmpty()) {
            ArrayNode types = json.putArray("types");
            filter.types().stream().sorted().forEach(types::add);
        }
        if (!filter.origins().isEmpty()) {
            ArrayNode origins = json.putArray("origins");
            filter.origins().stream().sorted().map(Names::camel).forEach(origins::add);
        }
        return json;
    }

    /** Lists the consumers. */
    public static Request<List<ConsumerInfo>> consumers() {
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

    static Optional<Void> nothing(JsonNode json) {
        return Optional.empty();
    }

    private static VaultStatus vaultStatus(JsonNode json) {
        return Fields.constant(json, "status", VaultStatus.class);
    }

    private static ObjectNode accountRef(int index) {
        return Json.object().put("index", index);
    }

    static ObjectNode of(int index) {
        ObjectNode params = Json.object();
        params.set("account", accountRef(index));
        return params;
    }

    static ObjectNode paged(ObjectNode params, @Nullable String after, int limit) {
        if (after != null) {
            params.put("after", after);
        }
        return params.put("limit", limit);
    }

    /** The time in milliseconds, as far as the core waits: a part of one counts as one, more than a day as a day. */
    static long millis(Duration duration) {
        if (duration.compareTo(LONGEST_WAIT) >= 0) {
            return LONGEST_WAIT.toMillis();
        }
        return duration.isNegative() ? 0 : duration.plusNanos(999_999).toMillis();
    }
}
