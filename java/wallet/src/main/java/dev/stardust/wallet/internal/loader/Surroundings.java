package dev.stardust.wallet.internal.loader;

import dev.stardust.wallet.internal.ffi.JnaTransport;
import dev.stardust.wallet.internal.ffi.Transport;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the loader depends on.
 *
 * @param property reads a system property
 * @param variable reads an environment variable
 * @param resources where the jars are
 * @param musl whether this process runs on musl
 * @param linker links a library by its path or its name
 */
record Surroundings(
        Function<String, @Nullable String> property,
        Function<String, @Nullable String> variable,
        ClassLoader resources,
        boolean musl,
        Function<String, Transport> linker) {

    static Surroundings ofThisProcess() {
        return new Surroundings(
                System::getProperty,
                System::getenv,
                Surroundings.class.getClassLoader(),
                Platform.runsOnMusl(),
                JnaTransport::link);
    }

    Optional<String> setting(String name) {
        return Optional.ofNullable(property.apply(name)).filter(value -> !value.isBlank());
    }

    Optional<String> fromEnvironment(String name) {
        return Optional.ofNullable(variable.apply(name)).filter(value -> !value.isBlank());
    }
}
