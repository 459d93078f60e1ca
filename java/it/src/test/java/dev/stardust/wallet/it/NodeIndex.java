package dev.stardust.wallet.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.testkit.Devnet;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Pattern;

/** What the node's own index says. */
final class NodeIndex {
    private static final Pattern OUTPUT_ID = Pattern.compile("\"0x[0-9a-f]{68}\"");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private NodeIndex() {}

    /** How many outputs it has for an address. */
    static int outputs(Devnet devnet, String address) {
        URI query = devnet.node().resolve("/api/indexer/v1/outputs/basic?pageSize=1000&address=" + address);
        try {
            var answer = HTTP.send(HttpRequest.newBuilder(query).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return (int) OUTPUT_ID.matcher(answer.body()).results().count();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
