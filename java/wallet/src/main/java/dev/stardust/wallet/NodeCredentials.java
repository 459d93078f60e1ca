package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.Session;
import dev.stardust.wallet.internal.json.Requests;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The credentials of all nodes, on their way into the core. */
final class NodeCredentials {
    private NodeCredentials() {}

    /**
     * Refuses what the core would refuse when the wallet is open, and so perhaps restored already.
     *
     * @throws InvalidInputException if some cannot be sent
     */
    static void check(ClientOptions client) {
        for (ClientOptions.Node node : nodes(client)) {
            NodeAuth auth = node.auth().orElse(null);
            boolean sendable = auth instanceof NodeAuth.Basic basic
                    ? basic.isSendable()
                    : !(auth instanceof NodeAuth.Bearer bearer) || bearer.isSendable();
            if (!sendable) {
                throw new InvalidInputException(
                        ErrorKind.INVALID_ARGUMENT.name(),
                        "the credentials have characters that cannot be sent",
                        false,
                        Map.of(),
                        null);
            }
        }
    }

    /** Hands them over to an open wallet. */
    static void handOver(Session session, ClientOptions client) {
        for (ClientOptions.Node node : nodes(client)) {
            String url = node.url().toString();
            NodeAuth auth = node.auth().orElse(null);
            if (auth instanceof NodeAuth.Basic basic) {
                session.call(Requests.setBasicAuth(url, basic.username(), session.putSecret(basic.utf8())));
            } else if (auth instanceof NodeAuth.Bearer bearer) {
                session.call(Requests.setBearerAuth(url, session.putSecret(bearer.utf8())));
            }
        }
    }

    private static List<ClientOptions.Node> nodes(ClientOptions client) {
        Stream<ClientOptions.Node> witness = client.witness().map(ClientOptions.Witness::node).stream();
        Stream<ClientOptions.Node> others = Stream.concat(client.permanode().stream(), witness);
        return Stream.concat(client.nodes().stream(), others).toList();
    }
}
