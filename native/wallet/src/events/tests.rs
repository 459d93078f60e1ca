use std::sync::{Arc, Mutex};

use crate::{
    error::ErrorKind,
    events::{
        InclusionState, LedgerEvent, Notice, TransactionInclusion, append,
        consumer::{self, Start},
        ensure_log_id,
    },
    store::{MetaKey, Store, meta},
    testing::{ManualClock, OutputBuilder, ScriptedFeed, TestWallet, transaction_id},
};

use super::{Bus, EventError, announce};

fn event(number: u32) -> LedgerEvent {
    LedgerEvent::TransactionInclusion(TransactionInclusion {
        transaction_id: transaction_id(number),
        idempotency_key: None,
        account: 0,
        alias: "alice".to_owned(),
        state: InclusionState::Pending,
        reason: None,
        block_id: None,
        milestone: None,
        repaired: false,
    })
}

fn opened(directory: &std::path::Path) -> Store {
    let store = Store::open(directory).unwrap();
    store.writer().commit(ensure_log_id).unwrap();
    store
}

fn write(store: &Store, numbers: std::ops::Range<u32>) -> Result<(), EventError> {
    store.writer().commit(move |tx| append(tx, numbers.map(event).collect()).map(drop))
}

fn poll(store: &Store, max: u32) -> Vec<u64> {
    consumer::poll(store, "c", None, max).unwrap().events.into_iter().map(|logged| logged.sequence).collect()
}

#[test]
fn invariant_4_a_consumer_sees_each_event_until_it_acknowledges() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    write(&store, 0..5).unwrap();
    let opened = consumer::open(&store, &ManualClock::default(), "c", Start::First, None).unwrap();
    assert_eq!((opened.acknowledged, opened.last), (0, 5));
    assert_eq!(poll(&store, 3), [1, 2, 3]);
    assert_eq!(poll(&store, 10), [1, 2, 3, 4, 5], "polling changes nothing");
    let acknowledge = |sequence| consumer::acknowledge(&store, "c", &opened.log_id, sequence);
    acknowledge(3).unwrap();
    assert_eq!(poll(&store, 10), [4, 5]);
    acknowledge(3).unwrap();
    acknowledge(1).unwrap();
    assert_eq!(poll(&store, 10), [4, 5], "it never goes back");
    assert_eq!(acknowledge(6).unwrap_err().kind(), ErrorKind::PositionInvalid);
    let other = consumer::acknowledge(&store, "c", "0x00", 4).unwrap_err();
    assert_eq!(other.kind(), ErrorKind::LogReplaced);
    drop(store);
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(poll(&store, 10), [4, 5], "it resumes after a restart");
    let again = consumer::open(&store, &ManualClock::default(), "c", Start::Next, None).unwrap();
    assert_eq!(again.acknowledged, 3, "opening again keeps the position");
}

#[test]
fn consumers_are_independent_and_named() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    write(&store, 0..2).unwrap();
    let clock = ManualClock::default();
    let first = consumer::open(&store, &clock, "first", Start::First, None).unwrap();
    assert_eq!(consumer::open(&store, &clock, "next", Start::Next, None).unwrap().acknowledged, 2);
    consumer::acknowledge(&store, "first", &first.log_id, 1).unwrap();
    let positions: Vec<_> =
        consumer::list(&store).unwrap().into_iter().map(|one| (one.name, one.acknowledged)).collect();
    assert_eq!(positions, [("first".to_owned(), 1), ("next".to_owned(), 2)]);
    consumer::remove(&store, "first").unwrap();
    assert_eq!(consumer::remove(&store, "first").unwrap_err().kind(), ErrorKind::ConsumerNotFound);
    assert_eq!(consumer::poll(&store, "first", None, 1).unwrap_err().kind(), ErrorKind::ConsumerNotFound);
    let long = "x".repeat(129);
    for name in ["", "a\tb", long.as_str()] {
        let error = consumer::open(&store, &clock, name, Start::First, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConsumerNameInvalid);
    }
}

#[test]
fn a_commit_that_fails_takes_no_sequence() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    write(&store, 0..1).unwrap();
    let failed: Result<(), EventError> = store.writer().commit(|tx| {
        append(tx, vec![event(1), event(2)])?;
        Err(EventError::ConsumerNotFound { name: String::new() })
    });
    failed.unwrap_err();
    write(&store, 3..4).unwrap();
    consumer::open(&store, &ManualClock::default(), "c", Start::First, None).unwrap();
    let batch = consumer::poll(&store, "c", None, 10).unwrap();
    let events: Vec<_> = batch.events.into_iter().map(|logged| (logged.sequence, logged.event)).collect();
    assert_eq!(events, [(1, event(0)), (2, event(3))]);
}

#[test]
fn an_event_of_an_unknown_encoding_is_an_error_and_no_hole() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    write(&store, 0..1).unwrap();
    consumer::open(&store, &ManualClock::default(), "c", Start::First, None).unwrap();
    for payload in ["{\"v\":2,\"event\":{}}", "{}", "nothing"] {
        let payload = payload.to_owned();
        let changed = store.writer().commit(move |tx| -> Result<usize, crate::store::StoreError> {
            Ok(tx.execute("UPDATE event SET payload = ?1", [payload])?)
        });
        assert_eq!(changed.unwrap(), 1);
        assert_eq!(consumer::poll(&store, "c", None, 1).unwrap_err().kind(), ErrorKind::StorageCorrupt);
    }
}

#[test]
fn every_kind_of_event_survives_its_storage() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let live = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&live);
    let subscription = wallet.manager.subscribe(Box::new(move |notice| {
        if let Notice::Events(events) = &**notice {
            heard.lock().unwrap().extend(events.clone());
        }
    }));
    // a listener that panics does not disturb the others
    wallet.manager.subscribe(Box::new(|_| panic!("on purpose")));
    let raw = wallet.address(&wallet.account("alice"));
    let rich = OutputBuilder::plain(1, raw, 5).with_token().with_features();
    let rich = rich.returning(1, crate::testing::address(3)).locked_until(crate::ledger::UnixTime(5)).build();
    let spent = rich.id;
    node.ledger().milestone(vec![rich, OutputBuilder::plain(2, raw, 5).build()], vec![]);
    node.ledger().milestone(vec![], vec![(spent, transaction_id(3))]);
    wallet.sync();
    let log = wallet.log();
    assert_eq!(log.len(), 4);
    assert_eq!(*live.lock().unwrap(), log, "what was told live is what is stored");
    wallet.manager.unsubscribe(subscription);
    node.ledger().milestone(vec![OutputBuilder::plain(4, raw, 5).build()], vec![]);
    wallet.sync();
    assert_eq!(live.lock().unwrap().len(), 4);
}

#[test]
fn listeners_hear_of_an_event_after_its_commit_only() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(opened(directory.path()));
    let bus = Arc::<Bus>::default();
    announce(&store, &bus).unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (reader, notes) = (Arc::clone(&store), Arc::clone(&heard));
    bus.subscribe(Box::new(move |notice| {
        let Notice::Events(events) = &**notice else { return };
        let last = events.last().unwrap().sequence;
        let stored = reader.readers().read(crate::store::event::last).unwrap();
        notes.lock().unwrap().push((last, stored >= last));
    }));
    write(&store, 0..2).unwrap();
    write(&store, 2..3).unwrap();
    assert_eq!(*heard.lock().unwrap(), [(2, true), (3, true)]);
}

#[test]
fn a_log_keeps_its_name_and_no_two_have_the_same() {
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let names = directories.each_ref().map(|directory| {
        let store = opened(directory.path());
        let name = store.readers().read(super::log_id).unwrap();
        drop(store);
        let store = opened(directory.path());
        assert_eq!(store.readers().read(super::log_id).unwrap(), name);
        assert_eq!(store.readers().read(|conn| meta::get(conn, MetaKey::LogId)).unwrap().unwrap().len(), 16);
        name
    });
    assert_ne!(names[0], names[1]);
}
