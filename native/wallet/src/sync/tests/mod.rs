//! Following the ledger, through the manager, on scripted nodes.

mod batches;
mod claiming;
mod claims;
mod classes;
mod conditions;
pub(crate) mod crash;
mod discovery;
mod faults;
mod gaps;
mod late;
mod milestones;
mod model;
mod origins;
mod reconcile;
mod recover;
mod resolving;
mod strangers;
mod witness;

use std::time::Duration;

use crate::{
    error::ErrorKind,
    events::{InclusionState, LedgerEvent},
    ledger::{Amount, LedgerOutput, OutputId, TransactionId},
    manager::{Balance, WalletError},
    store::{MetaKey, meta},
    testing::{TestWallet, transaction_id},
};

/// Long enough for what must happen, also on a machine that has much else to do.
const SOON: Duration = Duration::from_secs(120);

fn by(output: &LedgerOutput, spender: u32) -> (OutputId, TransactionId) {
    (output.id, transaction_id(spender))
}

fn kind<T>(result: Result<T, WalletError>) -> ErrorKind {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.kind(),
    }
}

/// A person lifts the halt of payments over what spends with the same seed, if there is one.
fn forgive(wallet: &TestWallet) {
    let seen = wallet.manager.store().readers().read(|conn| meta::get(conn, MetaKey::ForeignSigner)).unwrap();
    if let Some(evidence) = seen {
        wallet.manager.release_foreign_signer(&String::from_utf8(evidence).unwrap()).unwrap();
    }
}

fn plain_balance(units: u64, outputs: u64) -> Balance {
    let amount = Amount::new(units);
    let required_storage_deposit = Amount::new(50 * outputs);
    Balance { total: amount, available: amount, required_storage_deposit, output_count: outputs, ..Balance::default() }
}

/// The events in short: kind, and output or transaction with its state.
fn short(events: &[LedgerEvent]) -> Vec<(&'static str, String)> {
    let text = |event: &LedgerEvent| match event {
        LedgerEvent::NewOutput(event) => event.output_id.to_string(),
        LedgerEvent::SpentOutput(event) => event.output_id.to_string(),
        LedgerEvent::Deposit(event) => event.output_id.to_string(),
        LedgerEvent::OutputLapsed(event) => event.output_id.to_string(),
        LedgerEvent::TransactionInclusion(event) => match event.state {
            InclusionState::Pending => "pending".to_owned(),
            InclusionState::Confirmed => "confirmed".to_owned(),
            InclusionState::Conflicting => "conflicting".to_owned(),
            InclusionState::Rejected => "rejected".to_owned(),
            InclusionState::Cancelled => "cancelled".to_owned(),
        },
        LedgerEvent::Withdrawal(event) => format!("{} {}", event.idempotency_key, event.state.name()),
        LedgerEvent::Incident(event) => event.id.clone(),
    };
    events.iter().map(|event| (event.kind(), text(event))).collect()
}
