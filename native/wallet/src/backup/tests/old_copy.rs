//! An old copy of the key journal: what the ledger shows and it lacks proves that it is one, and then it tells nothing of what
//! was on its way.

use super::{journal::*, *};
use crate::{
    error::ErrorKind,
    manager::AccountRef,
    payments::{PaymentState, covers, transactions},
};

/// A wallet that paid `a` before its journal was copied, and `b` and `c` after it; of these `b` was applied. It was lost with its
/// journal, of which the copy is left.
struct Lost {
    place: Place,
    account: AccountRef,
    applied: TransactionId,
    on_its_way: TransactionId,
    /// Its bytes.
    sent: Vec<Vec<u8>>,
}

/// A wallet that was backed up and paid `a` after it, with a journal that says that it has everything.
fn paid_once() -> (Place, AccountRef) {
    let place = Place::new();
    let (old, account) = funded(&place, 6);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    send(&old, &account, "a").unwrap();
    place.node.include();
    old.sync();
    old.manager.close();
    idle(&place);
    (place, account)
}

fn lost() -> Lost {
    let (place, account) = paid_once();
    let copy = fs::read(journal(&place)).unwrap();
    let old = start(&place);
    old.sync();
    let applied = send(&old, &account, "b").unwrap().transaction_id;
    place.node.include();
    old.sync();
    let on_its_way = send(&old, &account, "c").unwrap().transaction_id;
    old.manager.close();
    let sent = place.node.take_submitted();
    fs::write(journal(&place), copy).unwrap();
    assert!(covers(&journal(&place)).is_some(), "it says that it has everything");
    Lost { place, account, applied, on_its_way, sent }
}

/// Restored with what is at the journal's place, at the tip.
fn checked(place: &Place) -> TestWallet {
    let wallet = restored(place);
    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    wallet
}

#[test]
fn invariant_7_a_journal_that_was_cut_in_its_last_record_frees_payments_no_sooner_than_an_old_copy() {
    let (place, account) = paid_once();
    let old = start(&place);
    old.sync();
    let on_its_way = send(&old, &account, "b").unwrap().transaction_id;
    old.manager.close();
    let sent = place.node.take_submitted();
    let whole = fs::read(journal(&place)).unwrap();
    fs::write(journal(&place), &whole[..whole.len() - 5]).unwrap();

    // nothing on the ledger shows that anything is missing; and it stays so when the backup is restored once more
    let frozen = || {
        let wallet = checked(&place);
        assert!(state(&wallet).journal_found && !state(&wallet).payments_released);
        let frozen = send(&wallet, &account, "b").map(drop);
        assert!(matches!(frozen, Err(error) if error.kind() == ErrorKind::PaymentsFrozen));
        wallet
    };
    frozen().manager.close();
    fs::remove_dir_all(place.restored()).unwrap();
    let wallet = frozen();
    place.node.ledger().include(&sent);
    wallet.sync();
    assert_eq!(send(&wallet, &account, "b").unwrap().transaction_id, on_its_way);
    place.node.ledger().empty_milestones(20);
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().payments_released);
}

#[test]
fn invariant_7_an_old_copy_of_the_journal_frees_payments_no_sooner_than_none() {
    let Lost { place, account, applied, on_its_way, sent } = lost();
    let wallet = checked(&place);
    assert!(state(&wallet).journal_found && !state(&wallet).payments_released);
    let from = state(&wallet).free_from.unwrap();
    let Err(frozen) = send(&wallet, &account, "c") else { panic!("payments are frozen") };
    assert_eq!(frozen.kind(), ErrorKind::PaymentsFrozen);
    let why = frozen.to_string();
    assert!(why.contains("is an old copy") && why.contains(&format!("before milestone {from}")), "{why}");
    wallet.manager.close();
    // and after a restart, one milestone before
    let wallet = TestWallet::start_journaled(&place.restored(), &place.node, &journal(&place)).unwrap();
    let left = from.0 - place.node.ledger().position().index.0;
    assert_eq!(left, 16);
    place.node.ledger().empty_milestones(left - 2);
    place.node.ledger().include(&sent);
    wallet.sync();
    assert!(!state(&wallet).payments_released);
    place.node.ledger().empty_milestones(1);
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().payments_released);
    for (key, id) in [("b", applied), ("c", on_its_way)] {
        let payment = send(&wallet, &account, key).unwrap();
        assert_eq!((payment.transaction_id, payment.state), (id, PaymentState::Confirmed));
    }
    assert_eq!(place.node.submitted(), 0, "nothing was signed");
    // nobody is suspected, and the journal is whole and says so
    send(&wallet, &account, "fresh").unwrap();
    let tip = place.node.ledger().position().index;
    wallet
        .wait_until(|_| covers(&journal(&place)) == Some(tip) && transactions(&journal(&place)).contains(&on_its_way));
}

#[test]
fn invariant_7_an_old_copy_stays_one_when_what_was_found_was_added_to_it() {
    let Lost { place, account, applied, on_its_way, .. } = lost();
    let wallet = checked(&place);
    assert!(!transactions(&journal(&place)).contains(&applied));
    wallet.manager.close();
    let wallet = TestWallet::start_journaled(&place.restored(), &place.node, &journal(&place)).unwrap();
    assert!(transactions(&journal(&place)).contains(&applied));
    wallet.manager.close();
    fs::remove_dir_all(place.restored()).unwrap();
    // lost again, and restored with it: it has all that the ledger shows, and not what is on its way yet
    let wallet = checked(&place);
    assert!(!transactions(&journal(&place)).contains(&on_its_way));
    assert!(!state(&wallet).payments_released);
    let Err(frozen) = send(&wallet, &account, "c") else { panic!("payments are frozen") };
    assert_eq!(frozen.kind(), ErrorKind::PaymentsFrozen);
    let before = covers(&journal(&place));
    wallet.freed();
    wallet.wait_until(|_| covers(&journal(&place)) > before);
    wallet.manager.close();
    // when nothing can be on its way any more it is whole
    fs::remove_dir_all(place.restored()).unwrap();
    let wallet = checked(&place);
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().payments_released);
    assert_eq!(state(&wallet).free_from, None);
}
