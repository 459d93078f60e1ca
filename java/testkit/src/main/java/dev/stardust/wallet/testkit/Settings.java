package dev.stardust.wallet.testkit;

import java.util.Optional;

/** What the user sets. */
final class Settings {
    private Settings() {}

    static Optional<String> value(String property, String variable) {
        return Optional.ofNullable(System.getProperty(property))
                .filter(value -> !value.isBlank())
                .or(() -> Optional.ofNullable(System.getenv(variable)).filter(value -> !value.isBlank()));
    }
}
