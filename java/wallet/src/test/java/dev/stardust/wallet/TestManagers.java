package dev.stardust.wallet;

import dev.stardust.wallet.internal.core.FakeCore;
import java.net.URI;
import java.nio.file.Path;

/** Managers over a core in this process. */
public final class TestManagers {
    private TestManagers() {}

    public static AccountManager open(FakeCore core) {
        return AccountManager.builder()
                .storagePath(Path.of("wallet"))
                .secretManager(Stronghold.at(Path.of("w.stronghold")))
                .clientOptions(ClientOptions.node(URI.create("http://localhost:14265")))
                .coinType(CoinType.SHIMMER)
                .transport(core)
                .open();
    }
}
