package dev.stardust.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stardust.wallet.internal.core.FakeCore;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CountStatementTest {
    private static final int MESSAGE_BYTES = 1 << 20;

    private final FakeCore core = new FakeCore()
            .result("wallet.start", "{}")
            .result("wallet.stateCounts", "{\"statement\":7,\"accounts\":1000}")
            .result("wallet.releaseIssuing", "{\"skipped\":5,\"accounts\":1}")
            .result(
                    "wallet.recoverAccounts",
                    "{\"complete\":true,\"issuingFrozen\":false,\"accounts\":1,\"addresses\":1,\"lookedAt\":0,"
                            + "\"amount\":\"0\"}");

    private static List<IssuedCount> counts(int accounts) {
        // the longest alias, of characters that are two in JSON
        String alias = "\"".repeat(256);
        return IntStream.range(0, accounts)
                .mapToObj(account -> IssuedCount.of(account, alias, Integer.MAX_VALUE, Integer.MAX_VALUE))
                .toList();
    }

    private Stream<JsonNode> messages(String method) {
        return core.requests.stream()
                .filter(request -> request.get("method").asText().equals(method));
    }

    private void assertStatedInParts(String method, int accounts) {
        List<JsonNode> parts =
                messages("wallet.stateCounts").map(part -> part.get("params")).toList();
        assertThat(parts.stream()
                        .flatMap(part -> IntStream.range(0, part.get("accounts").size())
                                .mapToObj(at -> part.get("accounts").get(at)))
                        .map(account -> account.get("account").asInt()))
                .containsExactlyElementsOf(IntStream.range(0, accounts).boxed().toList());
        assertThat(parts.get(0).has("statement")).isFalse();
        assertThat(parts.subList(1, parts.size()))
                .allSatisfy(part -> assertThat(part.get("statement").asLong()).isEqualTo(7));
        assertThat(core.params(method).toString()).isEqualTo("{\"statement\":7}");
        assertThat(core.requests)
                .allSatisfy(request -> assertThat(request.toString().getBytes(StandardCharsets.UTF_8).length)
                        .isLessThan(MESSAGE_BYTES));
    }

    @Test
    void countsOfManyAccountsAreStatedInParts() {
        try (AccountManager manager = TestManagers.open(core)) {
            assertThat(manager.releaseIssuing(counts(25_000)).skipped()).isEqualTo(5);
        }
        assertStatedInParts("wallet.releaseIssuing", 25_000);
    }

    @Test
    void soAreThoseThatARecoveryIsTold() {
        try (AccountManager manager = TestManagers.open(core)) {
            assertThat(manager.recoverAccounts(RecoveryOptions.exact(counts(2_001)))
                            .complete())
                    .isTrue();
        }
        assertStatedInParts("wallet.recoverAccounts", 2_001);
    }

    @Test
    void withoutBlockingToo() {
        try (AccountManager manager = TestManagers.open(core)) {
            assertThat(manager.releaseIssuingAsync(counts(2_500)).join().accounts())
                    .isEqualTo(1);
        }
        assertStatedInParts("wallet.releaseIssuing", 2_500);
    }

    @Test
    void fewOfThemAreOneMessage() {
        try (AccountManager manager = TestManagers.open(core)) {
            manager.releaseIssuing(counts(1_000));
            manager.releaseIssuingAsync(counts(1_000)).join();
        }
        assertThat(core.methods()).doesNotContain("wallet.stateCounts");
    }

    @Test
    void aPartThatIsRefusedEndsIt() {
        core.error("wallet.stateCounts", "INVALID_ARGUMENT", "too many");
        try (AccountManager manager = TestManagers.open(core)) {
            assertThatThrownBy(() -> manager.releaseIssuing(counts(2_000))).isInstanceOf(InvalidInputException.class);
            assertThat(manager.releaseIssuingAsync(counts(2_000))
                            .handle((result, reason) -> reason)
                            .join())
                    .isInstanceOf(InvalidInputException.class);
        }
        assertThat(core.methods()).doesNotContain("wallet.releaseIssuing");
    }

    @Test
    void whoGivesTheFutureUpStopsTheSearch() {
        core.answer("wallet.recoverAccounts", request -> null);
        try (AccountManager manager = TestManagers.open(core)) {
            CompletableFuture<Recovery> future = manager.recoverAccountsAsync(RecoveryOptions.exact(counts(1_001)));
            await("wallet.recoverAccounts");
            future.cancel(true);
            await("request.cancel");
        }
    }

    private void await(String method) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!core.methods().contains(method)) {
            assertThat(System.nanoTime()).as("%s was not asked for", method).isLessThan(until);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
