package dev.stardust.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.internal.core.FakeCore;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a wallet does by itself, as it is written for the core, and what the core says of it. */
@Timeout(60)
class HotWalletPolicyTest {
    private static final OutputId OUTPUT = OutputId.of("0x" + "11".repeat(34));

    private FakeCore core = new FakeCore();

    private AccountManager open(HotWalletPolicy policy) {
        // one that was closed answers no more
        core = new FakeCore()
                .result("wallet.start", "{}")
                .result("secret.setPassword", "{\"status\":\"unlocked\"}")
                .result(
                        "account.get",
                        "{\"index\":3,\"alias\":\"a\",\"publicAddressCount\":0,\"internalAddressCount\":0}");
        return AccountManager.builder()
                .storagePath(Path.of("wallet"))
                .secretManager(Stronghold.at(Path.of("w.stronghold"), "secret".toCharArray()))
                .clientOptions(ClientOptions.node(URI.create("http://localhost:14265")))
                .coinType(CoinType.SHIMMER)
                .hotWallet(policy)
                .transport(core)
                .open();
    }

    @Test
    void everyPartIsPartOfTheConfiguration() {
        HotWalletPolicy policy = HotWalletPolicy.builder()
                .sweep(HotWalletPolicy.Sweep.into(0)
                        .from(1, 2)
                        .minAmount(Amount.of(3))
                        .minAge(4)
                        .minTime(Duration.ofSeconds(5))
                        .minCount(6)
                        .maxCount(7))
                .consolidation(HotWalletPolicy.Consolidation.of(0, 100))
                .claim(HotWalletPolicy.Claim.expiringWithin(Duration.ofHours(1)).minAmount(Amount.of(8)))
                .warnAbove(200)
                .build();
        try (AccountManager manager = open(policy)) {
            assertThat(core.config.get("hotWallet"))
                    .hasToString("{\"sweep\":{\"into\":0,\"from\":[1,2],\"minAmount\":\"3\",\"minAge\":4,"
                            + "\"minAgeMs\":5000,\"minCount\":6,\"maxCount\":7},"
                            + "\"consolidation\":{\"above\":100,\"account\":0},"
                            + "\"claim\":{\"expiresWithinMs\":3600000,\"minAmount\":\"8\"},\"warnAbove\":200}");
        }
    }

    @Test
    void whatIsLeftOutIsNotDone() {
        try (AccountManager manager = open(HotWalletPolicy.builder()
                .sweep(HotWalletPolicy.Sweep.into(3))
                .consolidation(HotWalletPolicy.Consolidation.above(50))
                .claim(HotWalletPolicy.Claim.atSight())
                .build())) {
            assertThat(core.config.get("hotWallet"))
                    .hasToString("{\"sweep\":{\"into\":3,\"minAge\":0,\"minAgeMs\":0,\"minCount\":1,\"maxCount\":128},"
                            + "\"consolidation\":{\"above\":50},\"claim\":{}}");
        }
        try (AccountManager manager = open(HotWalletPolicy.builder().build())) {
            assertThat(core.config.get("hotWallet")).hasToString("{}");
        }
    }

    @Test
    void aClaimIsMadeAgainOnlyIfThatIsAskedFor() {
        try (AccountManager manager = open(HotWalletPolicy.builder().build())) {
            core.result("account.claimOutputs", "{}");
            Account account = manager.getAccount(3);
            assertThat(account.claimOutputs()).isEmpty();
            assertThat(core.params("account.claimOutputs")
                            .get("retryOnConflict")
                            .asBoolean())
                    .isFalse();
            assertThat(account.claimOutputsAsync(ClaimOptions.retrying()).join())
                    .isEmpty();
            core.result(
                    "account.claimOutputs",
                    "{\"transaction\":{\"transactionId\":\"0x11\",\"accountIndex\":3,\"digest\":\"0x22\","
                            + "\"state\":\"signed\",\"attachments\":0,\"createdMs\":5,\"inputs\":[],\"outputs\":[],"
                            + "\"retries\":\"0x33\"}}");
            Transaction claim = account.claimOutputs(List.of(OUTPUT), ClaimOptions.retrying());
            assertThat(claim.retries()).contains(TransactionId.of("0x33"));
            assertThat(core.requests.get(core.requests.size() - 1).get("params").get("retryOnConflict"))
                    .hasToString("true");
        }
    }
}
