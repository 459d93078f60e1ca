//! Addresses that are watched late: they may have been used before the wallet watched them.
//!
//! Such an address is durable and watched first, so that diffs show all that happens on it from then on. Then an index is
//! asked what it holds, at the cursor's height or later, and the answer is booked when the cursor stands at just that
//! height: what came by diffs meanwhile is booked already, and no later diff can have spent what was not booked yet. An
//! answer for a height that the cursor has passed is asked for again. Which addresses are still unchecked is in the
//! database, so a crash or a node that fails costs no more than the question.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::bounded;

use super::{Core, Located, Outcome, Purpose, SyncError, ask};
use crate::{
    error::ErrorKind,
    ledger::{Address, Interest, Lookup, MilestoneIndex, NodeError, UnspentAnswer},
    store::{AddressKey, AddressRow, address, meta},
};

/// The longest wait for the cursor to reach an answer's height, and for an answer that is not too late.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often the whole set is asked for before addresses are asked for one by one: on a ledger that is faster than the
/// answer, it comes too late every time.
const WHOLE_TRIES: u32 = 3;

/// Books what addresses held before they were watched: all whose past is unchecked, of one account or of the wallet.
///
/// # Errors
/// [`SyncError`] ([`Closed`](SyncError::Closed) when `stop` says so); what was booked is booked, and the next call goes on
/// with the rest.
pub(super) fn check(
    core: &Core,
    lookup: &dyn Lookup,
    account: Option<u32>,
    stop: &dyn Fn() -> bool,
) -> Result<(), SyncError> {
    let unchecked = |limit| core.store.readers().read(|conn| address::unchecked(conn, account, limit));
    if unchecked(ask::WHOLE_SET + 1)?.len() > ask::WHOLE_SET {
        let rows = unchecked(usize::MAX)?;
        for _ in 0..WHOLE_TRIES {
            let interest: Arc<dyn Interest + Send + Sync> = Arc::clone(&core.watch) as _;
            let at_least = cursor(core)?;
            let Some(answer) = ask::one(stop, |done| lookup.unspent_all(interest, at_least, done))? else {
                break;
            };
            ask::current(&answer, at_least)?;
            if book(core, &rows, answer)? {
                return Ok(());
            }
        }
    }
    loop {
        let rows = unchecked(ask::BATCH)?;
        if rows.is_empty() {
            return Ok(());
        }
        if stop() {
            return Err(SyncError::Closed);
        }
        check_some(core, lookup, &rows)?;
    }
}

fn check_some(core: &Core, lookup: &dyn Lookup, rows: &[AddressRow]) -> Result<(), SyncError> {
    let addresses: Vec<Address> = rows.iter().map(|row| row.raw).collect();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = unspent(core, lookup, addresses.clone(), cursor(core)?)?;
        if book(core, rows, answer)? {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(SyncError::Timeout);
        }
    }
}

/// False: the cursor has passed the answer's height.
fn book(core: &Core, rows: &[AddressRow], answer: UnspentAnswer) -> Result<bool, SyncError> {
    let keys: Vec<AddressKey> = rows.iter().map(|row| row.key).collect();
    Ok(matches!(at_height(core, answer, Purpose::Book(keys))?, Outcome::Booked))
}

/// Has the loop deal with an answer when the cursor stands at its height, and waits for it.
pub(super) fn at_height(core: &Core, answer: UnspentAnswer, purpose: Purpose) -> Result<Outcome, SyncError> {
    let (reply, done) = bounded(1);
    core.inbox.book(Located { height: answer.ledger_index, outputs: answer.outputs, purpose, reply })?;
    done.recv_timeout(PATIENCE).unwrap_or_else(|error| Err(ask::gone(error)))
}

/// The unspent outputs of up to [`ask::BATCH`] addresses, at a height of `at_least` or later.
pub(super) fn unspent(
    core: &Core,
    lookup: &dyn Lookup,
    addresses: Vec<Address>,
    at_least: MilestoneIndex,
) -> Result<UnspentAnswer, SyncError> {
    let answer = ask::one(&|| core.inbox.stopped(), |done| lookup.unspent(addresses, at_least, done))?;
    ask::current(&answer, at_least)?;
    Ok(answer)
}

/// The last applied milestone.
///
/// # Errors
/// [`SyncError::Node`] before the first contact with a node.
pub(super) fn cursor(core: &Core) -> Result<MilestoneIndex, SyncError> {
    let unreached = || NodeError { kind: ErrorKind::NodeUnreachable, message: "no node was reached yet".to_owned() };
    Ok(core.store.readers().read(meta::cursor)?.ok_or_else(unreached)?.position.index)
}
