//! Payments of which the ledger does not tell any more what became of them, and the person who knows.

use super::*;
use crate::{
    ledger::{Address, AddressCodec},
    manager::{AccountManager, AccountRef, Config, IssuedAccount, IssuedBefore, SecretConfig},
    payments::{Outcome, Payment, PaymentRef, PaymentState, RemainderStrategy, SendOptions},
    stardust::Stardust,
    store::address as store_address,
    testing::{OutputBuilder, ScriptedFeed, address},
};

const M: u64 = 1_000_000;

fn send(wallet: &TestWallet, account: &AccountRef, amount: u64, key: &str) -> Result<Payment, WalletError> {
    let payees = vec![(Stardust.format(&address(60), "rms"), Amount::new(amount))];
    let remainder = RemainderStrategy::ReuseAddress;
    let options = SendOptions { remainder, idempotency_key: Some(key.to_owned()), ..SendOptions::default() };
    wallet.manager.send_amount(account, payees, options)
}

fn state(wallet: &TestWallet, payment: &Payment) -> PaymentState {
    wallet.manager.payment(&PaymentRef::Transaction(payment.transaction_id)).unwrap().state
}

fn cancel(wallet: &TestWallet, payment: &Payment) -> Result<Payment, WalletError> {
    wallet.manager.cancel(&PaymentRef::Transaction(payment.transaction_id))
}

fn outputs_of(payment: &Payment) -> Vec<LedgerOutput> {
    let built = |output: &crate::store::payment::PaymentOutputRow| {
        let built = OutputBuilder::plain(0, output.address, output.amount.units());
        built.id(payment.transaction_id, output.output_id).build()
    };
    payment.outputs.iter().map(built).collect()
}

/// A wallet whose one open payment left no trace in a gap that is repaired.
fn traceless() -> (tempfile::TempDir, TestWallet, AccountRef, Address, Payment) {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let account = wallet.account("alice");
    let owner = wallet.address(&account);
    node.ledger().milestone(vec![OutputBuilder::plain(1, owner, M).build()], vec![]);
    wallet.sync();
    let payment = send(&wallet, &account, M, "all").unwrap();
    let refused = wallet.manager.resolve_payment(&payment.transaction_id, Outcome::Dead, "seen");
    assert_eq!(kind(refused), ErrorKind::TransactionDecidable, "its input is unspent");
    wallet.manager.close();
    let created = outputs_of(&payment);
    let consumed = payment.inputs.iter().map(|input| (input.output_id, payment.transaction_id)).collect();
    node.ledger().milestone(created.clone(), consumed);
    node.ledger().milestone(vec![], created.iter().map(|output| by(output, 90)).collect());
    node.ledger().empty_milestones(2);
    node.set_pruned(node.ledger().position().index.0 - 1);
    let wallet = TestWallet::start(directory.path(), &node);
    wallet.wait_until(|manager| manager.status().gap.is_some());
    let early = wallet.manager.resolve_payment(&payment.transaction_id, Outcome::Dead, "seen");
    assert_eq!(kind(early), ErrorKind::TransactionDecidable, "the repair may show it");
    wallet.manager.repair().unwrap().unwrap();
    wallet.sync();
    assert!(state(&wallet, &payment).is_open());
    (directory, wallet, account, owner, payment)
}

#[test]
fn what_a_gap_left_undecided_is_ended_by_a_persons_word() {
    for (outcome, ended) in [(Outcome::Confirmed, PaymentState::Confirmed), (Outcome::Dead, PaymentState::Dead)] {
        let (directory, wallet, account, owner, payment) = traceless();
        assert_eq!(kind(cancel(&wallet, &payment)), ErrorKind::TransactionUndecided);
        let resolve = |outcome, reason: &str| wallet.manager.resolve_payment(&payment.transaction_id, outcome, reason);
        for reason in ["", &"x".repeat(1_025)] {
            assert_eq!(kind(resolve(outcome, reason)), ErrorKind::InvalidArgument);
        }
        let unknown = wallet.manager.resolve_payment(&transaction_id(5), outcome, "seen");
        assert_eq!(kind(unknown), ErrorKind::TransactionNotFound);
        assert_eq!(resolve(outcome, "the recipient's statement").unwrap().state, ended);
        assert_eq!(resolve(outcome, "once more").unwrap().state, ended, "twice is once");
        let other = if outcome == Outcome::Dead { Outcome::Confirmed } else { Outcome::Dead };
        assert_eq!(kind(resolve(other, "no")), ErrorKind::TransactionDecidable);
        let audited = wallet.audited();
        assert_eq!(audited.iter().filter(|kind| **kind == "transactionResolved").count(), 1);
        let told = short(&wallet.events()).pop().unwrap();
        assert_eq!(told.1, if outcome == Outcome::Dead { "conflicting" } else { "confirmed" });
        let balance = wallet.manager.balance(&account).unwrap();
        assert_eq!((balance.total, balance.locked, balance.incoming), (Amount::ZERO, Amount::ZERO, Amount::ZERO));
        // nobody is suspected, the key is used, and life goes on after a restart
        wallet.manager.close();
        let wallet = TestWallet::start(directory.path(), &wallet.node);
        wallet.node.ledger().milestone(vec![OutputBuilder::plain(7, owner, M).build()], vec![]);
        wallet.sync();
        assert_eq!(send(&wallet, &account, M, "all").unwrap().state, ended);
        send(&wallet, &account, M, "more").unwrap();
    }
}

/// A wallet with a journal elsewhere, whose backup was made before it had met a node.
struct Early {
    place: tempfile::TempDir,
    node: ScriptedFeed,
}

impl Early {
    /// With the wallet, which has met its node since, and its account.
    fn new() -> (Self, TestWallet, AccountRef) {
        let early = Self { place: tempfile::tempdir().unwrap(), node: ScriptedFeed::with_milestones(1) };
        early.node.set_reachable(false);
        let wallet = early.open("old");
        let account = wallet.account("alice");
        wallet.manager.backup(&early.path("backup"), &Self::password()).unwrap();
        early.node.heal();
        wallet.sync();
        (early, wallet, account)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.place.path().join(name)
    }

    fn password() -> crate::keys::Password {
        crate::keys::Password::new(b"backup".to_vec()).unwrap()
    }

    fn open(&self, name: &str) -> TestWallet {
        TestWallet::start_journaled(&self.path(name), &self.node, &self.path("elsewhere.journal")).unwrap()
    }

    fn restore(&self) -> TestWallet {
        let mut config = Config::new(self.path("new"), crate::keys::CoinType::SHIMMER, SecretConfig::Mnemonic);
        config.key_journal = Some(self.path("elsewhere.journal"));
        AccountManager::restore(&self.path("backup"), &Self::password(), &config, 5_000).unwrap();
        self.open("new")
    }
}

#[test]
fn what_the_key_journal_has_of_a_time_that_no_node_shows_is_ended_by_a_persons_word() {
    let (early, old, account) = Early::new();
    let node = &early.node;
    let owner = old.address(&account);
    node.ledger().milestone(vec![OutputBuilder::plain(1, owner, M).build()], vec![]);
    old.sync();
    let payment = send(&old, &account, M, "all").unwrap();
    node.include();
    old.sync();
    old.manager.close();
    node.ledger().milestone(vec![], outputs_of(&payment).iter().map(|output| by(output, 90)).collect());

    let wallet = early.restore();
    let unseen = wallet.manager.resolve_payment(&payment.transaction_id, Outcome::Confirmed, "seen");
    assert!(unseen.is_err());
    let stated = IssuedAccount { account: 0, alias: None, public: 1, internal: 0 };
    wallet.manager.release_issuing(&IssuedBefore::Exact(vec![stated])).unwrap();
    wallet.sync();
    // the journal does not show that it has all of the time that nobody shows
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    wallet.manager.release_payments().unwrap();
    // what its addresses hold is looked for first: it might be there
    let unchecked = |manager: &AccountManager| {
        manager.store().readers().read(|conn| store_address::unchecked(conn, None, 1)).unwrap().len()
    };
    wallet.wait_until(|manager| unchecked(manager) == 0);
    assert!(state(&wallet, &payment).is_open(), "what it spends was never seen");
    assert_eq!(kind(cancel(&wallet, &payment)), ErrorKind::TransactionUndecided);
    wallet.manager.resolve_payment(&payment.transaction_id, Outcome::Confirmed, "an archive").unwrap();
    assert_eq!(state(&wallet, &payment), PaymentState::Confirmed);
    assert_eq!(wallet.manager.balance(&account).unwrap().incoming, Amount::ZERO);
}

#[test]
fn a_payment_of_which_an_index_shows_an_output_is_confirmed() {
    let (early, old, account) = Early::new();
    let node = &early.node;
    let owner = old.address(&account);
    node.ledger().milestone(vec![OutputBuilder::plain(1, owner, 3 * M).build()], vec![]);
    old.sync();
    // its change is there still
    let payment = send(&old, &account, M, "some").unwrap();
    node.include();
    old.sync();
    old.manager.close();

    let wallet = early.restore();
    let stated = IssuedAccount { account: 0, alias: None, public: 1, internal: 0 };
    wallet.manager.release_issuing(&IssuedBefore::Exact(vec![stated])).unwrap();
    wallet.sync();
    wallet.wait_until(|_| state(&wallet, &payment) == PaymentState::Confirmed);
    let balance = wallet.manager.balance(&account).unwrap();
    assert_eq!((balance.total.units(), balance.available.units(), balance.incoming), (2 * M, 2 * M, Amount::ZERO));
    let told = short(&wallet.events());
    assert!(told.contains(&("transactionInclusion", "confirmed".to_owned())), "{told:?}");
}
