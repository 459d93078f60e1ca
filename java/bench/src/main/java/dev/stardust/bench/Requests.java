package dev.stardust.bench;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.testkit.Devnet;

/** What the node is asked for a milestone in which nothing is ours. */
final class Requests {
    private static final int MILESTONES = 50;

    private Requests() {}

    /** Returns the requests for one milestone: those of a sync over many, less those of a sync over none. */
    static double perMilestone(AccountManager manager, Devnet devnet) {
        manager.sync();
        double none = count(manager, devnet, 0);
        double many = count(manager, devnet, MILESTONES);
        return (many - none) / MILESTONES;
    }

    private static long count(AccountManager manager, Devnet devnet, int milestones) {
        if (milestones > 0) {
            devnet.issueMilestones(milestones);
        }
        devnet.resetRequests();
        manager.sync();
        return devnet.requests();
    }
}
