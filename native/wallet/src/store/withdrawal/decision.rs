//! Withdrawals that wait for people, and what they decide.

use rusqlite::{Connection, Transaction, params, types::Type};

use super::{SELECT, WithdrawalRow, WithdrawalStage, withdrawal};
use crate::store::StoreError;

/// A person's approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who, as the caller names them.
    pub approver: String,
    /// When, by the wallet's clock.
    pub at_ms: u64,
}

pub(super) fn read_approvals(json: Option<String>) -> rusqlite::Result<Vec<Approval>> {
    let Some(json) = json else { return Ok(Vec::new()) };
    let read: Vec<(String, u64)> = serde_json::from_str(&json)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(16, Type::Text, Box::new(error)))?;
    Ok(read.into_iter().map(|(approver, at_ms)| Approval { approver, at_ms }).collect())
}

/// Whether a withdrawal waits, and no transaction pays it yet.
///
/// # Errors
/// [`StoreError`].
pub fn any_waits(conn: &Connection) -> Result<bool, StoreError> {
    // each of them from an index of its own
    let mut statement = conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM withdrawal WHERE stage = 'requested')
             OR EXISTS (SELECT 1 FROM withdrawal WHERE stage = 'awaitingReview')
             OR EXISTS (SELECT 1 FROM withdrawal WHERE stage = 'awaitingApproval')",
    )?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Up to `limit` withdrawals in a stage in which they wait, after row `after`, in the order of request.
///
/// # Errors
/// [`StoreError`].
pub fn in_stage(
    conn: &Connection,
    stage: WithdrawalStage,
    after: i64,
    limit: u32,
) -> Result<Vec<WithdrawalRow>, StoreError> {
    // as text: the conditions of the partial indexes
    let stage = stage.name();
    let mut statement =
        conn.prepare_cached(&format!("{SELECT} WHERE w.stage = '{stage}' AND w.id > ?1 ORDER BY w.id LIMIT ?2"))?;
    Ok(statement.query_map(params![after, limit], withdrawal)?.collect::<Result<_, _>>()?)
}

/// Up to `limit` withdrawals after row `after` that are never paid, or not when their transaction does not win against its
/// contest, in the order of request.
///
/// # Errors
/// [`StoreError`].
pub fn ended(conn: &Connection, after: i64, limit: u32) -> Result<Vec<WithdrawalRow>, StoreError> {
    // the text of the partial index's condition
    let mut statement = conn.prepare_cached(&format!(
        "{SELECT} WHERE (w.cancel = 1 OR w.stage = 'refused') AND w.id > ?1 ORDER BY w.id LIMIT ?2"
    ))?;
    Ok(statement.query_map(params![after, limit], withdrawal)?.collect::<Result<_, _>>()?)
}

/// Moves a withdrawal that waits to another stage, with a reason or none. False: it does not wait in `from` any more, and
/// nothing changed.
///
/// # Errors
/// [`StoreError`].
pub fn decide(
    tx: &Transaction<'_>,
    row: i64,
    from: WithdrawalStage,
    to: WithdrawalStage,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    let moved = tx
        .prepare_cached("UPDATE withdrawal SET stage = ?3, reason = ?4 WHERE id = ?1 AND stage = ?2")?
        .execute(params![row, from, to, reason])?;
    Ok(moved == 1)
}

/// Writes who approved a withdrawal.
///
/// # Errors
/// [`StoreError`].
pub fn approve(tx: &Transaction<'_>, row: i64, approvals: &[Approval]) -> Result<(), StoreError> {
    let pairs: Vec<(&str, u64)> = approvals.iter().map(|one| (&*one.approver, one.at_ms)).collect();
    let json = serde_json::to_string(&pairs).expect("names and numbers always become JSON");
    tx.prepare_cached("UPDATE withdrawal SET approvals = ?2 WHERE id = ?1")?.execute(params![row, json])?;
    Ok(())
}

/// Writes that so many persons have to approve a withdrawal; never fewer than before.
///
/// # Errors
/// [`StoreError`].
pub fn need(tx: &Transaction<'_>, row: i64, persons: usize) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE withdrawal SET persons = max(persons, ?2) WHERE id = ?1")?
        .execute(params![row, persons])?;
    Ok(())
}
