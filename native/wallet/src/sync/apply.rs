//! The one transaction of a milestone: outputs, holdings, payments, cursor and events, all or nothing.

use std::collections::HashSet;

use rusqlite::Transaction;

use super::{
    SyncError, lapse,
    restored::{self, Recovered},
    scan::{Found, ScannedMilestone},
    stranger,
    tell::{self, Told},
};
use crate::{
    events::{self, InclusionState, LedgerEvent},
    ledger::{Address, AddressCodec, Conditions, Network, OutputId, Position, TransactionId},
    payments::settle,
    store::{
        AddressKey, NewOutputRow, Origin, OutputClass, OutputRow, Tally, account, address, meta, output,
        payment::{self},
    },
};

/// What a commit changed, for memory to follow: first what was booked, then what is gone.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// Outputs that are ours from now on.
    pub booked: Vec<OutputId>,
    /// Outputs that are spent from now on, or somebody else's for ever.
    pub gone: Vec<OutputId>,
    /// Transactions that are decided.
    pub decided: Vec<TransactionId>,
}

impl Applied {
    /// Adds what the next milestone changed.
    pub(super) fn append(&mut self, next: Self) {
        self.booked.extend(next.booked);
        self.gone.extend(next.gone);
        self.decided.extend(next.decided);
    }
}

/// A created output that was booked, and where it came from.
#[derive(Clone, Copy)]
pub(super) struct Booked<'a> {
    pub(super) found: &'a Found,
    pub(super) origin: Origin,
}

/// Applies a scanned milestone. The cursor must be the one before it. `recovered` is what was asked for of transactions that
/// no record has, in a wallet that was restored.
///
/// # Errors
/// [`SyncError`]; the transaction must not be committed then.
pub(super) fn apply(
    tx: &Transaction<'_>,
    codec: &dyn AddressCodec,
    network: &Network,
    scanned: &ScannedMilestone,
    recovered: &Recovered,
) -> Result<Applied, SyncError> {
    let ScannedMilestone { position, created, consumed, transactions } = scanned;
    let mut tally = Tally::default();
    // the milestone's time counts for all that it did: what it spends is spent by whom it belongs to by then
    let lapses = lapse::lapse(tx, &mut tally, position)?;
    fail_point!("apply:lapsed");
    let here: HashSet<&OutputId> = created.iter().map(|found| &found.output.id).collect();
    let (new, old): (Vec<_>, Vec<_>) = consumed.iter().partition(|(id, _)| here.contains(id));
    let mut spent = spend(tx, &mut tally, position, &old)?;
    let spends = Spends { own: own_spends(&spent, created, &new), returned: returned(&spent, created, &new, position) };
    restored::adopt(tx, position, created, &spends.own, recovered)?;
    let mut booked = Vec::with_capacity(created.len());
    for found in created {
        let origin = origin(tx, found, position, &spends)?;
        if book(tx, &mut tally, found, origin, *position)? {
            booked.push(Booked { found, origin });
        }
    }
    fail_point!("apply:created");
    spent.extend(spend(tx, &mut tally, position, &new)?);
    spent.sort_unstable_by_key(|row| row.output_id);

    fail_point!("apply:spent");
    let balances = tally.write(tx)?;
    let moved = lapses.iter().map(|lapse| lapse.row.output_id);
    settle::reserve(tx, booked.iter().map(|booked| booked.found.output.id).chain(moved))?;
    let mut inclusions = settle::settle(tx, position, transactions.iter().copied(), consumed)?;
    let expired = lapses.iter().filter(|lapse| lapse.has_moved()).map(|lapse| lapse.row.output_id);
    inclusions.extend(settle::expire(tx, position, expired)?);
    inclusions.sort_by_cached_key(inclusion_of);
    fail_point!("apply:payments");
    meta::advance_cursor(tx, position)?;
    fail_point!("apply:cursor");
    let mut applied = Applied {
        booked: booked.iter().map(|booked| booked.found.output.id).collect(),
        gone: spent.iter().map(|row| row.output_id).collect(),
        decided: inclusions.iter().filter_map(decided).collect(),
    };
    applied.gone.extend(lapses.iter().filter(|lapse| lapse.now.lost.is_some()).map(|lapse| lapse.row.output_id));
    let told = Told { booked: &booked, spent: &spent, lapses: &lapses, inclusions, repaired: false };
    let mut events = tell::tell(codec, network, balances, told)?;
    events.extend(restored::unknown_own(tx, network, position, &spends.own)?);
    events.extend(stranger::denounce(tx, network, position, &spent)?);
    events::append(tx, events)?;
    fail_point!("apply:events");
    Ok(applied)
}

/// Books what an index knew of addresses that are watched since before its answer's height, at just that height. What a
/// diff has booked meanwhile is left alone. Never a deposit: nobody can tell when and for whom it came.
///
/// # Errors
/// [`SyncError`]; the transaction must not be committed then.
pub(super) fn book_discovered(
    tx: &Transaction<'_>,
    codec: &dyn AddressCodec,
    network: &Network,
    at: Position,
    found: &[Found],
) -> Result<Applied, SyncError> {
    let mut tally = Tally::default();
    let mut booked = Vec::new();
    for found in found {
        if book(tx, &mut tally, found, Origin::Discovered, at)? {
            booked.push(Booked { found, origin: Origin::Discovered });
        }
    }
    booked.sort_by_key(|booked| booked.found.output.id);
    let balances = tally.write(tx)?;
    settle::reserve(tx, booked.iter().map(|booked| booked.found.output.id))?;
    // what a payment of ours created was applied, in a milestone that nobody has shown
    let mut inclusions = settle::settle_found(tx, &at, booked.iter().map(|booked| booked.found.output.transaction_id))?;
    inclusions.sort_by_cached_key(inclusion_of);
    let booked_ids = booked.iter().map(|booked| booked.found.output.id).collect();
    let decided = inclusions.iter().filter_map(decided).collect();
    let told = Told { booked: &booked, spent: &[], lapses: &[], inclusions, repaired: false };
    events::append(tx, tell::tell(codec, network, balances, told)?)?;
    Ok(Applied { booked: booked_ids, decided, gone: Vec::new() })
}

pub(super) fn book(
    tx: &Transaction<'_>,
    tally: &mut Tally,
    found: &Found,
    origin: Origin,
    at: Position,
) -> Result<bool, SyncError> {
    let Found { output, key, class } = found;
    Ok(output::insert(tx, tally, &NewOutputRow { output, key: *key, class: *class, origin, at })?)
}

fn spend(
    tx: &Transaction<'_>,
    tally: &mut Tally,
    at: &Position,
    consumed: &[&(OutputId, TransactionId)],
) -> Result<Vec<OutputRow>, SyncError> {
    let mut spent = Vec::with_capacity(consumed.len());
    for (id, by) in consumed {
        spent.extend(output::spend(tx, tally, id, at.index, Some(by))?);
    }
    Ok(spent)
}

/// The transactions that spent outputs of ours here: rows that were there before, and what was created here. What only
/// names us is not ours: whoever spends it does not count.
fn own_spends(spent: &[OutputRow], created: &[Found], new: &[&(OutputId, TransactionId)]) -> HashSet<TransactionId> {
    let ours = spent.iter().filter(|row| row.class != OutputClass::Foreign);
    let mut spends: HashSet<_> = ours.filter_map(|row| row.spent_by).collect();
    if !new.is_empty() {
        let ours = created.iter().filter(|found| found.class != OutputClass::Foreign);
        let ours: HashSet<_> = ours.map(|found| &found.output.id).collect();
        spends.extend(new.iter().filter(|(id, _)| ours.contains(id)).map(|(_, by)| *by));
    }
    spends
}

/// What is known of the transactions that spent outputs which name us.
pub(super) struct Spends {
    /// Those that spent what was ours.
    pub(super) own: HashSet<TransactionId>,
    /// Those that spent what others hold and have to give part of back, each with the address that gets it.
    pub(super) returned: HashSet<(TransactionId, Address)>,
}

/// Who spent an output with a storage deposit return, and where that had to go.
fn returned(
    spent: &[OutputRow],
    created: &[Found],
    new: &[&(OutputId, TransactionId)],
    at: &Position,
) -> HashSet<(TransactionId, Address)> {
    let mut returned = returns(spent, at);
    for (id, by) in new {
        let found = created.iter().filter(|found| found.output.id == *id);
        returned.extend(found.filter_map(|found| due_return(&found.output.conditions, *by, at)));
    }
    returned
}

/// The same of outputs that were booked before.
pub(super) fn returns(spent: &[OutputRow], at: &Position) -> HashSet<(TransactionId, Address)> {
    spent.iter().filter_map(|row| due_return(&row.details.conditions, row.spent_by?, at)).collect()
}

fn due_return(conditions: &Conditions, by: TransactionId, at: &Position) -> Option<(TransactionId, Address)> {
    // who takes back what has expired owes nothing
    let due = conditions.deposit_return.filter(|_| conditions.heir_at(at.time).is_none())?;
    Some((by, due.address))
}

pub(super) fn origin(tx: &Transaction<'_>, found: &Found, at: &Position, spends: &Spends) -> Result<Origin, SyncError> {
    let Found { output, key, .. } = found;
    let came_back = || output.is_plain_at(at.time) && spends.returned.contains(&(output.transaction_id, output.owner));
    Ok(match payment::output_role(tx, &output.id)? {
        // an offer of ours that had expired when it was applied
        Some(_) if output.conditions.heir_at(at.time).is_some() => Origin::OwnReturn,
        Some(role) => Origin::of_role(role),
        None if spends.own.contains(&output.transaction_id) => Origin::UnknownOwn,
        None if came_back() => Origin::OwnReturn,
        None if output.conditions.heir_at(at.time).is_some() => Origin::OwnReturn,
        None if unknown_past(tx, *key)? => Origin::Discovered,
        None => Origin::External,
    })
}

/// Whether outputs of the account, or of the address, may exist that are not booked yet: what spends one of them and pays
/// the rest back to us looks like somebody else's transaction.
fn unknown_past(tx: &Transaction<'_>, key: AddressKey) -> Result<bool, SyncError> {
    Ok(account::is_undiscovered(tx, key.account)? || address::is_unchecked(tx, key)?)
}

/// Where in a milestone's order the event of a payment stands: by transaction, and what has none by its key.
pub(super) fn inclusion_of(event: &LedgerEvent) -> (Option<TransactionId>, Option<String>) {
    match event {
        LedgerEvent::TransactionInclusion(event) => (Some(event.transaction_id), None),
        LedgerEvent::Withdrawal(event) => match event.transaction_id {
            // in the order of the outputs
            Some(id) => (Some(id), None),
            None => (None, Some(event.idempotency_key.clone())),
        },
        _ => (None, None),
    }
}

pub(super) fn decided(event: &LedgerEvent) -> Option<TransactionId> {
    match event {
        LedgerEvent::TransactionInclusion(event) => match event.state {
            InclusionState::Confirmed | InclusionState::Conflicting | InclusionState::Cancelled => {
                Some(event.transaction_id)
            }
            InclusionState::Pending | InclusionState::Rejected => None,
        },
        _ => None,
    }
}
