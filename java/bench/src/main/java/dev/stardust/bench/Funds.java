package dev.stardust.bench;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.testkit.Devnet;
import java.time.Duration;

/** Outputs to pay from, made and booked before anything is measured. */
final class Funds {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private Funds() {}

    /** Makes an account with so many outputs of so much each, up to 10,000. */
    static Account account(AccountManager manager, Devnet node, String alias, int outputs, long amount) {
        Account account = manager.createAccount(alias);
        mint(node, account.generateAddress().address(), outputs, amount);
        Deadline deadline = Deadline.in(PATIENCE);
        while (account.sync(PATIENCE).available().value() < outputs * amount) {
            if (deadline.passed()) {
                throw new IllegalStateException("the funds of " + alias + " do not come");
            }
            node.awaitMilestones(1);
        }
        Report.progress("the account " + alias + " has " + outputs + " outputs");
        return account;
    }

    /** Has the node make so many outputs with the next milestones. */
    static void mint(Devnet node, String address, int outputs, long amount) {
        node.mint("{\"address\":\"" + address + "\",\"amount\":\"" + amount + "\",\"count\":" + outputs + "}");
    }
}
