//! Looking for what a seed's addresses already hold, before the first address of an account is issued.
//!
//! An index knows the present, diffs know the changes; they are joined without a hole. First the used part of both
//! chains is found (an answer without outputs for [`GAP`] addresses ends a chain). Then those addresses are registered
//! as issued and watched, so that diffs show all that happens on them from then on. Then the index is asked for their
//! unspent outputs at a height from then on, and its answer is booked when the cursor stands at just that height: what
//! came by diffs meanwhile is booked already, and no later diff can have spent what was not booked yet. An answer for a
//! height that the cursor has passed is asked for again. Until all of it is booked a diff may spend what is not known
//! yet, so what comes by diffs until then is `discovered` too and no deposit: it may be the rest of another wallet's
//! payment.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::{RecvTimeoutError, bounded};

use super::{LedgerSync, Located, SyncError};
use crate::{
    accounts::Accounts,
    error::ErrorKind,
    ledger::{Address, Lookup, MilestoneIndex, NodeError, UnspentAnswer},
    store::{AddressKey, account, address, meta},
};

/// Addresses without outputs that end a chain.
pub const GAP: u32 = 20;
/// Addresses that the index is asked for at a time when they are booked.
const BATCH: usize = 100;
/// The longest wait for one answer of the index, and for the cursor to reach an answer's height.
const PATIENCE: Duration = Duration::from_secs(120);

impl LedgerSync {
    /// Looks for what the seed's addresses of an account hold, registers the used ones as issued and books their
    /// unspent outputs. Does nothing when that was done before. Needs keys and a node; when it fails or the process
    /// dies, nothing is issued on the account, and the next call goes on.
    ///
    /// # Errors
    /// [`SyncError`].
    pub fn discover(&self, accounts: &Accounts, lookup: &dyn Lookup, index: u32) -> Result<(), SyncError> {
        let turn = self.turns.take();
        if !accounts.by_index(index)?.discovery {
            return Ok(());
        }
        accounts.check_seed()?;
        let cursor = self.cursor()?;
        for internal in [false, true] {
            let used = used(accounts, lookup, cursor, index, internal)?;
            self.register(accounts, index, internal, used)?;
        }
        self.book_all(accounts, lookup, index)?;
        self.core.store.writer().commit(move |tx| account::set_discovered(tx, index).map_err(SyncError::from))?;
        drop(turn);
        Ok(())
    }

    fn cursor(&self) -> Result<MilestoneIndex, SyncError> {
        let cursor = self.core.store.readers().read(meta::cursor)?;
        let unreached =
            || NodeError { kind: ErrorKind::NodeUnreachable, message: "no node was reached yet".to_owned() };
        Ok(cursor.ok_or_else(unreached)?.position.index)
    }

    /// Registers the first `used` addresses of a chain as issued.
    fn register(&self, accounts: &Accounts, index: u32, internal: bool, used: u32) -> Result<(), SyncError> {
        let row = accounts.by_index(index)?;
        let from = if internal { row.internal_next } else { row.public_next };
        if from >= used {
            return Ok(());
        }
        let derived = accounts.derive(index, internal, from, used)?;
        let watch = Arc::clone(accounts.watch());
        self.core.store.writer().commit_then(
            move |tx| {
                let cursor = meta::cursor(tx)?.map(|cursor| cursor.position.index);
                let mut rows = Vec::with_capacity(derived.len());
                for (key_index, raw) in (from..used).zip(derived) {
                    let key = AddressKey { account: index, internal, key_index };
                    address::insert(tx, key, &raw, None, cursor)?;
                    rows.push((raw, key));
                }
                account::set_next(tx, index, internal, used)?;
                Ok::<_, SyncError>(rows)
            },
            move |rows| watch.watch(rows.iter().copied()),
        )?;
        Ok(())
    }

    /// Books the unspent outputs of all registered addresses of the account.
    fn book_all(&self, accounts: &Accounts, lookup: &dyn Lookup, index: u32) -> Result<(), SyncError> {
        let mut after = None;
        loop {
            let limit = u32::try_from(BATCH).expect("a small number");
            let rows = accounts.addresses(index, None, after, limit)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some((last.key.internal, last.key.key_index));
            let addresses: Vec<Address> = rows.iter().map(|row| row.raw).collect();
            let deadline = Instant::now() + PATIENCE;
            while !self.book_batch(lookup, &addresses)? {
                if Instant::now() > deadline {
                    return Err(SyncError::Timeout);
                }
            }
        }
    }

    /// False: the cursor has passed the answer's height.
    fn book_batch(&self, lookup: &dyn Lookup, addresses: &[Address]) -> Result<bool, SyncError> {
        let answer = unspent(lookup, addresses.to_vec(), self.cursor()?)?;
        let (reply, booked) = bounded(1);
        let located = Located { height: answer.ledger_index, outputs: answer.outputs, reply };
        self.core.inbox.book(located)?;
        booked.recv_timeout(PATIENCE).unwrap_or_else(|error| Err(gone(error)))
    }
}

/// How many addresses of a chain are used: one more than the last index with outputs.
fn used(
    accounts: &Accounts,
    lookup: &dyn Lookup,
    at_least: MilestoneIndex,
    index: u32,
    internal: bool,
) -> Result<u32, SyncError> {
    let (mut used, mut from) = (0, 0);
    while from < used + GAP {
        let derived = accounts.derive(index, internal, from, from + GAP)?;
        let answer = unspent(lookup, derived.clone(), at_least)?;
        let holds = |raw: &Address| answer.outputs.iter().any(|output| output.addresses().any(|other| other == raw));
        for (key_index, raw) in (from..).zip(&derived) {
            if holds(raw) {
                used = key_index + 1;
            }
        }
        from += GAP;
    }
    Ok(used)
}

fn unspent(lookup: &dyn Lookup, addresses: Vec<Address>, at_least: MilestoneIndex) -> Result<UnspentAnswer, SyncError> {
    let (sender, answer) = bounded(1);
    // the caller may have given up waiting
    lookup.unspent(addresses, at_least, Box::new(move |result| drop(sender.send(result))));
    let answer = answer.recv_timeout(PATIENCE).map_err(gone)??;
    if answer.ledger_index < at_least {
        let message = format!("the index stands at {}, behind milestone {at_least}", answer.ledger_index);
        return Err(NodeError { kind: ErrorKind::NodeUnhealthy, message }.into());
    }
    Ok(answer)
}

fn gone(error: RecvTimeoutError) -> SyncError {
    match error {
        RecvTimeoutError::Timeout => SyncError::Timeout,
        RecvTimeoutError::Disconnected => SyncError::Closed,
    }
}
