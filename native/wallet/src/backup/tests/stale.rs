//! A backup is restored that is older than what was paid: nothing is paid a second time.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::{
    accounts::{IssuedAccount, IssuedBefore},
    error::ErrorKind,
    events::SyncState,
    ledger::TaggedData,
    manager::{AccountRef, WalletError},
    payments::{
        Accepted, Payment, PaymentRef, Prepared, RecoveredState, Reviewed, SendOptions, Withdrawal, WithdrawalRequest,
        WithdrawalState,
    },
    store::outgoing,
    testing::{OutputBuilder, address},
};

/// How many payments there are one by one, and as many in batches.
const MANY: u32 = 100;

fn kind<T>(result: Result<T, WalletError>) -> ErrorKind {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.kind(),
    }
}

/// A wallet before and after its backup.
pub(super) struct Stale {
    pub(super) place: Place,
    pub(super) account: AccountRef,
    /// An address of the wallet's other account.
    bob: Address,
}

impl Stale {
    /// The wallet has many outputs when it is backed up.
    pub(super) fn new() -> (Self, TestWallet) {
        let place = Place::new();
        let old = place.start();
        old.sync();
        let (account, bob) = (old.account("alice"), old.account("bob"));
        let (to, bob) = (old.address(&account), old.address(&bob));
        // internal addresses are issued with the first payment
        let funds = (1..=MANY).map(|number| OutputBuilder::plain(number, to, 3 * M).build());
        place.node.ledger().milestone(funds.collect(), vec![]);
        old.sync();
        (Self { place, account, bob }, old)
    }

    pub(super) fn back_up(&self, old: &TestWallet) {
        old.manager.backup(&self.place.file(), &password("backup")).unwrap();
    }

    pub(super) fn node(&self) -> &ScriptedFeed {
        &self.place.node
    }

    /// To whom a payment goes: now and then to the wallet's own customer.
    pub(super) fn payee(&self, number: u32) -> Address {
        if number.is_multiple_of(10) { self.bob } else { address(number) }
    }

    pub(super) fn send(&self, wallet: &TestWallet, number: u32) -> Result<Payment, WalletError> {
        self.send_with(wallet, number, None)
    }

    pub(super) fn send_with(
        &self,
        wallet: &TestWallet,
        number: u32,
        tag: Option<&str>,
    ) -> Result<Payment, WalletError> {
        let tagged_data = tag.map(|tag| TaggedData { tag: tag.into(), data: vec![] });
        let options =
            SendOptions { idempotency_key: Some(format!("send-{number}")), tagged_data, ..SendOptions::default() };
        let amount = Amount::new(M + u64::from(number));
        wallet.manager.send_amount(&self.account, vec![(text(&self.payee(number)), amount)], options)
    }

    pub(super) fn prepare(&self, wallet: &TestWallet, number: u32) -> Result<Prepared, WalletError> {
        let options = SendOptions { idempotency_key: Some(format!("send-{number}")), ..SendOptions::default() };
        let amount = Amount::new(M + u64::from(number));
        wallet.manager.prepare(&self.account, vec![(text(&self.payee(number)), amount)], options, 60_000)
    }

    pub(super) fn request(&self, number: u32) -> WithdrawalRequest {
        let amount = Amount::new(M + u64::from(number));
        WithdrawalRequest {
            key: format!("withdrawal-{number}"),
            address: text(&self.payee(number)),
            amount,
            micro_amount: None,
        }
    }

    pub(super) fn withdraw(&self, wallet: &TestWallet, numbers: impl Iterator<Item = u32>) -> Vec<Accepted> {
        wallet.manager.withdraw(&self.account, numbers.map(|number| self.request(number)).collect()).unwrap()
    }

    /// Waits until all withdrawals are in transactions that the node has, includes them, and follows.
    pub(super) fn settle(&self, wallet: &TestWallet) {
        wallet.wait_until(|manager| {
            let all = manager.withdrawals(None, None, 1_000).unwrap().items;
            let paid = |one: &Withdrawal| matches!(one.state, WithdrawalState::Submitted | WithdrawalState::Confirmed);
            all.iter().all(paid)
        });
        self.node().include();
        wallet.sync();
    }

    /// So many payments one by one, as many withdrawals in batches, and all of it confirmed.
    fn pay_many(&self, wallet: &TestWallet) {
        for number in 1..=MANY {
            self.send(wallet, number).unwrap();
            // the next ones spend their change
            if number.is_multiple_of(20) {
                self.node().include();
                wallet.sync();
            }
        }
        self.withdraw(wallet, 1..=MANY);
        self.settle(wallet);
    }

    /// Asks for all of it again, one by one and in batches: each key is frozen, and nothing is signed or sent.
    fn assert_all_frozen(&self, wallet: &TestWallet, transactions: usize) {
        for number in 1..=MANY {
            assert_eq!(kind(self.send(wallet, number)), ErrorKind::PaymentsFrozen, "send-{number}");
        }
        for answer in self.withdraw(wallet, 1..=MANY) {
            assert_eq!(answer.unwrap_err().kind(), ErrorKind::PaymentsFrozen);
        }
        assert_eq!(wallet.manager.payments(None, None, 1_000).unwrap().items.len(), transactions, "nothing was signed");
        assert_eq!(wallet.manager.withdrawals(None, None, 1_000).unwrap().items.len(), 0);
        assert_eq!(self.node().submitted(), 0);
    }

    /// The restored wallet, released, at the tip.
    pub(super) fn restore(&self) -> TestWallet {
        let wallet = self.place.start_restored();
        self.release(&wallet);
        wallet
    }

    pub(super) fn release(&self, wallet: &TestWallet) {
        let one = |account, internal| IssuedAccount { account, alias: None, public: 1, internal };
        wallet.manager.release_issuing(&IssuedBefore::Exact(vec![one(0, 1), one(1, 0)])).unwrap();
    }
}

pub(super) fn released(wallet: &TestWallet) {
    wallet.freed();
}

/// The final states of a withdrawal that the log has told.
pub(super) fn ends_told(wallet: &TestWallet, key: &str) -> Vec<WithdrawalState> {
    let of_key = |event: &LedgerEvent| match event {
        LedgerEvent::Withdrawal(change) if change.idempotency_key == key => Some(change.state),
        _ => None,
    };
    wallet.events().iter().filter_map(of_key).filter(|state| state.is_final()).collect()
}

/// What was paid for each key: the transaction, and the output of a withdrawal.
fn paid(wallet: &TestWallet) -> BTreeMap<String, String> {
    let payments = wallet.manager.payments(None, None, 1_000).unwrap().items;
    let payments = payments.iter().filter_map(|payment| {
        Some((payment.idempotency_key.clone()?, format!("{} {}", payment.transaction_id, payment.state.name())))
    });
    let withdrawals = wallet.manager.withdrawals(None, None, 1_000).unwrap().items;
    let withdrawals = withdrawals
        .iter()
        .map(|one| (one.idempotency_key.clone(), format!("{:?} {}", one.output_id, one.state.name())));
    payments.chain(withdrawals).collect()
}

#[test]
fn invariant_7_nothing_is_paid_twice_after_a_stale_backup_whose_journal_is_lost() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    stale.pay_many(&old);
    let (told, before, balance) = (deposits(&old), paid(&old), old.manager.total_balance().unwrap());
    assert_eq!((before.len(), told.len()), (200, 120));
    assert!(before.values().all(|one| one.ends_with("confirmed")), "{before:?}");
    let transactions = old.manager.payments(None, None, 1_000).unwrap().items.len();
    old.manager.close();

    let wallet = stale.place.start_restored();
    let withdrawn = stale.request(1).key;
    // before the ledger was followed nobody knows what was paid
    for key in ["send-1", &*withdrawn, "unheard of"] {
        let manager = &wallet.manager;
        assert_eq!(kind(manager.withdrawal(key)), ErrorKind::PaymentsFrozen, "{key}");
        assert_eq!(kind(manager.payment(&PaymentRef::Key(key.to_owned()))), ErrorKind::PaymentsFrozen, "{key}");
        assert_eq!(kind(manager.cancel_key(key)), ErrorKind::PaymentsFrozen, "{key}");
        assert_eq!(kind(manager.approve(key, "ann")), ErrorKind::PaymentsFrozen, "{key}");
    }
    stale.release(&wallet);
    released(&wallet);
    // change is no deposit, and what a customer sent another one is one, as it was
    assert_eq!((deposits(&wallet), incidents(&wallet)), (told, vec![]));
    assert_eq!(wallet.manager.total_balance().unwrap(), balance);
    assert_eq!(paid(&wallet).len(), 0, "no key is known yet");
    // who asks about one hears that it is paid, and not that there is nothing
    for key in ["send-1", &*withdrawn] {
        let manager = &wallet.manager;
        assert_eq!(kind(manager.withdrawal(key)), ErrorKind::PossiblyPaid, "{key}");
        assert_eq!(kind(manager.payment(&PaymentRef::Key(key.to_owned()))), ErrorKind::PossiblyPaid, "{key}");
        assert_eq!(kind(manager.cancel_key(key)), ErrorKind::PossiblyPaid, "{key}");
    }
    assert_eq!(kind(wallet.manager.cancel_key("unheard of")), ErrorKind::TransactionNotFound);
    let withdrawn = stale.withdraw(&wallet, 1..=MANY);
    assert!(withdrawn.into_iter().all(|answer| answer.unwrap().state == WithdrawalState::Confirmed));
    for number in 1..=MANY {
        stale.send(&wallet, number).unwrap();
    }
    assert_eq!(paid(&wallet), before);
    assert_eq!(wallet.manager.payments(None, None, 1_000).unwrap().items.len(), transactions, "nothing was signed");
    assert_eq!(stale.node().submitted(), 0);
    // each key is bound for ever, as any other
    assert_eq!(kind(stale.send_with(&wallet, 1, Some("other"))), ErrorKind::IdempotencyConflict);
    wallet.manager.close();
    let wallet = TestWallet::start(&stale.place.restored(), stale.node());
    assert_eq!(paid(&wallet), before);
    let new = stale.send(&wallet, 1_001).unwrap();
    assert!(!before.values().any(|one| one.contains(&new.transaction_id.to_string())));
    stale.settle(&wallet);
    assert_eq!(wallet.manager.payments(None, None, 1_000).unwrap().items.len(), transactions + 1);
}

#[test]
fn a_recovered_key_never_answers_what_it_does_not_fit() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    stale.send(&old, 1).unwrap();
    stale.withdraw(&old, 2..4);
    stale.settle(&old);
    old.manager.close();
    let wallet = stale.restore();
    released(&wallet);
    // of another kind, account, amount or recipient, or with data of its own
    let key = |key: &str| Some(key.to_owned());
    let send = |account: &AccountRef, to: Address, amount: u64, name: &str| {
        let options = SendOptions { idempotency_key: key(name), ..SendOptions::default() };
        wallet.manager.send_amount(account, vec![(text(&to), Amount::new(amount))], options)
    };
    let bob = AccountRef::Alias("bob".to_owned());
    for refused in [
        send(&stale.account, address(1), M + 2, "send-1"),
        send(&stale.account, address(2), M + 1, "send-1"),
        send(&bob, address(1), M + 1, "send-1"),
        send(&stale.account, address(2), M + 2, "withdrawal-2"),
        stale.send_with(&wallet, 1, Some("own")),
    ] {
        assert_eq!(kind(refused), ErrorKind::IdempotencyConflict);
    }
    let wrong = WithdrawalRequest { key: "withdrawal-3".to_owned(), ..stale.request(2) };
    let of_a_payment = WithdrawalRequest { key: "send-1".to_owned(), ..stale.request(1) };
    for answer in wallet.manager.withdraw(&stale.account, vec![wrong, of_a_payment]).unwrap() {
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::IdempotencyConflict);
    }
    assert_eq!(stale.node().submitted(), 0);
    // and after all of that what does
    stale.send(&wallet, 1).unwrap();
    assert!(stale.withdraw(&wallet, 2..4).into_iter().all(|answer| answer.is_ok()));
    assert_eq!(stale.node().submitted(), 0);
}

#[test]
fn what_carries_the_callers_own_data_is_possibly_paid_until_a_person_says() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    let first = stale.send_with(&old, 1, Some("own")).unwrap();
    let second = stale.send_with(&old, 2, Some("own")).unwrap();
    stale.settle(&old);
    old.manager.close();
    let wallet = stale.restore();
    released(&wallet);
    assert_eq!(incidents(&wallet).len(), 4, "each of them, and its change");
    let refused = stale.send(&wallet, 1).unwrap_err();
    assert!(refused.to_string().contains(&first.transaction_id.to_string()), "{refused}");
    assert_eq!(refused.kind(), ErrorKind::PossiblyPaid);
    assert_eq!(kind(stale.send_with(&wallet, 1, Some("own"))), ErrorKind::PossiblyPaid);
    assert_eq!(kind(stale.prepare(&wallet, 1)), ErrorKind::PossiblyPaid);
    let withdrawn = stale.withdraw(&wallet, [1, 2].into_iter());
    for answer in withdrawn {
        assert_eq!(answer.unwrap_err().kind(), ErrorKind::PossiblyPaid);
    }
    // what was not paid is paid
    stale.send(&wallet, 3).unwrap();
    let found = wallet.manager.recovered_payments(None, 100).unwrap().items;
    let states: Vec<_> = found.iter().map(|one| (one.transaction_id, one.state, one.keys)).collect();
    let unmarked = |payment: &Payment| (payment.transaction_id, RecoveredState::Unmarked, 0);
    assert_eq!(found.len(), 2);
    assert!(states.contains(&unmarked(&first)) && states.contains(&unmarked(&second)), "{states:?}");

    // it is that payment
    wallet.manager.resolve_recovered(&first.transaction_id, Some("send-1")).unwrap();
    assert_eq!(stale.send(&wallet, 1).unwrap().transaction_id, first.transaction_id);
    // it is none of those that will be asked for
    wallet.manager.resolve_recovered(&second.transaction_id, None).unwrap();
    assert_ne!(stale.send(&wallet, 2).unwrap().transaction_id, second.transaction_id);
    let unknown = wallet.manager.resolve_recovered(&crate::testing::transaction_id(9), None);
    assert_eq!(kind(unknown), ErrorKind::TransactionNotFound);
}

#[test]
fn what_is_prepared_carries_the_keys_mark_and_is_not_prepared_for_a_key_that_was_paid() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    let prepared = stale.prepare(&old, 1).unwrap();
    old.manager.submit_prepared(&prepared.id, Reviewed::No).unwrap();
    stale.settle(&old);
    old.manager.close();
    let wallet = stale.restore();
    released(&wallet);
    assert_eq!(kind(stale.prepare(&wallet, 1)), ErrorKind::IdempotencyConflict);
    assert_eq!(stale.send(&wallet, 1).unwrap().idempotency_key.as_deref(), Some("send-1"), "it answers what was paid");
    assert_eq!(stale.node().submitted(), 0);
    stale.prepare(&wallet, 2).unwrap();
}

#[test]
fn a_withdrawal_can_be_named_for_what_does_not_say_it() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    let own = TaggedData { tag: b"own".to_vec(), data: vec![] };
    let payees = [1, 2].map(|number| (text(&stale.payee(number)), Amount::new(M + u64::from(number)))).to_vec();
    let options = SendOptions { tagged_data: Some(own), ..SendOptions::default() };
    let made = old.manager.send_amount(&stale.account, payees, options).unwrap();
    stale.settle(&old);
    old.manager.close();
    let wallet = stale.restore();
    released(&wallet);
    wallet.manager.resolve_recovered(&made.transaction_id, Some("withdrawal-2")).unwrap();
    let answer = stale.withdraw(&wallet, [2].into_iter()).remove(0).unwrap();
    assert_eq!((answer.transaction_id, answer.output_id), (Some(made.transaction_id), Some(made.outputs[1].output_id)));
    // the other recipient was paid by it all the same
    assert_eq!(stale.withdraw(&wallet, [1].into_iter()).remove(0).unwrap_err().kind(), ErrorKind::PossiblyPaid);
    assert_eq!(stale.node().submitted(), 0);
}

#[test]
fn withdrawals_that_waited_when_the_backup_was_made_are_not_paid_again() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    let (to, bob) = (old.address(&account), old.account("bob"));
    let bob = old.address(&bob);
    let stale = Stale { place, account, bob };
    stale.withdraw(&old, 1..=20);
    stale.back_up(&old);
    stale.node().ledger().milestone(vec![OutputBuilder::plain(1, to, 100 * M).build()], vec![]);
    old.sync();
    stale.settle(&old);
    let before = paid(&old);
    old.manager.close();
    let wallet = stale.restore();
    released(&wallet);
    assert_eq!(paid(&wallet), before, "by themselves");
    stale.withdraw(&wallet, 1..=20);
    assert_eq!((paid(&wallet), stale.node().submitted()), (before, 0));
}

#[test]
fn a_withdrawal_that_was_put_into_another_batch_after_the_backup_is_found_there() {
    let (stale, old) = Stale::new();
    stale.withdraw(&old, 1..=2);
    old.wait_until(|manager| {
        [1, 2].iter().all(|number| {
            manager.withdrawal(&format!("withdrawal-{number}")).unwrap().state == WithdrawalState::Submitted
        })
    });
    let submitted = stale.node().take_submitted();
    stale.back_up(&old);
    // its contest wins, and what is left of the batch is paid anew
    old.manager.cancel_withdrawal("withdrawal-1").unwrap();
    old.wait_until(|_| stale.node().submitted() > 0);
    stale.node().include();
    old.sync();
    old.wait_until(|_| stale.node().submitted() > 0);
    stale.node().include();
    old.sync();
    let answer = old.manager.withdrawal("withdrawal-2").unwrap();
    assert_eq!((answer.state, submitted.len()), (WithdrawalState::Confirmed, 1));
    old.manager.close();
    let wallet = stale.restore();
    wallet.sync();
    let found = wallet.manager.withdrawal("withdrawal-2").unwrap();
    assert_eq!((found.state, found.output_id), (answer.state, answer.output_id));
    // who hears that it is dead gives the money back
    assert_eq!(ends_told(&wallet, "withdrawal-2"), [WithdrawalState::Confirmed]);
    // that it was cancelled no ledger tells
    assert_eq!(wallet.manager.withdrawal("withdrawal-1").unwrap().state, WithdrawalState::Requested);
    assert_eq!(ends_told(&wallet, "withdrawal-1"), []);
    // for the limits, too
    let waiting = wallet.manager.store().readers().read(outgoing::waiting).unwrap();
    assert_eq!((waiting.recipients, waiting.amount), (1, stale.request(1).amount));
    stale.node().ledger().empty_milestones(17);
    wallet.sync();
    assert!(!wallet.manager.restored().unwrap().unwrap().payments_released);
    assert_eq!(wallet.manager.cancel_withdrawal("withdrawal-1").unwrap().state, WithdrawalState::Cancelled);
    wallet.manager.release_payments().unwrap();
    stale.withdraw(&wallet, 1..=2);
    assert_eq!(stale.node().submitted(), 0);
}

#[test]
fn a_node_that_does_not_answer_is_waited_for_and_one_that_has_it_no_more_is_not_believed_to_know() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    let payment = stale.send(&old, 1).unwrap();
    stale.settle(&old);
    old.manager.close();
    stale.node().set_transaction_answers(0);
    let wallet = stale.place.start_restored();
    let before = wallet.manager.cursor().unwrap();
    stale.release(&wallet);
    wallet.wait_until(|manager| manager.status().state == SyncState::Stalled);
    assert_eq!(wallet.manager.cursor().unwrap(), before, "nothing is passed by");
    stale.node().heal();
    released(&wallet);
    assert_eq!(stale.send(&wallet, 1).unwrap().transaction_id, payment.transaction_id);
    wallet.manager.close();

    let again = Stale { place: Place { directory: tempfile::tempdir().unwrap(), node: stale.node().clone() }, ..stale };
    fs::copy(stale.place.file(), again.place.file()).unwrap();
    again.node().ledger().forget(&payment.transaction_id);
    let wallet = again.restore();
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    assert_eq!(kind(again.send(&wallet, 1)), ErrorKind::PaymentsFrozen);
    let found = wallet.manager.recovered_payments(None, 100).unwrap().items;
    assert_eq!((found[0].transaction_id, found[0].state), (payment.transaction_id, RecoveredState::Unverifiable));
    assert_eq!(incidents(&wallet).len(), 2, "it, and its change");
    wallet.manager.release_payments().unwrap();
    assert_ne!(again.send(&wallet, 1).unwrap().transaction_id, payment.transaction_id, "that is what release means");
}

#[test]
fn milestones_that_nobody_shows_are_named_and_nothing_is_paid_before_a_persons_word() {
    let (stale, old) = Stale::new();
    let waits = WithdrawalRequest { key: "waits".to_owned(), amount: Amount::new(900 * M), ..stale.request(1) };
    old.manager.withdraw(&stale.account, vec![waits]).unwrap().remove(0).unwrap();
    stale.back_up(&old);
    let from = old.manager.cursor().unwrap().unwrap().index.next();
    // all that they spend came before the backup
    (1..=10).for_each(|number| drop(stale.send(&old, number).unwrap()));
    stale.node().include();
    old.sync();
    stale.node().ledger().empty_milestones(10);
    stale.node().set_pruned(stale.node().ledger().position().index.0 - 2);
    old.manager.close();
    let wallet = stale.restore();
    wallet.wait_until(|manager| manager.status().state == SyncState::Gap);
    wallet.manager.repair().unwrap().unwrap();
    wallet.sync();
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    let windows = wallet.manager.restored().unwrap().unwrap().windows;
    let to = stale.node().ledger().position();
    assert_eq!((windows.len(), windows[0].from, windows[0].to, windows[0].to_time), (1, from, to.index, to.time));
    wallet.manager.close();
    // and after a restart
    let wallet = TestWallet::start(&stale.place.restored(), stale.node());
    wallet.sync();
    let refused = stale.send(&wallet, 1).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PaymentsFrozen);
    assert!(refused.to_string().contains(&format!("milestones {from} to {}", to.index)), "{refused}");
    assert!(stale.withdraw(&wallet, 1..3).into_iter().all(|one| one.unwrap_err().kind() == ErrorKind::PaymentsFrozen));
    // nor is it known whether what waits was paid: a person looks, and says that it is not to be
    stale.node().ledger().empty_milestones(17);
    wallet.sync();
    assert_eq!(kind(wallet.manager.cancel_withdrawal("waits")), ErrorKind::PaymentsFrozen);
    let refused = wallet.manager.refuse("waits", "ann", "it is not on the ledger").unwrap();
    assert_eq!(refused.state, WithdrawalState::Refused);
    wallet.manager.release_payments().unwrap();
    stale.send(&wallet, 1_001).unwrap();
}

#[test]
fn what_an_archive_has_of_a_gap_is_bound_from_one_change_to_the_next() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    // each spends the change of the one before, which no index of unspent outputs shows
    let everything = M * 3 * u64::from(MANY);
    let all = old.manager.payments(None, None, 1).unwrap().items;
    assert!(all.is_empty());
    let options = SendOptions { idempotency_key: Some("all".to_owned()), ..SendOptions::default() };
    let rest = 50 * M;
    let first = old
        .manager
        .send_amount(&stale.account, vec![(text(&address(99)), Amount::new(everything - rest))], options)
        .unwrap();
    stale.settle(&old);
    for number in 1..=10 {
        stale.send(&old, number).unwrap();
        stale.settle(&old);
    }
    let before = paid(&old);
    let balance = old.manager.total_balance().unwrap();
    stale.node().ledger().empty_milestones(10);
    stale.node().set_pruned(stale.node().ledger().position().index.0 - 2);
    stale.node().set_archive(true);
    old.manager.close();
    let wallet = stale.restore();
    wallet.wait_until(|manager| manager.status().state == SyncState::Gap);
    wallet.manager.repair().unwrap().unwrap();
    wallet.sync();
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    assert_eq!(wallet.manager.total_balance().unwrap(), balance);
    // what came and went within it leaves no trace, so that it takes a person all the same
    assert_eq!(kind(stale.send(&wallet, 1_001)), ErrorKind::PaymentsFrozen);
    (1..=10).for_each(|number| drop(stale.send(&wallet, number).unwrap()));
    wallet.manager.release_payments().unwrap();
    let options = SendOptions { idempotency_key: Some("all".to_owned()), ..SendOptions::default() };
    let payees = vec![(text(&address(99)), Amount::new(everything - rest))];
    let again = wallet.manager.send_amount(&stale.account, payees, options).unwrap();
    assert_eq!((again.transaction_id, paid(&wallet)), (first.transaction_id, before));
    assert_eq!(stale.node().submitted(), 0);
}

#[test]
fn invariant_7_nothing_is_paid_twice_when_the_journal_is_lost_and_nodes_have_no_transaction_any_more() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    stale.pay_many(&old);
    let made: BTreeSet<_> =
        old.manager.payments(None, None, 1_000).unwrap().items.iter().map(|payment| payment.transaction_id).collect();
    old.manager.close();
    // what milestones did is there, and the blocks are not
    made.iter().for_each(|id| stale.node().ledger().forget(id));
    let wallet = stale.restore();
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    let found = wallet.manager.recovered_payments(None, 1_000).unwrap().items;
    assert!(found.iter().all(|one| one.state == RecoveredState::Unverifiable));
    assert_eq!(found.iter().map(|one| one.transaction_id).collect::<BTreeSet<_>>(), made, "each of them is named");
    stale.assert_all_frozen(&wallet, 0);
    wallet.manager.close();
    // and after a restart
    let wallet = TestWallet::start(&stale.place.restored(), stale.node());
    wallet.sync();
    stale.assert_all_frozen(&wallet, 0);
    assert!(wallet.manager.restored().unwrap().unwrap().unknown_own.is_some());
    // until a person has compared them
    wallet.manager.release_payments().unwrap();
    assert!(!made.contains(&stale.send(&wallet, 1_001).unwrap().transaction_id));
}

#[test]
fn invariant_7_nothing_is_paid_twice_when_the_journal_is_lost_and_nodes_have_pruned_the_milestones() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    let from = old.manager.cursor().unwrap().unwrap().index.next();
    stale.pay_many(&old);
    let made = old.manager.payments(None, None, 1_000).unwrap().items;
    made.iter().for_each(|payment| stale.node().ledger().forget(&payment.transaction_id));
    stale.node().ledger().empty_milestones(10);
    stale.node().set_pruned(stale.node().ledger().position().index.0 - 2);
    old.manager.close();
    let wallet = stale.restore();
    wallet.wait_until(|manager| manager.status().state == SyncState::Gap);
    wallet.manager.repair().unwrap().unwrap();
    wallet.sync();
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    stale.assert_all_frozen(&wallet, 0);
    wallet.manager.close();
    let wallet = TestWallet::start(&stale.place.restored(), stale.node());
    wallet.sync();
    let windows = wallet.manager.restored().unwrap().unwrap().windows;
    assert_eq!((windows.len(), windows[0].from), (1, from), "where to look is named");
    stale.assert_all_frozen(&wallet, 0);
    wallet.manager.release_payments().unwrap();
    stale.send(&wallet, 1_001).unwrap();
}
