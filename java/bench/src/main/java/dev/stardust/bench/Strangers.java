package dev.stardust.bench;

import dev.stardust.wallet.testkit.Devnet;

/** Traffic that is none of ours. */
final class Strangers {
    /** The address that the development node and the network of Hornet nodes give coins to at genesis. */
    static final String ADDRESS = "tst1qpszqzadsym6wpppd6z037dvlejmjuke7s24hm95s9fg9vpua7vlupxvxq2";

    private Strangers() {}

    /** Issues a milestone that creates so many outputs of others. */
    static void milestone(Devnet devnet, int outputs) {
        if (outputs > 0) {
            devnet.mint("{\"address\":\"" + ADDRESS + "\",\"amount\":\"1000000\",\"count\":" + outputs + "}");
        }
        devnet.issueMilestones(1);
    }
}
