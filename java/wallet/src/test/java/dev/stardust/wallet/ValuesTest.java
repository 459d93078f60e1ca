package dev.stardust.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    @Test
    void amountsAreWholeAndNeverNegative() {
        assertThat(Amount.parse("9223372036854775807")).isEqualTo(Amount.of(Long.MAX_VALUE));
        assertThat(Amount.of(BigInteger.TEN)).isEqualTo(Amount.of(10)).hasToString("10");
        assertThat(Amount.of(3).plus(Amount.of(4)).minus(Amount.of(7)).isZero()).isTrue();
        assertThatThrownBy(() -> Amount.of(-1)).isInstanceOf(InvalidInputException.class);
        assertThatThrownBy(() -> Amount.of(1).minus(Amount.of(2))).hasMessageContaining("AMOUNT_INVALID");
        assertThatThrownBy(() -> Amount.of(Long.MAX_VALUE).plus(Amount.of(1))).isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Amount.of(BigInteger.TWO.pow(63))).hasMessageContaining("AMOUNT_INVALID");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+1", "1.0", "1e3", " 1", "٣", "9223372036854775808", "99999999999999999999"})
    void whatIsNoAmountIsRefused(String text) {
        assertThatThrownBy(() -> Amount.parse(text))
                .isInstanceOfSatisfying(
                        InvalidInputException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.AMOUNT_INVALID));
    }

    @Test
    void nothingShowsASecret() {
        char[] secret = "open sesame".toCharArray();
        Mnemonic mnemonic = Mnemonic.of(secret);
        ClientOptions client = ClientOptions.builder()
                .node(URI.create("http://a"), NodeAuth.basic("user", secret))
                .node(URI.create("http://b"), NodeAuth.bearer(secret))
                .witness(URI.create("http://c"), NodeAuth.bearer(secret))
                .permanode(URI.create("http://d"), NodeAuth.bearer(secret))
                .build();
        for (Object holder : List.of(
                mnemonic,
                Stronghold.at(Path.of("w"), secret),
                MnemonicSecretManager.of(mnemonic),
                client,
                client.nodes())) {
            assertThat(holder.toString()).doesNotContain("sesame");
        }
        assertThat(client.toString()).contains("redacted").contains("user");
    }

    @Test
    void aClosedMnemonicIsGone() {
        char[] words = "open sesame".toCharArray();
        Mnemonic mnemonic = Mnemonic.of(words);
        char[] shown = mnemonic.reveal();
        mnemonic.close();
        assertThat(words).as("the caller's own array is the caller's").isEqualTo("open sesame".toCharArray());
        assertThat(shown).isEqualTo(words);
        assertThatThrownBy(mnemonic::reveal).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void secretsAreUtf8BothWays() {
        String text = "aä\u20ac\ud83d\udd11\u0000z";
        byte[] utf8 = Secrets.utf8(text.toCharArray());
        assertThat(utf8).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
        assertThat(Secrets.chars(utf8)).isEqualTo(text.toCharArray());
        assertThatThrownBy(() -> Secrets.utf8(new char[] {'a', '\ud83d'}))
                .isInstanceOf(InvalidInputException.class)
                .hasNoCause();
    }

    @Test
    void taggedDataIsHexadecimal() {
        assertThat(TaggedData.of("ab", "")).isEqualTo(new TaggedData("0x6162", "0x"));
    }

    @Test
    void optionsThatCannotBeAreToldByTheirName() {
        ClientOptions.Builder node = ClientOptions.builder().node(java.net.URI.create("http://localhost"));
        assertThatThrownBy(() ->
                        node.requestTimeout(java.time.Duration.ofSeconds(-1)).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("requestTimeout");
        assertThatThrownBy(() -> ClientOptions.builder().requestsPerSecond(0).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("requestsPerSecond");
        assertThatThrownBy(() -> ProofOfWork.local(-1))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("-1");
    }

    @Test
    void aWitnessAndMilestoneKeysAreCheckedWhereTheyAreMade() {
        String key = "0xed3c3f1a319ff4e909cf2771d79fece0ac9bd9fd2ee49ea6c0885c9cb3b1248c";
        ClientOptions options = ClientOptions.builder()
                .node(URI.create("http://a"))
                .witness(URI.create("http://b"))
                .milestoneKeys(
                        1,
                        ClientOptions.MilestoneKey.from(
                                key.toUpperCase(Locale.ROOT).replace("0X", "0x"), 7))
                .build();
        assertThat(options.witness().orElseThrow().node().url()).isEqualTo(URI.create("http://b"));
        assertThat(options.milestoneKeys().orElseThrow().keys())
                .containsExactly(ClientOptions.MilestoneKey.from(key, 7));
        ClientOptions.Builder noWitness =
                ClientOptions.builder().node(URI.create("http://a")).witnessFrom(Amount.of(1));
        assertThatThrownBy(noWitness::build)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("witness");
        assertThatThrownBy(() -> ClientOptions.builder().permanode(URI.create("http://user:sesame@b")))
                .isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> ClientOptions.builder().witness(URI.create("http://user:sesame@b")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("sesame");
        for (int threshold : new int[] {0, 256}) {
            assertThatThrownBy(() -> new ClientOptions.MilestoneKeys(threshold, List.of()))
                    .isInstanceOf(ConfigurationException.class);
        }
        assertThatThrownBy(() -> ClientOptions.MilestoneKey.from("0x12", 0)).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> ClientOptions.MilestoneKey.between(key, 5, 4))
                .isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> ClientOptions.MilestoneKey.from(key, -1)).isInstanceOf(ConfigurationException.class);
        assertThatThrownBy(() -> ClientOptions.MilestoneKey.from(key, 1L << 32))
                .isInstanceOf(ConfigurationException.class);
    }

    @Test
    void batchesOfWithdrawalsAreCheckedWhereTheyAreSet() {
        AccountManagerBuilder builder = AccountManager.builder();
        assertThat(builder.withdrawalBatches(Duration.ofHours(1), 127)).isSameAs(builder);
        for (Duration delay : List.of(Duration.ofMillis(-1), Duration.ofHours(1).plusMillis(1))) {
            assertThatThrownBy(() -> builder.withdrawalBatches(delay, 1))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("withdrawalBatches");
        }
        for (int count : new int[] {0, 128}) {
            assertThatThrownBy(() -> builder.withdrawalBatches(Duration.ZERO, count))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining(Integer.toString(count));
        }
    }
}
