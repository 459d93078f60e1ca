package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.EventRetention;
import dev.stardust.wallet.LogLevel;
import dev.stardust.wallet.ProofOfWork;
import dev.stardust.wallet.SecretManager;
import dev.stardust.wallet.Stronghold;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes what a wallet is opened with. It holds no secret. */
public final class Configuration {
    private Configuration() {}

    /**
     * A backup to be restored before the wallet is opened.
     *
     * @param file the backup
     * @param password the reference of its password
     * @param secret the reference of what opens the restored wallet's secret manager; null: that is not tried
     */
    public record Restoring(Path file, int password, @Nullable Integer secret) {}

    /** Returns the configuration object. */
    public static ObjectNode json(
            Path storage,
            CoinType coinType,
            SecretManager secrets,
            ClientOptions client,
            LogLevel logLevel,
            @Nullable EventRetention retention,
            @Nullable Duration reconciliationInterval,
            int addressPoolSize,
            PaymentSettings payments,
            @Nullable Restoring restoring,
            boolean disableCoreDumps) {
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
        if (retention != null) {
            json.putObject("eventRetention")
                    .put("events", retention.events())
                    .put("milestones", retention.milestones())
                    .put("days", retention.days());
        }
        if (reconciliationInterval != null) {
            json.put("reconciliationIntervalMs", millis(reconciliationInterval));
        }
        if (addressPoolSize > 0) {
            json.put("addressPoolSize", addressPoolSize);
        }
        payments.into(json);
        if (restoring != null) {
            String file = restoring.file().toAbsolutePath().normalize().toString();
            ObjectNode restore = json.putObject("restore");
            restore.put("backupPath", file).put("password", restoring.password());
            if (restoring.secret() != null) {
                restore.put("secret", restoring.secret());
            }
        }
        if (disableCoreDumps) {
            json.put("disableCoreDumps", true);
        }
        return json;
    }

    private static ObjectNode client(ClientOptions options) {
        ObjectNode json = Json.object();
        ArrayNode nodes = json.putArray("nodes");
        options.nodes().forEach(node -> nodes.addObject().put("url", node.url().toString()));
        if (!options.inx().isEmpty()) {
            ArrayNode inx = json.putArray("inx");
            options.inx().forEach(url -> inx.addObject().put("url", url.toString()));
        }
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
        options.witness().ifPresent(witness -> {
            ObjectNode second = json.putObject("witness");
            second.put("url", witness.node().url().toString());
            witness.from().ifPresent(amount -> second.put("fromAmount", amount.toString()));
        });
        options.permanode().ifPresent(permanode -> json.putObject("permanode")
                .put("url", permanode.url().toString()));
        options.milestoneKeys().ifPresent(signers -> {
            ObjectNode milestoneKeys = json.putObject("milestoneKeys");
            milestoneKeys.put("threshold", signers.threshold());
            ArrayNode keys = milestoneKeys.putArray("keys");
            for (ClientOptions.MilestoneKey signer : signers.keys()) {
                ObjectNode key = keys.addObject();
                key.put("publicKey", signer.publicKey()).put("start", signer.start());
                signer.end().ifPresent(end -> key.put("end", end));
            }
        });
        return json;
    }

    /** The time in milliseconds; what does not fit is longer than the core takes anyway, and it says so. */
    static long millis(Duration duration) {
        try {
            return duration.toMillis();
        } catch (ArithmeticException e) {
            return duration.isNegative() ? -1 : Long.MAX_VALUE;
        }
    }
}
