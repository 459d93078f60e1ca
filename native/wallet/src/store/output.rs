//! Rows of `output`. What an output adds to or takes from the holdings is counted here, with the row.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{
    AddressKey, StoreError,
    account::{self, HoldingsChange},
    address, details,
    details::OutputDetails,
    sql::stored_enum,
};
use crate::ledger::{Amount, LedgerOutput, MilestoneIndex, OutputId, OutputKind, Position, TransactionId, UnixTime};

/// What an output is to the wallet at the time of its milestone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputClass {
    /// Spendable base coins.
    Plain,
    /// Base coins that are ours now, under conditions.
    Held,
    /// Native tokens, an NFT, an alias or a foundry that is ours now.
    Asset,
    /// It names one of our addresses, but somebody else owns it now (as the return address of an expiration).
    Foreign,
}
stored_enum!(OutputClass { Plain = "plain", Held = "held", Asset = "asset", Foreign = "foreign" });

/// Where an output came from. Only `External` and `PaymentRecipient` are ever deposits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Somebody outside of this wallet.
    External,
    /// A payment of this wallet to one of its own addresses.
    PaymentRecipient,
    /// The rest of a payment.
    Change,
    /// Collected from other addresses of the account.
    Sweep,
    /// Many outputs put into one.
    Consolidation,
    /// One output split into many.
    FanOut,
    /// A cancelled payment's inputs, sent back to ourselves.
    Cancel,
    /// It spent outputs of ours, and no payment on record did that: an incident, never credited by itself.
    UnknownOwn,
    /// Found by looking for what the seed's addresses already held, or arrived before that was done.
    Discovered,
}
stored_enum!(Origin {
    External = "external",
    PaymentRecipient = "paymentRecipient",
    Change = "change",
    Sweep = "sweep",
    Consolidation = "consolidation",
    FanOut = "fanOut",
    Cancel = "cancel",
    UnknownOwn = "unknownOwn",
    Discovered = "discovered",
});
stored_enum!(OutputKind { Basic = "basic", Alias = "alias", Foundry = "foundry", Nft = "nft" });

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
    /// What it was to the wallet when it was booked.
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
}

pub(super) const COLUMNS: &str = "id, output_id, transaction_id, account, internal, key_index, kind, class, origin, amount, \
     minimum_deposit, details, raw, milestone_index, milestone_time, spent_index, spent_by, locked_by";

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
    })
}

/// Books an output with everything it adds to the holdings and to its address. Answers the address's new balance (zero
/// for one that is somebody else's now, which adds nothing), or none when the output was booked before, in which case nothing changes.
///
/// # Errors
/// [`StoreError`].
pub fn insert(tx: &Transaction<'_>, new: &NewOutputRow<'_>) -> Result<Option<Amount>, StoreError> {
    let NewOutputRow { output, key, class, origin, at } = new;
    let details = details::of(output);
    let inserted = tx
        .prepare_cached(
            "INSERT INTO output (output_id, transaction_id, account, internal, key_index, kind, class, origin, amount,
                 minimum_deposit, details, raw, milestone_index, milestone_time)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
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
        ])?;
    if inserted == 0 {
        return Ok(None);
    }
    let amount = signed(output.amount)?;
    if *class == OutputClass::Foreign {
        return Ok(Some(Amount::ZERO));
    }
    account::change(tx, key.account, &holding(*class, amount, signed(output.minimum_deposit)?, 1))?;
    address::change(tx, *key, amount).map(Some)
}

/// Marks an output as spent, with everything that takes from the holdings and from its address. Answers the output
/// as it is now and its address's new balance, or none when it is not an unspent output of the wallet.
///
/// # Errors
/// [`StoreError`].
pub fn spend(
    tx: &Transaction<'_>,
    id: &OutputId,
    at: MilestoneIndex,
    by: Option<&TransactionId>,
) -> Result<Option<(OutputRow, Amount)>, StoreError> {
    let mut statement = tx.prepare_cached(&format!(
        "UPDATE output SET spent_index = ?2, spent_by = ?3 WHERE output_id = ?1 AND spent_index IS NULL
         RETURNING {COLUMNS}"
    ))?;
    let Some(spent) = statement.query_row(params![id, at, by], output).optional()? else { return Ok(None) };
    drop(statement);
    if spent.class == OutputClass::Foreign {
        return Ok(Some((spent, Amount::ZERO)));
    }
    let amount = signed(spent.amount)?;
    let mut change = holding(spent.class, -amount, -signed(spent.minimum_deposit)?, -1);
    if spent.locked_by.is_some() && spent.class == OutputClass::Plain {
        change.locked = -amount;
    }
    account::change(tx, spent.key.account, &change)?;
    let balance = address::change(tx, spent.key, -amount)?;
    Ok(Some((spent, balance)))
}

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

/// Frees one unspent output that `payment` reserves. False: there was nothing to free.
///
/// # Errors
/// [`StoreError`].
pub fn unlock(tx: &Transaction<'_>, id: &OutputId, payment: i64) -> Result<bool, StoreError> {
    let mut statement = tx.prepare_cached(
        "UPDATE output SET locked_by = NULL WHERE output_id = ?1 AND locked_by = ?2 AND spent_index IS NULL
         RETURNING account, amount",
    )?;
    let freed = statement
        .query_row(params![id, payment], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    let Some((owner, amount)) = freed else { return Ok(false) };
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

/// Up to `limit` outputs of an account booked after row `after`, in the order of booking.
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
    let unspent = if unspent_only { "AND spent_index IS NULL" } else { "" };
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

/// Calls `each` for every unspent output, in one sequential read of an index.
///
/// # Errors
/// [`StoreError`].
pub fn for_each_unspent(conn: &Connection, mut each: impl FnMut(OutputId)) -> Result<(), StoreError> {
    let mut statement =
        conn.prepare("SELECT output_id FROM output INDEXED BY output_unspent WHERE spent_index IS NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?);
    }
    Ok(())
}

fn holding(class: OutputClass, amount: i64, minimum_deposit: i64, count: i64) -> HoldingsChange {
    let owned = HoldingsChange { required_deposit: minimum_deposit, output_count: count, ..HoldingsChange::default() };
    match class {
        OutputClass::Plain => HoldingsChange { plain: amount, ..owned },
        OutputClass::Held => HoldingsChange { held: amount, ..owned },
        OutputClass::Asset => HoldingsChange { assets: amount, ..owned },
        OutputClass::Foreign => HoldingsChange::default(),
    }
}

fn signed(amount: Amount) -> Result<i64, StoreError> {
    i64::try_from(amount.units()).map_err(|_| StoreError::corrupt(format!("an amount of {amount} base units")))
}
