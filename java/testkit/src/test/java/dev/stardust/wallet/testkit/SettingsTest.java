package dev.stardust.wallet.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SettingsTest {
    @AfterEach
    void clear() {
        System.clearProperty("stardust.test");
        System.clearProperty("stardust.devnet.binary");
    }

    @Test
    void aPropertyWinsAndBlanksAreNothing() {
        assertThat(Settings.value("stardust.test", "PATH")).contains(System.getenv("PATH"));
        System.setProperty("stardust.test", "mine");
        assertThat(Settings.value("stardust.test", "PATH")).contains("mine");
        System.setProperty("stardust.test", " ");
        assertThat(Settings.value("stardust.test", "NO_SUCH_VARIABLE_HERE")).isEmpty();
    }

    @Test
    void aMissingProgramSaysHowToBuildIt() {
        System.setProperty("stardust.devnet.binary", "/no/such/program");
        assertThatThrownBy(() -> Devnet.own("0"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("/no/such/program")
                .hasMessageContaining("cargo build");
    }
}
