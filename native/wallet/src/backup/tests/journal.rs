//! A stale backup and the key journal: no key is paid again.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::{
    accounts::{IssuedAccount, IssuedBefore},
    error::ErrorKind,
    ledger::LedgerOutput,
    manager::{AccountRef, WalletError},
    payments::{
        Payment, PaymentRef, PaymentState, SendOptions, Withdrawal, WithdrawalRequest, WithdrawalState, covers,
    },
    testing::{OutputBuilder, address, output_id, transaction_id},
};

/// Payments one by one, and withdrawals.
const MANY: u32 = 100;
/// Outputs that the account has at the backup: fewer than payments, so that these go on with what came after it.
const OUTPUTS: u32 = 12;

pub(super) fn journal(place: &Place) -> PathBuf {
    place.directory.path().join("elsewhere.journal")
}

pub(super) fn start(place: &Place) -> TestWallet {
    TestWallet::start_journaled(&place.wallet(), &place.node, &journal(place)).unwrap()
}

pub(super) fn try_restored(place: &Place) -> Result<TestWallet, WalletError> {
    let config = Config { key_journal: Some(journal(place)), ..config(&place.restored()) };
    AccountManager::restore(&place.file(), &password("backup"), &config, 5_000)?;
    TestWallet::start_journaled(&place.restored(), &place.node, &journal(place))
}

pub(super) fn restored(place: &Place) -> TestWallet {
    try_restored(place).unwrap()
}

pub(super) fn issued(account: u32, alias: Option<&str>, public: u32, internal: u32) -> IssuedAccount {
    IssuedAccount { account, alias: alias.map(str::to_owned), public, internal }
}

pub(super) fn exact(public: u32, internal: u32) -> IssuedBefore {
    IssuedBefore::Exact(vec![issued(0, None, public, internal)])
}

pub(super) fn send(wallet: &TestWallet, account: &AccountRef, key: &str) -> Result<Payment, WalletError> {
    let options = SendOptions { idempotency_key: Some(key.to_owned()), ..SendOptions::default() };
    wallet.manager.send_amount(account, vec![(text(&address(9)), Amount::new(M))], options)
}

pub(super) fn withdraw(wallet: &TestWallet, account: &AccountRef, keys: &[String]) -> Vec<Withdrawal> {
    let request = |key: &String| WithdrawalRequest {
        key: key.clone(),
        address: text(&address(8)),
        amount: Amount::new(M),
        micro_amount: None,
    };
    let answers = wallet.manager.withdraw(account, keys.iter().map(request).collect()).unwrap();
    answers.into_iter().map(Result::unwrap).collect()
}

pub(super) fn found(wallet: &TestWallet, id: TransactionId) -> Payment {
    wallet.manager.payment(&PaymentRef::Transaction(id)).unwrap()
}

/// Waits until a transaction pays the withdrawal and a node has it, and answers it.
pub(super) fn paid(wallet: &TestWallet, key: &str) -> TransactionId {
    wallet.wait_until(|manager| manager.withdrawal(key).unwrap().state == WithdrawalState::Submitted);
    wallet.manager.withdrawal(key).unwrap().transaction_id.unwrap()
}

/// A milestone that applies the payment.
pub(super) fn confirm(place: &Place, wallet: &TestWallet, id: TransactionId) -> Vec<LedgerOutput> {
    let payment = found(wallet, id);
    let output = |output: &crate::store::payment::PaymentOutputRow| {
        OutputBuilder::plain(0, output.address, output.amount.units()).id(id, output.output_id).build()
    };
    let created: Vec<_> = payment.outputs.iter().map(output).collect();
    let consumed = payment.inputs.iter().map(|input| (input.output_id, id)).collect();
    place.node.ledger().milestone(created.clone(), consumed);
    wallet.sync();
    created
}

/// A wallet with a key journal, whose account has so many outputs of 10 million.
pub(super) fn funded(place: &Place, outputs: u32) -> (TestWallet, AccountRef) {
    let old = start(place);
    old.sync();
    let account = old.account("alice");
    let owner = old.address(&account);
    fund(place, owner, outputs, 10 * M);
    old.sync();
    (old, account)
}

pub(super) fn fund(place: &Place, owner: Address, count: u32, amount: u64) {
    let outputs = (1..=count).map(|number| OutputBuilder::plain(number, owner, amount).build());
    place.node.ledger().milestone(outputs.collect(), vec![]);
}

/// What a wallet paid after its backup.
struct Paid {
    /// The transaction of each key.
    payments: BTreeMap<String, TransactionId>,
    withdrawals: BTreeMap<String, TransactionId>,
    confirmed: BTreeSet<TransactionId>,
    balance: crate::manager::Balance,
}

impl Paid {
    fn transactions(&self) -> BTreeSet<TransactionId> {
        self.payments.values().chain(self.withdrawals.values()).copied().collect()
    }
}

/// Backs a wallet up, has it pay one by one and in batches, some of it confirmed and some not, and loses it.
fn live(place: &Place) -> (AccountRef, Paid) {
    let old = start(place);
    old.sync();
    let account = old.account("alice");
    let owner = old.address(&account);
    fund(place, owner, OUTPUTS, 60 * M);
    old.sync();
    old.manager.backup(&place.file(), &password("backup")).unwrap();

    let (mut payments, mut withdrawals, mut confirmed) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
    let mut strangers = Vec::new();
    for number in 0..MANY {
        let key = format!("payment-{number}");
        let id = send(&old, &account, &key).unwrap().transaction_id;
        payments.insert(key, id);
        if number % 20 != 7 {
            strangers.extend(confirm(place, &old, id));
            confirmed.insert(id);
        }
    }
    let keys: Vec<String> = (0..MANY).map(|number| format!("withdrawal-{number}")).collect();
    for (number, keys) in keys.chunks(20).enumerate() {
        withdraw(&old, &account, keys);
        let ids: BTreeSet<_> = keys.iter().map(|key| paid(&old, key)).collect();
        withdrawals
            .extend(keys.iter().map(|key| (key.clone(), old.manager.withdrawal(key).unwrap().transaction_id.unwrap())));
        if number % 2 == 0 {
            for id in ids {
                strangers.extend(confirm(place, &old, id));
                confirmed.insert(id);
            }
        }
    }
    // those who were paid spend it: that it was there shows nowhere once it is pruned
    let theirs = strangers.into_iter().filter(|output| output.owner == address(8) || output.owner == address(9));
    place.node.ledger().milestone(vec![], theirs.map(|output| (output.id, transaction_id(999))).collect());
    old.sync();
    let balance = old.manager.balance(&account).unwrap();
    old.manager.close();
    (account, Paid { payments, withdrawals, confirmed, balance })
}

/// All requests once more: each key answers what it paid.
fn replay(wallet: &TestWallet, account: &AccountRef, paid: &Paid) {
    let before = paid.transactions();
    for (key, id) in &paid.payments {
        assert_eq!(send(wallet, account, key).unwrap().transaction_id, *id, "{key}");
    }
    let keys: Vec<String> = paid.withdrawals.keys().cloned().collect();
    for withdrawal in withdraw(wallet, account, &keys) {
        assert_eq!(withdrawal.transaction_id, Some(paid.withdrawals[&withdrawal.idempotency_key]));
    }
    let all = wallet.manager.payments(None, None, 1_000).unwrap().items;
    assert_eq!(
        all.iter().map(|payment| payment.transaction_id).collect::<BTreeSet<_>>(),
        before,
        "nothing new is signed"
    );
    for payment in all {
        let confirmed = paid.confirmed.contains(&payment.transaction_id);
        assert_eq!(payment.state == PaymentState::Confirmed, confirmed, "{payment:?}");
    }
}

pub(super) fn state(wallet: &TestWallet) -> crate::manager::Restore {
    wallet.manager.restored().unwrap().unwrap()
}

#[test]
fn invariant_7_a_stale_backup_with_its_journal_pays_no_key_again() {
    let place = Place::new();
    let (account, paid) = live(&place);
    let wallet = restored(&place);
    let known = u32::try_from(paid.transactions().len()).unwrap();
    assert_eq!((state(&wallet).journal_found, state(&wallet).journal_payments), (true, known));
    // frozen or not, a key answers what it paid
    let (key, id) = paid.payments.first_key_value().unwrap();
    assert_eq!(send(&wallet, &account, key).unwrap().transaction_id, *id);
    let fresh = send(&wallet, &account, "fresh");
    assert!(matches!(fresh, Err(error) if error.kind() == ErrorKind::PaymentsFrozen));

    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.sync();
    replay(&wallet, &account, &paid);
    assert_eq!(incidents(&wallet), Vec::<String>::new());
    // what is open reserves what it spends, also what came after the backup
    assert_eq!(wallet.manager.balance(&account).unwrap(), paid.balance);
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().payments_released);

    // the open ones are driven to their end, and the journal goes on
    let open: Vec<_> = paid.transactions().difference(&paid.confirmed).copied().collect();
    assert!(open.len() >= 5);
    for id in &open {
        wallet.wait_until(|_| found(&wallet, *id).state == PaymentState::Submitted);
        confirm(&place, &wallet, *id);
        assert_eq!(found(&wallet, *id).state, PaymentState::Confirmed);
    }
    let new = send(&wallet, &account, "fresh").unwrap();
    wallet.manager.close();
    fs::remove_dir_all(place.restored()).unwrap();
    let again = restored(&place);
    assert_eq!(state(&again).journal_payments, known + 1);
    assert_eq!(send(&again, &account, "fresh").unwrap().transaction_id, new.transaction_id);
}

#[test]
fn invariant_7_a_stale_backup_with_its_journal_pays_no_key_again_when_the_node_is_pruned() {
    let place = Place::new();
    let (account, paid) = live(&place);
    place.node.ledger().empty_milestones(3);
    idle(&place);
    place.node.set_pruned(place.node.ledger().position().index.0 - 1);
    let wallet = restored(&place);
    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.wait_until(|manager| manager.status().gap.is_some());
    let report = wallet.manager.repair().unwrap().unwrap();
    assert_eq!(report.incidents, 0, "{report:?}");
    wallet.sync();
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().payments_released);
    replay(&wallet, &account, &paid);
    let balance = wallet.manager.balance(&account).unwrap();
    assert_eq!((balance.total, balance.available), (paid.balance.total, paid.balance.available));
}

/// The old wallet once more, until its journal says that it has everything.
pub(super) fn idle(place: &Place) {
    let old = start(place);
    old.sync();
    old.manager.close();
    // from the beginning on it is where the ledger is
    let old = start(place);
    let tip = place.node.ledger().position().index;
    wait_for(|| covers(&journal(place)) == Some(tip));
    old.manager.close();
}

fn wait_for(check: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !check() {
        assert!(std::time::Instant::now() < deadline, "it did not happen");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn a_journal_shows_nothing_of_the_time_after_its_last_record() {
    let place = Place::new();
    let (account, paid) = live(&place);
    let before = fs::read(journal(&place)).unwrap().len();
    idle(&place);
    let whole = fs::read(journal(&place)).unwrap();
    place.node.ledger().empty_milestones(3);
    place.node.set_pruned(place.node.ledger().position().index.0 - 1);
    // whole, and with its end cut off in the middle of a record
    let mut reach = Vec::new();
    for length in [whole.len(), before + 30] {
        fs::write(journal(&place), &whole[..length]).unwrap();
        let covered = covers(&journal(&place)).unwrap();
        reach.push(covered);
        let wallet = restored(&place);
        wallet.manager.release_issuing(&exact(1, 1)).unwrap();
        wallet.wait_until(|manager| manager.status().gap.is_some());
        wallet.manager.repair().unwrap().unwrap();
        wallet.sync();
        wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
        let state = state(&wallet);
        assert!(state.journal_found && !state.payments_released);
        let [window] = state.windows[..] else { panic!("{state:?}") };
        assert_eq!(window.from, covered.max(state.cursor.unwrap()).next());
        wallet.manager.release_payments().unwrap();
        replay(&wallet, &account, &paid);
        wallet.manager.close();
        fs::remove_dir_all(place.restored()).unwrap();
    }
    assert!(reach[0] > reach[1]);
}

#[test]
fn withdrawals_that_waited_in_the_backup_are_where_the_journal_says() {
    // the backup is made when they wait, when they are in a transaction, and when that is contested
    for moment in 0..3 {
        let place = Place::new();
        let old = start(&place);
        old.sync();
        let account = old.account("alice");
        let owner = old.address(&account);
        let keys = ["a".to_owned(), "b".to_owned()];
        withdraw(&old, &account, &keys);
        let huge = WithdrawalRequest {
            key: "c".to_owned(),
            address: text(&address(8)),
            amount: Amount::new(1_000 * M),
            micro_amount: None,
        };
        old.manager.withdraw(&account, vec![huge]).unwrap().remove(0).unwrap();
        let backup = |now| {
            if now == moment {
                old.manager.backup(&place.file(), &password("backup")).unwrap();
            }
        };
        backup(0);
        fund(&place, owner, 1, 10 * M);
        old.sync();
        let first = paid(&old, "a");
        assert_eq!(paid(&old, "b"), first);
        backup(1);
        old.manager.cancel_withdrawal("a").unwrap();
        let all = old.manager.payments(None, None, 10).unwrap().items;
        let contest = all.iter().find(|payment| payment.contests == Some(first)).unwrap().transaction_id;
        backup(2);
        confirm(&place, &old, contest);
        let second = paid(&old, "b");
        assert_ne!(second, first);
        old.manager.cancel_withdrawal("c").unwrap();
        old.manager.close();

        let wallet = restored(&place);
        wallet.manager.release_issuing(&exact(1, 1)).unwrap();
        wallet.sync();
        let of = |key: &str| wallet.manager.withdrawal(key).unwrap();
        assert_eq!(
            (of("a").state, of("c").state),
            (WithdrawalState::Cancelled, WithdrawalState::Cancelled),
            "{moment}"
        );
        assert_eq!(of("b").transaction_id, Some(second));
        assert_eq!(found(&wallet, first).state, PaymentState::Cancelled);
        assert_eq!(found(&wallet, contest).state, PaymentState::Confirmed);
        wallet.wait_until(|manager| manager.restored().unwrap().unwrap().payments_released);
        wallet.wait_until(|_| found(&wallet, second).state == PaymentState::Submitted);
        confirm(&place, &wallet, second);
        assert_eq!(of("b").state, WithdrawalState::Confirmed);
        assert_eq!(incidents(&wallet), Vec::<String>::new());
    }
}

#[test]
fn a_payment_of_an_account_that_was_made_after_the_backup_waits_for_it() {
    let place = Place::new();
    let old = start(&place);
    old.sync();
    let alice = old.account("alice");
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    let bob = old.account("bob");
    let owner = old.address(&bob);
    fund(&place, owner, 2, 10 * M);
    old.sync();
    let applied = send(&old, &bob, "applied").unwrap().transaction_id;
    confirm(&place, &old, applied);
    let open = send(&old, &bob, "open").unwrap().transaction_id;
    old.manager.close();
    let _ = alice;

    let wallet = restored(&place);
    assert_eq!((state(&wallet).journal_payments, state(&wallet).journal_waiting), (0, 2));
    // a crash before the accounts are there changes nothing
    wallet.manager.close();
    let wallet = TestWallet::start_journaled(&place.restored(), &place.node, &journal(&place)).unwrap();
    let statement = IssuedBefore::Exact(vec![issued(0, None, 0, 0), issued(1, Some("bob"), 1, 1)]);
    wallet.manager.release_issuing(&statement).unwrap();
    assert_eq!((state(&wallet).journal_payments, state(&wallet).journal_waiting), (2, 0));
    wallet.sync();
    assert_eq!(send(&wallet, &bob, "applied").unwrap().transaction_id, applied);
    assert_eq!(send(&wallet, &bob, "open").unwrap().transaction_id, open);
    assert_eq!(found(&wallet, applied).state, PaymentState::Confirmed);
    assert_eq!(incidents(&wallet), Vec::<String>::new());
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().payments_released);
}

#[test]
fn an_open_payment_of_the_journal_is_dead_when_another_took_its_input() {
    let place = Place::new();
    let old = start(&place);
    old.sync();
    let account = old.account("alice");
    let owner = old.address(&account);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    fund(&place, owner, 1, 10 * M);
    old.sync();
    let lost = send(&old, &account, "k").unwrap().transaction_id;
    old.manager.close();
    place.node.ledger().milestone(vec![], vec![spent(output_id(transaction_id(1), 0), transaction_id(66))]);
    let wallet = restored(&place);
    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.sync();
    let dead = send(&wallet, &account, "k").unwrap();
    assert_eq!((dead.transaction_id, dead.state), (lost, PaymentState::Dead));
    let balance = wallet.manager.balance(&account).unwrap();
    assert_eq!((balance.total, balance.available), (Amount::ZERO, Amount::ZERO));
    // a transaction that neither knows: a person has to look
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    assert!(!state(&wallet).payments_released);
}

#[test]
fn a_restore_without_a_journal_says_so_and_one_with_another_is_refused() {
    let place = Place::new();
    let (old, account) = funded(&place, 1);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    send(&old, &account, "k").unwrap();
    let in_use = try_restored(&place);
    assert!(matches!(in_use, Err(error) if error.kind() == ErrorKind::StorageLocked), "the old wallet is alive");
    old.manager.close();

    let whole = fs::read(journal(&place)).unwrap();
    let mut damaged = whole.clone();
    damaged[30] ^= 1;
    let damaged_kind = [(b"something else".to_vec(), ErrorKind::JournalForeign), (damaged, ErrorKind::JournalDamaged)];
    for (bytes, kind) in damaged_kind {
        fs::write(journal(&place), bytes).unwrap();
        assert!(matches!(try_restored(&place), Err(error) if error.kind() == kind));
        assert!(!place.restored().exists());
    }
    fs::remove_file(journal(&place)).unwrap();
    let wallet = restored(&place);
    assert_eq!((state(&wallet).journal_found, state(&wallet).journal_payments), (false, 0));
    wallet.manager.close();
    // found later: the database is too old for it
    fs::write(journal(&place), &whole).unwrap();
    let late = TestWallet::start_journaled(&place.restored(), &place.node, &journal(&place));
    assert!(matches!(late, Err(error) if error.kind() == ErrorKind::JournalAhead));
    fs::remove_dir_all(place.restored()).unwrap();
    let wallet = restored(&place);
    assert_eq!(state(&wallet).journal_payments, 1);
    wallet.manager.close();

    // by default it is in the wallet directory, and may lie there before
    fs::remove_dir_all(place.restored()).unwrap();
    fs::create_dir(place.restored()).unwrap();
    fs::write(place.restored().join("payments.journal"), &whole).unwrap();
    let wallet = place.start_restored();
    assert_eq!(state(&wallet).journal_payments, 1);
}
