package dev.stardust.bench;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.WalletException;
import dev.stardust.wallet.WithdrawalRequest;
import dev.stardust.wallet.testkit.Devnet;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Ten thousand threads that each ask for one withdrawal at the same moment, on the node that {@code stardust.node} names:
 * virtual ones where the Java version has them. Argument: an empty directory.
 */
public final class CrowdBench {
    private static final int CALLS = 10_000;
    private static final int OUTPUTS = 300;
    private static final long AMOUNT = 300_000;
    private static final long FUND = 40_000_000;
    private static final long STACK = 256 * 1024;

    private CrowdBench() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        System.out.println(Report.machine());
        Report report = new Report("promised");
        try (Devnet node = Devnet.start();
                AccountManager manager =
                        Wallet.following(Path.of(args[0]).toAbsolutePath(), node.node(), Wallet.Feed.live(node))) {
            Account account = Funds.account(manager, node, "crowd", OUTPUTS, FUND);
            crowd(manager, account, report);
        }
        report.print();
    }

    private static void crowd(AccountManager manager, Account account, Report report) throws InterruptedException {
        List<String> keys =
                IntStream.range(0, CALLS).mapToObj(number -> "crowd-" + number).toList();
        CountDownLatch ready = new CountDownLatch(CALLS);
        CountDownLatch begin = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(CALLS);
        AtomicInteger accepted = new AtomicInteger();
        Map<String, Integer> errors = new ConcurrentHashMap<>();
        List<Thread> threads = new ArrayList<>();
        for (String key : keys) {
            threads.add(thread(() -> {
                ready.countDown();
                try {
                    begin.await();
                    account.withdraw(WithdrawalRequest.of(key, Strangers.ADDRESS, Amount.of(AMOUNT)));
                    accepted.incrementAndGet();
                } catch (WalletException e) {
                    errors.merge(e.kind().toString(), 1, Integer::sum);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } finally {
                    end.countDown();
                }
            }));
        }
        ready.await();
        boolean virtual = !threads.get(0).getClass().equals(Thread.class);
        try (NativeWatch watch = new NativeWatch()) {
            long start = System.nanoTime();
            begin.countDown();
            end.await();
            double seconds = (System.nanoTime() - start) / 1e9;
            String what = String.format(
                    Locale.ROOT, "%,d withdrawals by as many %s threads", CALLS, virtual ? "virtual" : "platform");
            int others = errors.values().stream().mapToInt(Integer::intValue).sum();
            String answers = String.format(
                    Locale.ROOT, "%,d taken, %,d answered with an error %s", accepted.get(), others, errors);
            report.row(what + ": answers", answers, "all answered");
            report.row(what + ": until the last answer", Report.number(seconds, " s"), "");
            report.row(what + ": threads", watch.found(), "none but the pump");
        }
        if (errors.isEmpty()) {
            Taken.await(manager, keys);
            report.row("all of them signed and taken by the node", Taken.all(manager, keys) ? "yes" : "no", "");
        }
    }

    /** A started thread, a virtual one if there are any (Java 21 and later). */
    private static Thread thread(Runnable work) {
        try {
            Method virtual = Thread.class.getMethod("startVirtualThread", Runnable.class);
            return (Thread) virtual.invoke(null, work);
        } catch (NoSuchMethodException e) {
            Thread thread = new Thread(null, work, "crowd", STACK);
            thread.start();
            return thread;
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(e);
        }
    }
}
