//! Rows of `output`. What an output adds to or takes from the holdings is counted here, with the row, in a [`Tally`].

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{
    AddressKey, Origin, OutputClass, StoreError,
    account::{self, HoldingsChange},
    details,
    details::OutputDetails,
    tally::{Part, Tally},
};
use crate::ledger::{Amount, LedgerOutput, MilestoneIndex, OutputId, OutputKind, Position, TransactionId, UnixTime};

/// An output on its way into the database.
#[derive(Clone, Debug)]
pub struct NewOutputRow<'a> {
    /// The output.
    pub output: &'a LedgerOutput,
    /// The address of ours that it is booked on.
    pub key: AddressKey,
    /// What it is to the wallet.
    pub class: OutputClass,
    /// Where it came from.
    pub origin: Origin,
    /// The milestone it is booked at.
    pub at: Position,
}

/// An output of the wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputRow {
    /// Order of booking; the key of pages.
    pub row: i64,
    /// The output.
    pub output_id: OutputId,
    /// The transaction that created it.
    pub transaction_id: TransactionId,
    /// The address of ours that it is booked on.
    pub key: AddressKey,
    /// The ledger's kind.
    pub kind: OutputKind,
    /// What it is to the wallet, or was when it was spent.
    pub class: OutputClass,
    /// Where it came from.
    pub origin: Origin,
    /// Its base coins.
    pub amount: Amount,
    /// The least amount it must hold.
    pub minimum_deposit: Amount,
    /// Conditions, assets and features.
    pub details: OutputDetails,
    /// Its bytes as on the wire.
    pub raw: Vec<u8>,
    /// The milestone it was booked at.
    pub milestone_index: MilestoneIndex,
    /// That milestone's time.
    pub milestone_time: UnixTime,
    /// The milestone that spent it.
    pub spent_index: Option<MilestoneIndex>,
    /// The transaction that spent it, if known.
    pub spent_by: Option<TransactionId>,
    /// The payment that reserves it.
    pub locked_by: Option<i64>,
    /// The milestone since which it is somebody else's, by its expiration.
    pub lost_index: Option<MilestoneIndex>,
    /// When a condition of it ends next.
    pub next_change: Option<UnixTime>,
}

impl OutputRow {
    fn part(&self) -> Part {
        Part {
            key: self.key,
            class: self.class,
            amount: self.amount,
            minimum_deposit: self.minimum_deposit,
            locked: self.locked_by.is_some(),
        }
    }
}

/// What an output is from a milestone on, when a condition of it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The address of ours that it is booked on.
    pub key: AddressKey,
    /// What it is to the wallet.
    pub class: OutputClass,
    /// Where it came from.
    pub origin: Origin,
    /// The milestone, when it is somebody else's from now on and for ever.
    pub lost: Option<MilestoneIndex>,
}

pub(super) const COLUMNS: &str = "id, output_id, transaction_id, account, internal, key_index, kind, class, origin, amount, \
     minimum_deposit, details, raw, milestone_index, milestone_time, spent_index, spent_by, locked_by, lost_index, \
     next_change_time";

pub(super) fn output(row: &Row<'_>) -> rusqlite::Result<OutputRow> {
    Ok(OutputRow {
        row: row.get(0)?,
        output_id: row.get(1)?,
        transaction_id: row.get(2)?,
        key: AddressKey { account: row.get(3)?, internal: row.get(4)?, key_index: row.get(5)? },
        kind: row.get(6)?,
        class: row.get(7)?,
        origin: row.get(8)?,
        amount: row.get(9)?,
        minimum_deposit: row.get(10)?,
        details: row.get::<_, Option<OutputDetails>>(11)?.unwrap_or_default(),
        raw: row.get(12)?,
        milestone_index: row.get(13)?,
        milestone_time: row.get(14)?,
        spent_index: row.get(15)?,
        spent_by: row.get(16)?,
        locked_by: row.get(17)?,
        lost_index: row.get(18)?,
        next_change: row.get(19)?,
    })
}

/// Books an output, and counts what it adds to the holdings and to its address; one that is somebody else's now adds
/// nothing. False: it was booked before, and nothing changes.
///
/// # Errors
/// [`StoreError`].
pub fn insert(tx: &Transaction<'_>, tally: &mut Tally, new: &NewOutputRow<'_>) -> Result<bool, StoreError> {
    let NewOutputRow { output, key, class, origin, at } = new;
    let details = details::of(output);
    let inserted = tx
        .prepare_cached(
            "INSERT INTO output (output_id, transaction_id, account, internal, key_index, kind, class, origin, amount,
                 minimum_deposit, details, raw, milestone_index, milestone_time, next_change_time)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
             ON CONFLICT (output_id) DO NOTHING",
        )?
        .execute(params![
            output.id,
            output.transaction_id,
            key.account,
            key.internal,
            key.key_index,
            output.kind,
            class,
            origin,
            output.amount,
            output.minimum_deposit,
            details,
            output.raw,
            at.index,
            at.time,
            output.conditions.next_change(at.time),
        ])?;
    if inserted == 0 {
        return Ok(false);
    }
    let (amount, minimum_deposit) = (output.amount, output.minimum_deposit);
    tally.add(&Part { key: *key, class: *class, amount, minimum_deposit, locked: false })?;
    Ok(true)
}

/// Marks an output as spent, and no longer counts it. Answers the output as it is now, or none when it is not an unspent
/// output of the wallet, or has become somebody else's for ever.
///
/// # Errors
/// [`StoreError`].
pub fn spend(
    tx: &Transaction<'_>,
    tally: &mut Tally,
    id: &OutputId,
    at: MilestoneIndex,
    by: Option<&TransactionId>,
) -> Result<Option<OutputRow>, StoreError> {
    let mut statement = tx.prepare_cached(&format!(
        "UPDATE output SET spent_index = ?2, spent_by = ?3
         WHERE output_id = ?1 AND spent_index IS NULL AND lost_index IS NULL
         RETURNING {COLUMNS}"
    ))?;
    let Some(spent) = statement.query_row(params![id, at, by], output).optional()? else { return Ok(None) };
    tally.remove(&spent.part())?;
    Ok(Some(spent))
}

/// The unspent outputs of which a condition has ended at `time`, by id. Costs as much as there are.
///
/// # Errors
/// [`StoreError`].
pub fn due(conn: &Connection, time: UnixTime) -> Result<Vec<OutputRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM output INDEXED BY output_due
         WHERE next_change_time <= ?1 AND next_change_time IS NOT NULL AND spent_index IS NULL
         ORDER BY output_id"
    ))?;
    Ok(statement.query_map([time], output)?.collect::<Result<_, _>>()?)
}

/// Writes what an output that was [`due`] is from `time` on, counts it so, and says when to look at it again.
///
/// # Errors
/// [`StoreError`].
pub fn restate(
    tx: &Transaction<'_>,
    tally: &mut Tally,
    row: &OutputRow,
    now: &Standing,
    time: UnixTime,
) -> Result<(), StoreError> {
    let Standing { key, class, origin, lost } = now;
    // what is lost for ever needs no look again
    let next_change = row.details.conditions.next_change(time).filter(|_| lost.is_none());
    tx.prepare_cached(
        "UPDATE output
         SET account = ?2, internal = ?3, key_index = ?4, class = ?5, origin = ?6, lost_index = ?7, next_change_time = ?8
         WHERE id = ?1",
    )?
    .execute(params![row.row, key.account, key.internal, key.key_index, class, origin, lost, next_change])?;
    tally.remove(&row.part())?;
    tally.add(&Part { key: *key, class: *class, ..row.part() })
}

/// Reserves in place of a payment for the user, until the user frees it.
pub const BY_USER: i64 = -1;

/// Reserves a free, unspent, plain output for a payment. False: it is none of that, and nothing changed.
///
/// # Errors
/// [`StoreError`].
pub fn lock(tx: &Transaction<'_>, id: &OutputId, payment: i64) -> Result<bool, StoreError> {
    let mut statement = tx.prepare_cached(
        "UPDATE output SET locked_by = ?2
         WHERE output_id = ?1 AND class = 'plain' AND spent_index IS NULL AND locked_by IS NULL
         RETURNING account, amount",
    )?;
    let locked = statement
        .query_row(params![id, payment], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    let Some((owner, amount)) = locked else { return Ok(false) };
    account::change(tx, owner, &HoldingsChange { locked: amount, ..HoldingsChange::default() })?;
    Ok(true)
}

/// Reserves a free, unspent output under conditions for a payment that claims it. It is in no holding of what can be spent,
/// so none changes. False: it is none of that, and nothing changed.
///
/// # Errors
/// [`StoreError`].
pub fn lock_held(tx: &Transaction<'_>, id: &OutputId, payment: i64) -> Result<bool, StoreError> {
    let mut statement = tx.prepare_cached(
        "UPDATE output SET locked_by = ?2
         WHERE output_id = ?1 AND class = 'held' AND spent_index IS NULL AND locked_by IS NULL",
    )?;
    Ok(statement.execute(params![id, payment])? == 1)
}

/// Frees one unspent output that `payment` reserves. False: there was nothing to free.
///
/// # Errors
/// [`StoreError`].
pub fn unlock(tx: &Transaction<'_>, id: &OutputId, payment: i64) -> Result<bool, StoreError> {
    let mut statement = tx.prepare_cached(
        "UPDATE output SET locked_by = NULL WHERE output_id = ?1 AND locked_by = ?2 AND spent_index IS NULL
         RETURNING account, amount, class",
    )?;
    let freed = statement
        .query_row(params![id, payment], |row| {
            Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?, row.get::<_, OutputClass>(2)?))
        })
        .optional()?;
    let Some((owner, amount, class)) = freed else { return Ok(false) };
    // as for balances: only what could be spent is counted as reserved
    if class != OutputClass::Plain {
        return Ok(true);
    }
    account::change(tx, owner, &HoldingsChange { locked: -amount, ..HoldingsChange::default() })?;
    Ok(true)
}

/// An output by its id.
///
/// # Errors
/// [`StoreError`].
pub fn by_id(conn: &Connection, id: &OutputId) -> Result<Option<OutputRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM output WHERE output_id = ?1"))?;
    Ok(statement.query_row([id], output).optional()?)
}

/// Up to `limit` outputs of an account booked after row `after`, in the order of booking. What became somebody else's by
/// its expiration is not among the unspent ones.
///
/// # Errors
/// [`StoreError`].
pub fn page(
    conn: &Connection,
    account: u32,
    unspent_only: bool,
    after: i64,
    limit: u32,
) -> Result<Vec<OutputRow>, StoreError> {
    let unspent = if unspent_only { "AND spent_index IS NULL AND lost_index IS NULL" } else { "" };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM output WHERE account = ?1 AND id > ?2 {unspent} ORDER BY id LIMIT ?3"
    ))?;
    let rows = statement.query_map(params![account, after, limit], output)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The free, unspent, plain outputs of an account, largest first, at most `limit`: what payments select from.
///
/// # Errors
/// [`StoreError`].
pub fn spendable(conn: &Connection, account: u32, limit: u32) -> Result<Vec<OutputRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM output
         WHERE account = ?1 AND class = 'plain' AND spent_index IS NULL AND locked_by IS NULL
         ORDER BY amount DESC, id DESC LIMIT ?2"
    ))?;
    Ok(statement.query_map(params![account, limit], output)?.collect::<Result<_, _>>()?)
}

/// Up to `limit` free, unspent outputs under conditions of an account, booked after row `after`, in the order of booking.
///
/// # Errors
/// [`StoreError`].
pub fn held(conn: &Connection, account: u32, after: i64, limit: u32) -> Result<Vec<OutputRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM output INDEXED BY output_held
         WHERE account = ?1 AND id > ?2 AND class = 'held' AND spent_index IS NULL AND locked_by IS NULL
         ORDER BY id LIMIT ?3"
    ))?;
    Ok(statement.query_map(params![account, after, limit], output)?.collect::<Result<_, _>>()?)
}

/// Calls `each` for every unspent output that is ours or may become ours, in one sequential read of an index.
///
/// # Errors
/// [`StoreError`].
pub fn for_each_unspent(conn: &Connection, mut each: impl FnMut(OutputId)) -> Result<(), StoreError> {
    let mut statement = conn.prepare(
        "SELECT output_id FROM output INDEXED BY output_unspent WHERE spent_index IS NULL AND lost_index IS NULL",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?);
    }
    Ok(())
}

/// The unspent outputs that are booked on an address, ours and those that may become ours, by id.
///
/// # Errors
/// [`StoreError`].
pub fn unspent_on(conn: &Connection, key: AddressKey) -> Result<Vec<OutputId>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT output_id FROM output INDEXED BY output_address
         WHERE account = ?1 AND internal = ?2 AND key_index = ?3 AND spent_index IS NULL AND lost_index IS NULL
         ORDER BY output_id",
    )?;
    let rows = statement.query_map(params![key.account, key.internal, key.key_index], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
