//! Versions of the schema: a linear array, brought up to date in one transaction.
//!
//! A released script never changes; a change is a new script at the end. The database's
//! `user_version` is the number of scripts applied, its `application_id` says that it is ours.

use rusqlite::Connection;

use super::StoreError;

/// `wSDw`: marks the file as a database of this wallet.
pub(super) const APPLICATION_ID: i64 = 0x7753_4477;

/// The scripts, oldest first.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/0001_ledger.sql"),
    include_str!("schema/0002_payments.sql"),
    include_str!("schema/0003_conditions.sql"),
    include_str!("schema/0004_repair.sql"),
    include_str!("schema/0005_consumers.sql"),
    include_str!("schema/0006_late.sql"),
    include_str!("schema/0007_withdrawals.sql"),
    include_str!("schema/0008_pool.sql"),
    include_str!("schema/0009_options.sql"),
    include_str!("schema/0011_recovered.sql"),
    include_str!("schema/0012_policy.sql"),
    include_str!("schema/0013_audit.sql"),
    include_str!("schema/0014_hot_wallet.sql"),
    include_str!("schema/0015_journal.sql"),
    include_str!("schema/0018_approvals.sql"),
    include_str!("schema/0020_idle.sql"),
    include_str!("schema/0021_blocks.sql"),
    include_str!("schema/0023_imported_notes.sql"),
    include_str!("schema/0024_release.sql"),
];

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).expect("a handful of scripts")
}

/// Refuses a file that is not a database of this wallet or of a later version of it. Writes nothing.
///
/// # Errors
/// [`StoreError::Corrupt`], [`StoreError::Newer`].
pub(super) fn check(conn: &Connection) -> Result<(), StoreError> {
    let application_id: i64 = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let version = version(conn)?;
    if application_id != APPLICATION_ID || version < 1 {
        return Err(StoreError::corrupt("it is not a database of this wallet"));
    }
    if version > known() {
        return Err(StoreError::Newer { found: version, known: known() });
    }
    Ok(())
}

/// Applies what is missing, all in one transaction: after a crash the database has the old version or the new.
///
/// # Errors
/// [`StoreError`] when a script fails; nothing of any script is kept then.
pub(super) fn migrate(conn: &mut Connection) -> Result<(), StoreError> {
    let version = version(conn)?;
    if version == known() {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let applied = usize::try_from(version).map_err(|_| StoreError::corrupt("a negative version"))?;
    for script in MIGRATIONS.iter().skip(applied) {
        tx.execute_batch(script)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", known())?;
    tx.commit()?;
    Ok(())
}

fn version(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}
