//! Claims: outputs under a storage deposit return or an expiration become plain ones of the address that they came to.
//!
//! **By hand or by policy.** Nothing is claimed unless somebody asks for it or a policy says so (`hot`): a claim gives part of
//! the money back, and says publicly that the address is used.
//! **Exact.** What an address gets is what its outputs hold without what has to be given back, in one output of its own: this is
//! the amount that is credited, once, when the claim is confirmed. What was not a deposit when it came becomes none.
//! **In time.** Only the ledger's time counts. An output is claimed until [`CLAIM_MARGIN`] before it expires: a claim that is
//! applied later would be void, and dies with the milestone that reaches the expiration (`settle`). Its other inputs are free
//! again then, and can be claimed anew; where it was asked for, the wallet does so by itself (`hot`).
//!
//! What is chosen is signed in `build`.
//!
//! No lease is needed: no other payment selects outputs under conditions, and claims of an account take turns.

mod build;

use std::collections::{BTreeMap, HashSet};

use rusqlite::Connection;

use super::{
    AtWork, Payer, Payment, PaymentError, PaymentRef, Payments,
    persist::{Made, Purpose, Refused},
    settle::refuse_to_pay,
};
use crate::{
    ledger::{Address, Amount, Conditions, DepositReturn, Network, OutputId, UnixTime},
    store::{AddressKey, OutputClass, OutputRow, StoreError, account, address, meta, output, payment::OutputRole},
};

/// The most outputs of one claim.
pub const CLAIM_LIMIT: usize = 127;
/// So long before its expiration an output is claimed no more, in seconds of the ledger's time.
pub const CLAIM_MARGIN: u32 = 600;
/// How often outputs are chosen anew when a milestone took one meanwhile.
const ATTEMPTS: u32 = 8;
/// How long a call waits for the first answer of a node.
const FIRST_ANSWER: std::time::Duration = std::time::Duration::from_secs(30);
/// Rows of one look.
const WINDOW: u32 = 1_000;

/// Why an output cannot be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unclaimable {
    /// It is plain.
    #[error("it is spendable as it is")]
    Plain,
    /// It has native tokens, or is an NFT, an alias or a foundry.
    #[error("it carries assets")]
    Assets,
    /// Its timelock is not over.
    #[error("it is locked until a later time")]
    Locked,
    /// It expires within [`CLAIM_MARGIN`].
    #[error("it expires too soon")]
    Expiring,
    /// All of it has to be given back.
    #[error("all of it has to be given back")]
    Empty,
}

/// Why an output of ours cannot be claimed at a ledger time; none: it can.
#[must_use]
pub fn unclaimable(class: OutputClass, amount: Amount, conditions: &Conditions, now: UnixTime) -> Option<Unclaimable> {
    match class {
        OutputClass::Plain => return Some(Unclaimable::Plain),
        OutputClass::Asset => return Some(Unclaimable::Assets),
        // another than we holds it
        OutputClass::Foreign => return Some(Unclaimable::Expiring),
        OutputClass::Held => {}
    }
    if conditions.timelock.is_some_and(|until| now < until) {
        return Some(Unclaimable::Locked);
    }
    if conditions.expiration.is_some_and(|end| end.time.0 <= now.0.saturating_add(CLAIM_MARGIN)) {
        return Some(Unclaimable::Expiring);
    }
    (kept(amount, conditions) == Amount::ZERO).then_some(Unclaimable::Empty)
}

/// What is left of an output when its storage deposit is given back.
fn kept(amount: Amount, conditions: &Conditions) -> Amount {
    let back = conditions.deposit_return.map_or(Amount::ZERO, |part| part.amount);
    amount.checked_sub(back).unwrap_or(Amount::ZERO)
}

pub(super) fn kept_of(row: &OutputRow) -> Amount {
    kept(row.amount, &row.details.conditions)
}

fn refusal(row: &OutputRow, now: UnixTime) -> Option<Unclaimable> {
    unclaimable(row.class, row.amount, &row.details.conditions, now)
}

/// Whose output the claimed one is, and whether it is a deposit.
type Group = (AddressKey, OutputRole);

fn group(row: &OutputRow) -> Group {
    // never credited: it moves within the wallet
    let role = if row.origin.is_deposit() { OutputRole::Claim } else { OutputRole::Consolidation };
    (row.key, role)
}

/// Which outputs to claim, and what becomes of the claim when it is dead.
pub(super) struct Pick<'a> {
    /// These, all or none; empty: as many as a transaction takes of those that are wanted.
    pub(super) named: &'a [OutputId],
    pub(super) wanted: &'a dyn Fn(&OutputRow) -> bool,
    /// Whether it is made again for what is left of it.
    pub(super) retry: bool,
    /// The dead claim in whose place it is made.
    pub(super) retries: Option<i64>,
}

impl<'a> Pick<'a> {
    /// As many as a transaction takes of these.
    pub(super) fn those(wanted: &'a dyn Fn(&OutputRow) -> bool) -> Self {
        Self { named: &[], wanted, retry: false, retries: None }
    }
}

/// Outputs that one transaction claims.
#[derive(Debug, Default)]
struct Chosen {
    rows: Vec<OutputRow>,
    /// What each group gets.
    own: BTreeMap<Group, Amount>,
    /// What is given back.
    back: BTreeMap<Address, Amount>,
}

impl Chosen {
    /// Takes one more output.
    fn take(&mut self, row: OutputRow) -> Result<(), PaymentError> {
        let add = |sum: &mut Amount, part| {
            *sum = sum.checked_add(part).ok_or_else(|| StoreError::corrupt("amounts beyond what there is"))?;
            Ok::<_, PaymentError>(())
        };
        let conditions = row.details.conditions;
        add(self.own.entry(group(&row)).or_insert(Amount::ZERO), kept_of(&row))?;
        if let Some(DepositReturn { address, amount }) = conditions.deposit_return {
            add(self.back.entry(address).or_insert(Amount::ZERO), amount)?;
        }
        self.rows.push(row);
        Ok(())
    }

    /// The outputs that taking these would make.
    fn outputs_with(&self, rows: &[OutputRow]) -> usize {
        let back = rows.iter().filter_map(|row| Some(row.details.conditions.deposit_return?.address));
        let back: HashSet<Address> = back.chain(self.back.keys().copied()).collect();
        self.own.len() + 1 + back.len()
    }
}

impl Payments {
    /// Claims outputs of an account: these (1 to [`CLAIM_LIMIT`], all or none), or, when none are named, as many as one
    /// transaction takes of all that can be claimed. Each address gets one output with what its outputs hold beyond what has to
    /// be given back; the rest goes to the return addresses in the same transaction. Of what is not named, outputs of an
    /// address that together would not make an output (TIP-19) are left until more have come. None: there is nothing to claim.
    ///
    /// Returns as [`send`](Self::send) does. A claim cannot be cancelled unless nodes refuse it. With `retry`, a claim that dies since an input of it
    /// expired is made again, in another transaction, for those of its inputs that can still be claimed; without, its death is
    /// final.
    ///
    /// # Errors
    /// [`PaymentError::NotClaimable`], [`PaymentError::ClaimTooSmall`], [`PaymentError::TooManyInputs`], `Input…` and those of
    /// [`send`](Self::send) that need no funds. Nothing was signed then.
    pub fn claim(&self, account: u32, outputs: &[OutputId], retry: bool) -> Result<Option<Payment>, PaymentError> {
        self.claim_at_work(account, outputs, retry, ())
    }

    /// As [`claim`](Self::claim); `keys` is dropped when nothing is left to be signed, before a node is waited for.
    ///
    /// # Errors
    /// Those of [`claim`](Self::claim).
    pub fn claim_at_work(
        &self,
        account: u32,
        outputs: &[OutputId],
        retry: bool,
        keys: impl AtWork,
    ) -> Result<Option<Payment>, PaymentError> {
        if outputs.len() > CLAIM_LIMIT {
            return Err(PaymentError::TooManyInputs { limit: CLAIM_LIMIT });
        }
        let mut seen = HashSet::new();
        if let Some(id) = outputs.iter().find(|id| !seen.insert(**id)) {
            return Err(PaymentError::InputRepeated(*id));
        }
        let pick = Pick { named: outputs, retry, ..Pick::those(&|_| true) };
        let turn = self.claim_turns.take(Some(&account.to_string()));
        for _ in 0..ATTEMPTS {
            let Some(made) = self.claim_once(account, &pick)? else { return Ok(None) };
            match made {
                Err(Refused::InputTaken | Refused::Outdated) | Ok(Made::Existing(_)) => {}
                Err(Refused::Other(error)) => return Err(error),
                Ok(Made::New(signed)) => {
                    drop((turn, keys));
                    self.drive.begin(signed.position, FIRST_ANSWER);
                    return Ok(Some(self.find(&PaymentRef::Transaction(signed.transaction_id)).unwrap_or(*signed)));
                }
            }
        }
        Err(PaymentError::Contention)
    }

    /// Makes a claim and waits for no node. False: there is nothing to claim.
    pub(super) fn claim_quietly(&self, account: u32, pick: &Pick<'_>) -> Result<bool, PaymentError> {
        let _turn = self.claim_turns.take(Some(&account.to_string()));
        for _ in 0..ATTEMPTS {
            match self.claim_once(account, pick)? {
                None => return Ok(false),
                Some(Err(Refused::InputTaken | Refused::Outdated) | Ok(Made::Existing(_))) => {}
                Some(Err(Refused::Other(error))) => return Err(error),
                Some(Ok(Made::New(signed))) => {
                    self.drive.add(signed.position, Box::new(()));
                    return Ok(true);
                }
            }
        }
        Err(PaymentError::Contention)
    }

    /// Up to `limit` outputs of an account that can be claimed now, booked after a position, in the order of booking.
    ///
    /// # Errors
    /// [`PaymentError::Store`].
    pub fn claimable(&self, account: u32, after: i64, limit: u32) -> Result<Vec<OutputRow>, PaymentError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.ports.store.readers().read(|conn| {
            let Some(now) = meta::cursor(conn)?.map(|cursor| cursor.position.time) else { return Ok(Vec::new()) };
            let mut found = Vec::new();
            each_held(conn, account, after, |row| {
                if refusal(&row, now).is_none() {
                    found.push(row);
                }
                found.len() < limit
            })?;
            Ok(found)
        })
    }

    /// When the first timelock of an account's outputs under conditions ends after a time.
    pub(super) fn next_unlock(&self, account: u32, after: UnixTime) -> Result<Option<UnixTime>, PaymentError> {
        self.ports.store.readers().read(|conn| {
            let mut first: Option<UnixTime> = None;
            each_held(conn, account, 0, |row| {
                let until = row.details.conditions.timelock.filter(|until| after < *until);
                first = first.into_iter().chain(until).min();
                true
            })?;
            Ok(first)
        })
    }

    fn claim_once(&self, account: u32, pick: &Pick<'_>) -> Result<Option<Result<Made, Refused>>, PaymentError> {
        let drafter = &self.ports.drafter;
        let found = self.ports.store.readers().read(|conn| {
            refuse_to_pay(conn)?;
            let row = account::by_index(conn, account)?.ok_or(PaymentError::AccountNotFound(account))?;
            let network = meta::network(conn)?.ok_or(PaymentError::NetworkUnknown)?;
            let now = meta::cursor(conn)?.ok_or(PaymentError::NetworkUnknown)?.position.time;
            // every kind of address makes an output of the same size
            let least = |key| {
                let address =
                    address::by_key(conn, key)?.ok_or_else(|| StoreError::corrupt("an output without address"))?;
                Ok::<_, PaymentError>(drafter.minimum_deposit(&address.raw, &network.deposit))
            };
            let chosen = if pick.named.is_empty() {
                let wanted = |row: &OutputRow| refusal(row, now).is_none() && (pick.wanted)(row);
                choose(conn, account, wanted, drafter.limits().1, least)?
            } else {
                named(conn, account, now, pick.named, least)?
            };
            Ok::<_, PaymentError>((row.alias, network, now, chosen))
        });
        let (alias, network, now, chosen) = found?;
        if chosen.rows.is_empty() {
            return Ok(None);
        }
        let payer = Payer { account, alias, key: None };
        self.claim_these(&payer, &network, now, chosen, pick).map(Some)
    }

    fn claim_these(
        &self,
        payer: &Payer,
        network: &Network,
        now: UnixTime,
        chosen: Chosen,
        pick: &Pick<'_>,
    ) -> Result<Result<Made, Refused>, PaymentError> {
        let mut new = self.build_claim(payer, network, now, chosen, None)?;
        (new.retry, new.retries) = (pick.retry, pick.retries);
        Ok(self.persist(new, Purpose::Claim))
    }
}

/// Calls `each` for the free outputs under conditions of an account after a row, until it answers false.
fn each_held(
    conn: &Connection,
    account: u32,
    mut after: i64,
    mut each: impl FnMut(OutputRow) -> bool,
) -> Result<(), PaymentError> {
    loop {
        let rows = output::held(conn, account, after, WINDOW)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.row;
        for row in rows {
            if !each(row) {
                return Ok(());
            }
        }
    }
}

/// The caller's choice, each checked.
fn named(
    conn: &Connection,
    account: u32,
    now: UnixTime,
    ids: &[OutputId],
    least: impl Fn(AddressKey) -> Result<Amount, PaymentError>,
) -> Result<Chosen, PaymentError> {
    let mut chosen = Chosen::default();
    for id in ids {
        let row = output::by_id(conn, id)?.ok_or(PaymentError::InputUnknown(*id))?;
        if row.key.account != account || row.class == OutputClass::Foreign {
            return Err(PaymentError::InputNotOurs(*id));
        }
        if row.spent_index.is_some() {
            return Err(PaymentError::InputSpent(*id));
        }
        if let Some(reason) = refusal(&row, now) {
            return Err(PaymentError::NotClaimable { id: *id, reason });
        }
        if row.locked_by.is_some() {
            return Err(PaymentError::InputLocked(*id));
        }
        chosen.take(row)?;
    }
    for ((key, _), given) in &chosen.own {
        let needed = least(*key)?;
        if *given < needed {
            return Err(PaymentError::ClaimTooSmall { needed, given: *given });
        }
    }
    Ok(chosen)
}

/// As many as a transaction takes of all that are wanted, address by address in the order in which their outputs came.
fn choose(
    conn: &Connection,
    account: u32,
    wanted: impl Fn(&OutputRow) -> bool,
    most_outputs: usize,
    least: impl Fn(AddressKey) -> Result<Amount, PaymentError>,
) -> Result<Chosen, PaymentError> {
    let mut waiting: BTreeMap<Group, Vec<OutputRow>> = BTreeMap::new();
    let mut order = Vec::new();
    each_held(conn, account, 0, |row| {
        if wanted(&row) {
            let rows = waiting.entry(group(&row)).or_insert_with(|| {
                order.push(group(&row));
                Vec::new()
            });
            hold(rows, row);
        }
        true
    })?;
    let mut chosen = Chosen::default();
    for key in order {
        let Some(rows) = waiting.remove(&key) else { continue };
        let sum = Amount::checked_sum(rows.iter().map(kept_of)).unwrap_or(Amount::new(u64::MAX));
        let fits = chosen.rows.len() + rows.len() <= CLAIM_LIMIT && chosen.outputs_with(&rows) <= most_outputs;
        if sum >= least(key.0)? && fits {
            rows.into_iter().try_for_each(|row| chosen.take(row))?;
        }
    }
    Ok(chosen)
}

/// Keeps as many outputs of a group as a transaction takes, the largest: small change cannot crowd out the rest.
fn hold(rows: &mut Vec<OutputRow>, row: OutputRow) {
    if rows.len() < CLAIM_LIMIT {
        rows.push(row);
    } else if let Some(least) = rows.iter_mut().min_by_key(|row| kept_of(row))
        && kept_of(least) < kept_of(&row)
    {
        *least = row;
    }
}

#[cfg(test)]
mod tests;
