package dev.stardust.bench;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.ClientOptions;
import dev.stardust.wallet.CoinType;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.EventConsumer;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.MnemonicSecretManager;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.testkit.Devnet;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/**
 * Measures with the node and the faucet that {@code stardust.node} and {@code stardust.faucet} name, whose milestones
 * come by timer. Arguments: an empty directory, and what the node is called in the table.
 */
public final class NodeBench {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int PAYMENTS = 15;
    private static final int BATCHES = 10;
    private static final int BATCH = 100;
    private static final int IDLE_MILESTONES = 12;
    private static final long AMOUNT = 300_000;

    private final Devnet node;
    private final String name;
    private final Report report = new Report("node");

    private NodeBench(Devnet node, String name) {
        this.node = node;
        this.name = name;
    }

    public static void main(String[] args) throws IOException {
        Path directory = Path.of(args[0]).toAbsolutePath();
        System.out.println(Report.machine());
        try (Devnet node = Devnet.start();
                CountingProxy proxy = new CountingProxy(node.node());
                AccountManager payer = open(directory.resolve("payer"), node.node());
                AccountManager exchange = open(directory.resolve("exchange"), proxy.url())) {
            NodeBench bench = new NodeBench(node, args[1]);
            Account from = payer.createAccount("payer");
            Account to = exchange.createAccount("exchange");
            bench.paid(from);
            bench.inclusion(from, to);
            bench.deposits(from, to, exchange, proxy);
            bench.idle(proxy);
            bench.report.print();
        }
    }

    private static AccountManager open(Path directory, URI node) {
        try (Mnemonic mnemonic = Mnemonic.generate()) {
            return AccountManager.builder()
                    .storagePath(directory)
                    .secretManager(MnemonicSecretManager.of(mnemonic, SeedOrigin.NEW))
                    .clientOptions(ClientOptions.node(node))
                    .coinType(CoinType.SHIMMER)
                    .reconciliationInterval(Duration.ZERO)
                    .open();
        }
    }

    /** By the faucet, and then in as many outputs as there are batches. */
    private void paid(Account account) {
        node.fund(account.generateAddress().address());
        Deadline deadline = Deadline.in(PATIENCE);
        while (account.sync().available().value() == 0) {
            if (deadline.passed()) {
                throw new IllegalStateException("the faucet does not pay");
            }
        }
        List<Payment> parts = new ArrayList<>();
        for (AccountAddress address : account.generateAddresses(BATCHES)) {
            parts.add(Payment.of(address.address(), Amount.of((BATCH + 5) * AMOUNT)));
        }
        confirmed(account.sendAmount(parts));
    }

    private void inclusion(Account from, Account to) {
        String payee = to.generateAddress().address();
        Payment payment = Payment.of(payee, Amount.of(AMOUNT));
        Samples samples = Samples.of(1, PAYMENTS, () -> confirmed(from.sendAmount(List.of(payment))));
        row(
                "a payment, from the call until the wallet knows that it is confirmed, p50",
                seconds(samples.percentile(50)));
        row("the same, longest of " + PAYMENTS, seconds(samples.percentile(100)));
    }

    private void deposits(Account from, Account to, AccountManager exchange, CountingProxy proxy) {
        List<AccountAddress> addresses = to.generateAddresses(BATCHES * BATCH);
        to.sync();
        try (EventConsumer consumer = exchange.consumer("bench")) {
            long ready = take(consumer, 0, Duration.ofSeconds(1));
            Report.progress(ready + " deposits before");
            long before = proxy.requests();
            long start = System.nanoTime();
            List<CompletableFuture<Transaction>> sent = new ArrayList<>();
            for (int batch = 0; batch < BATCHES; batch++) {
                List<Payment> payments = addresses.subList(batch * BATCH, (batch + 1) * BATCH).stream()
                        .map(address -> Payment.of(address.address(), Amount.of(AMOUNT)))
                        .toList();
                sent.add(from.sendAmountAsync(payments));
            }
            sent.forEach(CompletableFuture::join);
            double submitted = (System.nanoTime() - start) / 1e3;
            take(consumer, BATCHES * BATCH, PATIENCE);
            double done = (System.nanoTime() - start) / 1e3;
            long asked = proxy.requests() - before;
            String what = String.format(Locale.ROOT, "%,d deposits in %d transactions", BATCHES * BATCH, BATCHES);
            row(what + ": all signed, on disk and queued", seconds(submitted));
            row(what + ": until the last one's event", seconds(done));
            row("node requests of the receiving wallet meanwhile, a deposit", ratio(asked, BATCHES * BATCH));
        }
    }

    /** Takes events until there were so many deposits, or for so long. */
    private static long take(EventConsumer consumer, int wanted, Duration time) {
        long deposits = 0;
        Deadline deadline = Deadline.in(time);
        while (wanted == 0 || deposits < wanted) {
            if (deadline.passed()) {
                if (wanted > 0) {
                    throw new IllegalStateException(deposits + " of " + wanted + " deposits came");
                }
                break;
            }
            for (LedgerEvent event : consumer.poll(Duration.ofMillis(200))) {
                if (event instanceof DepositEvent) {
                    deposits++;
                }
                consumer.acknowledge(event.sequence());
            }
        }
        return deposits;
    }

    /** What the exchange's wallet asks when nothing happens, its questions for news among it. */
    private void idle(CountingProxy proxy) {
        node.awaitMilestones(1);
        long milestone = node.confirmedMilestone();
        long before = proxy.requests();
        node.awaitMilestones(IDLE_MILESTONES);
        long asked = proxy.requests() - before;
        long passed = node.confirmedMilestone() - milestone;
        row("node requests a milestone without our outputs, polling for news among them", ratio(asked, passed));
    }

    private void row(String figure, String measured) {
        report.row(figure, measured, name);
    }

    private static void confirmed(Transaction sent) {
        Transaction done = sent.awaitInclusion(PATIENCE);
        if (!done.isConfirmed()) {
            throw new IllegalStateException(done.toString());
        }
    }

    private static String seconds(double micros) {
        return Report.number(micros / 1e6, " s");
    }

    private static String ratio(long count, long of) {
        return String.format(Locale.ROOT, "%.1f", (double) count / of);
    }
}
