/** Starts a local node for tests, or uses a given one. */
module dev.stardust.wallet.testkit {
    requires com.fasterxml.jackson.databind;
    requires java.net.http;
    requires transitive org.junit.jupiter.api;
    requires static transitive org.jspecify;

    exports dev.stardust.wallet.testkit;
}
