package dev.stardust.examples;

import static dev.stardust.examples.Workplace.find;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@StardustDevnet(milestoneInterval = "500ms")
class GuideIT {
    @Test
    void theSixStepsOfTheGuideWorkOneAfterTheOther(Devnet devnet, @TempDir Path directory) throws Exception {
        Workplace workplace = new Workplace(directory, devnet);

        workplace.environment("");
        String mnemonic = workplace.run(GenerateMnemonic.class).strip();
        assertThat(mnemonic).matches("([a-z]{3,8} ){23}[a-z]{3,8}");

        workplace.environment(mnemonic);
        assertThat(workplace.run(CreateAccount.class)).contains("Created account 0 with the alias alice");

        workplace.environment(""); // the words are needed no more
        String address = find("^Address 0 of alice: ([a-z]+1[a-z0-9]+)$", workplace.run(GenerateAddress.class));

        assertThat(find("^Total: +(\\d+)$", workplace.run(CheckBalance.class))).isEqualTo("0");

        String events = workplace.run(ListenEvents.class);
        long deposit = Long.parseLong(find("^deposit of (\\d+) credited in milestone \\d+$", events));
        assertThat(deposit).isGreaterThan(1_000_000);
        assertThat(events)
                .contains("new output of " + deposit + " on " + address + ": account 0 (alice) now has " + deposit);
        assertThat(find("^Total: +(\\d+)$", workplace.run(CheckBalance.class))).isEqualTo(Long.toString(deposit));

        String sent = workplace.run(SendAmount.class);
        String transaction = find("^withdrawal (0x[0-9a-f]{64}) confirmed in milestone \\d+$", sent);
        assertThat(status(devnet, "/api/core/v2/transactions/" + transaction + "/included-block"))
                .isEqualTo(200);
        assertThat(find("^Total: +(\\d+)$", workplace.run(CheckBalance.class)))
                .isEqualTo(Long.toString(deposit - 1_000_000));

        // once more: the same key, the same payment
        assertThat(workplace.run(SendAmount.class)).isEqualTo(sent);
    }

    private static int status(Devnet devnet, String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(devnet.node().resolve(path)).build(), BodyHandlers.discarding())
                .statusCode();
    }
}
