//! Withdrawals: recipients with keys of their own, durable first, and paid in batches afterwards.

use std::{collections::HashSet, sync::Arc};

use super::{
    KEY_LIMIT, MicroAmount, PaymentError, PaymentPorts, Payments, bind, inclusion,
    marker::{self, MarkerKey},
    micro::{Loan, check_micro},
    policy::Judge,
    recovered,
    request::withdrawal_digest,
    settle::{foreign_signer, refuse_frozen},
};
use crate::{
    audit, events,
    ledger::{Address, Amount, MilestoneIndex, Network, OutputId, Payee, TransactionId, UnixTime},
    store::{
        Store, StoreError, account, meta, payment, recovery,
        withdrawal::{self, Approval, NewWithdrawalRow, WithdrawalRow, WithdrawalStage, WithdrawalState},
    },
};

/// The most withdrawals of one call.
pub const WITHDRAWALS_LIMIT: usize = 1_000;

/// A withdrawal as a caller asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawalRequest {
    /// The caller's name for it, 1 to 256 bytes: the same key never pays twice.
    pub key: String,
    /// The recipient's bech32 address.
    pub address: String,
    /// Base units.
    pub amount: Amount,
    /// An amount below the storage deposit is paid so; none: it is refused.
    pub micro_amount: Option<MicroAmount>,
}

/// A withdrawal with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Order of request; a page goes on after it.
    pub position: i64,
    /// The caller's key.
    pub idempotency_key: String,
    /// Hash of the request's parameters.
    pub digest: [u8; 32],
    /// Who pays.
    pub account: u32,
    /// Who gets it.
    pub address: Address,
    /// Base units.
    pub amount: Amount,
    /// Where it stands.
    pub state: WithdrawalState,
    /// Why it still waits, or is refused, rejected or dead.
    pub reason: Option<String>,
    /// Who approved it, each person once.
    pub approvals: Vec<Approval>,
    /// When it was requested, in milliseconds since 1970 by the wallet's clock.
    pub created_ms: u64,
    /// The transaction that pays it, if there is one.
    pub transaction_id: Option<TransactionId>,
    /// The output that pays it, if there is one.
    pub output_id: Option<OutputId>,
    /// The milestone that decided it.
    pub milestone: Option<MilestoneIndex>,
    /// That milestone's time.
    pub milestone_time: Option<UnixTime>,
}

impl From<WithdrawalRow> for Withdrawal {
    fn from(row: WithdrawalRow) -> Self {
        let state = row.state();
        Self {
            position: row.row,
            idempotency_key: row.key,
            digest: row.digest,
            account: row.account,
            address: row.address,
            amount: row.amount,
            state,
            reason: row.reason,
            approvals: row.approvals,
            created_ms: row.created_ms,
            transaction_id: row.assignment.map(|assignment| assignment.transaction_id),
            output_id: row.assignment.map(|assignment| assignment.output_id),
            milestone: row.assignment.and_then(|assignment| assignment.milestone_index),
            milestone_time: row.assignment.and_then(|assignment| assignment.milestone_time),
        }
    }
}

/// What became of one request of a call.
pub type Accepted = Result<Withdrawal, PaymentError>;

impl Payments {
    /// Takes withdrawals of an account: they are on disk when this returns, and paid by transactions of up to 127
    /// recipients from then on, in the order of request as far as the funds allow. Each request is answered by its own
    /// withdrawal or error, in their order; one that cannot be taken leaves the others alone and its key unused.
    ///
    /// What the payment rules refuse is taken as `refused`, with its reason and for ever; what a reviewer or persons have to
    /// look at waits for them.
    ///
    /// A key that was used for the same account, address, amount and terms answers that withdrawal and makes none, at any time.
    ///
    /// # Errors
    /// [`PaymentError::WithdrawalCount`], [`PaymentError::NetworkUnknown`], [`PaymentError::AccountNotFound`],
    /// [`PaymentError::Store`]: nothing was taken. The errors of single requests are in the answer.
    pub fn withdraw(&self, account: u32, requests: Vec<WithdrawalRequest>) -> Result<Vec<Accepted>, PaymentError> {
        if requests.is_empty() || requests.len() > WITHDRAWALS_LIMIT {
            return Err(PaymentError::WithdrawalCount { got: requests.len(), limit: WITHDRAWALS_LIMIT });
        }
        let PaymentPorts { store, clock, .. } = &self.ports;
        let network = store.readers().read(|conn| {
            account::by_index(conn, account)?.ok_or(PaymentError::AccountNotFound(account))?;
            meta::network(conn)?.ok_or(PaymentError::NetworkUnknown)
        })?;
        let now_ms = clock.now_ms();
        let read = |(index, request): (usize, WithdrawalRequest)| self.read(&network, account, now_ms, index, request);
        let rows: Vec<_> = requests.into_iter().enumerate().map(read).collect();
        // from here on the key of the markers is in the database, if there is anything to compare
        self.recovered_keys()?;
        let rules = Arc::clone(&self.rules);
        let (answers, payable, refused) = store.writer().commit(move |tx| {
            let markers = marker::in_use(tx)?.map(|key| (key, network));
            let (mut fresh, mut judge) = (HashSet::new(), Judge::new(&rules, now_ms));
            let halted = foreign_signer(tx)?;
            let mut answers = Vec::with_capacity(rows.len());
            for row in rows {
                answers.push(match row {
                    Err(error) => Err(error),
                    Ok(new) => match bound(tx, &new, markers.as_ref())? {
                        Some(answer) => answer,
                        None => take(tx, &new, halted.as_deref(), &mut judge, &mut fresh)?,
                    },
                });
            }
            let (mut events, mut payable, mut refused) = (Vec::with_capacity(fresh.len()), 0, Vec::new());
            for answer in answers.iter().flatten() {
                if fresh.remove(&answer.row) {
                    payable += usize::from(answer.stage == WithdrawalStage::Requested);
                    refused.extend((answer.stage == WithdrawalStage::Refused).then(|| answer.clone()));
                    events.push(inclusion::withdrawal_event(tx, answer.clone())?);
                }
            }
            events::append(tx, events)?;
            fail_point!("withdrawal:written");
            Ok::<_, PaymentError>((answers, payable, refused))
        })?;
        fail_point!("withdrawal:durable");
        self.keep_refused(refused);
        self.batches.requested(payable);
        Ok(answers.into_iter().map(|answer| answer.map(Withdrawal::from)).collect())
    }

    fn read(
        &self,
        network: &Network,
        account: u32,
        created_ms: u64,
        index: usize,
        request: WithdrawalRequest,
    ) -> Result<NewWithdrawalRow, PaymentError> {
        let codec = &self.ports.codec;
        let WithdrawalRequest { key, address, amount, micro_amount: micro } = request;
        if !(1..=KEY_LIMIT).contains(&key.len()) {
            return Err(PaymentError::KeyLength { length: key.len(), limit: KEY_LIMIT });
        }
        let address = codec.parse(&address, &network.hrp).map_err(|source| PaymentError::Address { index, source })?;
        check_micro(micro)?;
        let (_, loan) = self.lift(network, index, &Payee { address, amount }, micro)?;
        let lent = loan.map_or(Amount::ZERO, Loan::deposit);
        let digest = withdrawal_digest(network, account, &address, amount, micro);
        let micro_expiration = micro.map(|micro| micro.expires_after);
        Ok(NewWithdrawalRow { key, digest, account, address, amount, micro_expiration, lent, created_ms })
    }

    /// Writes into the journal what the rules refused. What cannot be written now is written with what is written next.
    pub(super) fn keep_refused(&self, rows: Vec<WithdrawalRow>) {
        if rows.is_empty() {
            return;
        }
        if let Err(error) = self.ports.journal.ended(rows) {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "refused withdrawals are not in the key journal yet"
            );
        }
    }

    /// One withdrawal.
    ///
    /// # Errors
    /// [`PaymentError::NotFound`]; [`PaymentError::Recovered`] when a recovered payment was made for the key, and what keeps from
    /// telling that: [`PaymentError::Keys`], [`PaymentError::SeedMismatch`]; [`PaymentError::Store`].
    pub fn withdrawal(&self, key: &str) -> Result<Withdrawal, PaymentError> {
        let look = || find(&self.ports.store, key);
        match look() {
            Err(PaymentError::NotFound) => self.unless_known(key, look),
            found => found,
        }
    }

    /// Up to `limit` withdrawals after a position, oldest first; of one account or of all.
    ///
    /// # Errors
    /// [`PaymentError::Store`].
    pub fn withdrawals(
        &self,
        account: Option<u32>,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Withdrawal>, PaymentError> {
        let limit = limit.min(super::query::PAGE_LIMIT);
        let rows =
            self.ports.store.readers().read(|conn| withdrawal::page(conn, account, after.unwrap_or(0), limit))?;
        Ok(rows.into_iter().map(Withdrawal::from).collect())
    }
}

pub(super) fn find(store: &Store, key: &str) -> Result<Withdrawal, PaymentError> {
    let row = store.readers().read(|conn| withdrawal::by_key(conn, key))?;
    row.map(Withdrawal::from).ok_or(PaymentError::NotFound)
}

/// What a recovered payment paid for a key that no record has.
fn bound(
    tx: &rusqlite::Transaction<'_>,
    new: &NewWithdrawalRow,
    markers: Option<&(MarkerKey, Network)>,
) -> Result<Option<Result<WithdrawalRow, PaymentError>>, PaymentError> {
    let Some((key, network)) = markers else { return Ok(None) };
    if withdrawal::by_key(tx, &new.key)?.is_some() || payment::by_key(tx, &new.key)?.is_some() {
        return Ok(None);
    }
    match bind::bind_withdrawal(tx, new, &key.marker(network, &new.key)) {
        Err(error @ PaymentError::IdempotencyConflict { .. }) => Ok(Some(Err(error))),
        bound => Ok(bound?.map(Ok)),
    }
}

/// Takes one request, or finds what its key was used for.
fn take(
    tx: &rusqlite::Transaction<'_>,
    new: &NewWithdrawalRow,
    halted: Option<&str>,
    judge: &mut Judge<'_>,
    fresh: &mut HashSet<i64>,
) -> Result<Result<WithdrawalRow, PaymentError>, PaymentError> {
    let conflict = |used: &[u8; 32]| Ok(Err(PaymentError::conflict(used, &new.digest)));
    if let Some(row) = withdrawal::by_key(tx, &new.key)? {
        return if row.digest == new.digest { Ok(Ok(row)) } else { conflict(&row.digest) };
    }
    if let Some(row) = payment::by_key(tx, &new.key)? {
        return conflict(&row.digest);
    }
    if let Some(evidence) = halted {
        return Ok(Err(PaymentError::ForeignSigner { evidence: evidence.to_owned() }));
    }
    // its key may have been paid after the backup
    match refuse_frozen(tx) {
        Err(error @ PaymentError::Frozen { .. }) => return Ok(Err(error)),
        other => other?,
    }
    if recovery::frozen(tx)?.is_some() {
        return Ok(Err(PaymentError::IssuingFrozen));
    }
    let payee = Payee { address: new.address, amount: new.amount };
    match recovered::refuse_possibly_paid(tx, std::slice::from_ref(&payee)) {
        Err(error @ PaymentError::PossiblyPaid { .. }) => return Ok(Err(error)),
        other => other?,
    }
    // what is lent leaves the wallet, too
    let amount = new.amount.checked_add(new.lent).ok_or_else(|| StoreError::corrupt("a loan beyond the supply"))?;
    let (stage, reason, persons) = judge.withdrawal(tx, Payee { amount, ..payee })?;
    let row = withdrawal::insert(tx, new, stage, reason.as_deref())?;
    if persons > 0 {
        withdrawal::need(tx, row, persons)?;
    }
    audit::payments::withdrawal_requested(tx, new)?;
    fresh.insert(row);
    let row =
        withdrawal::by_row(tx, row)?.ok_or_else(|| StoreError::corrupt("a withdrawal just written is not there"))?;
    if stage != WithdrawalStage::Requested {
        audit::payments::withdrawal_judged(tx, &row)?;
    }
    Ok(Ok(row))
}
