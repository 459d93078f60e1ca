//! What a restored wallet found of payments that its backup does not know, and other things that take a person's word:
//! `wallet.recoveredPayments`, `wallet.resolveRecovered`, `transaction.resolve`, `wallet.releaseForeignSigner`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stardust_wallet::{
    ledger::TransactionId,
    payments::{self, RecoveredRow},
};

use super::{
    Call, Lane, Params,
    account::default_limit,
    page, read_row,
    scalar::Hex,
    types::{Nothing, Page, Transaction},
};
use crate::{
    error::{Fault, Outcome},
    session::Session,
};

/// The transactions of this wallet's keys that were found after a restore and that the backup did not know, in the order of
/// finding.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// The `next` of the answer before; absent: from the first.
    pub(crate) after: Option<String>,
    /// How many at most: 1 to 1000.
    #[serde(default = "default_limit")]
    pub(crate) limit: u32,
}

/// A transaction that was found after a restore.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveredPayment {
    /// Which; `transaction.get` tells what it paid, unless it is unverifiable.
    pub(crate) transaction_id: Hex,
    /// The milestone that applied it.
    pub(crate) milestone_index: u32,
    /// That milestone's time.
    pub(crate) milestone_time_ms: u64,
    /// What is known of it.
    pub(crate) state: RecoveredState,
    /// Keys that it is known to have and that nobody has asked for again.
    pub(crate) open_keys: u32,
}

/// What is known of a transaction that was found after a restore.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum RecoveredState {
    /// It carries marks of the keys that it was made for: a request with one of them answers it.
    Marked,
    /// It does not: a request for the same is answered with `POSSIBLY_PAID`.
    Unmarked,
    /// A person said that it is none of what will be asked for.
    Dismissed,
    /// Nobody has its bytes any more: what it paid and for which keys is not known.
    Unverifiable,
}

impl From<RecoveredRow> for RecoveredPayment {
    fn from(found: RecoveredRow) -> Self {
        Self {
            transaction_id: (&found.transaction_id).into(),
            milestone_index: found.milestone_index.0,
            milestone_time_ms: found.milestone_time.millis(),
            state: match found.state {
                payments::RecoveredState::Marked => RecoveredState::Marked,
                payments::RecoveredState::Unmarked => RecoveredState::Unmarked,
                payments::RecoveredState::Dismissed => RecoveredState::Dismissed,
                payments::RecoveredState::Unverifiable => RecoveredState::Unverifiable,
            },
            open_keys: found.keys,
        }
    }
}

impl Params for List {
    type Answer = Page<RecoveredPayment>;
    const NAME: &'static str = "wallet.recoveredPayments";
}

impl Call for List {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let after = self.after.as_deref().map(read_row).transpose()?;
        let found = session.core.manager().recovered_payments(after, page(self.limit, "limit")?)?;
        Ok(Page::of_rows(found, RecoveredPayment::from))
    }
}

/// Takes a person's word on an unmarked payment that was found after a restore. Durable when it is answered.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Resolve {
    /// Which.
    pub(crate) transaction_id: Hex,
    /// It was made for this key: a request with it, and with recipients and amounts that it paid, answers it. Absent: it is
    /// none of what will be asked for, and what equals it is paid.
    pub(crate) idempotency_key: Option<String>,
}

impl Params for Resolve {
    type Answer = Nothing;
    const NAME: &'static str = "wallet.resolveRecovered";
}

impl Call for Resolve {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let id = read_id(&self.transaction_id)?;
        session.core.manager().resolve_recovered(&id, self.idempotency_key.as_deref())?;
        Ok(Nothing {})
    }
}

fn read_id(id: &Hex) -> Outcome<TransactionId> {
    TransactionId::from_hex(&id.0).map_err(|_| Fault::argument("transactionId is not an id"))
}

/// Takes a person's word on what became of a transaction that the ledger does not decide any more: its inputs are gone and nobody
/// can tell by what, as after the repair of a gap, or were never seen. Answers the transaction as it is then. `TRANSACTION_DECIDABLE`
/// when the ledger decides it, or has decided otherwise. Durable when it is answered, and in the audit log.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ResolveTransaction {
    /// Which.
    pub(crate) transaction_id: Hex,
    /// What became of it.
    pub(crate) outcome: ResolvedOutcome,
    /// How the person knows: 1 to 1,024 bytes, for the audit log.
    pub(crate) reason: String,
}

/// What became of a transaction, by a person's word.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ResolvedOutcome {
    /// It was applied: its recipients have the money.
    Confirmed,
    /// It was not and never will be.
    Dead,
}

impl Params for ResolveTransaction {
    type Answer = Transaction;
    const NAME: &'static str = "transaction.resolve";
}

impl Call for ResolveTransaction {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let outcome = match self.outcome {
            ResolvedOutcome::Confirmed => payments::Outcome::Confirmed,
            ResolvedOutcome::Dead => payments::Outcome::Dead,
        };
        let id = read_id(&self.transaction_id)?;
        let payment = session.core.manager().resolve_payment(&id, outcome, &self.reason)?;
        Ok(session.core.names().transaction(&payment))
    }
}

/// Lets the wallet pay again after another signer was seen (`FOREIGN_SIGNER`), on the word of a person who has looked. What is seen
/// later halts payments again. Does nothing when payments are not halted by it. Durable when it is answered, and in the audit log.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseForeignSigner {
    /// The error's detail `evidence`, word for word.
    pub(crate) evidence: String,
}

impl Params for ReleaseForeignSigner {
    type Answer = Nothing;
    const NAME: &'static str = "wallet.releaseForeignSigner";
}

impl Call for ReleaseForeignSigner {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        session.core.manager().release_foreign_signer(&self.evidence)?;
        Ok(Nothing {})
    }
}
