package dev.stardust.wallet.it;

import static dev.stardust.wallet.it.TestWallet.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.EventFilter;
import dev.stardust.wallet.HotWalletPolicy;
import dev.stardust.wallet.LogPosition;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.Output;
import dev.stardust.wallet.OutputId;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.SeedOrigin;
import dev.stardust.wallet.SweepOptions;
import dev.stardust.wallet.SweepProgressEvent;
import dev.stardust.wallet.SweepReport;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionId;
import dev.stardust.wallet.Withdrawal;
import dev.stardust.wallet.WithdrawalRequest;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Collecting deposits in one account, and reserving outputs by hand. */
@StardustDevnet
@Timeout(300)
class HotWalletIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    private static void confirmed(AccountManager manager, Devnet devnet, List<TransactionId> transactions) {
        devnet.issueMilestones(1);
        for (TransactionId id : transactions) {
            Transaction end = manager.getTransaction(id).awaitInclusion(PATIENCE);
            assertThat(end.isConfirmed()).as("%s", end).isTrue();
        }
    }

    @Test
    void depositsOfManyAccountsAreCollectedAndAreNoDepositsAgain(Devnet devnet) throws Exception {
        try (AccountManager manager = TestWallet.inMemory(directory, devnet)) {
            Account hot = manager.createAccount("hot");
            TestWallet.funded(manager, devnet, "first", 2_000_000);
            Account second = TestWallet.funded(manager, devnet, "second", 3_000_000);
            BlockingQueue<SweepProgressEvent> progress = new LinkedBlockingQueue<>();
            try (var credits = manager.consumer("credits", LogPosition.BEGINNING, EventFilter.deposits());
                    var live = manager.listen(SweepProgressEvent.class, progress::add)) {
                SweepReport none = hot.sweep(
                        SweepOptions.builder().minAmount(Amount.of(50_000_000)).build());
                assertThat(none.transactionIds()).isEmpty();
                SweepReport swept = hot.sweep(SweepOptions.defaults());
                assertThat(swept.outputCount()).isEqualTo(2);
                assertThat(swept.amount()).isEqualTo(Amount.of(5_000_000));
                assertThat(swept.more()).isFalse();
                assertThat(progress.poll(60, TimeUnit.SECONDS))
                        .isEqualTo(new SweepProgressEvent(
                                hot.index(), "hot", swept.transactionIds().get(0), 1, 2, 0, swept.amount()));
                assertThat(progress).isEmpty();
                confirmed(manager, devnet, swept.transactionIds());
                assertThat(hot.sync().available()).isEqualTo(Amount.of(5_000_000));
                assertThat(second.balance().total()).isEqualTo(Amount.ZERO);
                assertThat(credits.poll(Duration.ofSeconds(10)))
                        .as("the two deposits, and not the sweep")
                        .hasSize(2);
            }
            // a payment leaves a remainder; both outputs are joined
            Transaction payment =
                    hot.sendAmount(List.of(Payment.of(hot.generateAddress().address(), Amount.of(1_000_000))));
            confirmed(manager, devnet, List.of(payment.id()));
            hot.sync();
            SweepReport joined = hot.consolidate();
            assertThat(joined.outputCount()).isEqualTo(2);
            confirmed(manager, devnet, joined.transactionIds());
            assertThat(hot.sync().available()).isEqualTo(Amount.of(5_000_000));
            assertThat(hot.consolidate().transactionIds()).isEmpty();
        }
    }

    @Test
    void depositsAreCollectedByThemselvesAlsoAfterARestart(Devnet devnet) throws Exception {
        HotWalletPolicy policy = HotWalletPolicy.builder()
                .sweep(HotWalletPolicy.Sweep.into(0).minAmount(Amount.of(1_000_000)))
                .build();
        try (AccountManager manager = TestWallet.stronghold(directory, devnet, policy)) {
            try (Mnemonic words = Mnemonic.generate()) {
                manager.storeMnemonic(words, SeedOrigin.NEW);
            }
            manager.createAccount("hot");
            Account first = manager.createAccount("first");
            manager.sync();
            // it may be swept before anybody sees it here
            devnet.fund(first.generateAddress().address(), 2_000_000);
            await(devnet, () -> manager.getAccount("hot").balance().total().value() == 2_000_000);
            assertThat(manager.health().hotWallet().crowdedAccounts()).isZero();
        }
        try (AccountManager manager = TestWallet.stronghold(directory, devnet, policy)) {
            String address = manager.getAccount("first").generateAddress().address();
            manager.clearStrongholdPassword();
            devnet.fund(address, 3_000_000);
            devnet.fund(address, 999_999);
            await(devnet, () -> manager.health().hotWallet().reason().orElse("").contains("locked"));
            assertThat(manager.getAccount("hot").balance().total()).isEqualTo(Amount.of(2_000_000));
            manager.setStrongholdPassword(TestWallet.PASSWORD.toCharArray());
            await(devnet, () -> manager.getAccount("hot").balance().total().value() == 5_000_000);
            assertThat(manager.getAccount("first").balance().available())
                    .as("too little to be swept")
                    .isEqualTo(Amount.of(999_999));
        }
    }

    private static void await(Devnet devnet, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("it did not happen").isLessThan(deadline);
            devnet.issueMilestones(1);
            Thread.sleep(50);
        }
    }

    @Test
    void anAmountBelowTheStorageDepositIsWithdrawn(Devnet devnet) {
        try (AccountManager manager = TestWallet.inMemory(directory, devnet)) {
            Account account = TestWallet.funded(manager, devnet, "account", 5_000_000);
            Account customer = manager.createAccount("customer");
            String address = customer.generateAddress().address();
            WithdrawalRequest dust = WithdrawalRequest.of("w-1", address, 7);
            assertFails(ErrorKind.STORAGE_DEPOSIT_TOO_LOW, () -> account.withdraw(dust));
            Withdrawal taken = account.withdraw(dust.allowingMicroAmount(Duration.ofHours(1)));
            devnet.issueMilestones(1);
            while (taken.transactionId().isEmpty()) {
                taken = taken.refresh();
            }
            confirmed(manager, devnet, List.of(taken.transactionId().orElseThrow()));
            Withdrawal end = taken.awaitEnd(PATIENCE);
            assertThat(end.isConfirmed()).isTrue();
            Transaction.PaidOutput paid = manager.getTransaction(
                            end.transactionId().orElseThrow())
                    .outputs()
                    .get(0);
            Amount deposit = paid.depositReturn().orElseThrow();
            assertThat(paid.amount().value() - deposit.value()).isEqualTo(7);
            assertThat(paid.expiration()).isPresent();
            customer.sync();
            assertThat(customer.listClaimableOutputs().stream().map(Output::id)).containsExactly(paid.outputId());
        }
    }

    @Test
    void whatIsReservedByHandIsNotSpent(Devnet devnet) {
        try (AccountManager manager = TestWallet.inMemory(directory, devnet)) {
            Account account = TestWallet.funded(manager, devnet, "account", 2_000_000);
            OutputId output =
                    account.listOutputs().stream().map(Output::id).findFirst().orElseThrow();
            manager.lockOutputs(List.of(output));
            manager.lockOutputs(List.of(output));
            List<Payment> payments =
                    List.of(Payment.of(account.generateAddress().address(), Amount.of(1_000_000)));
            assertFails(ErrorKind.INSUFFICIENT_FUNDS, () -> account.sendAmount(payments));
            manager.unlockOutputs(List.of(output));
            Transaction payment = account.sendAmount(payments);
            assertFails(ErrorKind.INPUT_LOCKED, () -> manager.unlockOutputs(List.of(output)));
            confirmed(manager, devnet, List.of(payment.id()));
            assertFails(ErrorKind.INVALID_ARGUMENT, () -> manager.lockOutputs(List.of()));
        }
    }
}
