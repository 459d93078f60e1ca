package dev.stardust.wallet.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stardust.wallet.Account;
import dev.stardust.wallet.AccountAddress;
import dev.stardust.wallet.AccountManager;
import dev.stardust.wallet.Amount;
import dev.stardust.wallet.Balance;
import dev.stardust.wallet.DepositEvent;
import dev.stardust.wallet.ErrorKind;
import dev.stardust.wallet.EventConsumer;
import dev.stardust.wallet.LedgerEvent;
import dev.stardust.wallet.Mnemonic;
import dev.stardust.wallet.NewOutputEvent;
import dev.stardust.wallet.Origin;
import dev.stardust.wallet.Payment;
import dev.stardust.wallet.RemainderValueStrategy;
import dev.stardust.wallet.SpentOutputEvent;
import dev.stardust.wallet.Subscription;
import dev.stardust.wallet.Transaction;
import dev.stardust.wallet.TransactionInclusionEvent;
import dev.stardust.wallet.TransactionOptions;
import dev.stardust.wallet.VaultStatus;
import dev.stardust.wallet.testkit.Devnet;
import dev.stardust.wallet.testkit.StardustDevnet;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The guide's six steps, with the vault that an exchange uses. */
@StardustDevnet
@Timeout(180)
class GuideIT {
    private static final long DEPOSIT = 5_000_000;
    private static final long WITHDRAWAL = 1_000_000;

    @TempDir
    Path directory;

    @Test
    void fromTheMnemonicToTheWithdrawal(Devnet devnet) throws Exception {
        try (Mnemonic mnemonic = Mnemonic.generate();
                AccountManager manager = TestWallet.stronghold(directory, devnet)) {
            assertThat(new String(mnemonic.reveal()).split(" ")).hasSize(24);
            manager.verifyMnemonic(mnemonic);
            assertThat(manager.vaultStatus()).isEqualTo(VaultStatus.EMPTY);
            manager.storeMnemonic(mnemonic);
            assertThat(manager.vaultStatus()).isEqualTo(VaultStatus.UNLOCKED);

            Account alice = manager.createAccount("alice");
            assertThat(alice.index()).isZero();
            assertThat(manager.createAccount("bob").index()).isEqualTo(1);
            manager.sync();

            AccountAddress address = manager.getAccount("alice").generateAddress();
            assertThat(address.internal()).isFalse();
            assertThat(address.used()).isFalse();
            assertThat(manager.findAddress(address.address())).isEqualTo(address);

            deposit(devnet, manager, alice, address);
            withdraw(manager, alice, manager.getAccount("bob"));
            history(manager, address);
        }
        try (AccountManager manager = TestWallet.stronghold(directory, devnet)) {
            Account alice = manager.getAccount("alice");
            assertThat(alice.balance().total()).as("after a restart").isEqualTo(Amount.of(DEPOSIT - WITHDRAWAL));
            assertThat(alice.listTransactions().toList()).singleElement().matches(Transaction::isConfirmed);
            try (EventConsumer credits = manager.consumer("credit-service")) {
                assertThat(credits.poll(Duration.ZERO))
                        .as("all were acknowledged")
                        .isEmpty();
            }
        }
    }

    private static void deposit(Devnet devnet, AccountManager manager, Account alice, AccountAddress address)
            throws Exception {
        CompletableFuture<NewOutputEvent> seen = new CompletableFuture<>();
        try (Subscription live = manager.listen(NewOutputEvent.class, seen::complete)) {
            devnet.fund(address.address(), DEPOSIT);
            NewOutputEvent event = seen.get(60, TimeUnit.SECONDS);
            assertThat(event.alias()).isEqualTo("alice");
            assertThat(event.accountIndex()).isZero();
            assertThat(event.address()).isEqualTo(address.address());
            assertThat(event.keyIndex()).isEqualTo(address.keyIndex());
            assertThat(event.internal()).isFalse();
            assertThat(event.amount()).isEqualTo(Amount.of(DEPOSIT));
            assertThat(event.addressBalance()).isEqualTo(Amount.of(DEPOSIT));
            assertThat(event.accountBalance()).isEqualTo(Amount.of(DEPOSIT));
            assertThat(event.output().origin()).isEqualTo(Origin.EXTERNAL);
            assertThat(event.output().conditions().isEmpty()).isTrue();
            assertThat(event.milestoneIndex()).isPositive();
            assertThat(live.dropped()).isZero();
        }
        Balance balance = alice.sync();
        assertThat(balance.total()).isEqualTo(Amount.of(DEPOSIT));
        assertThat(balance.available()).isEqualTo(Amount.of(DEPOSIT));
        assertThat(balance.outputCount()).isEqualTo(1);
        assertThat(manager.balance()).isEqualTo(balance);
        assertThat(alice.listAddresses().first()).map(AccountAddress::balance).contains(Amount.of(DEPOSIT));
    }

    private static void withdraw(AccountManager manager, Account alice, Account bob) {
        String payee = bob.generateAddress("a customer").address();
        Transaction transaction = alice.sendAmount(
                List.of(Payment.of(payee, Amount.of(WITHDRAWAL))),
                TransactionOptions.builder()
                        .remainderValueStrategy(RemainderValueStrategy.changeAddress())
                        .idempotencyKey("withdrawal-4711")
                        .build());
        Transaction result = transaction.awaitInclusion(Duration.ofMinutes(1));
        assertThat(result.isConfirmed()).as(result.toString()).isTrue();
        // a milestone may be faster than the node's answer, which names the block
        TestWallet.await("the block", () -> result.refresh().blockId().isPresent());
        assertThat(result.milestoneIndex()).isPresent();
        assertThat(result.idempotencyKey()).contains("withdrawal-4711");
        assertThat(result.outputs())
                .extracting(Transaction.PaidOutput::role)
                .containsExactly(Transaction.Role.PAYEE, Transaction.Role.REMAINDER);
        assertThat(manager.getTransactionByKey("withdrawal-4711").id()).isEqualTo(transaction.id());
        manager.sync();
        assertThat(alice.balance().available()).isEqualTo(Amount.of(DEPOSIT - WITHDRAWAL));
        assertThat(bob.balance().available()).isEqualTo(Amount.of(WITHDRAWAL));
        assertThat(alice.listAddresses(true).toList()).as("one change address").hasSize(1);
        TestWallet.assertFails(
                ErrorKind.INSUFFICIENT_FUNDS, () -> bob.sendAmount(List.of(Payment.of(payee, WITHDRAWAL * 2))));
    }

    private static void history(AccountManager manager, AccountAddress address) {
        List<LedgerEvent> events = new ArrayList<>();
        try (EventConsumer credits = manager.consumer("credit-service")) {
            for (List<LedgerEvent> batch = credits.poll(Duration.ofSeconds(10), 3);
                    !batch.isEmpty();
                    batch = credits.poll(Duration.ZERO, 3)) {
                assertThat(credits.poll(Duration.ZERO, 3))
                        .as("the same until acknowledged")
                        .isEqualTo(batch);
                events.addAll(batch);
                credits.acknowledge(batch.get(batch.size() - 1).sequence());
            }
            TestWallet.assertFails(ErrorKind.POSITION_INVALID, () -> credits.acknowledge(1_000_000));
        }
        assertThat(events).extracting(LedgerEvent::sequence).isSorted().doesNotHaveDuplicates();
        assertThat(events).extracting(LedgerEvent::id).doesNotHaveDuplicates();
        List<DepositEvent> deposits = all(events, DepositEvent.class);
        assertThat(deposits).extracting(DepositEvent::alias).containsExactly("alice", "bob");
        assertThat(deposits)
                .extracting(DepositEvent::origin)
                .containsExactly(Origin.EXTERNAL, Origin.PAYMENT_RECIPIENT);
        assertThat(deposits.get(0).address()).isEqualTo(address.address());
        assertThat(deposits.get(1).label()).contains("a customer");
        assertThat(all(events, NewOutputEvent.class))
                .as("deposit, payment, change")
                .hasSize(3);
        assertThat(all(events, SpentOutputEvent.class)).singleElement().satisfies(spent -> assertThat(spent.amount())
                .isEqualTo(Amount.of(DEPOSIT)));
        assertThat(all(events, TransactionInclusionEvent.class))
                .extracting(TransactionInclusionEvent::state)
                .containsExactly(TransactionInclusionEvent.State.PENDING, TransactionInclusionEvent.State.CONFIRMED);
    }

    private static <E> List<E> all(List<LedgerEvent> events, Class<E> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }
}
