package dev.stardust.wallet.internal.json;

import static dev.stardust.wallet.internal.json.Fields.constant;
import static dev.stardust.wallet.internal.json.Fields.flag;
import static dev.stardust.wallet.internal.json.Fields.integer;
import static dev.stardust.wallet.internal.json.Fields.list;
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
import dev.stardust.wallet.Page;
import dev.stardust.wallet.RecoveredPayment;
import dev.stardust.wallet.RestoreState;
import dev.stardust.wallet.TransactionId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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

    /** Ends the freeze of issuing with counts that were stated in parts. */
    public static Request<IssuingReleased> releaseIssuing(long statement) {
        return new Request<>(
                "wallet.releaseIssuing", Json.object().put("statement", statement), BackupRequests::released);
    }

    /** States a part of counts; the first one without a number. Answers the statement's number. */
    public static Request<Long> stateCounts(@Nullable Long statement, List<IssuedCount> part) {
        ObjectNode params = counts(part);
        if (statement != null) {
            params.put("statement", statement);
        }
        return new Request<>("wallet.stateCounts", params, json -> integer(json, "statement"));
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

    /** Ends the halt of payments over another signer. */
    public static Request<Optional<Void>> releaseForeignSigner(String evidence) {
        ObjectNode params = Json.object().put("evidence", evidence);
        return new Request<>("wallet.releaseForeignSigner", params, json -> Optional.empty());
    }

    /** Lists what was found of payments that the backup does not know. */
    public static Request<Page<RecoveredPayment>> recoveredPayments(@Nullable String after, int limit) {
        ObjectNode params = Requests.paged(Json.object(), after, limit);
        return new Request<>("wallet.recoveredPayments", params, Results.page(BackupRequests::recovered));
    }

    /** Takes a person's word on a recovered payment. */
    public static Request<Optional<Void>> resolveRecovered(TransactionId transaction, @Nullable String key) {
        ObjectNode params = Json.object().put("transactionId", transaction.value());
        if (key != null) {
            params.put("idempotencyKey", key);
        }
        return new Request<>("wallet.resolveRecovered", params, json -> Optional.empty());
    }

    private static RecoveredPayment recovered(JsonNode json) {
        return new RecoveredPayment(
                TransactionId.of(text(json, "transactionId")),
                integer(json, "milestoneIndex"),
                time(json, "milestoneTimeMs"),
                constant(json, "state", RecoveredPayment.State.class),
                integer(json, "openKeys"));
    }

    private static RestoreState.UnseenMilestones unseen(JsonNode json) {
        return new RestoreState.UnseenMilestones(
                integer(json, "fromIndex"),
                integer(json, "toIndex"),
                optionalTime(json, "fromTimeMs"),
                time(json, "toTimeMs"));
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
                integer(json, "journalWaiting"),
                list(json, "disputed", id -> TransactionId.of(id.asText())),
                list(json, "unseen", BackupRequests::unseen));
    }

    private static IssuingReleased released(JsonNode json) {
        return new IssuingReleased(integer(json, "skipped"), integer(json, "accounts"));
    }

    private static String absolute(Path file) {
        return file.toAbsolutePath().normalize().toString();
    }
}
