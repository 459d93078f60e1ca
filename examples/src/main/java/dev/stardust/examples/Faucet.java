package dev.stardust.examples;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The test network's faucet, which gives coins away. */
final class Faucet {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Pattern ADDRESS = Pattern.compile("\"address\"\\s*:\\s*\"([^\"]+)\"");

    private Faucet() {}

    /** Asks for coins; they come with one of the next milestones. */
    static void requestFunds(String address) {
        send(request("/api/enqueue")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"address\":\"" + address + "\"}")));
    }

    /** Returns the faucet's own address, a good payee for what is left. */
    static String address() {
        Matcher found = ADDRESS.matcher(send(request("/api/info")));
        if (!found.find()) {
            throw new IllegalStateException("the faucet does not tell its address");
        }
        return found.group(1);
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(Environment.get("FAUCET_URL")).resolve(path))
                .timeout(Duration.ofSeconds(30));
    }

    private static String send(HttpRequest.Builder request) {
        try {
            var response = HTTP.send(request.build(), BodyHandlers.ofString());
            if (response.statusCode() / 100 != 2) {
                throw new IllegalStateException("the faucet answers " + response.statusCode() + ": " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new IllegalStateException("the faucet cannot be reached: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
