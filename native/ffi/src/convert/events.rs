//! Events, out of the log and live. A new kind of the log gets its arm in [`Names::event`].

use stardust_wallet::events::{self as engine, LedgerEvent, LoggedEvent, Notice, OwnAddress};

use super::{Booked, Names, sync_status};
use crate::{
    engine::Core,
    message::{
        event::{
            DepositEvent, Event, Holdings, IncidentEvent, InclusionState, NewOutputEvent, Place, ProgressStage,
            SpentOutputEvent, SyncStatusEvent, TransactionInclusionEvent, TransactionProgressEvent, Whose,
        },
        scalar::Hex,
        types::{AddressPoolEvent, ConsolidationRequiredEvent, RecoveryProgressEvent, SweepProgressEvent},
    },
    session::Session,
};

impl Names {
    pub(super) fn event_id(&self, subject: &impl std::fmt::Display, kind: &str) -> String {
        format!("{:016x}:{subject}:{kind}", self.network_id)
    }

    pub(super) fn place(&self, event: &LoggedEvent) -> Place {
        let known = event.milestone_index.0 > 0;
        Place {
            log_id: self.log_id.clone(),
            sequence: event.sequence,
            milestone_index: known.then_some(event.milestone_index.0),
            milestone_time_ms: known.then(|| event.milestone_time.millis()),
        }
    }

    /// An event of the log.
    pub(crate) fn event(&self, core: &Core, logged: &LoggedEvent) -> Event {
        let place = self.place(logged);
        match &logged.event {
            LedgerEvent::NewOutput(event) => Event::NewOutput(Box::new(self.new_output(place, logged, event))),
            LedgerEvent::SpentOutput(event) => Event::SpentOutput(SpentOutputEvent {
                id: self.event_id(&event.output_id, "spentOutput"),
                place,
                whose: whose(&event.own),
                holdings: holdings(&event.own),
                output_id: (&event.output_id).into(),
                amount: event.amount.into(),
                spent_by: event.spent_by.as_ref().map(Hex::from),
                repaired: event.repaired,
            }),
            LedgerEvent::OutputLapsed(event) => Event::LapsedOutput(self.lapsed(place, event)),
            LedgerEvent::Deposit(event) => Event::Deposit(DepositEvent {
                id: event.id.clone(),
                place,
                whose: whose(&event.own),
                label: core.label(&event.own.address),
                output_id: (&event.output_id).into(),
                transaction_id: (&event.transaction_id).into(),
                amount: event.amount.into(),
                origin: event.origin.into(),
                repaired: event.repaired,
            }),
            LedgerEvent::TransactionInclusion(event) => Event::TransactionInclusion(self.inclusion(place, event)),
            LedgerEvent::Withdrawal(event) => Event::Withdrawal(self.withdrawal_event(logged, event)),
            LedgerEvent::Incident(event) => Event::Incident(incident(place, event)),
        }
    }

    fn new_output(&self, place: Place, logged: &LoggedEvent, event: &engine::NewOutput) -> NewOutputEvent {
        let booked = Booked {
            output_id: &event.output_id,
            transaction_id: &event.transaction_id,
            kind: event.kind,
            amount: event.amount,
            origin: event.origin,
            creditable: event.creditable,
            class: event.class,
            details: &event.details,
            milestone_index: logged.milestone_index,
            milestone_time: logged.milestone_time,
        };
        let own = &event.own;
        NewOutputEvent {
            id: self.event_id(&event.output_id, "newOutput"),
            place,
            whose: whose(own),
            holdings: holdings(own),
            output: self.output(&booked, own.address.clone(), (own.account, own.internal, own.key_index)),
            repaired: event.repaired,
        }
    }

    fn inclusion(&self, place: Place, event: &engine::TransactionInclusion) -> TransactionInclusionEvent {
        let (state, name) = match event.state {
            engine::InclusionState::Pending => (InclusionState::Pending, "pending"),
            engine::InclusionState::Confirmed => (InclusionState::Confirmed, "confirmed"),
            engine::InclusionState::Conflicting => (InclusionState::Conflicting, "conflicting"),
            engine::InclusionState::Rejected => (InclusionState::Rejected, "rejected"),
            engine::InclusionState::Cancelled => (InclusionState::Cancelled, "cancelled"),
        };
        TransactionInclusionEvent {
            id: self.event_id(&event.transaction_id, &format!("transactionInclusion:{name}")),
            place,
            transaction_id: (&event.transaction_id).into(),
            account_index: event.account,
            idempotency_key: event.idempotency_key.clone(),
            state,
            reason: event.reason.clone(),
            block_id: event.block_id.as_ref().map(Hex::from),
            repaired: event.repaired,
        }
    }
}

/// The events of a notice.
pub(crate) fn events_of(session: &Session, notice: &Notice) -> Vec<Event> {
    match notice {
        Notice::Events(events) => {
            let names = session.core.names();
            events.iter().map(|event| names.event(&session.core, event)).collect()
        }
        Notice::Progress(progress) => vec![Event::TransactionProgress(TransactionProgressEvent {
            account_index: progress.account,
            transaction_id: progress.transaction_id.as_ref().map(Hex::from),
            idempotency_key: progress.idempotency_key.clone(),
            stage: match progress.stage {
                engine::ProgressStage::SelectingInputs => ProgressStage::SelectingInputs,
                engine::ProgressStage::Prepared => ProgressStage::PreparedTransaction,
                engine::ProgressStage::Signing => ProgressStage::Signing,
                engine::ProgressStage::ProofOfWork => ProgressStage::PerformingProofOfWork,
                engine::ProgressStage::Broadcasting => ProgressStage::Broadcasting,
            },
        })],
        Notice::Pool(status) => vec![Event::AddressPool(AddressPoolEvent {
            account_index: status.account,
            alias: status.alias.clone(),
            internal: status.internal,
            ready: status.ready,
            size: status.size,
            state: status.state.into(),
        })],
        Notice::Recovery(progress) => vec![Event::RecoveryProgress(RecoveryProgressEvent {
            account_index: progress.account,
            internal: progress.internal,
            searched: progress.searched,
            looked_at: progress.looked_at,
            addresses: progress.addresses,
            accounts: progress.accounts,
            amount: progress.amount.into(),
        })],
        Notice::Consolidation(status) => vec![Event::ConsolidationRequired(ConsolidationRequiredEvent {
            account_index: status.account,
            alias: status.alias.clone(),
            required: status.required,
            output_count: status.outputs,
            available: status.available.into(),
            payable: status.payable.into(),
        })],
        Notice::Sweep(progress) => vec![Event::SweepProgress(SweepProgressEvent {
            account_index: progress.account,
            alias: progress.alias.clone(),
            transaction_id: (&progress.transaction_id).into(),
            transaction_count: count(progress.transactions),
            output_count: count(progress.outputs),
            outputs_left: count(progress.left),
            amount: progress.amount.into(),
        })],
        Notice::Sync(status) => vec![Event::SyncStatus(SyncStatusEvent { status: sync_status(&session.core, status) })],
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn incident(place: Place, event: &engine::Incident) -> IncidentEvent {
    IncidentEvent {
        id: event.id.clone(),
        place,
        kind: event.kind.into(),
        account_index: event.account,
        output_id: event.output_id.as_ref().map(Hex::from),
        text: event.text.clone(),
    }
}

pub(super) fn whose(own: &OwnAddress) -> Whose {
    Whose {
        account_index: own.account,
        alias: own.alias.clone(),
        address: own.address.clone(),
        address_raw: Hex::bytes(own.raw.as_slice()),
        key_index: own.key_index,
        internal: own.internal,
    }
}

pub(super) fn holdings(own: &OwnAddress) -> Holdings {
    Holdings { address_balance: own.address_balance.into(), account_balance: own.account_balance.into() }
}
