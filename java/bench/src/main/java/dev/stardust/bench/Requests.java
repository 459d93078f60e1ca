package dev.stardust.bench;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.testkit.Devnet;

/** What the node is asked for a milestone in which nothing is ours. */
final class Requests {
    private static final int MILESTONES = 20;

    private Requests() {}

    /**
     * Returns the requests for one milestone with so many outputs of others: what a sync over twice as many milestones
     * takes more, so that its own requests are not in it.
     */
    static double perMilestone(AccountManager manager, Devnet devnet, int foreign) {
        manager.sync();
        double some = count(manager, devnet, MILESTONES, foreign);
        double twice = count(manager, devnet, 2 * MILESTONES, foreign);
        return (twice - some) / MILESTONES;
    }

    private static long count(AccountManager manager, Devnet devnet, int milestones, int foreign) {
        for (int i = 0; i < milestones; i++) {
            Strangers.milestone(devnet, foreign);
        }
        devnet.resetRequests();
        manager.sync();
        return devnet.requests();
    }
}
