//! The one transaction of a repair: what went, what came, payments, the cursor, the events. All or nothing.

use std::collections::HashSet;

use rusqlite::Transaction;

use super::{
    Core, SyncError,
    apply::{self, Applied, Booked, Spends},
    lapse::{self, Lapse},
    repair::{Findings, RepairReport},
    restored,
    scan::{Found, classify},
    stranger,
    tell::{self, Told},
};
use crate::{
    audit,
    events::{self, Incident, IncidentKind, InclusionState, LedgerEvent},
    ledger::{MilestoneIndex, Network, OutputId, OutputState, Position, TransactionId},
    payments::settle,
    store::{
        Origin, OutputClass, OutputRow, RepairedGap, StoreError, Tally, gap, meta, output,
        payment::{self, PaymentRow},
    },
};

/// What became of one input of an open payment, as of the repair's milestone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    Unspent,
    SpentBy(TransactionId),
    /// Spent, and nobody knows by what.
    Gone,
    /// Never booked here, and not there: it came after a backup and was spent since, or the node has not seen it yet.
    Unseen,
}

/// What can be said of an open payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was applied.
    Confirmed,
    /// Another transaction spent this one of its inputs (by place), perhaps known.
    Dead { input: usize, by: Option<TransactionId> },
    /// Nothing happened to it.
    Open,
    /// Its inputs are spent, and whether by it cannot be told.
    Unknown,
}

/// What can be said of an open payment: a transaction spends all of its inputs or none.
pub(super) fn fate(own: &TransactionId, inputs: &[Input], creates_something_known: bool) -> Fate {
    let spent_by = |input: &Input| match input {
        Input::SpentBy(by) => Some(*by),
        Input::Unspent | Input::Gone | Input::Unseen => None,
    };
    if inputs.iter().filter_map(spent_by).any(|by| by == *own) {
        return Fate::Confirmed;
    }
    let foreign = inputs.iter().enumerate().find_map(|(place, input)| Some((place, spent_by(input)?)));
    if let Some((input, by)) = foreign {
        return Fate::Dead { input, by: Some(by) };
    }
    let gone = inputs.iter().position(|input| *input == Input::Gone);
    match gone {
        Some(input) if inputs.contains(&Input::Unspent) => return Fate::Dead { input, by: None },
        None if !inputs.contains(&Input::Unseen) || inputs.contains(&Input::Unspent) => return Fate::Open,
        _ => {}
    }
    if creates_something_known { Fate::Confirmed } else { Fate::Unknown }
}

/// What a repair wrote.
pub(super) struct Mended {
    pub(super) report: RepairReport,
    pub(super) applied: Applied,
}

/// Writes a repair. `later` are the outputs that milestones after the repair's created: the feed brings them.
///
/// # Errors
/// [`SyncError`]; the transaction must not be committed then. [`SyncError::NoGap`] when the gap is over or another one.
pub(super) fn mend(
    tx: &Transaction<'_>,
    core: &Core,
    network: &Network,
    findings: &Findings,
    later: &HashSet<OutputId>,
) -> Result<Mended, SyncError> {
    let at = findings.at;
    let cursor = meta::cursor(tx)?.ok_or_else(|| StoreError::corrupt("a gap without cursor"))?.position;
    if cursor.index != findings.cursor || gap::present(tx)?.is_none() {
        return Err(SyncError::NoGap);
    }
    let mut tally = Tally::default();
    // what is gone needs no look at its conditions any more
    let mut spent = spend(tx, &mut tally, findings)?;
    let lapses = lapse::lapse(tx, &mut tally, &at)?;
    // what payments reserve is changed by their end, from what the outputs are by now
    let mut balances = tally.write(tx)?;
    let mut tally = Tally::default();
    let mut settled = settle_open(tx, network, findings, &lapses)?;
    let unexplained: Vec<&OutputRow> = spent
        .iter()
        .filter(|row| row.class != OutputClass::Foreign && row.spent_by.is_none())
        .filter(|row| !settled.explained.contains(&row.output_id) && !may_be_reclaimed(core, row, &at))
        .collect();
    let mut incidents = std::mem::take(&mut settled.incidents);
    incidents.extend(unexplained.iter().map(|row| lost_track(network, row)));
    restored::note_gap(tx, &cursor, &at, &unexplained)?;
    let came = Came {
        found: found(core, findings, later),
        spends: Spends { own: own_spends(&spent, &settled), returned: apply::returns(&spent, &at) },
        unexplained: !unexplained.is_empty(),
    };
    let booked = book(tx, &mut tally, network, findings, &came, &mut incidents)?;
    spent.sort_unstable_by_key(|row| row.output_id);
    let report = report(cursor.index, findings, &booked, &spent, &settled, incidents.len());
    let mut applied = Applied {
        booked: booked.iter().map(|booked| booked.found.output.id).collect(),
        gone: spent.iter().map(|row| row.output_id).collect(),
        decided: settled.events.iter().filter_map(apply::decided).collect(),
    };
    applied.gone.extend(lapses.iter().filter(|lapse| lapse.now.lost.is_some()).map(|lapse| lapse.row.output_id));
    let came_to = tally.write(tx)?;
    balances.accounts.extend(came_to.accounts);
    balances.addresses.extend(came_to.addresses);
    meta::jump_cursor(tx, cursor.index, &at)?;
    close(tx, &RepairedGap { from: report.from, to: report.to, repaired_ms: findings.now_ms })?;
    let inclusions = settled.events;
    let told = Told { booked: &booked, spent: &spent, lapses: &lapses, inclusions, repaired: true };
    let mut events = tell::tell(&*core.codec, network, balances, told)?;
    events.extend(restored::unknown_own(tx, network, &at, &came.spends.own)?);
    events.extend(stranger::denounce(tx, network, &at, &spent)?);
    for incident in incidents {
        if gap::raise(tx, &incident.id, findings.now_ms)? {
            events.push(LedgerEvent::Incident(incident));
        }
    }
    events::append(tx, events)?;
    Ok(Mended { report, applied })
}

/// There is no gap any more.
fn close(tx: &Transaction<'_>, gap: &RepairedGap) -> Result<(), StoreError> {
    gap::repaired(tx, gap)?;
    audit::wallet::gap_repaired(tx, gap)
}

fn report(
    cursor: MilestoneIndex,
    findings: &Findings,
    booked: &[Booked<'_>],
    spent: &[OutputRow],
    settled: &Settled,
    incidents: usize,
) -> RepairReport {
    RepairReport {
        from: cursor.next(),
        to: findings.at.index,
        found: count(booked.iter().filter(|booked| booked.found.class != OutputClass::Foreign).count()),
        spent: count(spent.iter().filter(|row| row.class != OutputClass::Foreign).count()),
        confirmed: count(settled.confirmed.len()),
        conflicting: count(settled.events.iter().filter(|event| conflicting(event)).count()),
        incidents: count(incidents),
    }
}

/// Books what came. Nothing of it is a deposit when outputs of ours were spent and nobody knows by what: it may be the
/// rest of such a transaction.
fn book<'a>(
    tx: &Transaction<'_>,
    tally: &mut Tally,
    network: &Network,
    findings: &Findings,
    came: &'a Came,
    incidents: &mut Vec<Incident>,
) -> Result<Vec<Booked<'a>>, SyncError> {
    let mut booked = Vec::new();
    for found in &came.found {
        let origin = match apply::origin(tx, found, &findings.at, &came.spends)? {
            Origin::External if came.unexplained => {
                incidents.push(uncredited(network, found));
                Origin::Discovered
            }
            origin => origin,
        };
        if apply::book(tx, tally, found, origin, findings.at)? {
            booked.push(Booked { found, origin });
        }
    }
    settle::reserve(tx, booked.iter().map(|booked| booked.found.output.id))?;
    Ok(booked)
}

/// What came, and what is known of the transactions that spent ours.
struct Came {
    found: Vec<Found>,
    /// Known transactions that spent outputs which name us.
    spends: Spends,
    /// Whether unknown ones did.
    unexplained: bool,
}

fn own_spends(spent: &[OutputRow], settled: &Settled) -> HashSet<TransactionId> {
    let ours = spent.iter().filter(|row| row.class != OutputClass::Foreign);
    ours.filter_map(|row| row.spent_by).chain(settled.confirmed.iter().copied()).collect()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Books what was spent up to the repair's milestone. What was spent later is spent by the milestone that did it.
fn spend(tx: &Transaction<'_>, tally: &mut Tally, findings: &Findings) -> Result<Vec<OutputRow>, SyncError> {
    let mut spent = Vec::new();
    for (id, state) in &findings.states {
        let (milestone, by) = match state {
            OutputState::Spent { milestone, transaction } if *milestone <= findings.at.index => {
                (*milestone, Some(transaction))
            }
            OutputState::Unknown => (findings.at.index, None),
            OutputState::Spent { .. } | OutputState::Unspent => continue,
        };
        spent.extend(output::spend(tx, tally, id, milestone, by)?);
    }
    Ok(spent)
}

/// Whether somebody else could spend the output, because it has expired: no wonder then that it is gone.
fn may_be_reclaimed(core: &Core, row: &OutputRow, at: &Position) -> bool {
    row.details.conditions.heir_at(at.time).is_some_and(|heir| core.watch.find(heir).is_none())
}

/// What the milestones of the gap created for us and nobody spent.
fn found(core: &Core, findings: &Findings, later: &HashSet<OutputId>) -> Vec<Found> {
    let watched = core.watch.look();
    let new = findings.listed.values().filter(|output| !later.contains(&output.id) && !watched.holds(&output.id));
    let mut found: Vec<Found> = new
        .filter_map(|output| {
            let (key, class) = classify(output, findings.at.time, &watched)?;
            Some(Found { output: output.clone(), key, class })
        })
        .collect();
    found.sort_unstable_by_key(|found| found.output.id);
    found
}

/// What became of open payments.
#[derive(Default)]
struct Settled {
    /// The events of those that ended, by transaction.
    events: Vec<LedgerEvent>,
    confirmed: Vec<TransactionId>,
    /// Inputs of which it is known what spent them, or that somebody else did.
    explained: HashSet<OutputId>,
    incidents: Vec<Incident>,
}

fn settle_open(
    tx: &Transaction<'_>,
    network: &Network,
    findings: &Findings,
    lapses: &[Lapse],
) -> Result<Settled, SyncError> {
    settle::reserve(tx, lapses.iter().map(|lapse| lapse.row.output_id))?;
    restored::adopt_all(tx, &findings.at, &findings.recovered)?;
    let mut settled = Settled::default();
    let mut all = payment::open(tx)?;
    // whether a contest was applied decides what became of the payment that it contests
    all.sort_by_key(|payment| payment.contests.is_none());
    let mut unknown = Vec::new();
    for open in all {
        if !payment::by_row(tx, open.row)?.is_some_and(|row| row.state.is_open()) {
            continue;
        }
        let ids: Vec<OutputId> = payment::inputs(tx, open.row)?.into_iter().map(|input| input.output_id).collect();
        let inputs = ids.iter().map(|id| input_of(tx, findings, id)).collect::<Result<Vec<_>, _>>()?;
        let creates = creates_something_known(tx, findings, &open)?;
        let events = match fate(&open.transaction_id, &inputs, creates) {
            Fate::Open => continue,
            Fate::Confirmed => {
                settled.confirmed.push(open.transaction_id);
                let consumed: Vec<_> = ids.iter().map(|id| (*id, open.transaction_id)).collect();
                settled.explained.extend(ids);
                settle::settle_until(tx, &findings.at, [open.transaction_id], &consumed)?
            }
            Fate::Dead { input, by: Some(by) } => settle::settle_until(tx, &findings.at, [], &[(ids[input], by)])?,
            Fate::Dead { input, by: None } => settle::bury(tx, &findings.at, &open, &ids[input])?,
            Fate::Unknown => {
                unknown.push(open);
                continue;
            }
        };
        settled.events.extend(events);
    }
    // what became of a contest may have been decided by its payment
    for open in unknown {
        if payment::by_row(tx, open.row)?.is_some_and(|row| row.state.is_open()) {
            settled.incidents.push(undecided(network, &open));
        }
    }
    let expired = lapses.iter().filter(|lapse| lapse.has_moved()).map(|lapse| lapse.row.output_id);
    settled.events.extend(settle::expire(tx, &findings.at, expired)?);
    settled.events.sort_by_cached_key(apply::inclusion_of);
    for event in &mut settled.events {
        if let LedgerEvent::TransactionInclusion(event) = event {
            event.repaired = !matches!(event.state, InclusionState::Pending | InclusionState::Rejected);
        }
    }
    Ok(settled)
}

/// What became of an input; one that no answer speaks of is unspent: it was listed.
fn input_of(tx: &Transaction<'_>, findings: &Findings, id: &OutputId) -> Result<Input, StoreError> {
    Ok(match findings.states.get(id) {
        Some(OutputState::Spent { milestone, transaction }) if *milestone <= findings.at.index => {
            Input::SpentBy(*transaction)
        }
        Some(OutputState::Unknown) if output::by_id(tx, id)?.is_none() => Input::Unseen,
        Some(OutputState::Unknown) => Input::Gone,
        Some(OutputState::Spent { .. } | OutputState::Unspent) | None => Input::Unspent,
    })
}

/// Whether an output of the payment is or was there.
fn creates_something_known(
    tx: &Transaction<'_>,
    findings: &Findings,
    payment: &PaymentRow,
) -> Result<bool, StoreError> {
    for output in payment::outputs(tx, payment.row)? {
        if exists(findings, &output.output_id) || payment::spends(tx, &output.output_id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn exists(findings: &Findings, id: &OutputId) -> bool {
    findings.listed.contains_key(id)
        || matches!(findings.states.get(id), Some(OutputState::Unspent | OutputState::Spent { .. }))
}

fn conflicting(event: &LedgerEvent) -> bool {
    matches!(event, LedgerEvent::TransactionInclusion(event) if event.state != InclusionState::Confirmed)
}

fn lost_track(network: &Network, row: &OutputRow) -> Incident {
    let text = format!(
        "output {} was spent in the gap by a transaction that nobody knows any more and that is none of this wallet's: \
         another signer may have its keys",
        row.output_id
    );
    Incident::of_output(network, IncidentKind::Repair, row.key.account, row.output_id, text)
}

fn uncredited(network: &Network, found: &Found) -> Incident {
    let text = format!(
        "output {} came in the gap, in which outputs of this wallet were spent by transactions that nobody knows any \
         more: it may be the rest of one of them, so it is not a deposit by itself",
        found.output.id
    );
    Incident::of_output(network, IncidentKind::Repair, found.key.account, found.output.id, text)
}

fn undecided(network: &Network, open: &PaymentRow) -> Incident {
    let text = format!(
        "the inputs of transaction {} were spent in the gap, and whether by it cannot be told: none of its outputs is \
         known any more; it stays open until a person resolves it, and another wallet of the recipient or an archive \
         can tell",
        open.transaction_id
    );
    let incident = Incident::new(network, IncidentKind::Repair, open.transaction_id, text);
    Incident { account: Some(open.account), ..incident }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::transaction_id;

    #[test]
    fn invariant_6_a_payments_fate_is_never_guessed() {
        let (own, other) = (transaction_id(1), transaction_id(2));
        use Input::{Gone, SpentBy, Unseen, Unspent};
        let cases: [(&[Input], bool, Fate); 16] = [
            (&[Unspent, Unspent], false, Fate::Open),
            // created by a milestone after the repair's, which will confirm it
            (&[Unspent, Unspent], true, Fate::Open),
            (&[SpentBy(own), Gone], false, Fate::Confirmed),
            (&[Gone, Gone], true, Fate::Confirmed),
            (&[Gone], false, Fate::Unknown),
            (&[Gone, Gone], false, Fate::Unknown),
            (&[Unspent, Gone], false, Fate::Dead { input: 1, by: None }),
            (&[Gone, Unspent], true, Fate::Dead { input: 0, by: None }),
            (&[Gone, SpentBy(other)], false, Fate::Dead { input: 1, by: Some(other) }),
            (&[SpentBy(other), Unspent], false, Fate::Dead { input: 0, by: Some(other) }),
            (&[SpentBy(own)], true, Fate::Confirmed),
            // what was never booked here may still come
            (&[Unseen, Unspent], false, Fate::Open),
            (&[Unseen, Gone], false, Fate::Unknown),
            (&[Unseen], true, Fate::Confirmed),
            (&[Unseen], false, Fate::Unknown),
            (&[Unseen, Unspent, Gone], false, Fate::Dead { input: 2, by: None }),
        ];
        for (inputs, creates, expected) in cases {
            assert_eq!(fate(&own, inputs, creates), expected, "{inputs:?}, {creates}");
        }
    }
}
