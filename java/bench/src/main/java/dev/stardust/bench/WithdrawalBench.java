package dev.stardust.bench;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.WithdrawalRequest;
import dev.stardust.wallet.testkit.Devnet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Payments and withdrawals on the node that {@code stardust.node}, {@code stardust.faucet} and {@code stardust.inx} name,
 * beside the iota-sdk wheel and a bare loop of submissions on the same node, one after the other in each of three rounds.
 * Argument: an empty directory.
 */
public final class WithdrawalBench {
    private static final int ROUNDS = 3;
    private static final int CALLERS = 64;
    /** Calls of one caller in a round, and of all of them. */
    private static final int ALONE = 1_000;

    private static final int TOGETHER = 1_920;
    /** Of the other wallet, and its outputs are few: each of its payments costs more with each of both. */
    private static final int THEIRS = 50;

    private static final int LISTS = 20;
    private static final int LIST = 1_000;
    private static final long AMOUNT = 300_000;
    private static final Duration LATENCY = Duration.ofMillis(50);
    private static final String FAR = "50 ms from the node";

    private final Devnet node;
    private final Optional<PeerSends> peer;
    private final Report report = new Report("promised");
    private int series;

    private WithdrawalBench(Devnet node, Optional<PeerSends> peer) {
        this.node = node;
        this.peer = peer;
    }

    /** A wallet with an account that pays and one that withdraws. */
    private record Payers(AccountManager manager, Account sends, Account withdraws) {
        static Payers in(AccountManager manager, Devnet node, int outputs) {
            Account sends = Funds.account(manager, node, "sends", outputs, 4 * AMOUNT);
            // each enough for a batch of 127
            Account withdraws = Funds.account(manager, node, "withdraws", outputs, 130 * AMOUNT);
            return new Payers(manager, sends, withdraws);
        }
    }

    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args[0]).toAbsolutePath();
        System.out.println(Report.machine());
        try (Devnet node = Devnet.start()) {
            Optional<PeerSends> peer = PeerSends.start(node, THEIRS + 10, 100 * AMOUNT);
            try {
                new WithdrawalBench(node, peer).measure(directory);
            } finally {
                if (peer.isPresent()) {
                    peer.get().close();
                }
            }
        }
    }

    private void measure(Path directory) throws IOException {
        Wallet.Feed feed = Wallet.Feed.live(node);
        try (AccountManager manager = Wallet.following(directory.resolve("near"), node.node(), feed)) {
            Payers payers = Payers.in(manager, node, 10_000);
            withdrawals(payers, CALLERS, 10 * CALLERS); // compiled then
            payments(payers, CALLERS, 10 * CALLERS);
            rounds(payers, 1, ALONE);
            rounds(payers, CALLERS, TOGETHER);
            lists(payers);
        }
        try (SlowLine line = new SlowLine(node.node(), LATENCY);
                AccountManager manager = Wallet.following(directory.resolve("far"), line.url(), feed)) {
            Payers payers = Payers.in(manager, node, 2 * TOGETHER);
            payments(payers, CALLERS, 10 * CALLERS);
            report.row(
                    "payments, " + CALLERS + " callers, " + FAR,
                    payments(payers, CALLERS, TOGETHER).of(TOGETHER),
                    "> 500 a second");
            report.row(
                    "withdrawals, " + CALLERS + " callers, " + FAR,
                    withdrawals(payers, CALLERS, TOGETHER).of(TOGETHER),
                    "> 500 a second");
        }
        report.print();
    }

    /** So many callers, each way once in a round. */
    private void rounds(Payers payers, int callers, int count) {
        Rounds bare = new Rounds(count);
        Rounds payments = new Rounds(count);
        Rounds withdrawals = new Rounds(count);
        Rounds theirs = new Rounds(THEIRS);
        BareLoop loop = new BareLoop(node.node());
        for (int round = 0; round < ROUNDS; round++) {
            peer.ifPresent(other -> other.ready(THEIRS));
            payers.manager().sync();
            bare.add(loop.run(callers, count));
            payments.add(payments(payers, callers, count));
            withdrawals.add(withdrawals(payers, callers, count));
            peer.ifPresent(other -> theirs.add(other.send(callers, THEIRS)));
            Report.progress("round " + (round + 1) + " of " + ROUNDS + ", load average " + Report.load());
        }
        String by = callers == 1 ? ", one caller" : ", " + callers + " callers";
        report.row("submissions in a bare loop" + by, bare.median(), "");
        report.row(
                "payments (sendAmount), each a transaction, on disk and taken by the node" + by, payments.median(), "");
        report.row("withdrawals (withdraw), on disk and taken by the node" + by, withdrawals.median(), "");
        if (callers > 1) {
            report.row("payments, of the bare loop" + by, percent(payments.times(bare)), "> 60 %");
            report.row("withdrawals, of the bare loop" + by, percent(withdrawals.times(bare)), "> 60 %");
        }
        if (peer.isPresent()) {
            String promised = callers == 1 ? "> 3" : "> 5";
            report.row("iota-sdk 1.1.4 (send)" + by, theirs.median(), "");
            report.row("payments, so many times as fast as iota-sdk" + by, times(payments, theirs), promised);
            report.row("withdrawals, so many times as fast as iota-sdk" + by, times(withdrawals, theirs), promised);
        }
    }

    /** Each returns when it is signed, on disk, and the node has taken it. */
    private Cost payments(Payers payers, int callers, int count) {
        List<Payment> payment = List.of(Payment.of(Strangers.ADDRESS, Amount.of(AMOUNT)));
        return Cost.of(() -> Callers.run(callers, count, number -> {
            Transaction sent = payers.sends().sendAmount(payment);
            if (sent.blockId().isEmpty() && !sent.isConfirmed()) {
                throw new IllegalStateException("the node has not taken " + sent);
            }
        }));
    }

    /** Each returns when it is on disk; the last of them is taken by the node when the time ends. */
    private Cost withdrawals(Payers payers, int callers, int count) {
        List<String> keys = keys(count);
        Cost cost = Cost.of(() -> {
            Callers.run(callers, count, number -> payers.withdraws()
                    .withdraw(WithdrawalRequest.of(keys.get(number), Strangers.ADDRESS, Amount.of(AMOUNT))));
            Taken.await(payers.manager(), keys);
        });
        check(payers, keys);
        return cost;
    }

    /** Lists of withdrawals of one caller: transactions of 127. */
    private void lists(Payers payers) {
        List<String> keys = keys(LISTS * LIST);
        Cost cost = Cost.of(() -> {
            for (int list = 0; list < LISTS; list++) {
                List<WithdrawalRequest> requests = keys.subList(list * LIST, (list + 1) * LIST).stream()
                        .map(key -> WithdrawalRequest.of(key, Strangers.ADDRESS, Amount.of(AMOUNT)))
                        .toList();
                payers.withdraws().withdraw(requests);
            }
            Taken.await(payers.manager(), keys);
        });
        check(payers, keys);
        report.row(
                String.format(Locale.ROOT, "recipients, %d lists of %,d by one caller, in batches of 127", LISTS, LIST),
                cost.of(LISTS * LIST),
                "> 5,000 a second");
    }

    private List<String> keys(int count) {
        int of = series++;
        return new ArrayList<>(
                IntStream.range(0, count).mapToObj(number -> of + "-" + number).toList());
    }

    private static void check(Payers payers, List<String> keys) {
        if (!Taken.all(payers.manager(), keys)) {
            throw new IllegalStateException("a withdrawal was late: the figure is too good");
        }
    }

    private static String percent(double ratio) {
        return String.format(Locale.ROOT, "%.0f %%", ratio * 100);
    }

    private static String times(Rounds ours, Rounds theirs) {
        return String.format(Locale.ROOT, "%.1f", ours.times(theirs));
    }
}
