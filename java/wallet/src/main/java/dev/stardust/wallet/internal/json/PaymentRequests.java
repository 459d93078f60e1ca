package dev.stardust.wallet.internal.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.Page;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionId;
import dev.stardust.wallet.TransactionOptions;
import dev.stardust.wallet.WithdrawalRequest;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The operations that pay, and those about what was paid. */
public final class PaymentRequests {
    private PaymentRequests() {}

    /** Pays. */
    public static Request<TransactionData> sendAmount(
            int index, List<Payment> payments, TransactionOptions options, Reviewed reviewed) {
        ObjectNode params = reviewed.in(paying(index, payments, options));
        return new Request<>("account.sendAmount", params, Results::transaction);
    }

    /** Who gets what from an account, and how. */
    static ObjectNode paying(int index, List<Payment> payments, TransactionOptions options) {
        ObjectNode params = Requests.of(index);
        ArrayNode outputs = params.putArray("outputs");
        for (Payment payment : payments) {
            outputs.addObject()
                    .put("address", payment.address())
                    .put("amount", payment.amount().toString());
        }
        params.set("options", PaymentOptions.json(options));
        return params;
    }

    /** Lists transactions, of one account or of all. */
    public static Request<Page<TransactionData>> transactions(
            @Nullable Integer index, @Nullable String after, int limit) {
        ObjectNode params = Requests.paged(index == null ? Json.object() : Requests.of(index), after, limit);
        return new Request<>("account.transactions", params, Results.page(Results::transaction));
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
        ObjectNode params = Json.object().put("transactionId", id.value()).put("timeoutMs", Requests.millis(timeout));
        return new Request<>("transaction.awaitInclusion", params, Results::transaction);
    }

    /** Waits until nothing changes a transaction any more. */
    public static Request<TransactionData> awaitEnd(TransactionId id, Duration timeout) {
        ObjectNode params = Json.object().put("transactionId", id.value()).put("timeoutMs", Requests.millis(timeout));
        return new Request<>("transaction.await", params, Results::transaction);
    }

    /** Begins to cancel a transaction. */
    public static Request<TransactionData> cancel(TransactionId id) {
        return new Request<>(
                "transaction.cancel", Json.object().put("transactionId", id.value()), Results::transaction);
    }

    /** Takes a person's word on what became of a transaction. */
    public static Request<TransactionData> resolve(TransactionId id, Transaction.Outcome outcome, String reason) {
        ObjectNode params = Json.object()
                .put("transactionId", id.value())
                .put("outcome", outcome.name().toLowerCase(Locale.ROOT))
                .put("reason", reason);
        return new Request<>("transaction.resolve", params, Results::transaction);
    }

    /** Takes withdrawals; the answers come in the order of the requests. */
    public static Request<List<WithdrawalAnswer>> withdraw(int index, List<WithdrawalRequest> withdrawals) {
        ObjectNode params = Requests.of(index);
        ArrayNode array = params.putArray("withdrawals");
        for (WithdrawalRequest each : withdrawals) {
            ObjectNode one = array.addObject()
                    .put("idempotencyKey", each.idempotencyKey())
                    .put("address", each.address())
                    .put("amount", each.amount().toString());
            PaymentOptions.micro(one, each.allowMicroAmount(), each.microAmountExpiration());
        }
        return new Request<>("account.withdraw", params, json -> Fields.list(json, Results::withdrawalAnswer));
    }

    /** Lists withdrawals, of one account or of all. */
    public static Request<Page<WithdrawalData>> withdrawals(
            @Nullable Integer index, @Nullable String after, int limit) {
        ObjectNode params = Requests.paged(index == null ? Json.object() : Requests.of(index), after, limit);
        return new Request<>("account.withdrawals", params, Results.page(Results::withdrawal));
    }

    /** Finds a withdrawal by the caller's key. */
    public static Request<WithdrawalData> withdrawal(String key) {
        return new Request<>("withdrawal.get", byKey(key), Results::withdrawal);
    }

    /** Cancels a withdrawal, or begins to. */
    public static Request<WithdrawalData> cancelWithdrawal(String key) {
        return new Request<>("withdrawal.cancel", byKey(key), Results::withdrawal);
    }

    /** Cancels, or begins to cancel, whatever has this key. */
    public static Request<CancellationData> cancel(String key) {
        return new Request<>("wallet.cancel", byKey(key), Results::cancellation);
    }

    /** Waits until a withdrawal's fate is known. */
    public static Request<WithdrawalData> awaitEnd(String key, Duration timeout) {
        ObjectNode params = byKey(key).put("timeoutMs", Requests.millis(timeout));
        return new Request<>("withdrawal.await", params, Results::withdrawal);
    }

    private static ObjectNode byKey(String key) {
        return Json.object().put("idempotencyKey", key);
    }
}
