//! One transaction for all of it.

use std::sync::Arc;

use rusqlite::Transaction;

use super::{ImportError, Plan};
use crate::{
    accounts::Accounts,
    audit::{self, accounts::Chain},
    ledger::Address,
    store::{AddressKey, MetaKey, Past, Store, account, address, imported, meta, restore},
};

/// Stores accounts, notes, and addresses as issued and watched, with a past to be checked. When it returns all of them are
/// durable; after an error or a crash before that none is.
///
/// # Errors
/// [`ImportError::NotEmpty`], [`ImportError::Store`].
pub fn write(store: &Store, accounts: &Accounts, plan: Plan, now_ms: u64) -> Result<(), ImportError> {
    let watch = Arc::clone(accounts.watch());
    store.writer().commit_then(
        move |tx| {
            let watched = insert(tx, plan, now_ms)?;
            fail_point!("import:written");
            Ok::<_, ImportError>(watched)
        },
        move |watched| watch.watch(watched.iter().copied()),
    )?;
    fail_point!("import:durable");
    Ok(())
}

fn insert(tx: &Transaction<'_>, plan: Plan, now_ms: u64) -> Result<Vec<(Address, AddressKey)>, ImportError> {
    if !account::page(tx, None, 1)?.is_empty() {
        return Err(ImportError::NotEmpty);
    }
    // accounts that come later are looked for: the other wallet may have had them
    meta::put(tx, MetaKey::SeedOrigin, b"existing")?;
    if plan.skip > 0 {
        restore::put_imported_skip(tx, plan.skip)?;
    }
    let watched_from = meta::cursor(tx)?.map(|cursor| cursor.position.index);
    let (mut watched, accounts) = (Vec::new(), plan.accounts.len());
    for planned in plan.accounts {
        // of an empty wallet and a file without holes: the index is the file's
        let made = account::insert(tx, &planned.alias, false, now_ms)?;
        audit::accounts::created(tx, &made)?;
        let index = made.account;
        for (internal, chain) in [false, true].into_iter().zip(planned.chains) {
            let mut next = 0;
            for (raw, label) in chain {
                let key = AddressKey { account: index, internal, key_index: next };
                address::insert(tx, key, &raw, label.as_deref(), watched_from, Past::Unchecked)?;
                watched.push((raw, key));
                next += 1;
            }
            account::set_next(tx, index, internal, next)?;
            audit::accounts::taken(tx, Chain { account: index, internal, from: 0, to: next })?;
        }
        for (id, note) in planned.notes {
            imported::insert(tx, index, &id, &note)?;
        }
    }
    audit::wallet::imported(tx, accounts, watched.len())?;
    Ok(watched)
}
