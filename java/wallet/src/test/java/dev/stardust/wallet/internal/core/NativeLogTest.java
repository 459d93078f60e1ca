package dev.stardust.wallet.internal.core;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** The core's log records reach slf4j. */
@Timeout(30)
class NativeLogTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger("stardust.native");
    private final List<ILoggingEvent> records = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent record) {
            assertThat(Thread.currentThread().getName()).doesNotStartWith("stardust-pump");
            records.add(record);
        }
    };

    @BeforeEach
    void listen() {
        appender.start();
        logger.addAppender(appender);
        logger.setLevel(Level.DEBUG);
        logger.setAdditive(false);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(appender);
    }

    private static String record(String level, String message) {
        return "{\"method\":\"log\",\"params\":{\"level\":\"" + level
                + "\",\"target\":\"stardust_wallet::sync::scan\",\"message\":\"" + message + "\",\"timeMs\":1}}\n";
    }

    @Test
    void recordsKeepLevelOrderAndText() {
        FakeCore core = new FakeCore();
        Session session = new Session(core, 7, Callbacks.shared());
        core.say(record("error", "one {}")
                + record("warn", "two")
                + record("trace", "hidden")
                + record("debug", "four"));
        SessionTest.waitFor(() -> records.size() == 3);
        session.close();
        assertThat(records).extracting(ILoggingEvent::getFormattedMessage).containsExactly("one {}", "two", "four");
        assertThat(records).extracting(ILoggingEvent::getLevel).containsExactly(Level.ERROR, Level.WARN, Level.DEBUG);
        assertThat(records)
                .extracting(ILoggingEvent::getLoggerName)
                .containsOnly("stardust.native.stardust_wallet.sync.scan");
    }

    @Test
    void theLevelIsThatOfTheLogger() {
        assertThat(level(Level.DEBUG)).isEqualTo("debug");
        assertThat(level(Level.OFF)).isEqualTo("off");
        assertThat(level(Level.ALL)).isEqualTo("trace");
    }

    private String level(Level level) {
        logger.setLevel(level);
        FakeCore core = new FakeCore().result("wallet.start", "{}");
        dev.stardust.wallet.TestManagers.open(core).close();
        return core.config.get("logLevel").asText();
    }
}
