package dev.stardust.wallet.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.AuditFilter;
import dev.stardust.wallet.AuditHead;
import dev.stardust.wallet.ClaimOptions;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.EventFilter;
import dev.stardust.wallet.EventRetention;
import dev.stardust.wallet.HotWalletPolicy;
import dev.stardust.wallet.ImportSource;
import dev.stardust.wallet.IssuedCount;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.LogLevel;
import dev.stardust.wallet.LogPosition;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.Origin;
import dev.stardust.wallet.OutputId;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.PaymentRules;
import dev.stardust.wallet.ProofOfWork;
import dev.stardust.wallet.RecoveryOptions;
import dev.stardust.wallet.RemainderValueStrategy;
import dev.stardust.wallet.SecretManager;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.SweepOptions;
import dev.stardust.wallet.TaggedData;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionId;
import dev.stardust.wallet.TransactionOptions;
import dev.stardust.wallet.UnknownEvent;
import dev.stardust.wallet.WalletEvent;
import dev.stardust.wallet.WithdrawalRequest;
import dev.stardust.wallet.internal.ffi.Transport;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every request, result and event type of this jar against the core's own schema. */
class SchemaTest {
    private static final MessageSchema SCHEMA = MessageSchema.load();

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

    private static final PaymentRules RULES = PaymentRules.builder()
            .perPayment(Amount.of(1))
            .maxAmount(Duration.ofDays(1), Amount.of(2))
            .maxCount(Duration.ofHours(1), 3)
            .allowList(List.of("rms1x"))
            .approvalFrom(Amount.of(4))
            .build();

    private static final HotWalletPolicy ALL_BY_ITSELF = HotWalletPolicy.builder()
            .sweep(HotWalletPolicy.Sweep.into(0)
                    .from(1, 2)
                    .minAmount(Amount.of(3))
                    .minAge(4)
                    .minTime(Duration.ofSeconds(5))
                    .minCount(6)
                    .maxCount(7))
            .consolidation(HotWalletPolicy.Consolidation.of(0, 100))
            .claim(HotWalletPolicy.Claim.expiringWithin(Duration.ofHours(1)).minAmount(Amount.of(8)))
            .warnAbove(2_000)
            .build();

    private static final EventFilter ALL_PARTS = EventFilter.builder()
            .account(3)
            .accounts(List.of(1, 2))
            .type(DepositEvent.class)
            .origin(Origin.PAYMENT_RECIPIENT)
            .build();

    private static List<Request<?>> requests() {
        Duration second = Duration.ofSeconds(1);
        List<Payment> payments = List.of(Payment.of("rms1x", Amount.of(1_000_000)));
        TransactionId id = TransactionId.of("0x" + "00".repeat(32));
        ImportSource export = ImportSource.export(Path.of("/export.json"));
        return List.of(
                Imports.accounts(export, null, 0),
                Imports.accounts(export, 1, 20),
                Imports.notes(null, 10),
                Imports.notes("3", 10),
                Imports.migration(Path.of("/old"), Path.of("/new"), 1, null),
                Imports.migration(Path.of("/old"), Path.of("/new"), 1, 2),
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
                BackupRequests.stateCounts(null, List.of(IssuedCount.of(0, 5, 1))),
                BackupRequests.stateCounts(1L, List.of(IssuedCount.of(1, "bob", 3, 0))),
                BackupRequests.releaseIssuing(1L),
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
                RecoveryRequests.recover(1L),
                RecoveryRequests.state(),
                BackupRequests.recoveredPayments(null, 10),
                BackupRequests.recoveredPayments("3", 10),
                BackupRequests.resolveRecovered(id, "withdrawal-1"),
                BackupRequests.resolveRecovered(id, null),
                BackupRequests.releaseForeignSigner("seen"),
                PaymentRequests.resolve(id, Transaction.Outcome.CONFIRMED, "seen"),
                PaymentRequests.resolve(id, Transaction.Outcome.DEAD, "seen"),
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
                PaymentRequests.sendAmount(0, payments, TransactionOptions.defaults(), Reviewed.NO),
                PaymentRequests.sendAmount(0, payments, ALL_OPTIONS, Reviewed.YES),
                PaymentRequests.sendAmount(0, payments, ALL_OPTIONS, Reviewed.vetoed("why")),
                PaymentRequests.sendAmount(0, payments, ELSEWHERE, Reviewed.NO),
                PaymentRequests.transactions(null, null, 10),
                PaymentRequests.transactions(0, "token", 10),
                Requests.findAddress("rms1x"),
                Requests.setLabel("rms1x", null),
                Requests.setLabel("rms1x", "label"),
                PaymentRequests.transaction(id),
                PaymentRequests.transactionByKey("withdrawal-1"),
                PaymentRequests.awaitInclusion(id, second),
                PaymentRequests.awaitEnd(id, second),
                PaymentRequests.cancel(id),
                PaymentRequests.cancel("withdrawal-1"),
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
                PolicyRequests.submit("0x00", Reviewed.NO),
                PolicyRequests.submit("0x00", Reviewed.YES),
                PolicyRequests.submit("0x00", Reviewed.vetoed("why")),
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

    @Test
    void everyMethodOfTheCoreIsARequestHere() {
        Set<String> here = requests().stream().map(Request::method).collect(Collectors.toCollection(TreeSet::new));
        assertThat(here).isEqualTo(new TreeSet<>(SCHEMA.methods()));
    }

    @TestFactory
    Stream<DynamicTest> theParametersOfEveryRequestAreWhatTheCoreTakes() {
        return requests().stream()
                .map(request -> DynamicTest.dynamicTest(request.method() + " " + request.params(), () -> {
                    JsonNode params = SCHEMA.method(request.method()).get("x-params");
                    assertThat(SCHEMA.violations(params, request.params())).isEmpty();
                    ObjectNode more = request.params().deepCopy().put("moon", 1);
                    assertThat(SCHEMA.violations(params, more))
                            .as("the check itself")
                            .isNotEmpty();
                }));
    }

    @TestFactory
    Stream<DynamicTest> everyFieldOfEveryResultIsRead() {
        return requests().stream()
                .collect(Collectors.toMap(Request::method, request -> request, (one, other) -> one))
                .values()
                .stream()
                .filter(request -> !SCHEMA.isNothing(request.method()))
                .map(request -> DynamicTest.dynamicTest(request.method(), () -> {
                    JsonNode result =
                            SCHEMA.method(request.method()).get("result").get("schema");
                    for (JsonNode sample : SCHEMA.samples(result)) {
                        assertThat(SCHEMA.violations(result, sample))
                                .as("the sample itself")
                                .isEmpty();
                        MessageSchema.assertEveryFieldIsRead(
                                sample, request.decoder()::apply, notNeeded(request.method()));
                    }
                    request.decoder().apply(SCHEMA.smallest(result));
                }));
    }

    private static Set<String> notNeeded(String method) {
        return switch (method) {
            // the balance is what the caller asked for; the milestone is in the status
            case "wallet.sync" -> Set.of("/milestoneIndex");
            // who states the parts has counted them
            case "wallet.stateCounts" -> Set.of("/accounts");
            default -> Set.of();
        };
    }

    @TestFactory
    Stream<DynamicTest> everyFieldOfEveryEventIsRead() {
        JsonNode event = SCHEMA.component("Event");
        return SCHEMA.samples(event).stream()
                .map(sample -> DynamicTest.dynamicTest(sample.get("type").asText(), () -> {
                    assertThat(Events.event(sample)).isNotInstanceOf(UnknownEvent.class);
                    assertThat(Events.event(sample).type())
                            .isEqualTo(sample.get("type").asText());
                    MessageSchema.assertEveryFieldIsRead(sample, Events::event, Set.of("/type"));
                }));
    }

    @Test
    void theNamesOfTheEventTypesAreTheCores() {
        Set<String> names = new TreeSet<>();
        Stream.of(WalletEvent.class.getPermittedSubclasses(), LedgerEvent.class.getPermittedSubclasses())
                .flatMap(Arrays::stream)
                .filter(type -> type.isRecord() && type != UnknownEvent.class)
                .forEach(type -> names.addAll(Events.names(type.asSubclass(WalletEvent.class))));
        assertThat(names).isEqualTo(new TreeSet<>(SCHEMA.constants("EventType")));
        assertThat(Events.names(WalletEvent.class))
                .as("all, with those of a newer core")
                .isEmpty();
    }

    @TestFactory
    Stream<DynamicTest> theConstantsAreTheCores() {
        return Stream.of(
                        constants("SyncState", dev.stardust.wallet.SyncStatus.State.class),
                        constants("Origin", dev.stardust.wallet.Origin.class),
                        constants("AuditKind", dev.stardust.wallet.AuditKind.class),
                        constants("AuditBreak", dev.stardust.wallet.AuditVerdict.Kind.class),
                        constants("LapseChange", dev.stardust.wallet.LapsedOutputEvent.Change.class),
                        constants("OutputKind", dev.stardust.wallet.Output.Kind.class),
                        constants("OutputRole", dev.stardust.wallet.Transaction.Role.class),
                        constants("TransactionState", dev.stardust.wallet.Transaction.State.class),
                        constants("WithdrawalState", dev.stardust.wallet.Withdrawal.State.class),
                        constants("NodeRole", dev.stardust.wallet.Health.Node.Role.class),
                        constants("NodeState", dev.stardust.wallet.Health.Node.State.class),
                        constants("AddressPoolState", dev.stardust.wallet.AddressPoolEvent.State.class),
                        constants("IncidentKind", dev.stardust.wallet.IncidentEvent.Kind.class),
                        constants("InclusionState", dev.stardust.wallet.TransactionInclusionEvent.State.class),
                        constants("ProgressStage", dev.stardust.wallet.TransactionProgressEvent.Stage.class),
                        constants("VaultState", dev.stardust.wallet.VaultStatus.class),
                        constants("MnemonicOrigin", SeedOrigin.class),
                        constants("LogLevel", LogLevel.class))
                .flatMap(tests -> tests);
    }

    private static <E extends Enum<E>> Stream<DynamicTest> constants(String component, Class<E> type) {
        return Stream.of(DynamicTest.dynamicTest(component, () -> {
            Set<String> here = EnumSet.allOf(type).stream()
                    .map(Enum::name)
                    .filter(name -> !name.equals("UNKNOWN"))
                    .collect(Collectors.toSet());
            Set<String> there =
                    SCHEMA.constants(component).stream().map(Names::upper).collect(Collectors.toSet());
            assertThat(here).isEqualTo(there);
        }));
    }

    @Test
    void theErrorKindsAreTheCores() {
        Set<String> here = Arrays.stream(ErrorKind.values()).map(Enum::name).collect(Collectors.toSet());
        Set<ErrorKind> ours = Set.of(ErrorKind.UNKNOWN, ErrorKind.NATIVE_LIBRARY, ErrorKind.INTERRUPTED);
        ours.forEach(kind -> here.remove(kind.name()));
        Set<String> there = StreamSupport.stream(
                        SCHEMA.root().get("x-error-kinds").spliterator(), false)
                .map(kind -> kind.get("kind").asText())
                .collect(Collectors.toSet());
        assertThat(here).isEqualTo(there);
    }

    @Test
    void theVersionOfTheInterfaceIsTheCores() {
        assertThat(SCHEMA.root().get("x-abi-version").asInt()).isEqualTo(Transport.ABI_VERSION);
    }

    @TestFactory
    Stream<DynamicTest> theConfigurationIsWhatTheCoreTakes() {
        ClientOptions all = ClientOptions.builder()
                .node(URI.create("http://localhost:14265"))
                .inx(URI.create("http://localhost:9029"))
                .requestTimeout(Duration.ofSeconds(1))
                .connectTimeout(Duration.ofSeconds(1))
                .maxRequestsInFlight(3)
                .requestsPerSecond(4)
                .pollInterval(Duration.ofSeconds(1))
                .proofOfWork(ProofOfWork.local(2))
                .witness(URI.create("http://localhost:14266"))
                .witnessFrom(Amount.of(1_000_000))
                .permanode(URI.create("https://localhost:14267"))
                .milestoneKeys(
                        1,
                        ClientOptions.MilestoneKey.from(
                                "0xed3c3f1a319ff4e909cf2771d79fece0ac9bd9fd2ee49ea6c0885c9cb3b1248c", 5),
                        ClientOptions.MilestoneKey.between(
                                "0xed3c3f1a319ff4e909cf2771d79fece0ac9bd9fd2ee49ea6c0885c9cb3b1248c", 1, 4))
                .build();
        ClientOptions some = ClientOptions.builder()
                .node(URI.create("http://localhost:14265"))
                .proofOfWork(ProofOfWork.node())
                .build();
        SecretManager vault = Stronghold.at(Path.of("wallet.stronghold"));
        try (Mnemonic words = Mnemonic.of("abandon".toCharArray())) {
            return Stream.of(
                            Configuration.json(
                                    Path.of("w"),
                                    CoinType.SHIMMER,
                                    vault,
                                    all,
                                    LogLevel.INFO,
                                    null,
                                    null,
                                    0,
                                    new PaymentSettings(
                                            null,
                                            null,
                                            null,
                                            null,
                                            null,
                                            false,
                                            HotWalletPolicy.builder().build()),
                                    new Configuration.Restoring(Path.of("wallet.backup"), 1, 2),
                                    true),
                            Configuration.json(
                                    Path.of("w"),
                                    CoinType.IOTA,
                                    MnemonicSecretManager.of(words),
                                    some,
                                    LogLevel.OFF,
                                    new EventRetention(1, 2, 3),
                                    Duration.ofSeconds(30),
                                    100,
                                    new PaymentSettings(
                                            new WithdrawalBatches(Duration.ofSeconds(5), 127),
                                            8,
                                            4,
                                            Path.of("payments.journal"),
                                            RULES,
                                            true,
                                            ALL_BY_ITSELF),
                                    null,
                                    false))
                    .map(config -> DynamicTest.dynamicTest(
                            config.path("secretManager").path("type").asText(),
                            () -> assertThat(SCHEMA.violations(SCHEMA.root().get("x-configuration"), config))
                                    .isEmpty()));
        }
    }
}
