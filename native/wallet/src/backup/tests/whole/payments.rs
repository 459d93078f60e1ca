//! Payments and withdrawals that were open, or were made, when the backup was.

use super::*;
use crate::payments::{PaymentRef, PaymentState};

#[test]
fn payments_are_free_again_by_themselves_when_nothing_was_paid_meanwhile() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    let to = issue(&old, &account, 1)[0];
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, to, 3 * M).build()], vec![]);
    old.sync();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    old.manager.close();
    let wallet = place.start_restored();
    wallet.manager.release_issuing(&exact(1, 0)).unwrap();
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().payments_released);
    let payment = pay(&wallet, &account).unwrap();
    wallet.manager.close();
    // and stay so
    let wallet = TestWallet::start(&place.restored(), &place.node);
    assert!(wallet.manager.restored().unwrap().unwrap().payments_released);
    wallet.manager.payment(&PaymentRef::Transaction(payment.transaction_id)).unwrap();
    // from now on a stranger's transaction is one
    place.node.ledger().milestone(vec![], vec![spent(payment.inputs[0].output_id, transaction_id(66))]);
    wallet.sync();
    assert_eq!(kind(pay(&wallet, &account)), ErrorKind::ForeignSigner);
}

#[test]
fn an_open_payment_whose_input_went_elsewhere_after_the_backup_is_no_foreign_signer() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    let to = issue(&old, &account, 2);
    let outputs = vec![OutputBuilder::plain(1, to[0], 3 * M).build(), OutputBuilder::plain(2, to[1], 4 * M).build()];
    place.node.ledger().milestone(outputs, vec![]);
    old.sync();
    let open = pay(&old, &account).unwrap();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    // it was cancelled, and another one took its input
    place.node.ledger().milestone(vec![], vec![spent(open.inputs[0].output_id, transaction_id(88))]);
    old.manager.close();

    let wallet = place.start_restored();
    wallet.manager.release_issuing(&exact(2, 1)).unwrap();
    wallet.sync();
    let dead = wallet.manager.payment(&PaymentRef::Transaction(open.transaction_id)).unwrap();
    assert_eq!(dead.state, PaymentState::Dead);
    assert_eq!(kind(pay(&wallet, &account)), ErrorKind::PaymentsFrozen);
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    let state = wallet.manager.restored().unwrap().unwrap();
    assert!(!state.payments_released && state.unknown_own.is_some());
    assert_eq!(incidents(&wallet).len(), 1);
    wallet.manager.close();
    // a restart changes nothing of it
    let wallet = TestWallet::start(&place.restored(), &place.node);
    wallet.sync();
    assert_eq!(kind(pay(&wallet, &account)), ErrorKind::PaymentsFrozen);
    wallet.manager.release_payments().unwrap();
    pay(&wallet, &account).unwrap();
}

#[test]
fn an_open_payment_is_not_submitted_before_the_ledger_was_seen() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    let to = issue(&old, &account, 1)[0];
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, to, 3 * M).build()], vec![]);
    old.sync();
    // signed, and no node has it
    place.node.set_reachable(false);
    let open = pay(&old, &account).unwrap();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    old.manager.close();
    let attached = |wallet: &TestWallet| {
        wallet.manager.payment(&PaymentRef::Transaction(open.transaction_id)).unwrap().attachments
    };
    place.node.heal();
    let wallet = place.start_restored();
    let before = attached(&wallet);
    // a wallet that submitted it would have done so by then
    for _ in 0..20 {
        wallet.manager.wait_change(wallet.manager.version(), Duration::from_millis(10));
    }
    assert_eq!(attached(&wallet), before);
    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.sync();
    wallet.wait_until(|_| attached(&wallet) > before);
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().payments_released);
}

#[test]
fn a_withdrawal_that_waits_since_before_the_backup_needs_a_persons_word() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    issue(&old, &account, 1);
    let text = crate::ledger::AddressCodec::format(&crate::stardust::Stardust, &crate::testing::address(5), "rms");
    let request = crate::payments::WithdrawalRequest {
        key: "k".to_owned(),
        address: text,
        amount: Amount::new(M),
        micro_amount: None,
    };
    old.manager.withdraw(&account, vec![request]).unwrap().remove(0).unwrap();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    // of this the backup knows nothing, and no ledger tells
    old.manager.cancel_withdrawal("k").unwrap();
    old.manager.close();
    let wallet = place.start_restored();
    wallet.manager.release_issuing(&exact(1, 0)).unwrap();
    wallet.sync();
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    assert!(!wallet.manager.restored().unwrap().unwrap().payments_released);
    assert_eq!(wallet.manager.cancel_withdrawal("k").unwrap().state.name(), "cancelled");
    wallet.manager.release_payments().unwrap();
    assert!(wallet.manager.restored().unwrap().unwrap().payments_released);
}

#[test]
fn a_backup_of_a_restored_wallet_forgets_nothing_that_is_open() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    let to = issue(&old, &account, 1)[0];
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, to, 3 * M).build()], vec![]);
    old.sync();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    old.manager.close();
    let output = crate::testing::output_id(transaction_id(1), 0);
    place.node.ledger().milestone(vec![], vec![spent(output, transaction_id(77))]);
    let wallet = place.start_restored();
    wallet.manager.release_issuing(&IssuedBefore::SkipAhead(30)).unwrap();
    wallet.sync();
    assert!(wallet.manager.restored().unwrap().unwrap().unknown_own.is_some());
    let second = Place::new();
    wallet.manager.backup(&second.file(), &password("backup")).unwrap();
    wallet.manager.close();
    let again = second.start_restored();
    let state = again.manager.restored().unwrap().unwrap();
    assert!(state.unknown_own.is_some() && !state.payments_released);
    assert_eq!(state.skip_ahead, 30);
}
