package dev.stardust.wallet.internal.json;

import dev.stardust.wallet.Amount;
import dev.stardust.wallet.AuditFilter;
import dev.stardust.wallet.AuditHead;
import dev.stardust.wallet.ClaimOptions;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.EventFilter;
import dev.stardust.wallet.ImportSource;
import dev.stardust.wallet.IssuedCount;
import dev.stardust.wallet.LogLevel;
import dev.stardust.wallet.LogPosition;
import dev.stardust.wallet.Origin;
import dev.stardust.wallet.OutputId;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.RecoveryOptions;
import dev.stardust.wallet.RemainderValueStrategy;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.SweepOptions;
import dev.stardust.wallet.TaggedData;
import dev.stardust.wallet.TransactionId;
import dev.stardust.wallet.TransactionOptions;
import dev.stardust.wallet.WithdrawalRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Every request of this jar, with all its parameters and with as few as it takes. */
final class Samples {
    private static final OutputId OUTPUT = OutputId.of("0x" + "00".repeat(34));

    private static final TransactionOptions ALL_OPTIONS = TransactionOptions.builder()
            .remainderValueStrategy(RemainderValueStrategy.reuseAddress())
            .taggedDataPayload(TaggedData.of("tag", "data"))
            .customInputs(List.of(OUTPUT))
            .idempotencyKey("withdrawal-1")
            .note("for Bob")
            .allowMicroAmount(Duration.ofHours(2))
            .build();

    private static final TransactionOptions ELSEWHERE = TransactionOptions.builder()
            .remainderValueStrategy(RemainderValueStrategy.customAddress("rms1x"))
            .build();

    private static final EventFilter ALL_PARTS = EventFilter.builder()
            .account(3)
            .accounts(List.of(1, 2))
            .type(DepositEvent.class)
            .origin(Origin.PAYMENT_RECIPIENT)
            .build();

    private Samples() {}

    static List<Request<?>> requests() {
        Duration second = Duration.ofSeconds(1);
        List<Payment> payments = List.of(Payment.of("rms1x", Amount.of(1_000_000)));
        TransactionId id = TransactionId.of("0x" + "00".repeat(32));
        ImportSource export = ImportSource.export(Path.of("/export.json"));
        return List.of(
                Imports.accounts(export, null, 0),
                Imports.accounts(export, 1, 20),
                Imports.migration(Path.of("/old"), Path.of("/new"), 1),
                Requests.info(),
                Requests.start(),
                Requests.status(),
                Requests.health(),
                Requests.repair(),
                Requests.sync(null, second),
                Requests.sync(7, second),
                Requests.balance(),
                BackupRequests.backup(Path.of("wallet.backup"), 1),
                BackupRequests.restoreState(),
                BackupRequests.releaseIssuing(List.of(IssuedCount.of(0, 5, 1), IssuedCount.of(1, "bob", 3, 0))),
                BackupRequests.skipAhead(1_000),
                BackupRequests.releasePayments(),
                AuditRequests.verify(null),
                AuditRequests.verify(new AuditHead(7, "0x" + "00".repeat(32))),
                AuditRequests.head(),
                AuditRequests.list(AuditFilter.all(), null, 10),
                AuditRequests.list(
                        AuditFilter.all()
                                .withAccount(0)
                                .withIdempotencyKey("withdrawal-1")
                                .withTransaction(id),
                        "7",
                        10),
                RecoveryRequests.recover(RecoveryOptions.defaults()),
                RecoveryRequests.recover(RecoveryOptions.exact(List.of(IssuedCount.of(0, "bob", 3, 0)))),
                RecoveryRequests.state(),
                BackupRequests.recoveredPayments(null, 10),
                BackupRequests.recoveredPayments("3", 10),
                BackupRequests.resolveRecovered(id, "withdrawal-1"),
                BackupRequests.resolveRecovered(id, null),
                Requests.secretStatus(),
                Requests.setPassword(1, null),
                Requests.setPassword(1, second),
                Requests.changePassword(1, 2),
                Requests.clearPassword(),
                Requests.storeMnemonic(1, SeedOrigin.NEW),
                Requests.storeMnemonic(1, SeedOrigin.EXISTING),
                Requests.verifyMnemonic(1),
                Requests.setBasicAuth("http://localhost", "user", 1),
                Requests.setBearerAuth("http://localhost", 1),
                Requests.nodeStatus(),
                Requests.createAccount("alice"),
                Requests.account(0),
                Requests.account("7"),
                Requests.accounts(null, 10),
                Requests.accounts("3", 10),
                Requests.rename(0, "bob"),
                Requests.balance(0),
                Requests.generateAddresses(0, 1, false, null),
                Requests.generateAddresses(0, 2, true, "label"),
                Requests.addresses(0, null, null, 10),
                Requests.addresses(0, true, "token", 10),
                Requests.outputs(0, true, null, 10),
                Requests.outputs(0, false, "token", 10),
                SweepRequests.sweep(0, SweepOptions.defaults()),
                SweepRequests.sweep(
                        0,
                        SweepOptions.builder()
                                .from(1, 2)
                                .minAmount(Amount.of(1))
                                .maxAmount(Amount.of(2))
                                .minAge(3)
                                .minCount(4)
                                .maxTransactions(5)
                                .build()),
                SweepRequests.lock(List.of(OUTPUT)),
                SweepRequests.unlock(List.of(OUTPUT)),
                ClaimRequests.claimableOutputs(0, null, 10),
                ClaimRequests.claimOutputs(0, List.of(), ClaimOptions.defaults()),
                ClaimRequests.claimOutputs(0, List.of(OUTPUT), ClaimOptions.retrying()),
                PaymentRequests.sendAmount(0, payments, TransactionOptions.defaults()),
                PaymentRequests.sendAmount(0, payments, ALL_OPTIONS),
                PaymentRequests.sendAmount(0, payments, ELSEWHERE),
                PaymentRequests.transactions(null, null, 10),
                PaymentRequests.transactions(0, "token", 10),
                Requests.findAddress("rms1x"),
                Requests.setLabel("rms1x", null),
                Requests.setLabel("rms1x", "label"),
                PaymentRequests.transaction(id),
                PaymentRequests.transactionByKey("withdrawal-1"),
                PaymentRequests.awaitInclusion(id, second),
                PaymentRequests.cancel(id),
                PaymentRequests.withdraw(0, List.of(WithdrawalRequest.of("withdrawal-1", "rms1x", 1_000_000))),
                PaymentRequests.withdraw(
                        0,
                        List.of(
                                WithdrawalRequest.of("withdrawal-2", "rms1x", 1).allowingMicroAmount(),
                                WithdrawalRequest.of("withdrawal-3", "rms1x", 1)
                                        .allowingMicroAmount(Duration.ofHours(2)))),
                PaymentRequests.withdrawals(null, null, 10),
                PaymentRequests.withdrawals(0, "token", 10),
                PaymentRequests.withdrawal("withdrawal-1"),
                PaymentRequests.cancelWithdrawal("withdrawal-1"),
                PaymentRequests.awaitEnd("withdrawal-1", second),
                PolicyRequests.approve("withdrawal-1", "ann"),
                PolicyRequests.refuse("withdrawal-1", "ann", "why"),
                PolicyRequests.review("withdrawal-1", Optional.empty()),
                PolicyRequests.review("withdrawal-1", Optional.of("why")),
                PolicyRequests.waiting(true, null, 10, second),
                PolicyRequests.waiting(false, "token", 10, Duration.ZERO),
                PolicyRequests.prepare(0, payments, ALL_OPTIONS, second),
                PolicyRequests.submit("0x00"),
                PolicyRequests.release("0x00"),
                PolicyRequests.prepared(null),
                PolicyRequests.prepared(0),
                Requests.openConsumer("credits", LogPosition.BEGINNING, null),
                Requests.openConsumer("credits", LogPosition.OLDEST, EventFilter.all()),
                Requests.openConsumer("credits", LogPosition.NOW, EventFilter.deposits()),
                Requests.openConsumer("credits", LogPosition.milestone(7), ALL_PARTS),
                Requests.poll("credits", 10, second, null),
                Requests.poll("credits", 10, second, 7L),
                Requests.seek("credits", LogPosition.after("0x00", 3)),
                Requests.acknowledge("credits", "0x00", 1),
                Requests.consumers(),
                Requests.removeConsumer("credits"),
                Requests.listen(List.of()),
                Requests.listen(List.of("newOutput")),
                Requests.unlisten(1),
                Requests.logLevel(LogLevel.TRACE),
                Requests.cancel(1));
    }
}
