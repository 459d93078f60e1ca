//! A journal that was away: what was done without it is neither undone nor done a second time.

use super::{journal::*, *};
use crate::{
    accounts::IssuedBefore,
    error::ErrorKind,
    manager::{AccountRef, WalletError},
    payments::{Payment, PaymentRef, PaymentState, WithdrawalState, covers, transactions},
    testing::{output_id, transaction_id},
};

fn kind<T>(result: Result<T, WalletError>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

/// Where the journal is while its storage is away.
fn away(place: &Place) -> PathBuf {
    place.directory.path().join("away.journal")
}

fn take_away(place: &Place) {
    fs::rename(journal(place), away(place)).unwrap();
}

fn bring_back(place: &Place) {
    fs::rename(away(place), journal(place)).unwrap();
}

fn released(wallet: &TestWallet) {
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().payments_released);
}

/// The wallet is backed up anew, lost, and restored with what is at the journal's place.
fn again(place: &Place, wallet: TestWallet) -> TestWallet {
    fs::remove_file(place.file()).unwrap();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    wallet.manager.close();
    bring_back(place);
    let late = TestWallet::start_journaled(&place.restored(), &place.node, &journal(place));
    assert_eq!(kind(late), Some(ErrorKind::JournalAhead));
    fs::remove_dir_all(place.restored()).unwrap();
    restored(place)
}

/// A wallet that paid `k` and withdrew `a` and `b`, none of which a node kept, and was restored without its journal.
struct Lost {
    place: Place,
    account: AccountRef,
    payment: Payment,
    batch: Payment,
    wallet: TestWallet,
}

fn lost() -> Lost {
    let place = Place::new();
    let (old, account) = funded(&place, 4);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    let payment = send(&old, &account, "k").unwrap();
    withdraw(&old, &account, &["a".to_owned(), "b".to_owned()]);
    let batch = paid(&old, "a");
    assert_eq!(paid(&old, "b"), batch);
    let batch = found(&old, batch);
    old.manager.close();
    place.node.take_submitted();
    take_away(&place);
    let wallet = restored(&place);
    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.sync();
    wallet.freed();
    Lost { place, account, payment, batch, wallet }
}

#[test]
fn invariant_7_a_payment_of_the_journal_whose_key_was_paid_anew_is_never_submitted() {
    let Lost { place, account, payment, batch, wallet } = lost();
    // they may take other outputs than the lost ones
    let theirs: Vec<OutputId> =
        [&payment, &batch].iter().flat_map(|one| &one.inputs).map(|one| one.output_id).collect();
    wallet.manager.lock_outputs(theirs.clone()).unwrap();
    let anew = send(&wallet, &account, "k").unwrap().transaction_id;
    confirm(&place, &wallet, anew);
    withdraw(&wallet, &account, &["a".to_owned()]);
    let other = paid(&wallet, "a");
    assert!(other != batch.transaction_id && anew != payment.transaction_id);

    let wallet = again(&place, wallet);
    let mut disputed = state(&wallet).disputed;
    disputed.sort_unstable();
    let mut expected = vec![payment.transaction_id, batch.transaction_id];
    expected.sort_unstable();
    assert_eq!(disputed, expected);
    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.sync();
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    assert!(!state(&wallet).payments_released);
    let Err(frozen) = send(&wallet, &account, "fresh") else { panic!("payments are frozen") };
    assert!(frozen.to_string().contains(&payment.transaction_id.to_string()), "{frozen}");

    place.node.take_submitted();
    wallet.manager.release_payments().unwrap();
    // each key answers what paid it, and nothing else is submitted
    assert_eq!(send(&wallet, &account, "k").unwrap().transaction_id, anew);
    let withdrawal = |key: &str| wallet.manager.withdrawal(key).unwrap();
    assert_eq!(withdrawal("a").transaction_id, Some(other));
    confirm(&place, &wallet, other);
    let fresh = send(&wallet, &account, "fresh").unwrap().transaction_id;
    confirm(&place, &wallet, fresh);
    assert_eq!(withdrawal("a").state, WithdrawalState::Confirmed);
    for one in [&payment, &batch] {
        let now = found(&wallet, one.transaction_id);
        assert_eq!((now.state, now.attachments), (PaymentState::Signed, 0));
        assert!(now.reason.unwrap().contains("was used for"));
    }
    assert_eq!(withdrawal("b").transaction_id, Some(batch.transaction_id));

    // what it spends stays reserved, until it is cancelled for good
    wallet.manager.unlock_outputs(theirs.clone()).unwrap();
    assert_eq!(kind(wallet.manager.lock_outputs(theirs.clone())), Some(ErrorKind::InputLocked));
    for one in [&payment, &batch] {
        wallet.manager.cancel(&PaymentRef::Transaction(one.transaction_id)).unwrap();
        let all = wallet.manager.payments(None, None, 100).unwrap().items;
        let contest = all.iter().find(|other| other.contests == Some(one.transaction_id)).unwrap();
        confirm(&place, &wallet, contest.transaction_id);
        assert_eq!(found(&wallet, one.transaction_id).state, PaymentState::Cancelled);
    }
    let again = paid(&wallet, "b");
    assert_ne!(again, batch.transaction_id);
    assert_eq!(withdrawal("a").transaction_id, Some(other));
}

#[test]
fn a_payment_of_the_journal_that_what_was_paid_anew_killed_is_no_matter_of_a_person() {
    let Lost { place, account, payment, batch, wallet } = lost();
    // by the same choice it spends the same output
    let anew = send(&wallet, &account, "k").unwrap();
    assert_eq!(anew.inputs, payment.inputs);
    assert_eq!(anew.transaction_id, payment.transaction_id, "signed once more it is the same transaction");
    confirm(&place, &wallet, anew.transaction_id);
    let wallet = again(&place, wallet);
    assert_eq!((state(&wallet).disputed, state(&wallet).journal_payments), (vec![], 1));
    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.sync();
    released(&wallet);
    // nobody used its keys meanwhile
    wallet.wait_until(|_| found(&wallet, batch.transaction_id).state == PaymentState::Submitted);
}

#[test]
fn a_cancelled_withdrawal_is_not_revived_by_the_journal() {
    let Lost { place, account, batch, wallet, .. } = lost();
    let request = WithdrawalOf("a");
    let taken = wallet.manager.withdraw(&account, vec![request.of(1_000 * M)]).unwrap().remove(0).unwrap();
    assert_eq!(taken.state, WithdrawalState::Requested);
    wallet.manager.cancel_withdrawal("a").unwrap();
    let wallet = again(&place, wallet);
    assert_eq!(wallet.manager.withdrawal("a").unwrap().state, WithdrawalState::Cancelled);
    assert_eq!(state(&wallet).disputed, [batch.transaction_id]);
}

#[test]
fn a_withdrawal_that_was_paid_after_the_backup_is_not_cancelled_before_that_was_seen() {
    let place = Place::new();
    let (old, account) = funded(&place, 1);
    let only = vec![output_id(transaction_id(1), 0)];
    old.manager.lock_outputs(only.clone()).unwrap();
    withdraw(&old, &account, &["a".to_owned()]);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    old.manager.unlock_outputs(only).unwrap();
    let batch = paid(&old, "a");
    place.node.include();
    old.sync();
    old.manager.close();
    take_away(&place);
    let wallet = restored(&place);
    // who hears that it is cancelled, or refused, gives the money back
    let cancelled = wallet.manager.cancel_withdrawal("a").unwrap_err();
    assert_eq!(cancelled.kind(), ErrorKind::PaymentsFrozen, "{cancelled}");
    assert_eq!(wallet.manager.withdrawal("a").unwrap().state, WithdrawalState::Requested);
    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.sync();
    wallet.freed();
    let withdrawal = wallet.manager.cancel_withdrawal("a").unwrap();
    assert_eq!((withdrawal.state, withdrawal.transaction_id), (WithdrawalState::Confirmed, Some(batch)));
}

struct WithdrawalOf(&'static str);

impl WithdrawalOf {
    fn of(&self, amount: u64) -> crate::payments::WithdrawalRequest {
        crate::payments::WithdrawalRequest {
            key: self.0.to_owned(),
            address: text(&crate::testing::address(8)),
            amount: Amount::new(amount),
            micro_amount: None,
        }
    }
}

#[test]
fn what_was_found_on_the_ledger_is_in_a_new_journal_with_its_marks() {
    let place = Place::new();
    let (old, account) = funded(&place, 4);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    let payment = send(&old, &account, "k").unwrap().transaction_id;
    withdraw(&old, &account, &["a".to_owned()]);
    let batch = paid(&old, "a");
    place.node.include();
    old.sync();
    old.manager.close();
    take_away(&place);
    let wallet = restored(&place);
    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.sync();
    wallet.freed();
    // in no particular order: a milestone applied both
    wallet.wait_until(|_| transactions(&journal(&place)).len() == 2);
    wallet.manager.close();
    fs::remove_dir_all(place.restored()).unwrap();

    // lost again, with the same backup: nodes are not asked for what the journal has
    place.node.set_archive(false);
    let wallet = restored(&place);
    assert_eq!(state(&wallet).journal_payments, 2);
    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.sync();
    released(&wallet);
    assert_eq!(send(&wallet, &account, "k").unwrap().transaction_id, payment);
    let withdrawn = withdraw(&wallet, &account, &["a".to_owned()]).remove(0);
    assert_eq!((withdrawn.transaction_id, withdrawn.state), (Some(batch), WithdrawalState::Confirmed));
    assert_eq!(wallet.manager.payments(None, None, 100).unwrap().items.len(), 2);
}

#[test]
fn what_is_found_on_the_ledger_once_payments_are_free_is_in_the_journal_too() {
    let place = Place::new();
    let (old, account) = funded(&place, 4);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    let late = send(&old, &account, "k").unwrap().transaction_id;
    old.manager.close();
    let sent = place.node.take_submitted();
    take_away(&place);
    let wallet = restored(&place);
    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.sync();
    wallet.freed();
    // the thread that writes has compared the journal with what was found until now
    wallet.wait_until(|_| covers(&journal(&place)).is_some());
    place.node.ledger().include(&sent);
    wallet.sync();
    wallet.wait_until(|_| transactions(&journal(&place)) == [late]);
}

/// An account that the backup does not have has paid.
fn paid_by_bob() -> (Place, AccountRef, TransactionId) {
    let place = Place::new();
    let old = start(&place);
    old.sync();
    let _alice = old.account("alice");
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    let bob = old.account("bob");
    let owner = old.address(&bob);
    fund(&place, owner, 1, 10 * M);
    old.sync();
    let open = send(&old, &bob, "open").unwrap().transaction_id;
    old.manager.close();
    (place, bob, open)
}

#[test]
fn issuing_is_released_with_what_accounts_have_paid_or_not_at_all() {
    let (place, bob, open) = paid_by_bob();
    let wallet = restored(&place);
    take_away(&place);
    let statement = IssuedBefore::Exact(vec![issued(0, None, 0, 0), issued(1, Some("bob"), 1, 1)]);
    assert_eq!(kind(wallet.manager.release_issuing(&statement)), Some(ErrorKind::JournalIo));
    assert!(!state(&wallet).issuing_released);
    assert_eq!(kind(wallet.manager.account(&bob)), Some(ErrorKind::AccountNotFound));
    bring_back(&place);
    wallet.manager.release_issuing(&statement).unwrap();
    wallet.sync();
    assert_eq!(send(&wallet, &bob, "open").unwrap().transaction_id, open);
    released(&wallet);
}

#[test]
fn an_account_is_made_with_what_it_has_paid_or_not_at_all() {
    let (place, bob, open) = paid_by_bob();
    let wallet = restored(&place);
    wallet.manager.release_issuing(&IssuedBefore::SkipAhead(10)).unwrap();
    wallet.sync();
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    let Err(frozen) = send(&wallet, &AccountRef::Index(0), "fresh") else { panic!("payments are frozen") };
    assert!(frozen.to_string().contains("1 records of accounts"), "{frozen}");
    wallet.manager.release_payments().unwrap();
    take_away(&place);
    for _ in 0..2 {
        assert_eq!(kind(wallet.manager.create_account("bob")), Some(ErrorKind::JournalIo));
    }
    bring_back(&place);
    wallet.manager.create_account("bob").unwrap();
    assert_eq!(send(&wallet, &bob, "open").unwrap().transaction_id, open);
    assert_eq!(state(&wallet).journal_waiting, 0);
}

#[test]
fn records_of_accounts_that_are_not_there_are_not_forgotten_by_another_restore() {
    let (place, _, _) = paid_by_bob();
    let wallet = restored(&place);
    assert_eq!(state(&wallet).journal_waiting, 1);
    fs::remove_file(place.file()).unwrap();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    wallet.manager.close();
    fs::remove_dir_all(place.restored()).unwrap();
    take_away(&place);
    let wallet = restored(&place);
    // a new journal knows nothing of them
    wallet.manager.release_issuing(&exact(0, 0)).unwrap();
    wallet.sync();
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    assert_eq!((state(&wallet).journal_waiting, state(&wallet).payments_released), (1, false));
}

#[test]
fn what_an_open_payment_spends_is_reserved_when_it_comes_also_after_another_restore() {
    let place = Place::new();
    let old = start(&place);
    old.sync();
    let account = old.account("alice");
    let owner = old.address(&account);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    fund(&place, owner, 1, 10 * M);
    old.sync();
    send(&old, &account, "k").unwrap();
    old.manager.close();
    let wallet = restored(&place);
    fs::remove_file(place.file()).unwrap();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    wallet.manager.close();
    fs::remove_dir_all(place.restored()).unwrap();
    let wallet = restored(&place);
    assert_eq!(state(&wallet).journal_payments, 0, "the backup has it");
    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.sync();
    let balance = wallet.manager.balance(&account).unwrap();
    assert_eq!((balance.total, balance.available), (Amount::new(10 * M), Amount::ZERO));
    let reserved = wallet.manager.lock_outputs(vec![output_id(transaction_id(1), 0)]);
    assert_eq!(kind(reserved), Some(ErrorKind::InputLocked));
}
