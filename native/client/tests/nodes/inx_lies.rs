//! A node's INX that does everything wrong. Nothing of a milestone that is not whole may be used, and nothing is skipped.

use std::{
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use stardust_client::{InxFeed, NodeClient};
use stardust_inx::{
    LedgerUpdate, OutputId,
    ledger_update::{Marker, Op, marker::MarkerType},
};
use stardust_wallet::{
    error::ErrorKind,
    ledger::{Feed, FeedAnswer, FeedError, LedgerDiff, MilestoneIndex, NodeRole, NodeState, Position, UnspentAnswer},
};
use tonic::Status;

use crate::support::{
    FakeInx, FakeNode, Ledger, Ours, Say, Script, Twist, TwistMilestone, address, answer, config, most_streams,
    output_id,
};

/// Three milestones; the second creates two outputs and consumes one of the first.
fn ledger() -> Ledger {
    let mut ledger = Ledger::default();
    ledger.milestone(&[address(1), address(2)], &[]);
    ledger.milestone(&[address(3), address(4)], &[output_id(1, 0)]);
    ledger.milestone(&[], &[]);
    ledger
}

fn open(rest: &FakeNode, inx: &[&FakeInx]) -> NodeClient {
    let config = inx.iter().fold(config(&[rest.url()]), |config, node| config.inx(node.url()));
    NodeClient::open(config.build().unwrap()).unwrap()
}

/// Asks until there are milestones.
fn diffs(feed: &mut dyn Feed, cursor: &Position) -> Vec<LedgerDiff> {
    let end = Instant::now() + Duration::from_secs(120);
    while Instant::now() < end {
        match feed.next(cursor, &Ours::default()) {
            Ok(FeedAnswer::Diffs(diffs)) => return diffs,
            Ok(FeedAnswer::Tip) => std::thread::sleep(Duration::from_millis(2)),
            other => panic!("{other:?}"),
        }
    }
    panic!("no milestone in time");
}

/// Follows from `cursor` to a milestone.
fn follow(feed: &mut dyn Feed, cursor: Position, to: u32) -> Vec<LedgerDiff> {
    let (mut cursor, mut all) = (cursor, Vec::new());
    while cursor.index.0 < to {
        for diff in diffs(feed, &cursor) {
            cursor = *diff.position();
            all.push(diff);
        }
    }
    all
}

fn error(feed: &mut InxFeed, cursor: &Position) -> FeedError {
    match feed.next(cursor, &Ours::default()) {
        Err(error) => error,
        other => panic!("{other:?}"),
    }
}

/// What REST says of the same ledger, the spending transactions of all outputs included.
fn over_rest(rest: &FakeNode, to: u32) -> Vec<LedgerDiff> {
    let client = NodeClient::open(config(&[rest.url()]).build().unwrap()).unwrap();
    let ours = Ours::watching(&[address(1), address(2), address(3), address(4)]);
    (0..=1).for_each(|at| ours.hold(output_id(1, at)));
    let (mut cursor, mut all, mut feed) = (Ledger::genesis(), Vec::new(), client.feed());
    while cursor.index.0 < to {
        let Ok(FeedAnswer::Diffs(diffs)) = feed.next(&cursor, &ours) else { panic!("at {cursor:?}") };
        for diff in diffs {
            cursor = *diff.position();
            all.push(diff);
        }
    }
    all
}

fn marker(said: &mut [Say], which: MarkerType) -> &mut Marker {
    let markers = said.iter_mut().filter_map(|say| match say {
        Say::Update(LedgerUpdate { op: Some(Op::BatchMarker(marker)) }) => Some(marker),
        _ => None,
    });
    markers.into_iter().find(|marker| marker.marker_type() == which).unwrap()
}

fn at(said: &mut [Say], place: usize) -> &mut Op {
    match &mut said[place] {
        Say::Update(LedgerUpdate { op: Some(op) }) => op,
        _ => panic!("no update"),
    }
}

/// Said of milestone 2: begin, a consumed output, two created ones, end.
const LIES: &[(&str, Twist)] = &[
    ("too few created at the beginning", |said| marker(said, MarkerType::Begin).created_count = 1),
    ("too many created at the beginning", |said| marker(said, MarkerType::Begin).created_count = 3),
    ("too few consumed at the end", |said| marker(said, MarkerType::End).consumed_count = 0),
    ("an output is missing", |said| drop(said.remove(2))),
    ("a consumed output is missing", |said| drop(said.remove(1))),
    ("both counts are wrong", |said| {
        marker(said, MarkerType::Begin).created_count = 1;
        marker(said, MarkerType::End).created_count = 1;
    }),
    ("no beginning", |said| drop(said.remove(0))),
    ("no end, and the next begins", |said| drop(said.pop())),
    ("two beginnings", |said| said.insert(1, said[0].clone())),
    ("two ends", |said| said.push(said[4].clone())),
    ("all of it twice", |said| said.extend(said.clone())),
    ("another milestone begins", |said| marker(said, MarkerType::Begin).milestone_index = 3),
    ("the one before begins", |said| marker(said, MarkerType::Begin).milestone_index = 1),
    ("the last one there can be begins", |said| marker(said, MarkerType::Begin).milestone_index = u32::MAX),
    ("another milestone ends", |said| marker(said, MarkerType::End).milestone_index = 3),
    ("an unknown marker", |said| marker(said, MarkerType::End).marker_type = 7),
    ("nothing in an update", |said| said[2] = Say::Update(LedgerUpdate { op: None })),
    ("an output twice", |said| said[3] = said[2].clone()),
    ("an output of another milestone", |said| match at(said, 2) {
        Op::Created(output) => output.milestone_index_booked = 1,
        _ => unreachable!(),
    }),
    ("an output without id", |said| match at(said, 2) {
        Op::Created(output) => output.output_id = None,
        _ => unreachable!(),
    }),
    ("a short output id", |said| match at(said, 2) {
        Op::Created(output) => output.output_id = Some(OutputId { id: vec![1; 33].into() }),
        _ => unreachable!(),
    }),
    ("an output without bytes", |said| match at(said, 2) {
        Op::Created(output) => output.output = None,
        _ => unreachable!(),
    }),
    ("garbage for an output", |said| match at(said, 2) {
        Op::Created(output) => output.output.as_mut().unwrap().data = vec![0xff; 40].into(),
        _ => unreachable!(),
    }),
    ("bytes behind an output", |said| match at(said, 2) {
        Op::Created(output) => {
            let raw = output.output.as_mut().unwrap();
            raw.data = [&raw.data[..], &[0]].concat().into();
        }
        _ => unreachable!(),
    }),
    ("no spender", |said| match at(said, 1) {
        Op::Consumed(spent) => spent.transaction_id_spent = None,
        _ => unreachable!(),
    }),
    ("spent by another milestone", |said| match at(said, 1) {
        Op::Consumed(spent) => spent.milestone_index_spent = 1,
        _ => unreachable!(),
    }),
    ("a consumed output without id", |said| match at(said, 1) {
        Op::Consumed(spent) => spent.output = None,
        _ => unreachable!(),
    }),
    ("a failure in the middle", |said| said[2] = Say::Fail(Status::internal("oops"))),
    ("refused in the middle, and not pruned", |said| said[2] = Say::Fail(Status::not_found("not found"))),
    ("the stream ends in the middle", |said| said[2] = Say::End),
    ("the stream ends before the end", |said| said[4] = Say::End),
    ("the stream ends between two milestones", |said| said[0] = Say::End),
];

const MILESTONE_LIES: &[(&str, TwistMilestone)] = &[
    ("not there", |answer| *answer = Err(Status::not_found("milestone not found"))),
    ("no bytes", |answer| answer.as_mut().unwrap().milestone = None),
    ("garbage", |answer| answer.as_mut().unwrap().milestone.as_mut().unwrap().data = vec![7; 99].into()),
    ("another id", |answer| {
        let info = answer.as_mut().unwrap().milestone_info.as_mut().unwrap();
        info.milestone_id.as_mut().unwrap().id = vec![9; 32].into();
    }),
    ("another milestone", |answer| {
        let milestone = answer.as_mut().unwrap();
        milestone.milestone_info = None;
        let raw = milestone.milestone.as_mut().unwrap();
        // the index follows the kind of the payload
        raw.data = [&raw.data[..4], &[3, 0, 0, 0], &raw.data[8..]].concat().into();
    }),
    ("a milestone that follows another", |answer| {
        let milestone = answer.as_mut().unwrap();
        milestone.milestone_info = None;
        let raw = milestone.milestone.as_mut().unwrap();
        // kind, index, time and version come before the previous id
        raw.data = [&raw.data[..13], &[9; 32], &raw.data[45..]].concat().into();
    }),
];

#[test]
fn nothing_of_a_milestone_that_is_not_whole_is_used() {
    let rest = FakeNode::start(ledger());
    let expected = over_rest(&rest, 3);
    for (name, twist) in LIES {
        let inx = FakeInx::start(ledger());
        inx.script().updates = Some((2, *twist));
        lied(name, &rest, &inx, &expected);
    }
    for (name, twist) in MILESTONE_LIES {
        let inx = FakeInx::start(ledger());
        inx.script().milestone = Some((2, *twist));
        lied(name, &rest, &inx, &expected);
    }
}

/// At the milestone that is told wrongly there is an error, at each attempt; told rightly it is as it ever was.
fn lied(name: &str, rest: &FakeNode, inx: &FakeInx, expected: &[LedgerDiff]) {
    let client = open(rest, &[inx]);
    let mut feed = client.inx_feed();
    let (mut cursor, mut told, mut errors) = (Ledger::genesis(), 0, 0);
    // what was whole before the lie counts, and a lie that comes after a whole milestone is not told again
    while errors < 2 && told < 2 {
        match feed.next(&cursor, &Ours::default()) {
            Ok(FeedAnswer::Diffs(diffs)) => {
                assert_eq!(diffs, expected[told..told + diffs.len()], "{name}");
                told += diffs.len();
                cursor = *diffs.last().unwrap().position();
            }
            Err(FeedError::Node(error)) => {
                let allowed = [ErrorKind::NodeAnswerInvalid, ErrorKind::NodeFailure, ErrorKind::NodeUnreachable];
                assert!(allowed.contains(&error.kind), "{name}: {error}");
                errors += 1;
            }
            Err(FeedError::Diff(_)) => errors += 1,
            other => panic!("{name}: {other:?}"),
        }
    }
    let whole = name.starts_with("two ends") || name.starts_with("all of it twice");
    assert_eq!(told, if whole { 2 } else { 1 }, "{name}");
    *inx.script() = Script::default();
    assert_eq!(follow(&mut feed, cursor, 3), expected[told..], "{name}");
}

#[test]
fn a_connection_that_breaks_and_a_node_that_restarts_lose_nothing() {
    let rest = FakeNode::start(ledger());
    let mut inx = FakeInx::start(ledger());
    let client = open(&rest, &[&inx]);
    let mut feed = client.inx_feed();
    let mut all = follow(&mut feed, Ledger::genesis(), 3);
    inx.down();
    let cursor = *all[2].position();
    let end = Instant::now() + Duration::from_secs(30);
    // the feed may see the end of the stream a moment later
    while feed.next(&cursor, &Ours::default()).is_ok() {
        assert!(Instant::now() < end, "the node's end is not noticed");
    }
    let FeedError::Node(gone) = error(&mut feed, &cursor) else { panic!("another error") };
    assert_eq!(gone.kind, ErrorKind::NodeUnreachable, "{gone}");
    assert!(feed.status().is_err());
    for ledger in [&mut inx.ledger(), &mut rest.ledger()] {
        ledger.milestone(&[address(1)], &[output_id(1, 1)]);
        ledger.milestone(&[], &[]);
    }
    inx.up();
    all.extend(follow(&mut feed, cursor, 5));
    assert_eq!(all, over_rest(&rest, 5));
    let health = client.health();
    let [ledger, inx] = &health[..] else { panic!("{health:?}") };
    assert_eq!((ledger.role, inx.role), (NodeRole::Ledger, NodeRole::Inx));
    assert_eq!((inx.state, inx.confirmed), (NodeState::Good, Some(MilestoneIndex(5))));
    assert!(inx.requests > 0 && inx.errors > 0 && inx.last_error.is_some());
}

#[test]
fn what_is_pruned_is_a_gap_and_what_is_to_come_is_not() {
    let rest = FakeNode::start(ledger());
    let inx = FakeInx::start(ledger());
    let client = open(&rest, &[&inx]);
    let mut feed = client.inx_feed();
    let all = follow(&mut feed, Ledger::genesis(), 3);
    let tip = *all[2].position();
    assert!(matches!(feed.next(&tip, &Ours::default()), Ok(FeedAnswer::Tip)));
    inx.ledger().pruned_to = 2;
    assert!(matches!(feed.next(&tip, &Ours::default()), Ok(FeedAnswer::Tip)));
    let gap = |answer: Result<FeedAnswer, FeedError>| match answer {
        Ok(FeedAnswer::Gap { pruned_to }) => pruned_to.0,
        other => panic!("{other:?}"),
    };
    assert_eq!(gap(feed.next(&Ledger::genesis(), &Ours::default())), 2);
    assert_eq!(gap(feed.next(all[0].position(), &Ours::default())), 2);
    assert_eq!(follow(&mut feed, *all[1].position(), 3), all[2..]);
    // a node that is behind the wallet: nothing is wrong with the wallet's cursor
    inx.ledger().confirmed = 2;
    assert!(matches!(client.inx_feed().next(&tip, &Ours::default()), Ok(FeedAnswer::Tip)));
}

#[test]
fn a_node_that_forgets_what_it_confirmed_while_it_caught_up_is_asked_again() {
    let rest = FakeNode::start(ledger());
    let inx = FakeInx::start(ledger());
    inx.script().forgets = true;
    let begun = Instant::now();
    let client = open(&rest, &[&inx]);
    let mut feed = client.inx_feed();
    let tip = *follow(&mut feed, Ledger::genesis(), 3)[2].position();
    let fourth = inx.ledger().milestone(&[address(2)], &[]);
    // the stream stays silent; that the node is further is heard from its status
    assert_eq!(feed.status().unwrap().confirmed, fourth);
    let diffs = diffs(&mut feed, &tip);
    assert_eq!(diffs[0].position(), &fourth);
    let streams = inx.streams();
    assert!((2..=most_streams(begun)).contains(&streams), "{streams} streams");
}

#[test]
fn news_wakes_whoever_waits() {
    let rest = FakeNode::start(ledger());
    let mut inx = FakeInx::start(ledger());
    let client = open(&rest, &[&inx]);
    let mut feed = client.inx_feed();
    let (sender, woken) = mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    feed.on_news(Arc::new(move || sender.lock().unwrap().send(()).unwrap()));
    let begun = Instant::now();
    let mut cursor = *follow(&mut feed, Ledger::genesis(), 3)[2].position();
    for index in 4..8 {
        assert!(matches!(feed.next(&cursor, &Ours::default()), Ok(FeedAnswer::Tip)));
        while woken.try_recv().is_ok() {}
        let position = inx.ledger().milestone(&[], &[]);
        // the news of the milestone before may come late
        let diffs = loop {
            woken.recv_timeout(Duration::from_secs(30)).unwrap();
            match feed.next(&cursor, &Ours::default()) {
                Ok(FeedAnswer::Diffs(diffs)) => break diffs,
                Ok(FeedAnswer::Tip) => {}
                other => panic!("at {index}: {other:?}"),
            }
        };
        assert_eq!((diffs.len(), diffs[0].position()), (1, &position));
        cursor = position;
    }
    let streams = inx.streams();
    assert!((1..=most_streams(begun)).contains(&streams), "{streams} streams");
    // also of the end
    inx.down();
    loop {
        woken.recv_timeout(Duration::from_secs(30)).unwrap();
        match feed.next(&cursor, &Ours::default()) {
            Ok(FeedAnswer::Tip) => {}
            Err(_) => break,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_next_node_goes_on_where_the_first_fails() {
    let rest = FakeNode::start(ledger());
    let expected = over_rest(&rest, 3);
    let (first, second) = (FakeInx::start(ledger()), FakeInx::start(ledger()));
    first.script().updates = Some((2, |said| said[3] = said[2].clone()));
    let client = open(&rest, &[&first, &second]);
    let mut feed = client.inx_feed();
    assert_eq!(follow(&mut feed, Ledger::genesis(), 3), expected);
    assert_eq!(feed.status().unwrap().url, second.url());
    // and from the first one when it is the one that does not fail
    drop(second);
    first.script().updates = None;
    assert_eq!(follow(&mut client.inx_feed(), Ledger::genesis(), 3), expected);
}

#[test]
fn a_node_that_stands_still_is_left_for_one_that_is_further() {
    let rest = FakeNode::start(ledger());
    let (first, second) = (FakeInx::start(ledger()), FakeInx::start(ledger()));
    let config = config(&[rest.url()]).inx(first.url()).inx(second.url()).compare_interval(Duration::from_millis(1));
    let client = NodeClient::open(config.build().unwrap()).unwrap();
    let mut feed = client.inx_feed();
    let mut cursor = *follow(&mut feed, Ledger::genesis(), 3)[2].position();
    let rests = |feed: &mut InxFeed, cursor: &Position| {
        for _ in 0..5 {
            assert!(matches!(feed.next(cursor, &Ours::default()), Ok(FeedAnswer::Tip)));
            std::thread::sleep(Duration::from_millis(2));
        }
    };
    rests(&mut feed, &cursor);
    // two milestones are on their way, as they may be
    for _ in 0..2 {
        second.ledger().milestone(&[], &[]);
    }
    rests(&mut feed, &cursor);
    assert_eq!(second.streams(), 0);
    let further = Instant::now();
    second.ledger().milestone(&[], &[]);
    for diff in follow(&mut feed, cursor, 6) {
        cursor = *diff.position();
    }
    assert_eq!(cursor, second.ledger().tip());
    let streams = second.streams();
    assert!((1..=most_streams(further)).contains(&streams), "{streams} streams");
}

#[test]
fn an_unhealthy_node_is_used_when_there_is_no_other() {
    let rest = FakeNode::start(ledger());
    let (first, second) = (FakeInx::start(ledger()), FakeInx::start(ledger()));
    first.ledger().healthy = false;
    let begun = Instant::now();
    let client = open(&rest, &[&first, &second]);
    follow(&mut client.inx_feed(), Ledger::genesis(), 3);
    let streams = second.streams();
    assert!((1..=most_streams(begun)).contains(&streams), "{streams} streams");
    assert_eq!(first.streams(), 0);
    second.ledger().healthy = false;
    follow(&mut client.inx_feed(), Ledger::genesis(), 3);
    assert!(!client.inx_feed().status().unwrap().healthy);
}

#[test]
fn inx_of_another_network_than_the_nodes_is_refused() {
    let rest = FakeNode::start(ledger());
    for (name, hrp, version) in [("another", "tst", 2), ("scripted", "rms", 2), ("scripted", "tst", 3)] {
        let inx = FakeInx::start(Ledger { name, hrp, version, ..ledger() });
        let client = open(&rest, &[&inx]);
        // the first network that is seen is the wallet's
        client.feed().status().unwrap();
        let mut feed = client.inx_feed();
        let FeedError::Node(error) = error(&mut feed, &Ledger::genesis()) else { panic!("another error") };
        assert_eq!(error.kind, ErrorKind::NodeWrongNetwork, "{error}");
        assert_eq!(feed.status().unwrap_err().kind, ErrorKind::NodeWrongNetwork);
    }
    let inx = FakeInx::start(ledger());
    let client = open(&rest, &[&inx]);
    assert_eq!(client.inx_feed().status().unwrap().network, client.feed().status().unwrap().network);
}

#[test]
fn a_node_without_any_milestone_yet_is_waited_for() {
    let rest = FakeNode::start(ledger());
    let inx = FakeInx::start(Ledger::default());
    let client = open(&rest, &[&inx]);
    assert_eq!(client.inx_feed().status().unwrap_err().kind, ErrorKind::NodeUnhealthy);
}

/// Each message comes in time, and all of them together take longer than a request may.
#[test]
fn a_milestone_that_goes_on_coming_is_waited_for() {
    let rest = FakeNode::start(ledger());
    let mut large = Ledger::default();
    large.milestone(&[address(1); 40], &[]);
    let inx = FakeInx::start(large);
    inx.script().updates = Some((1, |said| {
        let slowly = said.drain(..).flat_map(|say| [Say::Wait(Duration::from_millis(200)), say]);
        *said = slowly.collect::<Vec<_>>();
    }));
    let patience = Duration::from_secs(6);
    let hasty = config(&[rest.url()]).request_timeout(patience).inx(inx.url());
    let client = NodeClient::open(hasty.build().unwrap()).unwrap();
    let begun = Instant::now();
    let first = diffs(&mut client.inx_feed(), &Ledger::genesis());
    assert_eq!(first[0].created().len(), 40);
    assert!(begun.elapsed() > patience);
    assert_eq!(inx.streams(), 1);
}

#[test]
fn closing_ends_a_feed() {
    let rest = FakeNode::start(ledger());
    let inx = FakeInx::start(ledger());
    let client = open(&rest, &[&inx]);
    let mut feed = client.inx_feed();
    follow(&mut feed, Ledger::genesis(), 3);
    client.close();
    let FeedError::Node(closed) = error(&mut feed, &Ledger::genesis()) else { panic!("another error") };
    assert_eq!(closed.kind, ErrorKind::Closed);
}

#[test]
fn the_whole_set_of_unspent_outputs_is_whole_or_none() {
    let rest = FakeNode::start(ledger());
    let inx = FakeInx::start(ledger());
    let client = open(&rest, &[&inx]);
    let ask = |owners: &[u8], at_least: u32| {
        let ours = Ours::watching(&owners.iter().map(|owner| address(*owner)).collect::<Vec<_>>());
        answer(|done| client.unspent_all(Arc::new(ours), MilestoneIndex(at_least), done))
    };
    let ids = |answer: UnspentAnswer| answer.outputs.iter().map(|output| output.id).collect::<Vec<_>>();
    let all = ask(&[1, 2, 3], 3).unwrap().unwrap();
    assert_eq!(all.ledger_index, MilestoneIndex(3));
    // the output of address 1 is spent
    assert_eq!(ids(all), [output_id(1, 1), output_id(2, 0)]);
    assert_eq!(ids(ask(&[9], 0).unwrap().unwrap()), []);
    inx.script().unspent_breaks_after = Some(1);
    assert_eq!(ask(&[2], 3).unwrap_err().kind, ErrorKind::NodeUnreachable);
    inx.script().unspent_breaks_after = None;
    // a node that is behind is waited for as long as a request may take
    let hasty = config(&[rest.url()]).request_timeout(Duration::from_secs(5)).inx(inx.url());
    let hasty = NodeClient::open(hasty.build().unwrap()).unwrap();
    let ahead = answer(|done| hasty.unspent_all(Arc::new(Ours::watching(&[address(2)])), MilestoneIndex(4), done));
    assert_eq!(ahead.unwrap_err().kind, ErrorKind::NodeUnhealthy);

    let nothing = FakeInx::start(Ledger { confirmed: 1, milestones: ledger().milestones, ..Ledger::default() });
    let client = open(&rest, &[&nothing]);
    let empty = answer(|done| client.unspent_all(Arc::new(Ours::default()), MilestoneIndex(1), done));
    let none = Some(UnspentAnswer { ledger_index: MilestoneIndex(1), outputs: Vec::new() });
    assert_eq!(empty.unwrap(), none);
    // and without INX nobody can say
    let client = open(&rest, &[]);
    let nobody = answer(|done| client.unspent_all(Arc::new(Ours::default()), MilestoneIndex(1), done));
    assert_eq!(nobody.unwrap(), None);
}
