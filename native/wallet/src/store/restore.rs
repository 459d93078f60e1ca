//! What a restore left to be done: an operator's word on issuing, and a look at the ledger.

use rusqlite::{Connection, Transaction};
use serde::{Deserialize, Serialize};

use super::{MetaKey, StoreError, meta, recovery, withdrawal};
use crate::ledger::{MilestoneIndex, TransactionId, UnixTime};

/// How a wallet came out of a backup, and how far it is from being itself again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// When the backup was made, by the clock of the wallet that made it; milliseconds.
    pub backup_ms: u64,
    /// When it was restored, by the clock of the machine that did; milliseconds.
    pub restored_ms: u64,
    /// The last milestone in the backup; none: the wallet had not met a node then.
    pub cursor: Option<MilestoneIndex>,
    /// That milestone's time.
    pub cursor_time: Option<UnixTime>,
    /// The event log's id before, hexadecimal.
    pub log_id_before: String,
    /// Whether it was stated how far issuing had come. Before, nothing is issued and the ledger is not followed.
    pub issuing_released: bool,
    /// How far each chain was skipped ahead; 0: exact counts were given, or nothing yet.
    pub skip_ahead: u32,
    /// Whether the ledger was followed to its tip since.
    pub checked: bool,
    /// Whether payments may be made again.
    pub payments_released: bool,
    /// The first sign of transactions of this wallet that the backup does not know and of which nobody has the bytes.
    pub unknown_own: Option<String>,
    /// Whether the key journal was there.
    #[serde(default)]
    pub journal_found: bool,
    /// Payments that the backup did not know and the key journal did.
    #[serde(default)]
    pub journal_payments: u32,
    /// Records of the key journal that wait for accounts which are not made again yet.
    #[serde(default)]
    pub journal_waiting: u32,
    /// The last milestone of which the key journal has all that was paid up to it; none: it does not show it of any.
    #[serde(default)]
    pub journal_covers: Option<MilestoneIndex>,
    /// Whether the ledger has shown a transaction of this wallet that the key journal does not have: it is an old copy, or records
    /// are gone from its end.
    #[serde(default)]
    pub journal_lacks: bool,
    /// Payments of the key journal that a key was used for which another payment has. They are not submitted.
    #[serde(default)]
    pub disputed: Vec<TransactionId>,
    /// Milestones since the backup that nobody showed to this wallet. What was paid in them is not known.
    #[serde(default)]
    pub windows: Vec<Window>,
    /// Where the key journal is not complete: the milestone from which on nothing that the wallet before had sent can be
    /// applied any more; none: the tip was not reached yet, or by an earlier version.
    #[serde(default)]
    pub free_from: Option<MilestoneIndex>,
}

impl Restore {
    /// Whether all that the wallet before had signed is known from its key journal.
    #[must_use]
    pub fn knows_all_signed(&self) -> bool {
        // a journal that says of no time that it is complete may have been made by a wallet that was itself restored
        self.journal_found && self.journal_covers.is_some() && self.journal_waiting == 0 && !self.journal_lacks
    }

    /// Whether nothing that the wallet before had sent can come any more without being known, when the ledger was followed up to
    /// this milestone.
    #[must_use]
    pub fn is_settled(&self, at: Option<MilestoneIndex>) -> bool {
        self.knows_all_signed() || self.free_from.is_some_and(|from| at >= Some(from))
    }

    /// Whether a transaction of our keys that no record has, applied by this milestone, may be the wallet's before: as long as
    /// payments are frozen, and after a person's release until what was sent before can no longer be applied.
    #[must_use]
    pub fn may_be_own(&self, at: MilestoneIndex) -> bool {
        let in_flight = !self.knows_all_signed() && self.free_from.is_some_and(|from| at <= from);
        !self.payments_released || in_flight
    }
}

/// Milestones that nobody showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first of them.
    pub from: MilestoneIndex,
    /// The last.
    pub to: MilestoneIndex,
    /// The time of the last milestone before them that was seen, if there is one.
    pub from_time: Option<UnixTime>,
    /// The time of the last of them.
    pub to_time: UnixTime,
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let after = self.from_time.map_or_else(String::new, |time| format!("after {} ", time.0));
        write!(f, "milestones {} to {} ({after}up to {} in seconds since 1970)", self.from, self.to, self.to_time.0)
    }
}

/// What the wallet's restore left to be done; none: it was never restored.
///
/// # Errors
/// [`StoreError`].
pub fn present(conn: &Connection) -> Result<Option<Restore>, StoreError> {
    let Some(bytes) = meta::get(conn, MetaKey::Restore)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::corrupt(format!("stored restore: {error}")))
}

/// Writes it, replacing what was there.
///
/// # Errors
/// [`StoreError`].
pub fn put(tx: &Transaction<'_>, restore: &Restore) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(restore).expect("plain fields always become JSON");
    meta::put(tx, MetaKey::Restore, &bytes)
}

/// Whether nothing may be issued: see [`Restore::issuing_released`]. The same holds after a search of the seed.
///
/// # Errors
/// [`StoreError`].
pub fn issuing_frozen(conn: &Connection) -> Result<bool, StoreError> {
    Ok(present(conn)?.is_some_and(|restore| !restore.issuing_released) || recovery::frozen(conn)?.is_some())
}

/// How far each chain of accounts that are made from now on is skipped ahead: they may be those of the wallet before the
/// restore, the search or the import.
///
/// # Errors
/// [`StoreError`].
pub fn skip_ahead(conn: &Connection) -> Result<u32, StoreError> {
    let restored = present(conn)?.map_or(0, |restore| restore.skip_ahead);
    let recovered = recovery::present(conn)?.map_or(0, |recovery| recovery.skip_ahead);
    Ok(restored.max(recovered).max(imported_skip(conn)?))
}

/// Notes how far an import skipped ahead.
///
/// # Errors
/// [`StoreError`].
pub fn put_imported_skip(tx: &Transaction<'_>, skip: u32) -> Result<(), StoreError> {
    meta::put(tx, MetaKey::ImportSkip, &skip.to_be_bytes())
}

fn imported_skip(conn: &Connection) -> Result<u32, StoreError> {
    let Some(bytes) = meta::get(conn, MetaKey::ImportSkip)? else { return Ok(0) };
    let bytes = bytes.try_into().map_err(|_| StoreError::corrupt("how far an import skipped ahead"))?;
    Ok(u32::from_be_bytes(bytes))
}

/// How the wallet was restored, as long as nothing may be paid.
///
/// # Errors
/// [`StoreError`].
pub fn payments_frozen(conn: &Connection) -> Result<Option<Restore>, StoreError> {
    Ok(present(conn)?.filter(|restore| !restore.payments_released))
}

/// Notes that nobody showed these milestones, as long as payments are frozen: what they paid takes a person's word. Not those
/// of which the key journal has all that was paid.
///
/// # Errors
/// [`StoreError`].
pub fn note_window(tx: &Transaction<'_>, mut window: Window) -> Result<(), StoreError> {
    let Some(mut restore) = payments_frozen(tx)? else { return Ok(()) };
    if let Some(covered) = restore.journal_covers {
        window.from = window.from.max(covered.next());
    }
    if window.from > window.to {
        return Ok(());
    }
    restore.windows.push(window);
    put(tx, &restore)
}

/// Notes that a transaction of this wallet is in none of its records, as long as payments are frozen; false: they are
/// not, so it is not explained by a restore.
///
/// # Errors
/// [`StoreError`].
pub fn note_unknown(tx: &Transaction<'_>, evidence: &str) -> Result<bool, StoreError> {
    let Some(mut restore) = present(tx)?.filter(|restore| !restore.payments_released) else { return Ok(false) };
    if restore.unknown_own.is_none() {
        restore.unknown_own = Some(evidence.to_owned());
        put(tx, &restore)?;
    }
    Ok(true)
}

/// Notes that a milestone applied a transaction of this wallet that no record has, as long as payments are frozen: a key journal
/// that was found lacks it, so it may lack others that no milestone has applied yet.
///
/// # Errors
/// [`StoreError`].
pub fn note_lacking(tx: &Transaction<'_>, at: MilestoneIndex) -> Result<(), StoreError> {
    let Some(before) = payments_frozen(tx)?.filter(|restore| restore.journal_found) else { return Ok(()) };
    let mut restore = Restore { journal_lacks: true, ..before.clone() };
    // what it says of the time before is not true either
    restore.journal_covers = restore.journal_covers.filter(|covered| *covered < at);
    if restore.checked && restore.free_from.is_none() {
        // payments are frozen for another reason, and the tip was reached before
        restore.free_from = Some(meta::out_of_flight(tx, at)?);
    }
    if restore == before { Ok(()) } else { put(tx, &restore) }
}

/// What came of a look from the ledger's tip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Payments may be made again by it.
    pub released: bool,
    /// They may be by a look from this milestone; none: nothing is to be looked at any more.
    pub again: Option<MilestoneIndex>,
}

/// Notes that the ledger was followed to its tip; answers whether payments may be made again by that. Where the key journal is
/// not complete they may not before so many milestones have come that what the wallet before had sent is below the maximum
/// depth: until then it may still be applied.
///
/// # Errors
/// [`StoreError`].
pub fn checked(tx: &Transaction<'_>) -> Result<Checked, StoreError> {
    let Some(mut restore) = present(tx)?.filter(|restore| restore.issuing_released) else {
        return Ok(Checked::default());
    };
    if restore.payments_released {
        return Ok(Checked::default());
    }
    restore.checked = true;
    let at = meta::cursor(tx)?.ok_or_else(|| StoreError::corrupt("a tip without cursor"))?.position.index;
    if !restore.knows_all_signed() && restore.free_from.is_none() {
        restore.free_from = Some(meta::out_of_flight(tx, at)?);
    }
    let again = restore.free_from.filter(|from| at < *from);
    // Of accounts that were made after the backup nothing was seen when it was skipped ahead; and a withdrawal that waits
    // since before the backup may have been cancelled after it, which no ledger tells. Payments of accounts that are not there
    // answer no key, and of those that contradict the journal nobody knows which was meant.
    let waiting = withdrawal::any_waits(tx)?;
    let seen = restore.unknown_own.is_none() && restore.windows.is_empty() && restore.disputed.is_empty();
    restore.payments_released =
        seen && restore.skip_ahead == 0 && restore.journal_waiting == 0 && !waiting && again.is_none();
    put(tx, &restore)?;
    Ok(Checked { released: restore.payments_released, again })
}
