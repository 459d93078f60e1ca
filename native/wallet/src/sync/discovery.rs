//! Looking for what a seed's addresses already hold, before the first address of an account is issued.
//!
//! An index knows the present, diffs know the changes; they are joined without a hole. First the used part of both
//! chains is found (an answer without outputs for [`GAP`] addresses ends a chain). Then those addresses are registered
//! as issued and watched, with a past to be checked ([`late`]). Until all of it is booked a diff may spend what is
//! not known yet, so what comes by diffs until then is `discovered` too and no deposit: it may be the rest of another
//! wallet's payment.

use std::sync::Arc;

use super::{Core, LedgerSync, SyncError, late};
use crate::{
    accounts::{AccountError, Accounts, KEY_INDICES},
    audit::{self, accounts::Chain},
    ledger::{Address, Lookup, MilestoneIndex},
    store::{AddressKey, Past, account, address, meta, restore},
};

/// Addresses registered in one transaction.
const BATCH: u32 = 10_000;
/// Addresses without outputs that end a chain.
pub const GAP: u32 = 20;

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
        let cursor = late::cursor(&self.core)?;
        // of an account that was made after a restore or an import it is not known how far the wallet before had issued on it
        let skipped = self.core.store.readers().read(restore::skip_ahead)?;
        for internal in [false, true] {
            let used = used(&self.core, accounts, lookup, cursor, (index, internal))?;
            // what shows on the ledger may have been issued before the backup or the file
            self.register(accounts, index, internal, used.saturating_add(skipped).min(KEY_INDICES))?;
        }
        late::check(&self.core, lookup, Some(index), &|| self.core.inbox.stopped())?;
        self.core.store.writer().commit(move |tx| account::set_discovered(tx, index).map_err(SyncError::from))?;
        drop(turn);
        Ok(())
    }

    /// Registers the first `used` addresses of a chain as issued.
    fn register(&self, accounts: &Accounts, index: u32, internal: bool, used: u32) -> Result<(), SyncError> {
        let row = accounts.by_index(index)?;
        let from = if internal { row.internal_next } else { row.public_next };
        if from >= used {
            return Ok(());
        }
        // in parts, each durable: the next call goes on with the rest
        let mut begin = from;
        while begin < used {
            let end = used.min(begin.saturating_add(BATCH));
            self.register_part(accounts, index, internal, begin, end)?;
            begin = end;
        }
        Ok(())
    }

    fn register_part(
        &self,
        accounts: &Accounts,
        index: u32,
        internal: bool,
        from: u32,
        used: u32,
    ) -> Result<(), SyncError> {
        let derived = accounts.derive(index, internal, from, used)?;
        let watch = Arc::clone(accounts.watch());
        self.core.store.writer().commit_then(
            move |tx| {
                if restore::issuing_frozen(tx)? {
                    // a search of the whole seed has begun meanwhile, which comes to this account too
                    return Err(AccountError::IssuingFrozen.into());
                }
                let cursor = meta::cursor(tx)?.map(|cursor| cursor.position.index);
                let mut rows = Vec::with_capacity(derived.len());
                for (key_index, raw) in (from..used).zip(derived) {
                    let key = AddressKey { account: index, internal, key_index };
                    address::insert(tx, key, &raw, None, cursor, Past::Unchecked)?;
                    rows.push((raw, key));
                }
                account::set_next(tx, index, internal, used)?;
                audit::accounts::taken(tx, Chain { account: index, internal, from, to: used })?;
                Ok::<_, SyncError>(rows)
            },
            move |rows| watch.watch(rows.iter().copied()),
        )?;
        Ok(())
    }
}

/// How many addresses of a chain are used: one more than the last index with outputs.
fn used(
    core: &Core,
    accounts: &Accounts,
    lookup: &dyn Lookup,
    at_least: MilestoneIndex,
    (index, internal): (u32, bool),
) -> Result<u32, SyncError> {
    let (mut used, mut from) = (0, 0);
    while from < used + GAP {
        let derived = accounts.derive(index, internal, from, from + GAP)?;
        let answer = late::unspent(core, lookup, derived.clone(), at_least)?;
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
