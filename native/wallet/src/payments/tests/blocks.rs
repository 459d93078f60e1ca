//! By which block a payment is to be looked up.

use std::thread;

use super::{
    scripted::block,
    world::{World, paying},
};
use crate::{
    audit::{AuditFilter, AuditKind},
    events::{self, InclusionState, LedgerEvent},
    ledger::{BlockId, BlockState},
    payments::{Payment, PaymentState},
    store::payment,
};

const M: u64 = 1_000_000;

impl World {
    /// Makes a payment whose block a node takes and does not say so before `meanwhile` is done.
    pub(super) fn send_unanswered(&self, amount: u64, meanwhile: impl FnOnce(&Payment)) -> Payment {
        self.node.set(|script| script.hold = true);
        let known = self.wallet.payments.page(None, None, 1_000).unwrap().len();
        let payment = thread::scope(|scope| {
            let sending = scope.spawn(|| self.send(paying(amount)).unwrap());
            let new = || self.wallet.payments.page(None, None, 1_000).unwrap().into_iter().nth(known);
            let payload = |payment: Payment| self.wallet.read(|conn| payment::payload(conn, payment.position));
            self.patiently(|| new().map(payload).is_some_and(|payload| self.node.holds(&payload)));
            meanwhile(&new().expect("it is there"));
            sending.join().unwrap()
        });
        self.node.set(|script| script.hold = false);
        payment
    }

    /// The ledger applies the payment by this block.
    pub(super) fn confirm_by(&self, payment: &Payment, block: BlockId) {
        self.node.included.lock().unwrap().insert(payment.transaction_id, block);
        self.confirm(payment);
    }

    fn sought(&self) -> usize {
        self.node.sought.lock().unwrap().len()
    }

    /// The block in the event that says so.
    fn told_block(&self, payment: &Payment) -> Option<BlockId> {
        let logged = self.wallet.store.readers().read(|conn| events::read(conn, 0, 1_000)).unwrap();
        let confirmed = logged.into_iter().find_map(|logged| match logged.event {
            LedgerEvent::TransactionInclusion(event)
                if event.transaction_id == payment.transaction_id && event.state == InclusionState::Confirmed =>
            {
                Some(event.block_id)
            }
            _ => None,
        });
        confirmed.expect("it is confirmed")
    }

    fn submissions(&self, payment: &Payment) -> usize {
        let all = AuditFilter { transaction: Some(payment.transaction_id), ..AuditFilter::default() };
        let records = self.wallet.store.readers().read(|conn| crate::audit::list(conn, &all, 0, 1_000)).unwrap();
        records.iter().filter(|record| record.kind == AuditKind::TransactionSubmitted).count()
    }
}

#[test]
fn a_block_that_is_alone_is_the_one_and_nobody_is_asked() {
    let world = World::with(&[5 * M]);
    let payment = world.send(paying(M)).unwrap();
    world.confirm(&payment);
    assert_eq!(world.find(&payment).block, Some(block(1)));
    assert_eq!(world.told_block(&payment), Some(block(1)));
    world.milestone(vec![], vec![]);
    let other = world.send(paying(M)).unwrap();
    assert_eq!((other.block, world.sought()), (Some(block(2)), 0));
}

#[test]
fn an_answer_that_comes_after_the_milestone_is_recorded() {
    let world = World::with(&[5 * M]);
    let payment = world.send_unanswered(M, |payment| {
        world.confirm(payment);
    });
    assert_eq!((payment.state, payment.block, payment.attachments), (PaymentState::Confirmed, None, 0));
    assert_eq!(world.submissions(&payment), 0);
    world.node.let_go();
    let payment = world.await_payment(&payment, |payment| payment.attachments == 1);
    assert_eq!((payment.state, payment.block), (PaymentState::Confirmed, Some(block(1))));
    assert_eq!(world.submissions(&payment), 1);
}

#[test]
fn what_was_submitted_before_a_crash_and_confirmed_before_the_start_has_its_block() {
    let world = World::with(&[5 * M]);
    let payment = world.send_unanswered(M, |_| world.wallet.payments.close());
    assert_eq!((payment.state, payment.block), (PaymentState::Signed, None));
    let world = world.reopened_with(|_| {});
    world.confirm_by(&payment, block(1));
    assert_eq!(world.told_block(&payment), None);
    world.wallet.payments.start().unwrap();
    let payment = world.await_payment(&payment, |payment| payment.block.is_some());
    assert_eq!((payment.block, payment.attachments), (Some(block(1)), 0));
}

#[test]
fn of_several_blocks_the_included_one_is_told_and_none_before_it_is_known() {
    let world = World::with(&[5 * M]);
    world.node.set(|script| {
        script.states.insert(block(1), BlockState::Pending { should_reattach: true });
    });
    let payment = world.send(paying(M)).unwrap();
    world.milestone(vec![], vec![]);
    world.milestone(vec![], vec![]);
    let payment = world.await_payment(&payment, |payment| payment.attachments == 2);
    assert_eq!(payment.block, Some(block(2)), "the newest, as long as it is open");
    world.confirm(&payment);
    assert_eq!(world.told_block(&payment), None);
    world.patiently(|| world.sought() == 1);
    assert_eq!(world.find(&payment).block, None);
    // the node that is asked next has it
    world.node.included.lock().unwrap().insert(payment.transaction_id, block(1));
    world.milestone(vec![], vec![]);
    let payment = world.await_payment(&payment, |payment| payment.block.is_some());
    assert_eq!((payment.block, payment.attachments, world.sought()), (Some(block(1)), 2, 2));
}

#[test]
fn a_submission_without_an_answer_leaves_the_recorded_block_in_doubt() {
    let world = World::with(&[5 * M]);
    world.node.set(|script| {
        script.states.insert(block(1), BlockState::Pending { should_reattach: true });
    });
    let payment = world.send(paying(M)).unwrap();
    // the second block arrives, and the node says that it has not taken it
    world.node.set(|script| script.refuse = Some("no".to_owned()));
    world.milestone(vec![], vec![]);
    world.milestone(vec![], vec![]);
    world.patiently(|| world.node.arrived().len() == 2);
    world.confirm_by(&payment, block(2));
    assert_eq!(world.told_block(&payment), None);
    let payment = world.await_payment(&payment, |payment| payment.block.is_some());
    assert_eq!((payment.block, payment.attachments), (Some(block(2)), 1));
}

#[test]
fn a_submission_that_may_have_left_two_blocks_is_looked_up() {
    let world = World::with(&[5 * M]);
    world.node.set(|script| script.accompanied = true);
    let payment = world.send(paying(M)).unwrap();
    assert_eq!(payment.block, Some(block(1)));
    world.confirm_by(&payment, block(7));
    let payment = world.await_payment(&payment, |payment| payment.block.is_some());
    assert_eq!((payment.block, payment.attachments), (Some(block(7)), 1));
}

#[test]
fn a_block_that_nobody_has_is_not_asked_for_for_ever() {
    let world = World::with(&[5 * M]);
    world.node.set(|script| script.accompanied = true);
    let payment = world.send(paying(M)).unwrap();
    world.confirm(&payment);
    world.patiently(|| world.sought() == 1);
    for tries in 2..=3 {
        world.milestone(vec![], vec![]);
        world.patiently(|| world.sought() == tries);
    }
    // what is asked for next comes after it
    let other = world.send(paying(M)).unwrap();
    world.confirm_by(&other, block(2));
    world.await_payment(&other, |payment| payment.block.is_some());
    let world = world.restarted();
    let third = world.send(paying(M)).unwrap();
    world.confirm_by(&third, block(3));
    world.await_payment(&third, |payment| payment.block.is_some());
    let sought = world.node.sought.lock().unwrap();
    assert_eq!(sought.iter().filter(|id| **id == payment.transaction_id).count(), 3);
    assert_eq!(world.find(&payment).block, None);
}
