package dev.stardust.bench;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.testkit.Devnet;
import java.util.Arrays;

/** One sync: what a wallet needs to learn that a milestone brought it nothing. */
final class Syncs {
    private static final int WARM_UP = 5;
    private static final int ROUNDS = 31;
    private static final int FOREIGN = 50;

    private Syncs() {}

    /** Returns the median in seconds of a sync over one milestone with 50 outputs of others. */
    static double seconds(AccountManager manager, Devnet devnet) {
        double[] seconds = new double[ROUNDS];
        for (int i = -WARM_UP; i < ROUNDS; i++) {
            Strangers.milestone(devnet, FOREIGN);
            long start = System.nanoTime();
            manager.sync();
            if (i >= 0) {
                seconds[i] = (System.nanoTime() - start) / 1e9;
            }
        }
        Arrays.sort(seconds);
        return seconds[ROUNDS / 2];
    }
}
