//! Which node is used while others do badly, and what is known of each.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::support::{FakeNode, Ledger, Ours, address, config, error, open, output_id};
use stardust_client::NodeClient;
use stardust_wallet::{
    error::ErrorKind,
    ledger::{Feed, FeedAnswer, Lookup, MilestoneIndex, NodeRole, NodeState},
};

fn ledger(milestones: u32) -> Ledger {
    let mut ledger = Ledger::default();
    for _ in 0..milestones {
        ledger.milestone(&[], &[]);
    }
    ledger
}

/// Compares the nodes all the time.
fn watching(nodes: &[&FakeNode]) -> NodeClient {
    let urls: Vec<String> = nodes.iter().map(|node| node.url()).collect();
    NodeClient::open(config(&urls).compare_interval(Duration::from_millis(10)).build().unwrap()).unwrap()
}

fn states(client: &NodeClient) -> Vec<NodeState> {
    client.health().iter().map(|node| node.state).collect()
}

/// Polls at the tip until the nodes are found to be so.
fn poll_until(client: &NodeClient, wanted: &[NodeState]) {
    let mut feed = client.feed();
    let cursor = feed.status().unwrap().confirmed;
    let end = Instant::now() + Duration::from_secs(30);
    while states(client) != wanted {
        assert!(Instant::now() < end, "{:?}", client.health());
        drop(feed.next(&cursor, &Ours::default()));
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_node_that_stands_still_or_falls_behind_is_left_and_taken_again() {
    let (stands, goes) = (FakeNode::start(ledger(9)), FakeNode::start(ledger(9)));
    stands.ledger().confirmed = 6;
    let client = watching(&[&stands, &goes]);
    poll_until(&client, &[NodeState::Behind, NodeState::Good]);
    assert_eq!(client.feed().status().unwrap().url, goes.url());
    let health = client.nodes();
    assert_eq!(health[0].confirmed, Some(MilestoneIndex(6)));
    assert_eq!(health[1].confirmed, Some(MilestoneIndex(9)));

    stands.ledger().confirmed = 9;
    poll_until(&client, &[NodeState::Good, NodeState::Good]);
    // a comparison that began before may end after that, and the next one knows better
    let (mut feed, cursor) = (client.feed(), goes.ledger().tip());
    let end = Instant::now() + Duration::from_secs(30);
    while feed.status().unwrap().url != stands.url() {
        assert!(Instant::now() < end, "{:?}", client.health());
        drop(feed.next(&cursor, &Ours::default()));
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_node_that_is_one_milestone_late_is_kept() {
    let (late, goes) = (FakeNode::start(ledger(9)), FakeNode::start(ledger(9)));
    late.ledger().confirmed = 8;
    let client = watching(&[&late, &goes]);
    poll_until(&client, &[NodeState::Good, NodeState::Good]);
    assert_eq!(client.feed().status().unwrap().url, late.url());
}

/// It cannot make the honest ones look late for long: it does not have what it claims.
#[test]
fn a_node_that_claims_to_be_far_ahead_gains_nothing() {
    let (honest, boaster) = (FakeNode::start(ledger(9)), FakeNode::start(ledger(9)));
    boaster.ledger().confirmed = 1000;
    let client = watching(&[&honest, &boaster]);
    let mut feed = client.feed();
    let cursor = honest.ledger().tip();
    let end = Instant::now() + Duration::from_secs(30);
    while states(&client) != [NodeState::Good, NodeState::Failing] {
        assert!(Instant::now() < end, "{:?}", client.health());
        assert!(matches!(feed.next(&cursor, &Ours::default()), Ok(FeedAnswer::Tip)));
        thread::sleep(Duration::from_millis(5));
    }
    honest.ledger().milestone(&[], &[]);
    let answer = feed.next(&cursor, &Ours::default());
    assert!(matches!(answer, Ok(FeedAnswer::Diffs(_))), "{answer:?}");
}

#[test]
fn a_node_that_is_alone_is_not_compared() {
    let node = FakeNode::start(ledger(3));
    let client = watching(&[&node]);
    poll_until(&client, &[NodeState::Good]);
    let mut feed = client.feed();
    let cursor = feed.status().unwrap().confirmed;
    assert!(matches!(feed.next(&cursor, &Ours::default()), Ok(FeedAnswer::Tip)));
    let before = client.counters().total;
    for _ in 0..5 {
        assert!(matches!(feed.next(&cursor, &Ours::default()), Ok(FeedAnswer::Tip)));
        thread::sleep(Duration::from_millis(12));
    }
    assert_eq!(client.counters().total - before, 5);
}

#[test]
fn health_tells_what_each_node_did() {
    let (first, second) = (FakeNode::start(ledger(2)), FakeNode::start(ledger(2)));
    second.ledger().healthy = false;
    let client = open(&[first.url(), second.url()]);
    let health = client.health();
    assert_eq!(states(&client), [NodeState::Unknown; 2]);
    assert!(health.iter().all(|node| node.requests == 0 && node.role == NodeRole::Ledger && node.heard.is_none()));

    client.feed().status().unwrap();
    let health = client.health();
    assert_eq!((health[0].state, health[0].confirmed), (NodeState::Good, Some(MilestoneIndex(2))));
    assert_eq!((health[0].requests, health[0].errors, health[0].last_error.is_none()), (3, 0, true));
    assert!(health[0].heard.is_some());

    first.ledger().rule("/", usize::MAX, error(500, "oops"));
    assert_eq!(client.feed().status().unwrap().url, second.url());
    let health = client.health();
    assert_eq!([health[0].state, health[1].state], [NodeState::Failing, NodeState::Unhealthy]);
    let fault = health[0].last_error.clone().unwrap();
    assert_eq!(fault.kind, ErrorKind::NodeFailure);
    assert!(fault.message.contains(&first.url()) && fault.message.contains("oops"), "{}", fault.message);
    assert!(health[0].errors > 0 && health[0].errors < health[0].requests);
    assert_eq!(health[1].errors, 0);

    let sent: u64 = health.iter().map(|node| node.requests).sum();
    assert_eq!(sent, client.counters().total);
    first.ledger().rules.clear();
    let end = Instant::now() + Duration::from_secs(30);
    while client.feed().status().unwrap().url != first.url() {
        assert!(Instant::now() < end);
        thread::sleep(Duration::from_millis(50));
    }
    let back = &client.health()[0];
    assert_eq!(back.state, NodeState::Good);
    assert!(back.last_error.is_some(), "it stays known");
}

#[test]
fn an_answer_that_lies_is_counted_as_an_error_of_its_node() {
    let mut lying = ledger(1);
    lying.milestone(&[address(1)], &[]);
    lying.outputs.get_mut(&output_id(2, 0)).unwrap().bytes = vec![3];
    let first = lying.milestones[&1].position;
    let node = FakeNode::start(lying);
    let client = open(&[node.url()]);
    client.feed().next(&first, &Ours::default()).unwrap_err();
    let health = &client.health()[0];
    assert_eq!((health.errors, health.state), (1, NodeState::Failing));
    assert_eq!(health.last_error.as_ref().unwrap().kind, ErrorKind::NodeAnswerInvalid);
}

#[test]
fn a_node_that_turned_into_one_of_another_network_is_not_used() {
    let (turned, right) = (FakeNode::start(ledger(3)), FakeNode::start(ledger(3)));
    let client = watching(&[&turned, &right]);
    poll_until(&client, &[NodeState::Good, NodeState::Good]);
    turned.ledger().name = "other";
    poll_until(&client, &[NodeState::Failing, NodeState::Good]);
    let health = client.health();
    assert_eq!(health[0].last_error.as_ref().unwrap().kind, ErrorKind::NodeWrongNetwork);
    assert_eq!(client.feed().status().unwrap().url, right.url());
}
