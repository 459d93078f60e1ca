package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.ImportReport;
import dev.stardust.wallet.ImportSource;
import dev.stardust.wallet.ImportedNote;
import dev.stardust.wallet.Page;
import dev.stardust.wallet.TransactionId;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The operations for moving in from another wallet. */
public final class Imports {
    private Imports() {}

    /** Takes over the accounts of another wallet; the password is that of a snapshot, and none for an export. */
    public static Request<ImportReport> accounts(ImportSource source, @Nullable Integer password, int skip) {
        ObjectNode params = Json.object().put("skip", skip);
        ObjectNode file = params.putObject("source");
        file.put("type", password == null ? "export" : "stronghold")
                .put("path", source.file().toString());
        if (password != null) {
            file.put("password", password);
        }
        return new Request<>(
                "wallet.import",
                params,
                json -> new ImportReport(
                        Fields.smallInteger(json, "accounts"),
                        Fields.integer(json, "publicAddresses"),
                        Fields.integer(json, "internalAddresses"),
                        Fields.integer(json, "notes")));
    }

    /** The notes that came with the accounts of another wallet. */
    public static Request<Page<ImportedNote>> notes(@Nullable String after, int limit) {
        return new Request<>(
                "wallet.importedNotes",
                Requests.paged(Json.object(), after, limit),
                Results.page(json -> new ImportedNote(
                        Fields.smallInteger(json, "accountIndex"),
                        TransactionId.of(Fields.text(json, "transactionId")),
                        Fields.text(json, "note"))));
    }

    /** Writes a snapshot of version 2 into a new file of version 3; without a replacement the password stays. */
    public static Request<Optional<Void>> migration(
            Path source, Path target, int password, @Nullable Integer replacement) {
        ObjectNode params = Json.object()
                .put("source", absolute(source))
                .put("target", absolute(target))
                .put("password", password);
        if (replacement != null) {
            params.put("replacement", replacement);
        }
        return new Request<>("secret.migrateSnapshot", params, json -> Optional.empty());
    }

    private static String absolute(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }
}
