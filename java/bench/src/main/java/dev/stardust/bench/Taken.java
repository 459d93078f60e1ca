package dev.stardust.bench;

import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Withdrawal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** Waits until withdrawals are signed, on disk and taken by a node. */
final class Taken {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /** Questions at a time. */
    private static final int GROUP = 500;
    /** Of so many withdrawals one is asked for while waiting. */
    private static final int STEP = 50;

    private Taken() {}

    /** Waits for the last and then for a few of them; what all of them are is settled by {@link #all} afterwards. */
    static void await(AccountManager manager, List<String> keys) {
        await(manager, keys.subList(keys.size() - 1, keys.size()), Deadline.in(PATIENCE));
        List<String> few = IntStream.range(0, keys.size())
                .filter(index -> index % STEP == 0)
                .mapToObj(keys::get)
                .toList();
        await(manager, few, Deadline.in(PATIENCE));
    }

    private static void await(AccountManager manager, List<String> keys, Deadline deadline) {
        List<String> some = missing(manager, keys);
        while (!some.isEmpty()) {
            if (deadline.passed()) {
                throw new IllegalStateException("a withdrawal is not sent: " + manager.getWithdrawal(some.get(0)));
            }
            pause();
            some = missing(manager, some);
        }
    }

    /** Returns whether all of them are taken now. */
    static boolean all(AccountManager manager, List<String> keys) {
        return missing(manager, keys).isEmpty();
    }

    private static List<String> missing(AccountManager manager, List<String> keys) {
        List<String> missing = new ArrayList<>();
        for (int from = 0; from < keys.size(); from += GROUP) {
            List<CompletableFuture<Withdrawal>> asked = keys.subList(from, Math.min(keys.size(), from + GROUP)).stream()
                    .map(manager::getWithdrawalAsync)
                    .toList();
            asked.stream()
                    .map(CompletableFuture::join)
                    .filter(withdrawal -> withdrawal.state() != Withdrawal.State.SUBMITTED && !withdrawal.isConfirmed())
                    .map(Withdrawal::idempotencyKey)
                    .forEach(missing::add);
        }
        return missing;
    }

    private static void pause() {
        try {
            Thread.sleep(2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
