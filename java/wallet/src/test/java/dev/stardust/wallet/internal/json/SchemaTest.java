package dev.stardust.wallet.internal.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.EventRetention;
import dev.stardust.wallet.HotWalletPolicy;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.LogLevel;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.PaymentRules;
import dev.stardust.wallet.ProofOfWork;
import dev.stardust.wallet.SecretManager;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.UnknownEvent;
import dev.stardust.wallet.WalletEvent;
import dev.stardust.wallet.internal.ffi.Transport;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
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

    @Test
    void everyMethodOfTheCoreIsARequestHere() {
        Set<String> here =
                Samples.requests().stream().map(Request::method).collect(Collectors.toCollection(TreeSet::new));
        assertThat(here).isEqualTo(new TreeSet<>(SCHEMA.methods()));
    }

    @TestFactory
    Stream<DynamicTest> theParametersOfEveryRequestAreWhatTheCoreTakes() {
        return Samples.requests().stream()
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
        return Samples.requests().stream()
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
        // the balance is what the caller asked for; the milestone is in the status
        return method.equals("wallet.sync") ? Set.of("/milestoneIndex") : Set.of();
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
                                    new Configuration.Restoring(Path.of("wallet.backup"), 1),
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
