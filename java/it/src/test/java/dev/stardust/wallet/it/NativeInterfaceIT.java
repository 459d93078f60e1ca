package dev.stardust.wallet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.internal.ffi.Transport;
import dev.stardust.wallet.internal.loader.NativeLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The C interface with what no Java class of ours would say. */
@Timeout(60)
class NativeInterfaceIT {
    private static final Transport CORE = NativeLoader.load();

    @TempDir
    Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private long open() {
        return CORE.open(bytes("{\"storagePath\":\"" + directory + "\",\"coinType\":4219,"
                + "\"secretManager\":{\"type\":\"mnemonic\"},"
                + "\"client\":{\"nodes\":[{\"url\":\"http://127.0.0.1:1\"}]},\"logLevel\":\"off\"}"));
    }

    private static String answer(long handle) {
        byte[] batch = CORE.receive(handle, 10_000);
        assertThat(batch).isNotNull();
        return new String(batch, StandardCharsets.UTF_8);
    }

    private static String ask(long handle, String message) {
        assertThat(CORE.send(handle, bytes(message))).isZero();
        return answer(handle);
    }

    private static void close(long handle) {
        assertThat(CORE.close(handle)).isZero();
        byte[] batch;
        do {
            batch = CORE.receive(handle, 10_000);
        } while (batch == null || batch.length > 0);
    }

    @Test
    void theLibraryIsTheOneOfTheArtifact() {
        AccountManager.checkNativeLibrary();
        byte[] words = CORE.generateMnemonic();
        assertThat(new String(words, StandardCharsets.UTF_8).split(" ")).hasSize(24);
        assertThat(CORE.generateMnemonic()).isNotEqualTo(words);
    }

    @Test
    void messagesThatMakeNoSenseAreAnswered() {
        long handle = open();
        try {
            assertThat(ask(handle, "{not json")).contains("-32700");
            assertThat(ask(handle, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"moon.land\",\"params\":{}}"))
                    .contains("UNKNOWN_METHOD")
                    .contains("\"id\":1");
            assertThat(ask(handle, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"wallet.info\",\"params\":{\"moon\":1}}"))
                    .contains("INVALID_MESSAGE");
            assertThat(ask(
                            handle,
                            "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"secret.setPassword\","
                                    + "\"params\":{\"password\":12345}}"))
                    .contains("SECRET_REFERENCE");
            assertThat(CORE.send(handle, new byte[(1 << 20) + 1])).isEqualTo(-4);
            assertThat(ask(handle, "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"wallet.info\",\"params\":{}}"))
                    .contains("\"result\"");
        } finally {
            close(handle);
        }
    }

    @Test
    void handlesThatAreNotKnownAreAnswered() {
        assertThat(CORE.send(123_456_789, bytes("{}"))).isEqualTo(-3);
        assertThat(CORE.putSecret(123_456_789, new byte[1])).isNegative();
        assertThat(CORE.close(123_456_789)).isEqualTo(-3);
        long handle = open();
        close(handle);
        assertThat(CORE.send(handle, bytes("{}"))).isNegative();
        assertThat(CORE.close(handle)).isNegative();
    }

    @Test
    void configurationsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> CORE.open(bytes("{}"))).isInstanceOf(WalletException.class);
        assertThatThrownBy(() -> CORE.open(bytes("not json"))).isInstanceOf(WalletException.class);
        assertThatThrownBy(() -> CORE.open(new byte[0])).isInstanceOf(WalletException.class);
    }

    @Test
    void aFullQueueIsAnswered() {
        long handle = open();
        byte[] message = bytes("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"wallet.info\",\"params\":{}}");
        int status = 0;
        for (int i = 0; i < 1_000_000 && status == 0; i++) {
            status = CORE.send(handle, message);
        }
        assertThat(status).as("nobody takes the answers").isEqualTo(-1);
        // what was queued is answered, and then there is room again
        assertThat(answer(handle)).contains("\"result\"");
        close(handle);
    }
}
