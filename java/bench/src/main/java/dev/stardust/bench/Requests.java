package dev.stardust.bench;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.testkit.Devnet;

/** What the node is asked for a milestone in which nothing is ours. */
final class Requests {
    private static final int MILESTONES = 50;

    private Requests() {}

    /** Returns the requests for one milestone: what a sync over twice as many takes more, so that its own are not in it. */
    static double perMilestone(AccountManager manager, Devnet devnet) {
        manager.sync();
        double some = count(manager, devnet, MILESTONES);
        double twice = count(manager, devnet, 2 * MILESTONES);
        return (twice - some) / MILESTONES;
    }

    private static long count(AccountManager manager, Devnet devnet, int milestones) {
        devnet.issueMilestones(milestones);
        devnet.resetRequests();
        manager.sync();
        return devnet.requests();
    }
}
