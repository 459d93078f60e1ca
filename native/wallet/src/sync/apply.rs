//! The one transaction of a milestone: outputs, holdings, payments, cursor and events, all or nothing.

use std::collections::{HashMap, HashSet};

use rusqlite::Transaction;

use super::{
    SyncError,
    scan::{Found, ScannedMilestone},
};
use crate::{
    events::{self, Deposit, InclusionState, LedgerEvent, LoggedEvent, NewOutput, OwnAddress, SpentOutput},
    ledger::{AddressCodec, Amount, Network, OutputId, Position, TransactionId, UnixTime},
    payments::settle,
    store::{
        AddressKey, NewOutputRow, Origin, OutputClass, OutputDetails, OutputRow, StoreError, account, address, meta,
        output,
        payment::{self, OutputRole},
    },
};

/// What a commit changed, for memory to follow.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// Outputs that are ours from now on.
    pub booked: Vec<OutputId>,
    /// Outputs that are spent from now on.
    pub spent: Vec<OutputId>,
    /// Transactions that are decided.
    pub decided: Vec<TransactionId>,
    /// The events, as logged.
    pub events: Vec<LoggedEvent>,
}

/// Applies a scanned milestone. The cursor must be the one before it.
///
/// # Errors
/// [`SyncError`]; the transaction must not be committed then.
pub(super) fn apply(
    tx: &Transaction<'_>,
    codec: &dyn AddressCodec,
    network: &Network,
    scanned: &ScannedMilestone,
) -> Result<Applied, SyncError> {
    let ScannedMilestone { position, created, consumed, transactions } = scanned;
    let mut applied = Applied::default();
    let mut booked = Vec::new();
    let own_spends = own_spends(tx, scanned)?;
    for found in created {
        let origin = origin(tx, found, &own_spends)?;
        if book(tx, found, origin, *position)? {
            applied.booked.push(found.output.id);
            if found.class != OutputClass::Foreign {
                booked.push((found, origin));
            }
        }
    }
    let mut spent = Vec::new();
    for (id, by) in consumed {
        if let Some((row, _)) = output::spend(tx, id, position.index, Some(by))? {
            applied.spent.push(*id);
            if row.class != OutputClass::Foreign {
                spent.push(row);
            }
        }
    }
    let mut inclusions = settle::settle(tx, position, transactions.iter().copied(), consumed)?;
    inclusions.sort_by_key(|event| match event {
        LedgerEvent::TransactionInclusion(event) => Some(event.transaction_id),
        LedgerEvent::NewOutput(_) | LedgerEvent::SpentOutput(_) | LedgerEvent::Deposit(_) => None,
    });
    applied.decided.extend(inclusions.iter().filter_map(decided));
    meta::advance_cursor(tx, position)?;
    let mut names = Names::new(tx, codec, network);
    let mut told = booked_events(&mut names, &booked)?;
    // created, spent, deposits, inclusions: the log's order within a milestone
    let deposits = told.split_off(booked.len());
    for row in spent {
        told.push(spent_event(&mut names, row)?);
    }
    told.extend(deposits);
    told.extend(inclusions);
    applied.events = events::append(tx, told)?;
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
    let mut applied = Applied::default();
    let mut booked = Vec::new();
    for found in found {
        if book(tx, found, Origin::Discovered, at)? {
            applied.booked.push(found.output.id);
            if found.class != OutputClass::Foreign {
                booked.push((found, Origin::Discovered));
            }
        }
    }
    booked.sort_by_key(|(found, _)| found.output.id);
    let told = booked_events(&mut Names::new(tx, codec, network), &booked)?;
    applied.events = events::append(tx, told)?;
    Ok(applied)
}

fn book(tx: &Transaction<'_>, found: &Found, origin: Origin, at: Position) -> Result<bool, SyncError> {
    let Found { output, key, class } = found;
    Ok(output::insert(tx, &NewOutputRow { output, key: *key, class: *class, origin, at })?.is_some())
}

/// The transactions that spent outputs of ours here. What only names us is not ours: whoever spends it does not count.
fn own_spends(tx: &Transaction<'_>, scanned: &ScannedMilestone) -> Result<HashSet<TransactionId>, SyncError> {
    let here: HashMap<&OutputId, OutputClass> =
        scanned.created.iter().map(|found| (&found.output.id, found.class)).collect();
    let mut spends = HashSet::new();
    for (id, by) in &scanned.consumed {
        let ours = match here.get(id) {
            Some(class) => *class != OutputClass::Foreign,
            None => match output::by_id(tx, id)? {
                Some(row) => ours_at(tx, &row, scanned.position.time)?,
                None => false,
            },
        };
        if ours {
            spends.insert(*by);
        }
    }
    Ok(spends)
}

/// Whether a booked output is ours at `time`: an expiration may have given it to somebody else, or to us, since.
fn ours_at(tx: &Transaction<'_>, row: &OutputRow, time: UnixTime) -> Result<bool, SyncError> {
    match &row.details.conditions.expiration {
        Some(expiration) if expiration.time <= time => {
            Ok(payment::address_key(tx, &expiration.return_address)?.is_some())
        }
        _ => Ok(row.class != OutputClass::Foreign),
    }
}

fn origin(tx: &Transaction<'_>, found: &Found, own_spends: &HashSet<TransactionId>) -> Result<Origin, SyncError> {
    Ok(match payment::output_role(tx, &found.output.id)? {
        Some(OutputRole::Remainder) => Origin::Change,
        Some(OutputRole::Payee) => Origin::PaymentRecipient,
        None if own_spends.contains(&found.output.transaction_id) => Origin::UnknownOwn,
        None if unknown_past(tx, found.key.account)? => Origin::Discovered,
        None => Origin::External,
    })
}

/// Whether outputs of the account may exist that are not booked yet: what spends one of them and pays the rest back to us
/// looks like somebody else's transaction.
fn unknown_past(tx: &Transaction<'_>, index: u32) -> Result<bool, SyncError> {
    Ok(account::by_index(tx, index)?.is_some_and(|account| account.discovery))
}

fn decided(event: &LedgerEvent) -> Option<TransactionId> {
    match event {
        LedgerEvent::TransactionInclusion(event) => match event.state {
            InclusionState::Confirmed | InclusionState::Conflicting => Some(event.transaction_id),
            InclusionState::Pending | InclusionState::Rejected => None,
        },
        LedgerEvent::NewOutput(_) | LedgerEvent::SpentOutput(_) | LedgerEvent::Deposit(_) => None,
    }
}

/// The events of booked outputs: first all `NewOutput`, then the deposits among them.
fn booked_events(names: &mut Names<'_>, booked: &[(&Found, Origin)]) -> Result<Vec<LedgerEvent>, SyncError> {
    let mut told = Vec::with_capacity(booked.len());
    let mut deposits = Vec::new();
    for (found, origin) in booked {
        let Found { output, key, class, .. } = found;
        let own = names.own(*key)?;
        let details = OutputDetails::from(output);
        let deposit = *class == OutputClass::Plain && matches!(origin, Origin::External | Origin::PaymentRecipient);
        if deposit {
            deposits.push(LedgerEvent::Deposit(Deposit {
                id: format!("{:016x}:{}:deposit", names.network.id, output.id),
                own: own.clone(),
                output_id: output.id,
                transaction_id: output.transaction_id,
                amount: output.amount,
                origin: *origin,
                details: details.clone(),
            }));
        }
        told.push(LedgerEvent::NewOutput(NewOutput {
            own,
            output_id: output.id,
            transaction_id: output.transaction_id,
            kind: output.kind,
            class: *class,
            amount: output.amount,
            creditable: if deposit { output.amount } else { Amount::ZERO },
            origin: *origin,
            details,
        }));
    }
    told.extend(deposits);
    Ok(told)
}

fn spent_event(names: &mut Names<'_>, row: OutputRow) -> Result<LedgerEvent, SyncError> {
    Ok(LedgerEvent::SpentOutput(SpentOutput {
        own: names.own(row.key)?,
        output_id: row.output_id,
        amount: row.amount,
        spent_by: row.spent_by,
    }))
}

/// How events name addresses, with the balances after the milestone; each account and address is read once.
struct Names<'a> {
    tx: &'a Transaction<'a>,
    codec: &'a dyn AddressCodec,
    network: &'a Network,
    accounts: HashMap<u32, (String, Amount)>,
    addresses: HashMap<AddressKey, OwnAddress>,
}

impl<'a> Names<'a> {
    fn new(tx: &'a Transaction<'a>, codec: &'a dyn AddressCodec, network: &'a Network) -> Self {
        Self { tx, codec, network, accounts: HashMap::new(), addresses: HashMap::new() }
    }

    fn own(&mut self, key: AddressKey) -> Result<OwnAddress, SyncError> {
        if let Some(own) = self.addresses.get(&key) {
            return Ok(own.clone());
        }
        let (alias, account_balance) = self.account(key.account)?;
        let row = address::by_key(self.tx, key)?.ok_or_else(|| StoreError::corrupt("an output without address"))?;
        let own = OwnAddress {
            account: key.account,
            alias,
            address: self.codec.format(&row.raw, &self.network.hrp),
            raw: row.raw,
            internal: key.internal,
            key_index: key.key_index,
            address_balance: row.balance,
            account_balance,
        };
        self.addresses.insert(key, own.clone());
        Ok(own)
    }

    fn account(&mut self, index: u32) -> Result<(String, Amount), SyncError> {
        if let Some(known) = self.accounts.get(&index) {
            return Ok(known.clone());
        }
        let row = account::by_index(self.tx, index)?.ok_or_else(|| StoreError::corrupt("an output without account"))?;
        let holdings = row.holdings;
        let total = Amount::checked_sum([holdings.plain, holdings.held, holdings.assets]);
        let total = total.ok_or_else(|| StoreError::corrupt("an account holds more than there is"))?;
        self.accounts.insert(index, (row.alias.clone(), total));
        Ok((row.alias, total))
    }
}
