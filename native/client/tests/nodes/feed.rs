//! The feed: what it answers, from which node, and what it never does.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::support::{FakeNode, Ledger, Ours, Reply, address, config, error, id, json, open, output_id, transaction};
use stardust_client::{NodeClient, RestFeed, Route};
use stardust_wallet::{
    error::ErrorKind,
    ledger::{
        DiffError, Feed, FeedAnswer, FeedError, Interest, LedgerDiff, MilestoneIndex, OutputId, Position, UnixTime,
    },
};

/// The milestone after the cursor; those that were handed over with it are forgotten.
fn diff(feed: &mut RestFeed, cursor: &Position, interest: &dyn Interest) -> LedgerDiff {
    match feed.next(cursor, interest) {
        Ok(FeedAnswer::Diffs(mut diffs)) => diffs.remove(0),
        other => panic!("{other:?}"),
    }
}

fn is_tip(answer: Result<FeedAnswer, FeedError>) -> bool {
    matches!(answer, Ok(FeedAnswer::Tip))
}

fn kind(answer: Result<FeedAnswer, FeedError>) -> ErrorKind {
    match answer {
        Err(FeedError::Node(error)) => error.kind,
        other => panic!("{other:?}"),
    }
}

fn created(diff: &LedgerDiff) -> Vec<OutputId> {
    diff.created().iter().map(|output| output.id).collect()
}

/// Three milestones; ours is output 1/0, spent in the third.
fn three() -> Ledger {
    let mut ledger = Ledger::default();
    ledger.milestone(&[address(1), address(2)], &[]);
    ledger.milestone(&[], &[]);
    ledger.milestone(&[address(3)], &[output_id(1, 0), output_id(1, 1)]);
    ledger
}

#[test]
fn follows_the_ledger_to_its_tip() {
    let node = FakeNode::start(three());
    let client = open(&[node.url()]);
    let mut feed = client.feed();
    let ours = Ours::watching(&[address(1)]);

    let status = feed.status().unwrap();
    assert_eq!((status.url, status.healthy, status.confirmed), (node.url(), true, node.ledger().tip()));
    assert_eq!((status.network.name.as_str(), status.network.hrp.as_str()), ("scripted", "tst"));

    let mut diffs = several(&mut feed, &Ledger::genesis(), &ours);
    assert_eq!(created(&diffs[0]), [output_id(1, 0), output_id(1, 1)]);
    assert_eq!(diffs[0].created()[0].owner, address(1));
    assert_eq!(diffs[0].position().time, UnixTime(1010));
    ours.hold(output_id(1, 0));
    while diffs.len() < 3 {
        let last = *diffs.last().unwrap().position();
        diffs.extend(several(&mut feed, &last, &ours));
    }
    assert!(diffs[1].created().is_empty() && diffs[1].consumed().is_empty());
    let spent: Vec<_> = diffs[2].consumed().iter().map(|consumed| (consumed.id, consumed.spent_by)).collect();
    assert_eq!(spent, [(output_id(1, 0), Some(transaction(3))), (output_id(1, 1), None)]);
    assert_eq!(*diffs[2].position(), node.ledger().tip());
    assert!(is_tip(feed.next(diffs[2].position(), &ours)));
    assert_eq!(client.counters().of(Route::OutputMetadata), 1, "for the output of ours only");
    assert_eq!(client.counters().total, u64::try_from(node.asked().len()).unwrap());
}

#[test]
fn a_poll_at_the_tip_is_one_request() {
    let node = FakeNode::start(three());
    let client = open(&[node.url()]);
    let mut feed = client.feed();
    let mut cursor = node.ledger().tip();
    assert!(is_tip(feed.next(&cursor, &Ours::default())));
    for _ in 0..3 {
        let before = client.counters().total;
        for _ in 0..10 {
            assert!(is_tip(feed.next(&cursor, &Ours::default())));
        }
        assert_eq!(client.counters().total - before, 10);
        node.ledger().milestone(&[], &[]);
        cursor = *diff(&mut feed, &cursor, &Ours::default()).position();
        // the poll that found it, the diff, the milestone
        assert_eq!(client.counters().total - before, 13);
    }
}

#[test]
fn an_output_that_comes_and_goes_in_one_milestone_has_its_spender() {
    let mut ledger = Ledger::default();
    ledger.milestone(&[address(1), address(2)], &[]);
    let milestone = ledger.milestones.get_mut(&1).unwrap();
    milestone.consumed = vec![output_id(1, 0), output_id(1, 1)];
    for id in [output_id(1, 0), output_id(1, 1)] {
        ledger.outputs.get_mut(&id).unwrap().spent = Some((1, transaction(7)));
    }
    let node = FakeNode::start(ledger);
    let client = open(&[node.url()]);
    let diff = diff(&mut client.feed(), &Ledger::genesis(), &Ours::watching(&[address(1)]));
    let spent: Vec<_> = diff.consumed().iter().map(|consumed| consumed.spent_by).collect();
    assert_eq!(spent, [Some(transaction(7)), None]);
}

/// Waits until the node was asked for what milestone `index` did.
fn wait_for(node: &FakeNode, index: u32) {
    let id = node.ledger().milestones[&index].position.id;
    let path = format!("/api/core/v2/milestones/{id}/utxo-changes");
    let end = Instant::now() + Duration::from_secs(30);
    while !node.asked().contains(&path) {
        assert!(Instant::now() < end, "never asked for {path}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Thirty milestones; from the second on each pays us, and from the third on spends what the one before paid.
fn passing_on() -> Ledger {
    let mut ledger = Ledger::default();
    ledger.milestone(&[], &[]);
    for index in 2..=30 {
        let spent = if index > 2 { vec![output_id(index - 1, 0)] } else { vec![] };
        ledger.milestone(&[address(1)], &spent);
    }
    ledger
}

fn several(feed: &mut RestFeed, cursor: &Position, interest: &dyn Interest) -> Vec<LedgerDiff> {
    match feed.next(cursor, interest) {
        Ok(FeedAnswer::Diffs(diffs)) if !diffs.is_empty() => diffs,
        other => panic!("{other:?}"),
    }
}

#[test]
fn milestones_that_are_there_are_handed_over_together() {
    let node = FakeNode::start(passing_on());
    let client = open(&[node.url()]);
    let mut feed = client.feed();
    feed.status().unwrap();
    // it holds nothing: what earlier milestones of the same answer created is of interest all the same
    let ours = Ours::watching(&[address(1)]);
    let (mut cursor, mut answers, mut index) = (Ledger::genesis(), 0, 0);
    while index < 30 {
        for diff in several(&mut feed, &cursor, &ours) {
            index += 1;
            assert_eq!(diff.position().index.0, u32::from(index));
            for output in diff.created() {
                ours.hold(output.id);
            }
            let spenders: Vec<_> = diff.consumed().iter().map(|consumed| consumed.spent_by).collect();
            assert_eq!(spenders, if index > 2 { vec![Some(transaction(index))] } else { vec![] });
            cursor = *diff.position();
        }
        answers += 1;
        wait_for(&node, 30);
    }
    assert!((2..30).contains(&answers), "{answers} answers");
    assert!(is_tip(feed.next(&cursor, &ours)));
    assert_eq!(client.counters().of(Route::UtxoChanges), 30, "nothing was fetched twice");
    assert_eq!(client.counters().of(Route::Milestone), 31, "and the one of the status");
    assert_eq!(client.counters().of(Route::OutputMetadata), 28);
}

/// While it catches up the feed fetches ahead. What is ours is decided when a milestone is handed over.
#[test]
fn interest_counts_when_a_milestone_is_handed_over() {
    let node = FakeNode::start(passing_on());
    let client = open(&[node.url()]);
    let mut feed = client.feed();
    feed.status().unwrap();
    let first = diff(&mut feed, &Ledger::genesis(), &Ours::default());
    wait_for(&node, 30);
    let none = several(&mut feed, first.position(), &Ours::default());
    assert!(none.iter().flat_map(LedgerDiff::consumed).all(|consumed| consumed.spent_by.is_none()));
    // asked again for the same: what was fetched ahead is of no use, and no harm
    let ours = Ours::watching(&[address(1)]);
    let second = diff(&mut feed, first.position(), &ours);
    assert_eq!(second.position().index, MilestoneIndex(2));
    ours.hold(output_id(2, 0));
    let third = diff(&mut feed, second.position(), &ours);
    assert_eq!(third.consumed()[0].spent_by, Some(transaction(3)));
}

/// What comes before a milestone that fails is handed over; the fault is told by the next call.
#[test]
fn a_fault_within_several_milestones_hides_none_before_it() {
    type Harm = fn(&mut Ledger);
    let faults: [(&str, Harm); 4] = [
        ("a diff", |ledger| {
            ledger.rule(
                &format!("{}/utxo-changes", ledger.milestones[&20].position.id),
                usize::MAX,
                error(500, "oops"),
            );
        }),
        ("a milestone", |ledger| ledger.rule("/by-index/20", usize::MAX, error(404, "Not Found"))),
        ("a spender", |ledger| {
            ledger.rule(&format!("{}/metadata", output_id(19, 0)), usize::MAX, error(500, "oops"));
        }),
        ("a link", |ledger| {
            let bytes = ledger.milestones[&20].bytes.clone();
            // index, time and version come before the id of the previous milestone
            let changed = [&bytes[..13], &[9; 32], &bytes[45..]].concat();
            ledger.milestones.get_mut(&20).unwrap().bytes = changed;
        }),
    ];
    for (name, harm) in faults {
        let mut ledger = passing_on();
        harm(&mut ledger);
        let node = FakeNode::start(ledger);
        let client = open(&[node.url()]);
        let mut feed = client.feed();
        feed.status().unwrap();
        let ours = Ours::watching(&[address(1)]);
        let mut cursor = Ledger::genesis();
        while cursor.index.0 < 19 {
            let diffs = several(&mut feed, &cursor, &ours);
            cursor = *diffs.last().unwrap().position();
            diffs.iter().flat_map(LedgerDiff::created).for_each(|output| ours.hold(output.id));
        }
        assert_eq!(cursor.index.0, 19, "{name}");
        assert!(feed.next(&cursor, &ours).is_err(), "{name}");
    }
}

/// Milestones with more outputs than are held ahead come one after the other, and all of them.
#[test]
fn large_milestones_in_a_row_are_not_held_together() {
    let mut ledger = Ledger::default();
    for _ in 0..4 {
        ledger.milestone(&[], &[]);
    }
    let many: Vec<OutputId> =
        (0..12_000_u32).map(|of| OutputId::from_slice(&[&of.to_le_bytes()[..], &[7; 30]].concat()).unwrap()).collect();
    for milestone in ledger.milestones.values_mut() {
        milestone.consumed.clone_from(&many);
    }
    let node = FakeNode::start(ledger);
    let mut feed = open(&[node.url()]).feed();
    feed.status().unwrap();
    let mut cursor = Ledger::genesis();
    for index in 1..=4 {
        let diff = diff(&mut feed, &cursor, &Ours::default());
        assert_eq!((diff.position().index.0, diff.consumed().len()), (index, many.len()));
        cursor = *diff.position();
    }
    assert!(is_tip(feed.next(&cursor, &Ours::default())));
}

#[test]
fn a_pruned_milestone_is_a_gap() {
    let node = FakeNode::start(three());
    node.ledger().pruned_to = 2;
    let client = open(&[node.url()]);
    let mut feed = client.feed();
    let answer = feed.next(&Ledger::genesis(), &Ours::default());
    assert!(matches!(answer, Ok(FeedAnswer::Gap { pruned_to: MilestoneIndex(2) })), "{answer:?}");
    let complete = FakeNode::start(three());
    let client = open(&[node.url(), complete.url()]);
    assert_eq!(diff(&mut client.feed(), &Ledger::genesis(), &Ours::default()).position().index, MilestoneIndex(1));
}

#[test]
fn a_node_that_lags_does_not_hide_a_gap() {
    let (lagging, pruned) = (FakeNode::start(three()), FakeNode::start(three()));
    let first = lagging.ledger().milestones[&1].position;
    lagging.ledger().confirmed = 0;
    pruned.ledger().pruned_to = 2;
    let client = open(&[lagging.url(), pruned.url()]);
    let next = || client.feed().next(&first, &Ours::default());
    assert!(matches!(next(), Ok(FeedAnswer::Gap { pruned_to: MilestoneIndex(2) })));
    // at the cursor, but stuck by its own word
    lagging.ledger().confirmed = 1;
    lagging.ledger().healthy = false;
    assert!(matches!(next(), Ok(FeedAnswer::Gap { .. })));
    lagging.ledger().healthy = true;
    assert!(is_tip(next()));
    lagging.ledger().confirmed = 2;
    assert_eq!(diff(&mut client.feed(), &first, &Ours::default()).position().index, MilestoneIndex(2));
}

#[test]
fn a_confirmed_milestone_that_is_not_there_is_a_fault_and_never_skipped() {
    let node = FakeNode::start(three());
    let client = open(&[node.url()]);
    node.ledger().rule("/milestones/by-index/1", usize::MAX, error(404, "Not Found"));
    assert_eq!(kind(client.feed().next(&Ledger::genesis(), &Ours::default())), ErrorKind::NodeAnswerInvalid);
}

/// Several nodes may be behind one address, and one of them of another history.
#[test]
fn what_another_milestone_of_the_same_index_did_is_never_taken() {
    let node = FakeNode::start(three());
    let elsewhere = serde_json::json!({"index": 1, "createdOutputs": [], "consumedOutputs": []});
    node.ledger().rule("/milestones/by-index/1/utxo-changes", usize::MAX, json(200, elsewhere));
    let client = open(&[node.url()]);
    assert_eq!(diff(&mut client.feed(), &Ledger::genesis(), &Ours::default()).created().len(), 2);
    // by its id there is nothing else to be had
    node.ledger().rule("/utxo-changes", usize::MAX, error(404, "Not Found"));
    assert_eq!(kind(client.feed().next(&Ledger::genesis(), &Ours::default())), ErrorKind::NodeAnswerInvalid);
}

#[test]
fn an_output_that_is_late_is_waited_for() {
    let node = FakeNode::start(three());
    let client = open(&[node.url()]);
    let path = format!("/outputs/{}", output_id(1, 0));
    node.ledger().rule(&path, 2, error(404, "Not Found"));
    assert_eq!(diff(&mut client.feed(), &Ledger::genesis(), &Ours::default()).created().len(), 2);
    node.ledger().rule(&path, usize::MAX, error(404, "Not Found"));
    assert_eq!(kind(client.feed().next(&Ledger::genesis(), &Ours::default())), ErrorKind::NodeAnswerInvalid);
}

#[test]
fn a_node_that_contradicts_itself_about_a_spend_is_not_believed() {
    let ours = Ours::default();
    ours.hold(output_id(1, 0));
    for lie in [None, Some((2, transaction(3)))] {
        let mut ledger = three();
        ledger.outputs.get_mut(&output_id(1, 0)).unwrap().spent = lie;
        let second = ledger.milestones[&2].position;
        let node = FakeNode::start(ledger);
        assert_eq!(kind(open(&[node.url()]).feed().next(&second, &ours)), ErrorKind::NodeAnswerInvalid);
    }
}

#[test]
fn another_ledger_does_not_link() {
    let node = FakeNode::start(three());
    let mut foreign = Ledger::genesis();
    foreign.id = id(9);
    let answer = open(&[node.url()]).feed().next(&foreign, &Ours::default());
    assert!(matches!(answer, Err(FeedError::Diff(DiffError::NotLinked { .. }))), "{answer:?}");
}

#[test]
fn a_milestone_served_under_another_index_is_refused() {
    let mut ledger = three();
    ledger.milestones.get_mut(&1).unwrap().bytes = ledger.milestones[&2].bytes.clone();
    let node = FakeNode::start(ledger);
    let answer = open(&[node.url()]).feed().next(&Ledger::genesis(), &Ours::default());
    assert_eq!(kind(answer), ErrorKind::NodeAnswerInvalid);
}

#[test]
fn a_status_whose_milestone_id_is_wrong_is_refused() {
    let mut ledger = three();
    ledger.milestones.get_mut(&3).unwrap().position.id = id(9);
    let node = FakeNode::start(ledger);
    assert_eq!(open(&[node.url()]).feed().status().unwrap_err().kind, ErrorKind::NodeAnswerInvalid);
}

#[test]
fn a_failing_node_is_left_for_the_next_one_and_taken_again() {
    let (first, second) = (FakeNode::start(three()), FakeNode::start(three()));
    let client = open(&[first.url(), second.url()]);
    let mut feed = client.feed();
    first.ledger().rule("/outputs/", usize::MAX, error(500, "oops"));
    let begun = Instant::now();
    let one = diff(&mut feed, &Ledger::genesis(), &Ours::default());
    assert_eq!(created(&one), [output_id(1, 0), output_id(1, 1)]);
    let asked = second.asked();
    for part in ["/utxo-changes", "/milestones/by-index/1", "/outputs/"] {
        assert!(asked.iter().any(|path| path.contains(part)), "the whole milestone is of one node: {asked:?}");
    }
    first.ledger().rules.clear();
    // how it is, it may be asked at any time
    let asked_for = |index: u32| first.asked().iter().any(|path| path.ends_with(&format!("/by-index/{index}")));
    let two = diff(&mut feed, one.position(), &Ours::default());
    // that is for a second: a slow machine may need longer than that for the two milestones
    assert!(!asked_for(2) || begun.elapsed() >= Duration::from_secs(1), "put aside");
    thread::sleep(Duration::from_millis(1100));
    diff(&mut feed, two.position(), &Ours::default());
    assert!(asked_for(3), "tried again");
}

#[test]
fn a_node_that_lags_is_passed_over() {
    let (behind, ahead) = (FakeNode::start(three()), FakeNode::start(three()));
    behind.ledger().confirmed = 1;
    let second = ahead.ledger().milestones[&2].position;
    let client = open(&[behind.url(), ahead.url()]);
    assert_eq!(diff(&mut client.feed(), &second, &Ours::default()).position().index, MilestoneIndex(3));
    let alone = open(&[behind.url()]);
    assert!(is_tip(alone.feed().next(&second, &Ours::default())));
}

#[test]
fn a_node_of_another_network_is_never_used() {
    let (mut other, right) = (three(), FakeNode::start(three()));
    other.name = "other";
    let other = FakeNode::start(other);
    let client = open(&[right.url(), other.url()]);
    let mut feed = client.feed();
    feed.status().unwrap();
    right.ledger().rule("/", usize::MAX, error(500, "oops"));
    for _ in 0..3 {
        assert_eq!(kind(feed.next(&Ledger::genesis(), &Ours::default())), ErrorKind::NodeFailure);
    }
    assert!(other.asked().iter().all(|path| path == "/api/core/v2/info"), "{:?}", other.asked());
}

#[test]
fn closing_ends_a_waiting_call_and_later_ones() {
    let node = FakeNode::start(three());
    let config = config(&[node.url()]).request_timeout(Duration::from_secs(600)).build().unwrap();
    let client = NodeClient::open(config).unwrap();
    let mut feed = client.feed();
    node.ledger().rule("/utxo-changes", usize::MAX, Reply::Silent);
    let waiting = thread::spawn(move || {
        let first = kind(feed.next(&Ledger::genesis(), &Ours::default()));
        (first, kind(feed.next(&Ledger::genesis(), &Ours::default())), feed.status().unwrap_err().kind)
    });
    while !node.asked().iter().any(|path| path.contains("/utxo-changes")) {
        thread::sleep(Duration::from_millis(5));
    }
    client.close();
    client.close();
    assert_eq!(waiting.join().unwrap(), (ErrorKind::Closed, ErrorKind::Closed, ErrorKind::Closed));
}
