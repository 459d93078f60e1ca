package dev.stardust.wallet.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Stronghold;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Secrets are not found in a heap dump of a JVM that is through with them. What is looked for is kept under a mask, and
 * becomes readable when the dump is written.
 */
@StardustDevnet
@Timeout(300)
class MemoryIT {
    private static final char MASK = 0x2a5a;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What the search has to find. */
    private static Object planted = "";

    @TempDir
    Path directory;

    @Test
    void noSecretIsInAHeapDump(Devnet devnet) throws Exception {
        // what other tests left behind may be more than a file that is searched can hold
        System.gc();
        char[] first = password();
        char[] second = password();
        char[] backup = password();
        char[] words = use(devnet, first, second, backup);
        char[][] passwords = {first, second, backup};

        Path live = dump("live", true);
        Path all = dump("all", false);
        Map<String, List<byte[]>> needles = needles(words, passwords);
        assertThat(found(live, needles)).as("in live objects").isEmpty();
        assertThat(found(all, needles)).as("in live and dead objects").isEmpty();

        planted = new Object[] {new String(masked(words)), masked(first), new String(masked(backup))};
        Path control = dump("control", true);
        assertThat(found(control, needles)).contains("words as ISO-8859-1", "password as UTF-16BE");
        planted = "";
    }

    /** Does with a wallet what takes secrets, and leaves none of them in arrays of the test; answers the masked words. */
    private char[] use(Devnet devnet, char[] first, char[] second, char[] backup) {
        Path snapshot = directory.resolve("wallet.stronghold");
        Path file = directory.resolve("wallet.backup");
        char[] masked;
        Stronghold vault = with(first, password -> Stronghold.at(snapshot, password));
        try (AccountManager manager =
                TestWallet.builder(directory.resolve("wallet"), devnet, vault).open()) {
            try (Mnemonic mnemonic = Mnemonic.generate()) {
                masked = mask(mnemonic.reveal());
                manager.storeMnemonic(mnemonic, SeedOrigin.NEW);
                manager.verifyMnemonic(mnemonic);
            }
            Account account = TestWallet.funded(manager, devnet, "alice", 5_000_000);
            var paid = account.sendAmount(
                    List.of(Payment.of(account.generateAddress().address(), Amount.of(1_000_000))));
            devnet.issueMilestones(1);
            paid.awaitInclusion(Duration.ofSeconds(60));
            manager.clearStrongholdPassword();
            with(first, password -> {
                manager.setStrongholdPassword(password);
                return "";
            });
            with(
                    first,
                    old -> with(second, replacement -> {
                        manager.changeStrongholdPassword(old, replacement);
                        return "";
                    }));
            with(backup, password -> manager.backup(file, password));
        }
        Stronghold restored = with(second, password -> Stronghold.at(directory.resolve("r/w.stronghold"), password));
        var builder = TestWallet.builder(directory.resolve("r"), devnet, restored);
        with(backup, password -> builder.restoreFrom(file, password)).open().close();
        assertThatThrownBy(restoredAgain(devnet, file, second)).isNotNull();
        return masked;
    }

    /** An opening that fails wipes what it was given, too. */
    private org.assertj.core.api.ThrowableAssert.ThrowingCallable restoredAgain(
            Devnet devnet, Path file, char[] wrong) {
        Stronghold vault = with(wrong, password -> Stronghold.at(directory.resolve("s/w.stronghold"), password));
        var builder = TestWallet.builder(directory.resolve("s"), devnet, vault);
        return () ->
                with(wrong, password -> builder.restoreFrom(file, password)).open();
    }

    private interface Use<T> {
        T with(char[] secret);
    }

    /** Uses a secret for the time of a call. */
    private static <T> T with(char[] masked, Use<T> use) {
        char[] secret = masked(masked);
        try {
            return use.with(secret);
        } finally {
            Arrays.fill(secret, '\0');
        }
    }

    /** A password, under the mask. */
    private static char[] password() {
        char[] password = new char[20];
        for (int i = 0; i < password.length; i++) {
            password[i] = (char) ((i == 7 ? 0xfc : '!' + RANDOM.nextInt(90)) ^ MASK);
        }
        return password;
    }

    private static char[] mask(char[] secret) {
        char[] masked = masked(secret);
        Arrays.fill(secret, '\0');
        return masked;
    }

    private static char[] masked(char[] chars) {
        char[] masked = new char[chars.length];
        for (int i = 0; i < chars.length; i++) {
            masked[i] = (char) (chars[i] ^ MASK);
        }
        return masked;
    }

    private Path dump(String name, boolean live) throws IOException {
        Path file = directory.resolve(name + ".hprof");
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(file.toString(), live);
        return file;
    }

    /** All forms of all secrets, by what they are called. */
    private static Map<String, List<byte[]>> needles(char[] maskedWords, char[][] maskedPasswords) throws Exception {
        Map<String, List<byte[]>> needles = new TreeMap<>();
        String words = new String(masked(maskedWords));
        String[] list = words.split(" ");
        assertThat(list).hasSize(24);
        for (Charset charset : List.of(
                StandardCharsets.UTF_8,
                StandardCharsets.ISO_8859_1,
                StandardCharsets.UTF_16BE,
                StandardCharsets.UTF_16LE)) {
            List<byte[]> runs = new ArrayList<>();
            for (int i = 0; i + 4 <= list.length; i++) {
                runs.add(String.join(" ", Arrays.copyOfRange(list, i, i + 4)).getBytes(charset));
            }
            needles.put("words as " + charset, runs);
            List<byte[]> passwords = new ArrayList<>();
            for (char[] masked : maskedPasswords) {
                passwords.add(new String(masked(masked)).getBytes(charset));
            }
            needles.put("password as " + charset, passwords);
        }
        byte[] salt = "mnemonic".getBytes(StandardCharsets.UTF_8);
        PBEKeySpec spec = new PBEKeySpec(words.toLowerCase(Locale.ROOT).toCharArray(), salt, 2048, 512);
        byte[] seed = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512")
                .generateSecret(spec)
                .getEncoded();
        needles.put("seed", List.of(Arrays.copyOf(seed, 32), Arrays.copyOfRange(seed, 32, 64)));
        return needles;
    }

    /** The names of what is in a file, which is deleted. */
    private static List<String> found(Path file, Map<String, List<byte[]>> needles) throws IOException {
        boolean[] begins = new boolean[1 << 16];
        needles.values().forEach(all -> all.forEach(needle -> begins[pair(needle[0], needle[1])] = true));
        List<String> found = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            assertThat(size).isBetween(1L << 20, (long) Integer.MAX_VALUE);
            MappedByteBuffer dump = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
            for (int at = 0; at + 1 < size; at++) {
                if (!begins[pair(dump.get(at), dump.get(at + 1))]) {
                    continue;
                }
                for (var entry : needles.entrySet()) {
                    for (byte[] needle : entry.getValue()) {
                        if (isAt(dump, at, needle) && !found.contains(entry.getKey())) {
                            found.add(entry.getKey());
                        }
                    }
                }
            }
        }
        Files.delete(file);
        return found;
    }

    private static int pair(byte first, byte second) {
        return (first & 0xff) << 8 | second & 0xff;
    }

    private static boolean isAt(MappedByteBuffer dump, int at, byte[] needle) {
        if (at + needle.length > dump.limit()) {
            return false;
        }
        for (int i = 0; i < needle.length; i++) {
            if (dump.get(at + i) != needle[i]) {
                return false;
            }
        }
        return true;
    }
}
