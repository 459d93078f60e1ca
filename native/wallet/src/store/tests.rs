use std::{
    fs,
    sync::{Arc, Mutex},
    thread,
};

use rusqlite::Connection;

use super::*;
use crate::{
    error::ErrorKind,
    ledger::{Amount, MilestoneId, MilestoneIndex, Position, UnixTime},
};

fn open(directory: &Path) -> Store {
    Store::open(directory).unwrap()
}

fn refusal(directory: &Path) -> ErrorKind {
    match Store::open(directory) {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.kind(),
    }
}

fn add_account(store: &Store, alias: &'static str) -> Result<AccountRow, StoreError> {
    store.writer().commit(move |tx| account::insert(tx, alias, false, 5))
}

#[test]
fn invariant_12_single_writer() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path());
    assert_eq!(refusal(directory.path()), ErrorKind::StorageLocked);
    first.close();
    open(directory.path());
}

#[test]
fn settings_are_in_force() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let pragma = |conn: &Connection, name: &str| -> Result<String, StoreError> {
        Ok(conn.query_row(
            &format!("SELECT CAST(x AS TEXT) FROM (SELECT {name} AS x FROM pragma_{name})"),
            [],
            |row| row.get(0),
        )?)
    };
    let check = move |conn: &Connection| -> Result<(), StoreError> {
        assert_eq!(pragma(conn, "journal_mode")?, "wal");
        assert_eq!(pragma(conn, "synchronous")?, "2", "FULL");
        assert_eq!(pragma(conn, "foreign_keys")?, "1");
        assert_eq!(pragma(conn, "recursive_triggers")?, "1");
        Ok(())
    };
    store.writer().commit(move |tx| check(tx)).unwrap();
    store
        .readers()
        .read(|conn| {
            check(conn)?;
            assert_eq!(pragma(conn, "query_only")?, "1");
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn every_table_is_strict_and_every_column_is_documented() {
    let conn = Connection::open_in_memory().unwrap();
    let mut script = String::new();
    let folder = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/schema")).unwrap();
    let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        script.push_str(&fs::read_to_string(path).unwrap());
    }
    let mut conn = conn;
    migrations::migrate(&mut conn).unwrap();
    let mut statement = conn
        .prepare("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'")
        .unwrap();
    let tables: Vec<(String, bool)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    assert!(tables.len() >= 8);
    for (table, strict) in tables {
        assert!(strict, "{table} is not STRICT");
        // a later script may have made it anew
        let start = script.rfind(&format!("CREATE TABLE {table} (")).unwrap();
        let body = &script[start..start + script[start..].find("\n)").unwrap()];
        let mut columns = conn.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        for column in columns.query_map([&table], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap) {
            let of_table = |line: &&str| line.trim_start().starts_with(&format!("{column} "));
            let added = || {
                let added = script.split("ADD COLUMN\n").skip(1).filter_map(|part| part.lines().next());
                { added }.find(of_table)
            };
            let line = body.lines().find(of_table).or_else(added).unwrap();
            assert!(line.contains("-- "), "{table}.{column} is not documented");
        }
    }
}

#[test]
fn refuses_what_is_no_database_of_ours_and_leaves_it() {
    for content in [&b""[..], b"not a database at all, but long enough to be looked at as if it were one ......."] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("wallet.db");
        fs::write(&path, content).unwrap();
        assert_eq!(refusal(directory.path()), ErrorKind::StorageCorrupt);
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    let directory = tempfile::tempdir().unwrap();
    Connection::open(directory.path().join("wallet.db")).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
    assert_eq!(refusal(directory.path()), ErrorKind::StorageCorrupt);
}

#[test]
fn refuses_a_truncated_database() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    add_account(&store, "a").unwrap();
    store.close();
    let path = directory.path().join("wallet.db");
    let whole = fs::read(&path).unwrap();
    for length in [50, 4096, whole.len() / 2 / 4096 * 4096, whole.len() - 4096] {
        fs::write(&path, &whole[..length]).unwrap();
        assert_eq!(refusal(directory.path()), ErrorKind::StorageCorrupt, "{length} bytes");
        assert_eq!(fs::read(&path).unwrap().len(), length);
    }
    fs::write(&path, &whole).unwrap();
    open(directory.path());
}

#[test]
fn refuses_a_newer_database_and_leaves_it() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).close();
    let path = directory.path().join("wallet.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 1_000).unwrap();
    assert_eq!(refusal(directory.path()), ErrorKind::StorageNewer);
    let version: i64 = Connection::open(&path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 1_000);
}

#[test]
fn what_a_crash_during_creation_leaves_is_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("wallet.db.new"), b"half").unwrap();
    fs::write(directory.path().join("wallet.db.new-journal"), b"half").unwrap();
    add_account(&open(directory.path()), "a").unwrap();
}

#[test]
fn a_log_without_its_database_is_refused_and_left() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("wallet.db-wal");
    fs::write(&log, b"the last writes").unwrap();
    assert_eq!(refusal(directory.path()), ErrorKind::StorageCorrupt);
    assert_eq!(fs::read(&log).unwrap(), b"the last writes");
    assert!(!directory.path().join("wallet.db").exists());
}

#[test]
fn undiscovered_accounts_are_found_without_looking_at_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let plan: String = store
        .readers()
        .read(|conn| {
            let sql = "EXPLAIN QUERY PLAN SELECT alias FROM account WHERE discovery = 1 ORDER BY account";
            Ok::<_, StoreError>(conn.query_row(sql, [], |row| row.get(3))?)
        })
        .unwrap();
    assert!(plan.contains("account_undiscovered"), "{plan}");
}

#[test]
fn a_failing_job_is_undone_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let gate = Arc::new(Mutex::new(()));
    let held = gate.lock().unwrap();
    thread::scope(|scope| {
        // the first job holds the writer until the others wait in one batch
        let blocked = Arc::clone(&gate);
        let store = &store;
        scope.spawn(move || {
            store.writer().commit(move |_| -> Result<(), StoreError> {
                drop(blocked.lock().unwrap());
                Ok(())
            })
        });
        let good: Vec<_> = ["a", "b"].map(|alias| scope.spawn(move || add_account(store, alias))).into();
        let bad = scope.spawn(move || {
            store.writer().commit(|tx| -> Result<(), StoreError> {
                account::insert(tx, "c", false, 0)?;
                Err(StoreError::Busy)
            })
        });
        thread::sleep(std::time::Duration::from_millis(50));
        drop(held);
        for good in good {
            good.join().unwrap().unwrap();
        }
        assert!(matches!(bad.join().unwrap(), Err(StoreError::Busy)));
    });
    let aliases = store.readers().read(|conn| account::page(conn, None, 10)).unwrap();
    let mut aliases: Vec<_> = aliases.into_iter().map(|row| row.alias).collect();
    aliases.sort();
    assert_eq!(aliases, ["a", "b"]);
}

#[test]
fn memory_follows_the_commit_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(directory.path()));
    let seen = Arc::new(Mutex::new(Vec::new()));
    for alias in ["a", "b"] {
        let (memory, reading) = (Arc::clone(&seen), Arc::clone(&store));
        let row = store
            .writer()
            .commit_then(
                move |tx| account::insert(tx, alias, false, 0),
                move |row| {
                    // a reader sees what memory is told
                    let found = reading.readers().read(|conn| account::by_index(conn, row.account)).unwrap();
                    memory.lock().unwrap().push(found.unwrap().alias);
                },
            )
            .unwrap();
        assert_eq!(seen.lock().unwrap().len(), usize::try_from(row.account).unwrap() + 1, "before the answer");
    }
    assert_eq!(*seen.lock().unwrap(), ["a", "b"]);
}

#[test]
fn invariant_11_a_panicking_write_halts_the_wallet_and_leaves_it_readable() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    add_account(&store, "a").unwrap();
    let result: Result<(), StoreError> = store.writer().commit(|tx| {
        account::insert(tx, "b", false, 0)?;
        panic!("on purpose")
    });
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Internal);
    assert_eq!(add_account(&store, "c").unwrap_err().kind(), ErrorKind::Halted);
    assert!(store.halt().reason().unwrap().contains("on purpose"));
    let rows = store.readers().read(|conn| account::page(conn, None, 10)).unwrap();
    assert_eq!(rows.len(), 1, "the panicking job is undone");
    store.close();
    add_account(&open(directory.path()), "d").unwrap();
}

#[test]
fn a_full_disk_is_an_error_and_not_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let limit = |pages: i64| {
        store.writer().commit(move |tx| -> Result<(), StoreError> {
            tx.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
            Ok(())
        })
    };
    limit(1).unwrap(); // SQLite takes the present size as the least limit
    let big = "x".repeat(100_000);
    let fill = move |tx: &rusqlite::Transaction<'_>| meta::put(tx, MetaKey::LogId, big.as_bytes());
    let error = store.writer().commit(fill.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.kind().is_retryable());
    limit(1_000_000).unwrap();
    store.writer().commit(fill).unwrap();
}

#[test]
fn closed_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    store.close();
    store.close();
    assert_eq!(add_account(&store, "a").unwrap_err().kind(), ErrorKind::Closed);
    let read = store.readers().read(account::total);
    assert_eq!(read.unwrap_err().kind(), ErrorKind::Closed);
}

#[test]
fn the_cursor_moves_by_one() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let at = |index| Position {
        index: MilestoneIndex(index),
        id: MilestoneId::from_slice(&[1]).unwrap(),
        time: UnixTime(index),
    };
    store.writer().commit(move |tx| meta::begin_cursor(tx, &at(7))).unwrap();
    store.writer().commit(move |tx| meta::advance_cursor(tx, &at(8))).unwrap();
    for wrong in [7, 8, 10] {
        store.writer().commit(move |tx| meta::advance_cursor(tx, &at(wrong))).unwrap_err();
    }
    store.writer().commit(move |tx| meta::begin_cursor(tx, &at(9))).unwrap_err();
    let cursor = store.readers().read(meta::cursor).unwrap().unwrap();
    assert_eq!(cursor, Cursor { position: at(8), since: MilestoneIndex(7) });
}

#[test]
fn counters_never_fall_below_zero() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    add_account(&store, "a").unwrap();
    let change = |plain| {
        store.writer().commit(move |tx| account::change(tx, 0, &HoldingsChange { plain, ..HoldingsChange::default() }))
    };
    change(5).unwrap();
    change(-6).unwrap_err();
    let total = store.readers().read(account::total).unwrap();
    assert_eq!(total.plain, Amount::new(5));
}

#[test]
fn what_was_paid_before_there_were_rules_counts_for_them() {
    let conn = Connection::open_in_memory().unwrap();
    let mut scripts: Vec<_> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/schema"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    scripts.sort();
    let (before, since): (Vec<_>, Vec<_>) =
        scripts.iter().partition(|path| *path.file_name().unwrap().to_string_lossy() < *"0012_policy.sql");
    for path in before {
        conn.execute_batch(&fs::read_to_string(path).unwrap()).unwrap();
    }
    conn.execute_batch(
        "INSERT INTO account (alias, created_ms) VALUES ('a', 0);
         INSERT INTO address (account, internal, key_index, raw) VALUES (1, 0, 0, x'0a');
         INSERT INTO payment (transaction_id, account, digest, state, payload, remainder, created_ms) VALUES
             (x'01', 1, x'00', 'confirmed', x'00', 0, 60000), (x'02', 1, x'00', 'dead', x'00', 0, 60000),
             (x'03', 1, x'00', 'submitted', x'00', 0, 120000);
         INSERT INTO payment_output (payment, position, output_id, address, amount, role, ours, deposit_return) VALUES
             (1, 0, x'01', x'bb', 7, 'payee', NULL, 2), (1, 1, x'02', x'0a', 9, 'remainder', 1, NULL),
             (2, 0, x'03', x'bb', 7, 'payee', NULL, NULL), (3, 0, x'04', x'bb', 3, 'payee', NULL, NULL);
         INSERT INTO withdrawal (idempotency_key, digest, account, address, amount, stage, payment, created_ms) VALUES
             ('a', x'00', 1, x'bb', 3, 'assigned', 3, 0), ('b', x'00', 1, x'bb', 11, 'requested', NULL, 0),
             ('c', x'00', 1, x'bb', 13, 'cancelled', NULL, 0), ('d', x'00', 1, x'0a', 17, 'requested', NULL, 0);",
    )
    .unwrap();
    for path in since {
        conn.execute_batch(&fs::read_to_string(path).unwrap()).unwrap();
    }
    let sum = |amount, recipients| super::outgoing::Outgoing { amount: Amount::new(amount), recipients };
    assert_eq!(super::outgoing::waiting(&conn).unwrap(), sum(11, 1));
    // in the minute from 60,000 on, and in the next one
    let within = |now, length| super::outgoing::signed_within(&conn, now, length).unwrap();
    assert_eq!(within(120_000, 60_001), sum(10, 2), "with what is lent");
    assert_eq!(within(120_000, 60_000), sum(3, 1));
    assert_eq!(within(120_000, 0), sum(0, 0));
    assert_eq!(within(119_999, 1_000), sum(3, 1), "a clock that was set back makes nothing smaller");
}
