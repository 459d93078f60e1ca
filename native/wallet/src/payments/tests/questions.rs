//! What tests ask of a wallet, and what they wait for.

use std::time::{Duration, Instant};

use super::world::{World, position, request};
use crate::{
    events::{self, InclusionState, LedgerEvent},
    ledger::Amount,
    payments::{Accepted, Payment, PaymentError, PaymentRef, SendRequest, Withdrawal, WithdrawalState, settle::settle},
    store::recovery::{self, Recovery},
};

impl World {
    /// Tells of an ended payment's transaction once more, as after a second block of it.
    pub(super) fn settle_again(&self, payment: &Payment) -> Vec<LedgerEvent> {
        let (id, inputs) = (payment.transaction_id, payment.inputs.clone());
        let consumed: Vec<_> = inputs.iter().map(|input| (input.output_id, id)).collect();
        let job = move |tx: &rusqlite::Transaction<'_>| settle(tx, &position(99), [id, id], &consumed);
        self.wallet.store.writer().commit(job).unwrap()
    }

    /// The payment that contests this one.
    pub(super) fn contest_of(&self, payment: &Payment) -> Payment {
        let all = self.wallet.payments.page(None, None, 1_000).unwrap();
        all.into_iter().find(|other| other.contests == Some(payment.transaction_id)).unwrap()
    }

    /// The seed was searched to the end, and issuing is released since or not.
    pub(super) fn searched(&self, issuing_released: bool) {
        let state = Recovery { complete: true, issuing_released, ..Recovery::default() };
        self.wallet.store.writer().commit(move |tx| recovery::put(tx, &state)).unwrap();
    }

    pub(super) fn withdraw(&self, requests: &[(&str, u64)]) -> Vec<Accepted> {
        self.wallet.payments.withdraw(0, requests.iter().map(|(key, amount)| request(key, *amount)).collect()).unwrap()
    }

    pub(super) fn withdrawal(&self, key: &str) -> Withdrawal {
        self.wallet.payments.withdrawal(key).unwrap()
    }

    /// Waits until the withdrawal is in this state.
    pub(super) fn await_withdrawal(&self, key: &str, wanted: WithdrawalState) -> Withdrawal {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let withdrawal = self.withdrawal(key);
            if withdrawal.state == wanted {
                return withdrawal;
            }
            assert!(Instant::now() < deadline, "still {withdrawal:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The payment that pays a withdrawal.
    pub(super) fn payment_of(&self, key: &str) -> Payment {
        let id = self.withdrawal(key).transaction_id.unwrap();
        self.wallet.payments.find(&PaymentRef::Transaction(id)).unwrap()
    }

    /// The states that the log tells of a withdrawal.
    pub(super) fn told_withdrawal(&self, key: &str) -> Vec<WithdrawalState> {
        let logged = self.wallet.store.readers().read(|conn| events::read(conn, 0, 10_000)).unwrap();
        let state = |event: LedgerEvent| match event {
            LedgerEvent::Withdrawal(event) if event.idempotency_key == key => Some(event.state),
            _ => None,
        };
        logged.into_iter().filter_map(|logged| state(logged.event)).collect()
    }

    pub(super) fn send(&self, request: SendRequest) -> Result<Payment, PaymentError> {
        self.wallet.payments.send(request)
    }

    pub(super) fn find(&self, payment: &Payment) -> Payment {
        self.wallet.payments.find(&PaymentRef::Transaction(payment.transaction_id)).unwrap()
    }

    /// Waits until it is so.
    pub(super) fn patiently(&self, wanted: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while !wanted() {
            assert!(Instant::now() < deadline, "it is never so; on the node: {:?}", self.node.arrived().len());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the payment is as wanted.
    pub(super) fn await_payment(&self, payment: &Payment, wanted: impl Fn(&Payment) -> bool) -> Payment {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let payment = self.find(payment);
            if wanted(&payment) {
                return payment;
            }
            assert!(Instant::now() < deadline, "still {payment:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The states that the log tells of a payment.
    pub(super) fn told(&self, payment: &Payment) -> Vec<InclusionState> {
        let logged = self.wallet.store.readers().read(|conn| events::read(conn, 0, 1_000)).unwrap();
        let state = |event: LedgerEvent| match event {
            LedgerEvent::TransactionInclusion(event) if event.transaction_id == payment.transaction_id => {
                Some(event.state)
            }
            _ => None,
        };
        logged.into_iter().filter_map(|logged| state(logged.event)).collect()
    }

    /// Nothing is left of a refused request.
    pub(super) fn assert_untouched(&self) {
        assert_eq!(self.wallet.payments.page(None, None, 10).unwrap(), []);
        let holdings = self.wallet.holdings(0);
        assert_eq!((holdings.locked, holdings.incoming), (Amount::ZERO, Amount::ZERO));
        assert_eq!(self.node.arrived().len(), 0);
        assert_eq!(self.wallet.signed(), []);
    }
}
