//! Withdrawals.

use stardust_wallet::{
    events::{LoggedEvent, WithdrawalChanged},
    ledger,
    payments::{self, Accepted},
};

use super::Names;
use crate::{
    error::Fault,
    message::{
        scalar::Hex,
        types::{Approval, Withdrawal, WithdrawalAnswer, WithdrawalEvent},
    },
};

impl Names {
    /// A withdrawal.
    pub(crate) fn withdrawal(&self, withdrawal: &payments::Withdrawal) -> Withdrawal {
        Withdrawal {
            idempotency_key: withdrawal.idempotency_key.clone(),
            account_index: withdrawal.account,
            address: self.address(&withdrawal.address),
            amount: withdrawal.amount.into(),
            digest: Hex::bytes(&withdrawal.digest),
            state: withdrawal.state.into(),
            reason: withdrawal.reason.clone(),
            approvals: withdrawal.approvals.iter().map(approval).collect(),
            transaction_id: withdrawal.transaction_id.as_ref().map(Hex::from),
            output_id: withdrawal.output_id.as_ref().map(Hex::from),
            milestone_index: withdrawal.milestone.map(|index| index.0),
            milestone_time_ms: withdrawal.milestone_time.map(ledger::UnixTime::millis),
            created_ms: withdrawal.created_ms,
        }
    }

    /// What became of one request.
    pub(crate) fn accepted(&self, accepted: Accepted) -> WithdrawalAnswer {
        match accepted {
            Ok(withdrawal) => WithdrawalAnswer { withdrawal: Some(self.withdrawal(&withdrawal)), error: None },
            Err(error) => WithdrawalAnswer { withdrawal: None, error: Some(Fault::from(error).into_object()) },
        }
    }

    pub(super) fn withdrawal_event(&self, logged: &LoggedEvent, event: &WithdrawalChanged) -> WithdrawalEvent {
        // a key may have any character, and a state may come twice: the event's number is as good a name, within its log
        let number = format!("{}:{}", self.log_id.0, logged.sequence);
        let kind = format!("withdrawal:{}", event.state.name());
        WithdrawalEvent {
            id: self.event_id(&number, &kind),
            place: self.place(logged),
            idempotency_key: event.idempotency_key.clone(),
            account_index: event.account,
            alias: event.alias.clone(),
            address: self.address(&event.address),
            amount: event.amount.into(),
            state: event.state.into(),
            reason: event.reason.clone(),
            transaction_id: event.transaction_id.as_ref().map(Hex::from),
            output_id: event.output_id.as_ref().map(Hex::from),
        }
    }
}

fn approval(approval: &payments::Approval) -> Approval {
    Approval { approver: approval.approver.clone(), at_ms: approval.at_ms }
}
