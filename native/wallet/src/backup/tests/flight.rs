//! Payments that were on their way when the wallet was lost, with its journal.

use super::{
    stale::{Stale, ends_told, released},
    *,
};
use crate::{
    error::ErrorKind,
    events::IncidentKind,
    manager::{OutputFilter, WalletError},
    payments::{
        MicroAmount, Payment, PaymentRef, PaymentState, RecoveredState, SendOptions, WithdrawalRequest, WithdrawalState,
    },
    store::outgoing,
    testing::OutputBuilder,
};

fn kind<T>(result: Result<T, WalletError>) -> ErrorKind {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.kind(),
    }
}

fn found(wallet: &TestWallet, payment: &Payment) -> Payment {
    wallet.manager.payment(&PaymentRef::Transaction(payment.transaction_id)).unwrap()
}

fn checked(wallet: &TestWallet) {
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
}

fn evidence(error: &WalletError) -> String {
    match error {
        WalletError::Payment(crate::payments::PaymentError::ForeignSigner { evidence }) => evidence.clone(),
        other => panic!("{other}"),
    }
}

fn strangers(wallet: &TestWallet) -> usize {
    let events = wallet.events();
    let stranger =
        |event: &&LedgerEvent| matches!(event, LedgerEvent::Incident(one) if one.kind == IncidentKind::ForeignSigner);
    events.iter().filter(stranger).count()
}

#[test]
fn invariant_7_what_was_on_its_way_and_is_confirmed_after_the_tip_answers_its_key() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    let lost = stale.send(&old, 1).unwrap();
    old.manager.close();
    let on_its_way = stale.node().take_submitted();
    assert_eq!(on_its_way.len(), 1);

    let wallet = stale.restore();
    checked(&wallet);
    // the tip is reached, and the customer asks again
    let refused = stale.send(&wallet, 1).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PaymentsFrozen);
    let from = wallet.manager.restored().unwrap().unwrap().free_from.unwrap();
    assert!(refused.to_string().contains(&format!("before milestone {from}")), "{refused}");
    wallet.manager.close();
    // and after a restart, one milestone before
    let wallet = TestWallet::start(&stale.place.restored(), stale.node());
    let left = from.0 - stale.node().ledger().position().index.0;
    assert_eq!(left, 16);
    stale.node().ledger().empty_milestones(left - 2);
    stale.node().ledger().include(&on_its_way);
    wallet.sync();
    assert_eq!(kind(stale.send(&wallet, 2)), ErrorKind::PaymentsFrozen);
    assert_eq!(found(&wallet, &lost).state, PaymentState::Confirmed);
    stale.node().ledger().empty_milestones(1);
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().payments_released);
    assert_eq!(stale.send(&wallet, 1).unwrap().transaction_id, lost.transaction_id);
    assert_eq!((stale.node().submitted(), strangers(&wallet)), (0, 0), "nothing was signed");
    assert!(wallet.audited().ends_with(&["keyBound"]));
    stale.send(&wallet, 2).unwrap();
}

#[test]
fn a_block_in_the_backup_is_not_taken_for_the_included_one() {
    let (stale, old) = Stale::new();
    let sent = stale.send(&old, 1).unwrap();
    assert!(sent.block.is_some());
    stale.back_up(&old);
    old.manager.close();
    // the lost wallet may have put it into another block since
    let on_its_way = stale.node().take_submitted();
    let wallet = stale.restore();
    stale.node().ledger().include(&on_its_way);
    wallet.sync();
    let confirmed = found(&wallet, &sent);
    assert_eq!((confirmed.state, confirmed.block), (PaymentState::Confirmed, None));
}

#[test]
fn invariant_7_what_dies_of_a_payment_on_its_way_after_an_early_release_gives_it_its_key() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    let lost = stale.send(&old, 1).unwrap();
    stale.withdraw(&old, 2..=3);
    old.wait_until(|manager| manager.withdrawal("withdrawal-3").unwrap().state == WithdrawalState::Submitted);
    let batch = old.manager.withdrawal("withdrawal-2").unwrap();
    assert_eq!(batch.transaction_id, old.manager.withdrawal("withdrawal-3").unwrap().transaction_id);
    let to = lost.inputs[0].address;
    old.manager.close();
    let on_its_way = stale.node().take_submitted();
    // small change, which the next payment takes along: it is another transaction
    stale.node().ledger().milestone(vec![OutputBuilder::plain(500, to, 50_000).build()], vec![]);

    let wallet = stale.restore();
    checked(&wallet);
    wallet.manager.release_payments().unwrap();
    let again = stale.send(&wallet, 1).unwrap();
    assert_ne!(again.transaction_id, lost.transaction_id);
    assert!(again.inputs.iter().any(|input| lost.inputs.contains(input)), "the same input is taken");
    stale.withdraw(&wallet, [2].into_iter()).remove(0).unwrap();
    wallet.wait_until(|manager| manager.withdrawal("withdrawal-2").unwrap().state == WithdrawalState::Submitted);
    stale.node().ledger().include(&on_its_way);
    wallet.sync();
    // the key is the payment's that has paid, and nobody is suspected
    let dead = found(&wallet, &again);
    assert_eq!((dead.state, dead.idempotency_key), (PaymentState::Dead, None));
    let paid = stale.send(&wallet, 1).unwrap();
    assert_eq!((paid.transaction_id, paid.state), (lost.transaction_id, PaymentState::Confirmed));
    for answer in stale.withdraw(&wallet, 2..=3) {
        let answer = answer.unwrap();
        assert_eq!((answer.state, answer.transaction_id), (WithdrawalState::Confirmed, batch.transaction_id));
    }
    for key in ["withdrawal-2", "withdrawal-3"] {
        assert!(!ends_told(&wallet, key).contains(&WithdrawalState::Dead), "who hears that gives the money back");
    }
    assert_eq!(strangers(&wallet), 0);
    let audited = wallet.audited();
    let count = |kind: &str| audited.iter().filter(|one| **one == kind).count();
    assert_eq!((count("keyBound"), count("withdrawalAssigned")), (1, 3), "{audited:?}");
    stale.send(&wallet, 4).unwrap();
}

#[test]
fn what_was_prepared_before_the_ledger_showed_what_was_paid_for_its_key_is_not_signed() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    let lost = stale.send(&old, 1).unwrap();
    old.manager.close();
    let on_its_way = stale.node().take_submitted();
    let wallet = stale.restore();
    checked(&wallet);
    wallet.manager.release_payments().unwrap();
    // it spends another output
    let all = wallet.manager.outputs(&stale.account, OutputFilter::Unspent, None, 1_000).unwrap().items;
    let other = all.iter().find(|output| output.output_id != lost.inputs[0].output_id).unwrap();
    let options = SendOptions {
        idempotency_key: Some("send-1".to_owned()),
        custom_inputs: vec![other.output_id],
        ..SendOptions::default()
    };
    let payees = vec![(text(&stale.payee(1)), Amount::new(M + 1))];
    let prepared = wallet.manager.prepare(&stale.account, payees, options, 60_000).unwrap();
    stale.node().ledger().include(&on_its_way);
    wallet.sync();
    let answer = wallet.manager.submit_prepared(&prepared.id, crate::payments::Reviewed::No).unwrap();
    assert_eq!(answer.transaction_id, lost.transaction_id);
    assert_eq!(stale.node().submitted(), 0);
}

#[test]
fn what_comes_after_all_that_was_on_its_way_is_another_signer_whose_keys_answer_all_the_same() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    let late = stale.send(&old, 1).unwrap();
    old.manager.close();
    let elsewhere = stale.node().take_submitted();
    let wallet = stale.restore();
    released(&wallet);
    stale.node().ledger().include(&elsewhere);
    wallet.sync();
    assert_eq!(strangers(&wallet), 1);
    assert_eq!(stale.send(&wallet, 1).unwrap().transaction_id, late.transaction_id);
    let halted = stale.send(&wallet, 2).unwrap_err();
    assert_eq!(halted.kind(), ErrorKind::ForeignSigner);
    let text = evidence(&halted);
    assert_eq!(kind(wallet.manager.release_foreign_signer("whatever")), ErrorKind::InvalidArgument);
    assert_eq!(kind(stale.send(&wallet, 2)), ErrorKind::ForeignSigner);
    wallet.manager.release_foreign_signer(&text).unwrap();
    stale.send(&wallet, 2).unwrap();
    assert_eq!(wallet.audited().iter().filter(|one| **one == "foreignSignerReleased").count(), 1);
    // once; and what is seen later halts again
    wallet.manager.release_foreign_signer(&text).unwrap();
    assert_eq!(wallet.audited().iter().filter(|one| **one == "foreignSignerReleased").count(), 1);
    let stolen = wallet.manager.outputs(&stale.account, OutputFilter::Unspent, None, 1_000).unwrap();
    let stolen = stolen.items.iter().find(|output| !output.locked).unwrap();
    let theft = spent(stolen.output_id, crate::testing::transaction_id(999));
    stale.node().ledger().milestone(vec![], vec![theft]);
    wallet.sync();
    assert_eq!(kind(stale.send(&wallet, 3)), ErrorKind::ForeignSigner);
}

#[test]
fn a_key_names_one_recovered_payment_and_none_that_something_else_has() {
    let (stale, old) = Stale::new();
    stale.back_up(&old);
    let first = stale.send_with(&old, 1, Some("own")).unwrap();
    let second = stale.send_with(&old, 2, Some("own")).unwrap();
    stale.settle(&old);
    old.manager.close();
    let wallet = stale.restore();
    released(&wallet);
    stale.send(&wallet, 3).unwrap();
    let name = |payment: &Payment, key| wallet.manager.resolve_recovered(&payment.transaction_id, Some(key));
    assert_eq!(kind(name(&first, "send-3")), ErrorKind::IdempotencyConflict, "a payment has it");
    name(&first, "send-1").unwrap();
    name(&first, "send-1").unwrap();
    assert_eq!(kind(name(&second, "send-1")), ErrorKind::IdempotencyConflict, "another one has it");
    assert_eq!(stale.send(&wallet, 1).unwrap().transaction_id, first.transaction_id);
    // and when it is bound
    name(&first, "send-1").unwrap();
    assert_eq!(kind(name(&second, "send-1")), ErrorKind::IdempotencyConflict);
    wallet.manager.resolve_recovered(&second.transaction_id, None).unwrap();
    let audited = wallet.audited();
    let words: Vec<_> = audited.iter().filter(|kind| kind.starts_with("recovered") || **kind == "keyBound").collect();
    assert_eq!(words, [&"recoveredNamed", &"keyBound", &"recoveredDismissed"]);
    let states = wallet.manager.recovered_payments(None, 10).unwrap().items;
    assert!(states.iter().any(|one| one.state == RecoveredState::Dismissed));
}

#[test]
fn what_was_paid_after_the_backup_counts_for_the_limits_once() {
    let (stale, old) = Stale::new();
    let all = |wallet: &TestWallet| {
        wallet.manager.store().readers().read(|conn| outgoing::signed_within(conn, 1 << 60, (1 << 60) + 1)).unwrap()
    };
    stale.withdraw(&old, [5].into_iter()).remove(0).unwrap();
    stale.settle(&old);
    stale.back_up(&old);
    stale.send(&old, 1).unwrap();
    stale.withdraw(&old, 2..=4);
    stale.settle(&old);
    let before = all(&old);
    assert_eq!((before.recipients, before.amount.units()), (5, 5 * M + 15));
    old.manager.close();
    let wallet = stale.restore();
    released(&wallet);
    assert_eq!(all(&wallet), before, "found");
    stale.withdraw(&wallet, 2..=4);
    stale.send(&wallet, 1).unwrap();
    assert_eq!(all(&wallet), before, "and bound");
}

#[test]
fn what_was_lent_after_the_backup_counts_for_the_limits_once() {
    let (stale, old) = Stale::new();
    let all = |wallet: &TestWallet| {
        wallet.manager.store().readers().read(|conn| outgoing::signed_within(conn, 1 << 60, (1 << 60) + 1)).unwrap()
    };
    let small = |number: u32| WithdrawalRequest {
        amount: Amount::new(u64::from(number)),
        micro_amount: Some(MicroAmount { expires_after: 31_536_000 }),
        ..stale.request(number)
    };
    let withdraw = |wallet: &TestWallet, numbers: std::ops::RangeInclusive<u32>| {
        let answers = wallet.manager.withdraw(&stale.account, numbers.map(small).collect()).unwrap();
        answers.into_iter().map(|answer| answer.unwrap().state).collect::<Vec<_>>()
    };
    stale.back_up(&old);
    withdraw(&old, 2..=4);
    stale.settle(&old);
    let before = all(&old);
    assert!(before.recipients == 3 && before.amount.units() > 100_000, "{before:?}");
    old.manager.close();
    let wallet = stale.restore();
    released(&wallet);
    assert_eq!(all(&wallet), before, "found");
    // also as long as the others of the batch are not asked for
    for number in 2..=4 {
        assert_eq!(withdraw(&wallet, number..=number), [WithdrawalState::Confirmed]);
        assert_eq!(all(&wallet), before, "bound: {number}");
    }
}
