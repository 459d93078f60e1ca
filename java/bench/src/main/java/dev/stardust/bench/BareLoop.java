package dev.stardust.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Hands blocks of a payment's size to a node and does nothing else: what the node takes from anybody. Each caller has a
 * connection of its own, without a library for HTTP, and asks for tips seldom.
 */
final class BareLoop {
    private static final Pattern TIP = Pattern.compile("0x([0-9a-f]{64})");
    private static final int PER_TIPS = 50;
    private static final int TAGGED_DATA = 5;
    private static final byte PROTOCOL = 2;
    private static final int HASH = 32;
    /** With it a block is as long as one with a transaction of one input and two outputs. */
    private static final int DATA = 270;

    private final URI node;
    private final HttpClient client = HttpClient.newHttpClient();

    BareLoop(URI node) {
        this.node = node;
    }

    /** Has so many callers submit so many blocks. */
    Cost run(int callers, int blocks) {
        return Cost.of(() -> Callers.run(callers, callers, caller -> submit(blocks / callers)));
    }

    private void submit(int blocks) {
        try (Socket socket = new Socket(node.getHost(), node.getPort())) {
            socket.setTcpNoDelay(true);
            InputStream answers = new BufferedInputStream(socket.getInputStream());
            List<byte[]> parents = List.of();
            for (int block = 0; block < blocks; block++) {
                if (block % PER_TIPS == 0) {
                    parents = tips();
                }
                socket.getOutputStream().write(request(block(parents)));
                answer(answers);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private List<byte[]> tips() throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(node.resolve("/api/core/v2/tips")).build();
        String body = client.send(request, BodyHandlers.ofString()).body();
        return TIP.matcher(body)
                .results()
                .map((MatchResult match) -> match.group(1))
                .distinct()
                .sorted()
                .map(HexFormat.of()::parseHex)
                .toList();
    }

    /** A block with tagged data that no other block has (TIP-24, TIP-23). */
    private static byte[] block(List<byte[]> parents) {
        byte[] data = new byte[DATA];
        ThreadLocalRandom.current().nextBytes(data);
        int payload = 4 + 1 + 4 + DATA;
        ByteBuffer block =
                ByteBuffer.allocate(2 + parents.size() * HASH + 4 + payload + 8).order(ByteOrder.LITTLE_ENDIAN);
        block.put(PROTOCOL).put((byte) parents.size());
        parents.forEach(block::put);
        block.putInt(payload).putInt(TAGGED_DATA).put((byte) 0).putInt(DATA).put(data);
        return block.putLong(0).array();
    }

    private byte[] request(byte[] block) {
        byte[] head = ("POST /api/core/v2/blocks HTTP/1.1\r\nHost: " + node.getAuthority()
                        + "\r\nContent-Type: application/vnd.iota.serializer-v1\r\nContent-Length: " + block.length
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(head.length + block.length)
                .put(head)
                .put(block)
                .array();
    }

    private static void answer(InputStream answers) throws IOException {
        String status = line(answers);
        int length = 0;
        for (String header = line(answers); !header.isEmpty(); header = line(answers)) {
            if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
                length = Integer.parseInt(header.substring(15).strip());
            }
        }
        byte[] body = answers.readNBytes(length);
        if (!status.contains(" 201 ")) {
            throw new IOException(status + ": " + new String(body, StandardCharsets.UTF_8));
        }
    }

    private static String line(InputStream answers) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int character = answers.read(); character != '\n'; character = answers.read()) {
            if (character < 0) {
                throw new EOFException("the node closed the connection");
            }
            if (character != '\r') {
                line.append((char) character);
            }
        }
        return line.toString();
    }
}
