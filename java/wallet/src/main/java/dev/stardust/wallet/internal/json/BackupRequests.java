package dev.stardust.wallet.internal.json;

import static dev.stardust.wallet.internal.json.Fields.flag;
import static dev.stardust.wallet.internal.json.Fields.integer;
import static dev.stardust.wallet.internal.json.Fields.optional;
import static dev.stardust.wallet.internal.json.Fields.optionalInteger;
import static dev.stardust.wallet.internal.json.Fields.optionalText;
import static dev.stardust.wallet.internal.json.Fields.optionalTime;
import static dev.stardust.wallet.internal.json.Fields.smallInteger;
import static dev.stardust.wallet.internal.json.Fields.text;
import static dev.stardust.wallet.internal.json.Fields.time;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.BackupInfo;
import dev.stardust.wallet.IssuedCount;
import dev.stardust.wallet.IssuingReleased;
import dev.stardust.wallet.RestoreState;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The operations around backups. */
public final class BackupRequests {
    private BackupRequests() {}

    /** Makes a backup. */
    public static Request<BackupInfo> backup(Path file, int password) {
        ObjectNode params = Json.object().put("path", absolute(file)).put("password", password);
        return new Request<>("wallet.backup", params, BackupRequests::info);
    }

    /** What a restored wallet still needs. */
    public static Request<Optional<RestoreState>> restoreState() {
        return new Request<>(
                "wallet.restoreState", Json.object(), json -> optional(json, "restore", BackupRequests::state));
    }

    /** Ends the freeze of issuing with exact counts. */
    public static Request<IssuingReleased> releaseIssuing(List<IssuedCount> counts) {
        return new Request<>("wallet.releaseIssuing", counts(counts), BackupRequests::released);
    }

    /** The parameters that state how far each account had issued. */
    static ObjectNode counts(List<IssuedCount> counts) {
        ObjectNode params = Json.object();
        ArrayNode accounts = params.putArray("accounts");
        for (IssuedCount count : counts) {
            ObjectNode account = accounts.addObject();
            account.put("account", count.account());
            count.alias().ifPresent(alias -> account.put("alias", alias));
            account.put("publicCount", count.publicCount()).put("internalCount", count.internalCount());
        }
        return params;
    }

    /** Ends the freeze of issuing by skipping ahead. */
    public static Request<IssuingReleased> skipAhead(int addresses) {
        return new Request<>(
                "wallet.releaseIssuing", Json.object().put("skipAhead", addresses), BackupRequests::released);
    }

    /** Ends the freeze of payments. */
    public static Request<Optional<Void>> releasePayments() {
        return new Request<>("wallet.releasePayments", Json.object(), json -> Optional.empty());
    }

    private static BackupInfo info(JsonNode json) {
        return new BackupInfo(
                smallInteger(json, "formatVersion"),
                optionalText(json, "network"),
                optionalTime(json, "createdMs"),
                time(json, "backupMs"),
                optionalInteger(json, "milestoneIndex"),
                optionalTime(json, "milestoneTimeMs"),
                text(json, "logId"),
                integer(json, "accounts"),
                integer(json, "addresses"),
                integer(json, "vaultBytes"),
                integer(json, "databaseBytes"));
    }

    private static RestoreState state(JsonNode json) {
        return new RestoreState(
                time(json, "backupMs"),
                time(json, "restoredMs"),
                optionalInteger(json, "milestoneIndex"),
                optionalTime(json, "milestoneTimeMs"),
                text(json, "previousLogId"),
                flag(json, "issuingFrozen"),
                flag(json, "paymentsFrozen"),
                flag(json, "checked"),
                optionalText(json, "unknownOwn"),
                flag(json, "journalFound"),
                integer(json, "journalPayments"),
                integer(json, "journalWaiting"));
    }

    private static IssuingReleased released(JsonNode json) {
        return new IssuingReleased(integer(json, "skipped"), integer(json, "accounts"));
    }

    private static String absolute(Path file) {
        return file.toAbsolutePath().normalize().toString();
    }
}
