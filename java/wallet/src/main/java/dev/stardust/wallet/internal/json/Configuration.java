package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.LogLevel;
import dev.stardust.wallet.ProofOfWork;
import dev.stardust.wallet.SecretManager;
import dev.stardust.wallet.Stronghold;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/** Writes what a wallet is opened with. It holds no secret. */
public final class Configuration {
    private Configuration() {}

    /** Returns the configuration object. */
    public static ObjectNode json(
            Path storage, CoinType coinType, SecretManager secrets, ClientOptions client, LogLevel logLevel) {
        ObjectNode json = Json.object();
        json.put("storagePath", storage.toAbsolutePath().normalize().toString());
        json.put("coinType", coinType.number());
        ObjectNode secretManager = json.putObject("secretManager");
        if (secrets instanceof Stronghold stronghold) {
            secretManager.put("type", "stronghold");
            secretManager.put("snapshotPath", stronghold.snapshot().toString());
        } else {
            secretManager.put("type", "mnemonic");
        }
        json.set("client", client(client));
        json.put("logLevel", logLevel.name().toLowerCase(Locale.ROOT));
        return json;
    }

    private static ObjectNode client(ClientOptions options) {
        ObjectNode json = Json.object();
        ArrayNode nodes = json.putArray("nodes");
        options.nodes().forEach(node -> nodes.addObject().put("url", node.url().toString()));
        options.requestTimeout().ifPresent(timeout -> json.put("requestTimeoutMs", millis(timeout)));
        options.connectTimeout().ifPresent(timeout -> json.put("connectTimeoutMs", millis(timeout)));
        options.maxRequestsInFlight().ifPresent(limit -> json.put("maxRequestsInFlight", limit));
        options.requestsPerSecond().ifPresent(limit -> json.put("requestsPerSecond", limit));
        options.pollInterval().ifPresent(interval -> json.put("pollIntervalMs", millis(interval)));
        options.proofOfWork().ifPresent(who -> {
            ObjectNode work = json.putObject("proofOfWork");
            if (who instanceof ProofOfWork.Local local) {
                work.put("type", "local").put("threads", local.threads());
            } else {
                work.put("type", "node");
            }
        });
        return json;
    }

    /** The time in milliseconds; what does not fit is longer than the core takes anyway, and it says so. */
    private static long millis(Duration duration) {
        try {
            return duration.toMillis();
        } catch (ArithmeticException e) {
            return duration.isNegative() ? -1 : Long.MAX_VALUE;
        }
    }
}
