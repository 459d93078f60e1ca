//! Whatever is changed in the log is found, and where.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::audit::{
    chain::{Subject, append},
    verify::Walk,
};

/// A wallet's database whose log has so many records: one that begins it, and withdrawals.
struct Log {
    directory: tempfile::TempDir,
    store: Store,
}

impl Log {
    fn of(records: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        store.writer().commit(crate::events::ensure_log_id).unwrap();
        let log = Self { directory, store };
        log.grow(records.saturating_sub(1));
        log
    }

    fn grow(&self, records: u64) {
        let job = move |tx: &rusqlite::Transaction<'_>| {
            (0..records).try_for_each(|number| {
                let key = format!("key {number}");
                let subject = Subject { account: Some(7), key: Some(&key), transaction: None };
                append(tx, AuditKind::WithdrawalRequested, subject, json!({ "number": number }))
            })
        };
        self.store.writer().commit(job).unwrap();
    }

    fn verify(&self, expected: Option<AuditHead>) -> Verdict {
        verify(&self.store, expected).unwrap()
    }

    /// Closed, changed by somebody, opened again.
    fn tampered(self, sql: &str) -> Self {
        self.store.close();
        tamper(self.directory.path(), sql);
        let store = Store::open(self.directory.path()).unwrap();
        Self { directory: self.directory, store }
    }
}

#[test]
fn a_log_that_nobody_changed_is_whole() {
    let log = Log::of(2_500);
    let verdict = log.verify(None);
    assert_eq!(verdict, Verdict { records: 2_500, head: head(&log.store), restored: None, broken: None });
    let all = records(&log.store);
    assert!(all.iter().map(|record| record.sequence).eq(1..=2_500));
    assert_eq!(all.last().unwrap().hash, verdict.head.hash);
    for noted in [&all[0], &all[999], &all[2_499]] {
        let noted = AuditHead { sequence: noted.sequence, hash: noted.hash };
        assert_eq!(log.verify(Some(noted)).broken, None, "{}", noted.sequence);
    }
}

/// The form in `docs/audit.md`, part by part.
#[test]
fn the_hash_is_what_the_documentation_says() {
    use crypto::hashes::{Digest, blake2b::Blake2b256};

    let log = Log::of(2);
    let (first, second) = (&records(&log.store)[0], &records(&log.store)[1]);
    let key = second.key.as_deref().unwrap();
    let parts: [&[u8]; 11] = [
        b"stardust-wallet audit 1",
        &first.hash,
        &2u64.to_be_bytes(),
        &second.time_ms.to_be_bytes(),
        b"withdrawalRequested",
        &[1],
        &7u64.to_be_bytes(),
        &[1],
        key.as_bytes(),
        &[0],
        br#"{"number":0}"#,
    ];
    let mut hash = Blake2b256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap().to_be_bytes());
        hash.update(part);
    }
    assert_eq!(hash.finalize().as_slice(), second.hash);
}

#[test]
fn an_empty_log_is_whole_and_no_other_is_expected() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(found(verify(&store, None).unwrap()), (0, None));
    let noted = AuditHead { sequence: 3, hash: [1; 32] };
    assert_eq!(found(verify(&store, Some(noted)).unwrap()), (0, Some((BreakKind::Expected, 1))));
}

#[test]
fn each_column_of_a_record_is_bound() {
    for change in [
        "time_ms = time_ms + 1",
        "kind = 'withdrawalCancelled'",
        "account = 8",
        "account = NULL",
        "idempotency_key = 'key 4'",
        "idempotency_key = NULL",
        "transaction_id = zeroblob(32)",
        "details = '{\"number\":4}'",
        "details = CAST(x'ff' AS TEXT)",
        "hash = zeroblob(32)",
    ] {
        let log = Log::of(8).tampered(&format!("UPDATE audit SET {change} WHERE sequence = 5"));
        assert_eq!(found(log.verify(None)), (4, Some((BreakKind::Altered, 5))), "{change}");
    }
}

#[test]
fn what_is_missing_moved_added_or_another_wallets_is_found() {
    let swap = "UPDATE audit SET sequence = -1 WHERE sequence = 3; UPDATE audit SET sequence = 3 WHERE sequence = 5;
         UPDATE audit SET sequence = 5 WHERE sequence = -1";
    for (change, right, broken) in [
        ("DELETE FROM audit WHERE sequence = 5", 4, Some((BreakKind::Gap, 5))),
        ("DELETE FROM audit WHERE sequence = 1", 0, Some((BreakKind::Gap, 1))),
        ("DELETE FROM audit WHERE sequence > 6", 6, Some((BreakKind::End, 7))),
        ("DELETE FROM audit", 0, Some((BreakKind::End, 1))),
        (swap, 2, Some((BreakKind::Altered, 3))),
        ("INSERT INTO audit SELECT 9, time_ms, kind, account, idempotency_key, transaction_id, details, hash FROM audit
             WHERE sequence = 8", 8, Some((BreakKind::Altered, 9))),
        ("UPDATE audit_head SET sequence = 7", 8, Some((BreakKind::End, 8))),
        ("UPDATE audit_head SET hash = zeroblob(32)", 8, Some((BreakKind::End, 8))),
        ("UPDATE meta SET value = zeroblob(16) WHERE key = 'log_id'", 8, Some((BreakKind::Foreign, 1))),
    ] {
        let log = Log::of(8).tampered(change);
        assert_eq!(found(log.verify(None)), (right, broken), "{change}");
    }
}

#[test]
fn what_comes_behind_missing_records_while_they_are_looked_for_does_not_hide_the_end() {
    let log = Log::of(8).tampered("DELETE FROM audit WHERE sequence > 6");
    let walk = Walk::begin(&log.store, None).unwrap();
    log.grow(1);
    assert_eq!(found(walk.finish(&log.store).unwrap()), (6, Some((BreakKind::End, 7))));
    assert_eq!(found(log.verify(None)), (6, Some((BreakKind::Gap, 7))));
}

#[test]
fn a_chain_made_anew_is_found_by_a_noted_head_only() {
    let log = Log::of(8);
    let noted = head(&log.store);
    let log = log.tampered(
        "DELETE FROM audit WHERE sequence > 4; UPDATE audit_head SET sequence = 4,
        hash = (SELECT hash FROM audit WHERE sequence = 4)",
    );
    assert_eq!(found(log.verify(None)), (4, None));
    let shorter = log.verify(Some(noted));
    assert!(shorter.broken.as_ref().unwrap().text.contains("the log ends with record 4"), "{shorter:?}");
    assert_eq!(found(shorter), (4, Some((BreakKind::Expected, 5))));
    // the same records again, but for their time
    log.grow(10);
    assert_eq!(found(log.verify(None)), (14, None));
    assert_eq!(found(log.verify(Some(noted))), (7, Some((BreakKind::Expected, 8))));
}

#[test]
fn the_database_refuses_to_change_what_is_written() {
    let log = Log::of(4);
    for sql in [
        "UPDATE audit SET details = '{}' WHERE sequence = 2",
        "UPDATE audit SET time_ms = time_ms",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE sequence = 4",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE sequence = 4",
        "INSERT INTO audit SELECT * FROM audit WHERE sequence = 4",
        "DELETE FROM audit_head",
        "INSERT OR REPLACE INTO audit_head VALUES (1, 0, zeroblob(32))",
    ] {
        assert!(refused(&log.store, sql), "{sql}");
        assert_eq!(found(log.verify(None)), (4, None), "{sql}");
    }
    log.grow(1);
    assert_eq!(found(log.verify(None)), (5, None));
}

#[test]
fn a_transaction_that_fails_leaves_no_record() {
    let log = Log::of(3);
    let failed = log.store.writer().commit(|tx| {
        append(tx, AuditKind::PasswordChanged, Subject::default(), json!({}))?;
        Err::<(), _>(StoreError::Busy)
    });
    assert!(failed.is_err());
    log.grow(2);
    assert_eq!(found(log.verify(None)), (5, None));
    assert!(records(&log.store).iter().all(|record| record.kind != AuditKind::PasswordChanged));
}

#[test]
fn it_is_verified_while_it_grows_and_until_the_wallet_is_closed() {
    let log = Log::of(1_500);
    std::thread::scope(|scope| {
        let growing = scope.spawn(|| (0..20).for_each(|_| log.grow(20)));
        let mut records = 0;
        while !growing.is_finished() {
            let verdict = log.verify(None);
            assert_eq!(verdict.broken, None);
            assert!(verdict.records == verdict.head.sequence && verdict.records >= records);
            records = verdict.records;
        }
        growing.join().unwrap();
        let verifying = scope.spawn(|| {
            loop {
                match verify(&log.store, None) {
                    Ok(verdict) => assert_eq!(found(verdict), (1_900, None)),
                    Err(error) => return error,
                }
            }
        });
        log.store.close();
        assert!(matches!(verifying.join().unwrap(), StoreError::Closed));
    });
}

#[test]
fn a_record_costs_the_same_however_long_the_log_is() {
    let log = Log::of(1);
    let plans = log.store.readers().read(|conn| {
        let mut plans = String::new();
        for sql in [
            "SELECT sequence FROM audit WHERE account = 7 AND sequence > 4 ORDER BY sequence",
            "SELECT sequence FROM audit WHERE idempotency_key = 'k' AND sequence > 4 ORDER BY sequence",
            "SELECT sequence FROM audit WHERE transaction_id = x'01' AND sequence > 4 ORDER BY sequence",
        ] {
            let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                plans.push_str(&row.get::<_, String>(3)?);
            }
        }
        Ok::<_, StoreError>(plans)
    });
    let plans = plans.unwrap();
    for index in ["audit_account", "audit_key", "audit_transaction"] {
        assert!(plans.contains(index), "{plans}");
    }
    assert!(!plans.contains("SCAN") && !plans.contains("TEMP"), "{plans}");
}

#[derive(Clone, Debug)]
enum Edit {
    Details(u64),
    Account(u64),
    Hash(u64),
    Remove(u64),
    Swap(u64, u64),
    Cut(u64),
}

fn arb_edit() -> impl Strategy<Value = Edit> {
    let one = 1u64..7;
    prop_oneof![
        one.clone().prop_map(Edit::Details),
        one.clone().prop_map(Edit::Account),
        one.clone().prop_map(Edit::Hash),
        one.clone().prop_map(Edit::Remove),
        (one.clone(), one.clone()).prop_map(|(a, b)| Edit::Swap(a, b)),
        one.prop_map(Edit::Cut),
    ]
}

/// The log as a list: what each place holds, and whether that was changed.
type Model = Vec<Option<(u64, bool)>>;

impl Edit {
    fn sql(&self) -> String {
        match self {
            Self::Details(at) => format!("UPDATE audit SET details = details || ' ' WHERE sequence = {at};"),
            Self::Account(at) => {
                format!("UPDATE audit SET account = coalesce(account, 0) + 1 WHERE sequence = {at};")
            }
            Self::Hash(at) => format!("UPDATE audit SET hash = randomblob(32) WHERE sequence = {at};"),
            Self::Remove(at) => format!("DELETE FROM audit WHERE sequence = {at};"),
            Self::Swap(a, b) => format!(
                "UPDATE audit SET sequence = -1 WHERE sequence = {a}; UPDATE audit SET sequence = {a} WHERE sequence = {b};
                 UPDATE audit SET sequence = {b} WHERE sequence = -1;"
            ),
            Self::Cut(after) => format!("DELETE FROM audit WHERE sequence > {after};"),
        }
    }

    fn apply(&self, model: &mut Model) {
        let place = |at: &u64| usize::try_from(at - 1).unwrap();
        match self {
            Self::Details(at) | Self::Account(at) | Self::Hash(at) => {
                if let Some((_, changed)) = &mut model[place(at)] {
                    *changed = true;
                }
            }
            Self::Remove(at) => model[place(at)] = None,
            Self::Swap(a, b) => model.swap(place(a), place(b)),
            Self::Cut(after) => model[place(after) + 1..].fill(None),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_first_place_that_is_not_as_written_is_named(edits in prop::collection::vec(arb_edit(), 0..5)) {
        let count = 6;
        let mut model: Model = (1..=count).map(|at| Some((at, false))).collect();
        edits.iter().for_each(|edit| edit.apply(&mut model));
        let wrong = (1..=count).zip(&model).find(|(at, held)| **held != Some((*at, false)));
        let expected = wrong.map(|(at, held)| {
            let more = model[usize::try_from(at).unwrap() - 1..].iter().any(Option::is_some);
            let kind = match held {
                Some(_) => BreakKind::Altered,
                None if more => BreakKind::Gap,
                None => BreakKind::End,
            };
            (kind, at)
        });
        let sql: String = edits.iter().map(Edit::sql).collect();
        let log = Log::of(count).tampered(&sql);
        let right = expected.map_or(count, |(_, at)| at - 1);
        prop_assert_eq!(found(log.verify(None)), (right, expected), "{}", sql);
    }
}
