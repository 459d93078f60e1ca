//! Filters, places, pruning: by hand, and by chance against a naive model.

use std::{collections::BTreeSet, path::Path};

use proptest::prelude::*;

use super::{
    EventFilter, InclusionState, LedgerEvent, Origin, OwnAddress, Retention, SpentOutput, Start, TransactionInclusion,
    append,
    consumer::{self, WINDOW},
    ensure_log_id,
    keeper::tend,
};
use crate::{
    error::ErrorKind,
    events::{Deposit, OutputDetails},
    ledger::{Amount, MilestoneId, MilestoneIndex, Position, UnixTime},
    store::{MetaKey, Store, meta},
    testing::{ManualClock, address, output_id, transaction_id},
};

const NAME: &str = "c";

fn own(account: u32) -> OwnAddress {
    OwnAddress {
        account,
        alias: String::new(),
        address: String::new(),
        raw: address(account),
        internal: false,
        key_index: 0,
        address_balance: Amount::ZERO,
        account_balance: Amount::ZERO,
    }
}

/// An event of one of three kinds.
fn event(kind: u8, account: u32, origin: Origin, number: u32) -> LedgerEvent {
    match kind {
        0 => LedgerEvent::Deposit(Deposit {
            id: number.to_string(),
            own: own(account),
            output_id: output_id(transaction_id(number), 0),
            transaction_id: transaction_id(number),
            amount: Amount::new(1),
            origin,
            details: OutputDetails::default(),
            repaired: false,
        }),
        1 => LedgerEvent::SpentOutput(SpentOutput {
            own: own(account),
            output_id: output_id(transaction_id(number), 0),
            amount: Amount::new(1),
            spent_by: None,
            repaired: false,
        }),
        _ => LedgerEvent::TransactionInclusion(TransactionInclusion {
            transaction_id: transaction_id(number),
            idempotency_key: None,
            account,
            alias: String::new(),
            state: InclusionState::Pending,
            reason: None,
            block_id: None,
            milestone: None,
            repaired: false,
        }),
    }
}

fn opened(directory: &Path) -> Store {
    let store = Store::open(directory).unwrap();
    store.writer().commit(ensure_log_id).unwrap();
    store.writer().commit(|tx| meta::begin_cursor(tx, &position(1))).unwrap();
    store
}

fn position(index: u32) -> Position {
    let id = MilestoneId::from_slice(&[u8::try_from(index % 251).unwrap(); 32]).unwrap();
    // a milestone every six hours
    Position { index: MilestoneIndex(index), id, time: UnixTime(1_000_000 + index * 21_600) }
}

/// Appends events, at the next milestone if asked to.
fn write(store: &Store, milestone: Option<u32>, events: Vec<LedgerEvent>) {
    store
        .writer()
        .commit(move |tx| {
            if let Some(index) = milestone {
                meta::advance_cursor(tx, &position(index))?;
            }
            append(tx, events).map(drop)
        })
        .unwrap();
}

fn open(store: &Store, start: Start, filter: EventFilter) -> consumer::Consumer {
    consumer::open(store, &ManualClock::default(), NAME, start, Some(filter)).unwrap()
}

/// All that comes, read on in small pieces.
fn drain(store: &Store, max: u32) -> Vec<u64> {
    let (mut after, mut all) = (None, Vec::new());
    loop {
        let batch = consumer::poll(store, NAME, after, max).unwrap();
        all.extend(batch.events.iter().map(|event| event.sequence));
        if !batch.more() {
            return all;
        }
        after = Some(batch.through);
    }
}

fn kinds(names: &[&str]) -> Option<BTreeSet<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn another_filter_counts_from_the_position_on() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    write(&store, None, (0..6).map(|i| event(u8::try_from(i % 2).unwrap(), i, Origin::External, i)).collect());
    let deposits = EventFilter { kinds: kinds(&["deposit"]), ..EventFilter::default() };
    let log = open(&store, Start::First, deposits.clone()).log_id;
    assert_eq!(drain(&store, 1), [1, 3, 5]);
    consumer::acknowledge(&store, NAME, &log, 3).unwrap();
    let kept = consumer::open(&store, &ManualClock::default(), NAME, Start::First, None).unwrap();
    assert_eq!((kept.filter, kept.acknowledged), (deposits, 3), "what is not given stays");
    open(&store, Start::First, EventFilter::default());
    assert_eq!(drain(&store, 10), [4, 5, 6], "nothing from before the position comes back");
    consumer::seek(&store, NAME, Start::First).unwrap();
    assert_eq!(drain(&store, 10), [1, 2, 3, 4, 5, 6]);
    for empty in [
        EventFilter { kinds: kinds(&[]), ..EventFilter::default() },
        EventFilter { accounts: Some((0..10_001).collect()), ..EventFilter::default() },
    ] {
        let error = consumer::open(&store, &ManualClock::default(), NAME, Start::First, Some(empty)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
}

#[test]
fn invariant_4_a_position_of_another_log_is_answered_with_where_to_replay_from() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    for milestone in 2..6 {
        write(&store, Some(milestone), vec![event(0, 0, Origin::External, milestone)]);
    }
    let old = open(&store, Start::First, EventFilter::default()).log_id;
    consumer::acknowledge(&store, NAME, &old, 2).unwrap();
    // what a restore does
    store.writer().commit(|tx| meta::put(tx, MetaKey::LogId, &[7; 16])).unwrap();
    for error in [
        consumer::poll(&store, NAME, None, 1).unwrap_err(),
        consumer::acknowledge(&store, NAME, &old, 3).map(drop).unwrap_err(),
        consumer::seek(&store, NAME, Start::After { log_id: old.clone(), sequence: 3 }).map(drop).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::LogReplaced);
        let super::EventError::LogReplaced { milestone, .. } = error else { panic!("{error}") };
        assert_eq!(milestone, MilestoneIndex(3), "that of the event acknowledged last");
    }
    consumer::seek(&store, NAME, Start::Milestone(MilestoneIndex(3))).unwrap();
    assert_eq!(drain(&store, 10), [2, 3, 4]);
}

#[test]
fn a_reader_misses_nothing_that_another_acknowledges() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    write(&store, None, (0..6).map(|i| event(0, i, Origin::External, i)).collect());
    let log = open(&store, Start::First, EventFilter::default()).log_id;
    let slow = consumer::poll(&store, NAME, None, 2).unwrap();
    consumer::acknowledge(&store, NAME, &log, 5).unwrap();
    let rest = consumer::poll(&store, NAME, Some(slow.through), 10).unwrap();
    assert_eq!(rest.events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [3, 4, 5, 6]);
    assert_eq!(drain(&store, 10), [6], "without a place it is what was acknowledged");
    while tend(&store, Some(Retention::default())).unwrap() {}
    let error = consumer::poll(&store, NAME, Some(slow.through), 10).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PositionPruned, "what is gone is not passed over in silence");
}

#[test]
fn a_narrow_filter_goes_forward_and_does_not_hold_pruning_back() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    let count = 2 * WINDOW + 5_000;
    let rare = count - 1;
    write(&store, None, (1..=count).map(|i| event(u8::from(i != rare), 0, Origin::External, 1)).collect());
    open(&store, Start::First, EventFilter { kinds: kinds(&["deposit"]), ..EventFilter::default() });
    let batch = consumer::poll(&store, NAME, None, 10).unwrap();
    assert!(batch.events.is_empty() && batch.more(), "one look is bounded");
    assert_eq!(batch.through, WINDOW);
    assert_eq!(drain(&store, 10), [rare]);
    let keep = Some(Retention::default());
    while tend(&store, keep).unwrap() {}
    let known = consumer::list(&store).unwrap().remove(0);
    assert_eq!(known.acknowledged, rare - 1, "taken past what it does not get, and no further");
    assert_eq!((known.first, known.last), (rare, count));
    assert_eq!(drain(&store, 10), [rare]);
    consumer::acknowledge(&store, NAME, &known.log_id, count).unwrap();
    while tend(&store, keep).unwrap() {}
    write(&store, None, vec![event(0, 0, Origin::External, 2)]);
    assert_eq!(drain(&store, 10), [count + 1], "numbers go on although the log was empty");
}

#[test]
fn what_was_pruned_is_refused_and_never_skipped() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    for milestone in 2..=9 {
        write(&store, Some(milestone), vec![event(0, 0, Origin::External, milestone); 2]);
    }
    let log = open(&store, Start::First, EventFilter::default()).log_id;
    consumer::acknowledge(&store, NAME, &log, 12).unwrap();
    // of 16 events: by number up to 12, by milestone up to 8 (of milestone 5), by time (one day is four) up to 6
    while tend(&store, Some(Retention { events: 4, milestones: 4, days: 1 })).unwrap() {}
    let first = consumer::list(&store).unwrap()[0].first;
    assert_eq!(first, 7, "the most that any part keeps");
    let before = |sequence| Start::After { log_id: log.clone(), sequence };
    for gone in [Start::First, before(5), Start::Milestone(MilestoneIndex(4))] {
        let error = consumer::seek(&store, NAME, gone.clone()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PositionPruned, "{gone:?}");
        let clock = ManualClock::default();
        let error = consumer::open(&store, &clock, "new", gone, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PositionPruned);
    }
    for (place, next) in [(before(6), 7), (Start::Oldest, 7), (Start::Milestone(MilestoneIndex(5)), 7)] {
        consumer::seek(&store, NAME, place).unwrap();
        assert_eq!(drain(&store, 100)[0], next);
    }
    let far = Start::Milestone(MilestoneIndex(11));
    assert_eq!(consumer::seek(&store, NAME, far).unwrap_err().kind(), ErrorKind::PositionInvalid);
    consumer::seek(&store, NAME, Start::Milestone(MilestoneIndex(10))).unwrap();
    assert!(drain(&store, 100).is_empty());
}

#[derive(Clone, Debug)]
enum Step {
    Write { milestone: bool, events: Vec<(u8, u32, Origin)> },
    Acknowledge(u64),
    Seek(u64),
    SeekMilestone(u32),
    Filter(EventFilter),
    Prune(Retention),
    Reopen,
}

fn origins() -> impl Strategy<Value = Origin> {
    prop::sample::select(vec![Origin::External, Origin::PaymentRecipient])
}

fn filters() -> impl Strategy<Value = EventFilter> {
    let names = prop::sample::select(vec!["deposit", "spentOutput", "transactionInclusion"]);
    (
        prop::option::of(prop::collection::btree_set(0..4_u32, 1..3)),
        prop::option::of(prop::collection::btree_set(names.prop_map(str::to_owned), 1..3)),
        prop::option::of(prop::collection::btree_set(origins(), 1..2)),
    )
        .prop_map(|(accounts, kinds, origins)| EventFilter { accounts, kinds, origins })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (any::<bool>(), prop::collection::vec((0..3_u8, 0..4_u32, origins()), 0..6))
            .prop_map(|(milestone, events)| Step::Write { milestone, events }),
        3 => (0..40_u64).prop_map(Step::Acknowledge),
        1 => (0..40_u64).prop_map(Step::Seek),
        1 => (0..14_u32).prop_map(Step::SeekMilestone),
        1 => filters().prop_map(Step::Filter),
        2 => (0..10_u64, 0..4_u32, 0..3_u32)
            .prop_map(|(events, milestones, days)| Step::Prune(Retention { events, milestones, days })),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..40)
}

/// What a log is, without a database.
#[derive(Default)]
struct Model {
    events: Vec<(u32, LedgerEvent)>,
    pruned: u64,
    acknowledged: u64,
    milestone: u32,
    filter: EventFilter,
}

impl Model {
    fn last(&self) -> u64 {
        self.events.len() as u64
    }

    fn passes(&self, event: &LedgerEvent) -> bool {
        let EventFilter { accounts, kinds, origins } = &self.filter;
        accounts.as_ref().is_none_or(|set| event.account().is_some_and(|account| set.contains(&account)))
            && kinds.as_ref().is_none_or(|set| set.contains(event.kind()))
            && origins.as_ref().is_none_or(|set| event.origin().is_some_and(|origin| set.contains(&origin)))
    }

    fn wanted(&self) -> Vec<u64> {
        let all = (1_u64..).zip(&self.events);
        all.filter(|(sequence, (_, event))| *sequence > self.acknowledged && self.passes(event))
            .map(|(sequence, _)| sequence)
            .collect()
    }

    /// Goes to a place, if it is one.
    fn go(&mut self, sequence: u64) -> Result<(), ErrorKind> {
        if sequence > self.last() {
            return Err(ErrorKind::PositionInvalid);
        }
        if sequence < self.pruned {
            return Err(ErrorKind::PositionPruned);
        }
        self.acknowledged = sequence;
        Ok(())
    }

    fn before(&self, milestone: u32) -> Result<u64, ErrorKind> {
        let place = self.events.iter().take_while(|(at, _)| *at < milestone).count() as u64;
        match () {
            () if milestone > self.milestone + 1 => Err(ErrorKind::PositionInvalid),
            () if place < self.pruned => Err(ErrorKind::PositionPruned),
            () => Ok(place),
        }
    }

    fn prune(&mut self, keep: Retention) {
        let kept = |sequence: u64, milestone: u32| {
            sequence > self.acknowledged
                || sequence + keep.events > self.last()
                || (keep.milestones > 0 && milestone + keep.milestones > self.milestone)
                || (keep.days > 0 && (self.milestone - milestone) * 21_600 <= keep.days * 86_400)
        };
        let gone = (1_u64..).zip(&self.events).take_while(|(sequence, (at, _))| !kept(*sequence, *at)).count() as u64;
        self.pruned = self.pruned.max(gone);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn consumers_do_what_the_model_does(steps in steps()) {
        let directory = tempfile::tempdir().unwrap();
        let mut store = opened(directory.path());
        let mut model = Model { milestone: 1, ..Model::default() };
        let log = open(&store, Start::First, EventFilter::default()).log_id;
        for step in steps {
            match step {
                Step::Write { milestone, events } => {
                    model.milestone += u32::from(milestone);
                    let first = u32::try_from(model.events.len()).unwrap();
                    let events: Vec<_> =
                        (first..).zip(events).map(|(i, (kind, account, origin))| event(kind, account, origin, i)).collect();
                    write(&store, milestone.then_some(model.milestone), events.clone());
                    model.events.extend(events.into_iter().map(|event| (model.milestone, event)));
                }
                Step::Acknowledge(sequence) => {
                    let result = consumer::acknowledge(&store, NAME, &log, sequence).map_err(|error| error.kind());
                    if sequence <= model.last() {
                        model.acknowledged = model.acknowledged.max(sequence);
                        prop_assert_eq!(result.unwrap().acknowledged, model.acknowledged);
                    } else {
                        prop_assert_eq!(result.unwrap_err(), ErrorKind::PositionInvalid);
                    }
                }
                Step::Seek(sequence) => {
                    let to = Start::After { log_id: log.clone(), sequence };
                    let result = consumer::seek(&store, NAME, to).map(drop).map_err(|error| error.kind());
                    prop_assert_eq!(result, model.go(sequence));
                }
                Step::SeekMilestone(index) => {
                    let to = Start::Milestone(MilestoneIndex(index));
                    let result = consumer::seek(&store, NAME, to).map(drop).map_err(|error| error.kind());
                    let expected = model.before(index).and_then(|place| model.go(place));
                    prop_assert_eq!(result, expected);
                }
                Step::Filter(filter) => {
                    open(&store, Start::First, filter.clone());
                    model.filter = filter;
                }
                Step::Prune(keep) => {
                    while tend(&store, Some(keep)).unwrap() {}
                    model.prune(keep);
                }
                Step::Reopen => {
                    drop(store);
                    store = Store::open(directory.path()).unwrap();
                }
            }
            let known = consumer::list(&store).unwrap().remove(0);
            prop_assert_eq!((known.acknowledged, known.first, known.last), (model.acknowledged, model.pruned + 1, model.last()));
            prop_assert_eq!(drain(&store, 3), model.wanted());
        }
    }
}
