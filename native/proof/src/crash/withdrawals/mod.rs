//! Withdrawals under kills: an exchange's client orders payments under keys of its own, asks again for the same keys
//! after each restart, and cancels some of them. In the end each key was paid once on the node's ledger, or never where
//! it was cancelled.

mod client;
mod judge;
mod orders;
mod persons;
mod restored;
mod terms;
mod verify;

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::Connection;
use stardust_proof::Failure;

use self::restored::backups;
pub(crate) use self::{
    client::{finish, pay},
    restored::{all_backups, lose, restore},
    verify::{pay_somebody_again, verify},
};
use crate::worker::wallet;

/// A deposit that pays for whatever was ordered and not paid yet.
pub(crate) const ENOUGH_FOR_ALL: u64 = 1_000_000_000_000;

/// Makes what there is before the first worker.
pub(crate) fn set_up(directory: &Path, restores: bool) -> Result<(), Failure> {
    let journal = terms::journal(directory);
    fs::create_dir(journal.parent().ok_or("a journal without a directory")?)?;
    if restores {
        fs::create_dir(backups(directory))?;
    }
    Ok(())
}

/// The client's own database, beside the wallet's directory.
fn orders(directory: &Path) -> PathBuf {
    directory.join("orders.db")
}

/// Whether a process died with a transaction that was signed in memory only.
pub(crate) fn in_the_making(marks: &BTreeMap<&'static str, &'static str>) -> bool {
    let is_last = |area, points: &[&str]| marks.get(area).is_some_and(|last| points.contains(last));
    is_last("payment", &["payment:signed", "payment:written", "payment:contesting"])
        || is_last("withdrawal", &["withdrawal:signed"])
}

/// Whether the process that was killed last left a payment behind that is signed and has not ended. Looks at a copy: what
/// the process left is to be taken up by the next one as it is.
pub(crate) fn left_open(directory: &Path) -> Result<bool, Failure> {
    let copy = tempfile::tempdir()?;
    for name in ["wallet.db", "wallet.db-wal"] {
        match fs::copy(wallet(directory).join(name), copy.path().join(name)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    let connection = Connection::open(copy.path().join("wallet.db"))?;
    if !connection.table_exists(None, "payment")? {
        return Ok(false);
    }
    let open = "SELECT 1 FROM payment WHERE state IN ('signed', 'submitted', 'rejected', 'cancelling')";
    Ok(connection.prepare(open)?.exists([])?)
}
