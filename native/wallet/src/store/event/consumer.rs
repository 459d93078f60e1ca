//! Rows of `consumer`.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params, types::Type};

use super::super::StoreError;
use super::EventFilter;
use crate::ledger::MilestoneIndex;

/// A named reader of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerRow {
    /// Its name.
    pub name: String,
    /// The log that its position belongs to.
    pub log_id: Vec<u8>,
    /// It is done with everything up to and with this sequence.
    pub acknowledged: u64,
    /// The milestone of the event there; 0: none.
    pub milestone_index: MilestoneIndex,
    /// Which events it gets.
    pub filter: EventFilter,
    /// When it was opened first.
    pub created_ms: u64,
}

const COLUMNS: &str = "name, log_id, acknowledged, milestone_index, filter, created_ms";

fn row(row: &Row<'_>) -> rusqlite::Result<ConsumerRow> {
    let filter = match row.get::<_, Option<String>>(4)? {
        None => EventFilter::default(),
        Some(text) => serde_json::from_str(&text)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(4, Type::Text, Box::new(error)))?,
    };
    Ok(ConsumerRow {
        name: row.get(0)?,
        log_id: row.get(1)?,
        acknowledged: row.get(2)?,
        milestone_index: row.get(3)?,
        filter,
        created_ms: row.get(5)?,
    })
}

fn stored(filter: &EventFilter) -> Result<Option<String>, StoreError> {
    if filter.is_open() {
        return Ok(None);
    }
    let text = serde_json::to_string(filter).map_err(|error| StoreError::corrupt(format!("a filter: {error}")))?;
    Ok(Some(text))
}

/// A consumer by its name.
///
/// # Errors
/// [`StoreError`].
pub fn consumer(conn: &Connection, name: &str) -> Result<Option<ConsumerRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM consumer WHERE name = ?1"))?;
    Ok(statement.query_row([name], row).optional()?)
}

/// Writes a consumer as it is now.
///
/// # Errors
/// [`StoreError`].
pub fn put_consumer(tx: &Transaction<'_>, row: &ConsumerRow) -> Result<(), StoreError> {
    let sql = format!("INSERT OR REPLACE INTO consumer ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    tx.prepare_cached(&sql)?.execute(params![
        row.name,
        row.log_id,
        row.acknowledged,
        row.milestone_index,
        stored(&row.filter)?,
        row.created_ms
    ])?;
    Ok(())
}

/// All consumers, by name.
///
/// # Errors
/// [`StoreError`].
pub fn consumers(conn: &Connection) -> Result<Vec<ConsumerRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM consumer ORDER BY name"))?;
    Ok(statement.query_map([], row)?.collect::<Result<_, _>>()?)
}

/// Forgets a consumer and its position. False: there was none.
///
/// # Errors
/// [`StoreError`].
pub fn remove_consumer(tx: &Transaction<'_>, name: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM consumer WHERE name = ?1", [name])? == 1)
}
