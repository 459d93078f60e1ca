//! The chain against people who change it, and whole stories in it.

mod chain;
mod story;

use rusqlite::Connection;

use super::{AuditFilter, AuditHead, AuditKind, AuditRecord, Break, BreakKind, Verdict, list, verify};
use crate::store::{Store, StoreError, audit};

fn records(store: &Store) -> Vec<AuditRecord> {
    store.readers().read(|conn| list(conn, &AuditFilter::default(), 0, u32::MAX)).unwrap()
}

fn head(store: &Store) -> AuditHead {
    store.readers().read(audit::head).unwrap()
}

/// The kinds of all records but the first, and whom each concerns.
fn kinds(records: &[AuditRecord]) -> Vec<&'static str> {
    records.iter().map(|record| record.kind.name()).collect()
}

/// What the log comes to: how many records are right, and what is wrong.
fn found(verdict: Verdict) -> (u64, Option<(BreakKind, u64)>) {
    (verdict.records, verdict.broken.map(|Break { kind, sequence, .. }| (kind, sequence)))
}

/// Does what no code of ours does: changes a closed wallet's database.
fn tamper(directory: &std::path::Path, sql: &str) {
    let conn = Connection::open(directory.join("wallet.db")).unwrap();
    let triggers: Vec<String> = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'audit%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(triggers.len(), 4);
    let definitions: Vec<String> = conn
        .prepare("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'audit%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for name in triggers {
        conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    conn.execute_batch(sql).unwrap();
    for definition in definitions {
        conn.execute_batch(&definition).unwrap();
    }
}

fn refused(store: &Store, sql: &'static str) -> bool {
    store.writer().commit(move |tx| Ok::<_, StoreError>(tx.execute_batch(sql)?)).is_err()
}
