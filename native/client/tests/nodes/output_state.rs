//! What became of an output: only a healthy node that is far enough may say that it does not know it.

use std::sync::mpsc;

use stardust_client::{NodeClient, Route};
use stardust_wallet::{
    error::ErrorKind,
    ledger::{Lookup, LookupError, MilestoneIndex, OutputAnswer, OutputId, OutputState},
};

use crate::support::{FakeNode, Ledger, Reply, Rule, address, answer, error, json, open, output_id, transaction};

/// Four milestones; output 1/0 is spent in the third, 1/1 is not, others do not exist.
fn ledger() -> Ledger {
    let mut ledger = Ledger::default();
    ledger.milestone(&[address(1), address(2)], &[]);
    ledger.milestone(&[], &[]);
    ledger.milestone(&[], &[output_id(1, 0)]);
    ledger.milestone(&[], &[]);
    ledger
}

fn state(client: &NodeClient, of: OutputId, at_least: u32) -> Result<OutputAnswer, LookupError> {
    answer(|done| client.output_state(of, MilestoneIndex(at_least), done))
}

fn at(index: u32, state: OutputState) -> OutputAnswer {
    OutputAnswer { ledger_index: MilestoneIndex(index), state }
}

#[test]
fn tells_unspent_spent_and_unknown_with_the_height() {
    let node = FakeNode::start(ledger());
    let client = open(&[node.url()]);
    let spent = OutputState::Spent { milestone: MilestoneIndex(3), transaction: transaction(3) };
    assert_eq!(state(&client, output_id(1, 0), 4), Ok(at(4, spent)));
    assert_eq!(state(&client, output_id(1, 1), 3), Ok(at(4, OutputState::Unspent)));
    let before = client.counters();
    assert_eq!(state(&client, output_id(1, 1), 4), Ok(at(4, OutputState::Unspent)));
    assert_eq!(client.counters().total - before.total, 1, "the answer tells its height");
    assert_eq!(state(&client, output_id(9, 9), 4), Ok(at(4, OutputState::Unknown)));
    assert_eq!(client.counters().of(Route::Info) - before.of(Route::Info), 1, "still the same node");
}

#[test]
fn a_node_that_is_behind_or_ill_tells_nothing() {
    let node = FakeNode::start(ledger());
    let client = open(&[node.url()]);
    for id in [output_id(1, 1), output_id(9, 9)] {
        assert_eq!(state(&client, id, 5).unwrap_err().kind, ErrorKind::NodeUnhealthy);
    }
    assert_eq!(client.counters().of(Route::OutputMetadata), 0);
    node.ledger().healthy = false;
    let client = open(&[node.url()]);
    assert_eq!(state(&client, output_id(1, 1), 1).unwrap_err().kind, ErrorKind::NodeUnhealthy);

    // it says that it is further than its ledger is
    let node = FakeNode::start(ledger());
    let old = serde_json::json!({"isSpent": false, "ledgerIndex": 2});
    node.ledger().rule("/metadata", 1, json(200, old));
    assert_eq!(state(&open(&[node.url()]), output_id(1, 1), 3).unwrap_err().kind, ErrorKind::NodeUnhealthy);
}

#[test]
fn a_node_that_was_behind_is_asked_again() {
    let node = FakeNode::start(ledger());
    let client = open(&[node.url()]);
    assert!(state(&client, output_id(9, 9), 5).is_err());
    node.ledger().milestone(&[], &[]);
    assert_eq!(state(&client, output_id(9, 9), 5), Ok(at(5, OutputState::Unknown)));
}

#[test]
fn another_node_answers_for_one_that_cannot() {
    let (behind, right) = (FakeNode::start(ledger()), FakeNode::start(ledger()));
    behind.ledger().confirmed = 2;
    let client = open(&[behind.url(), right.url()]);
    assert_eq!(state(&client, output_id(9, 9), 4), Ok(at(4, OutputState::Unknown)));
    assert!(!behind.asked().iter().any(|path| path.contains("/outputs/")));
}

#[test]
fn no_fault_is_taken_for_an_absence() {
    let kinds = [
        (error(500, "oops"), ErrorKind::NodeFailure),
        (error(503, "Service Unavailable"), ErrorKind::NodeFailure),
        (error(429, "later"), ErrorKind::NodeRateLimited),
        (error(401, "who?"), ErrorKind::NodeUnauthorized),
        (json(200, "{}"), ErrorKind::NodeAnswerInvalid),
        (Reply::Raw(Vec::new()), ErrorKind::NodeUnreachable),
    ];
    for (reply, kind) in kinds {
        let node = FakeNode::start(ledger());
        node.ledger().rule("/metadata", usize::MAX, reply.clone());
        assert_eq!(state(&open(&[node.url()]), output_id(1, 1), 4).unwrap_err().kind, kind, "{reply:?}");
        // the same when it is asked afterwards whether it is still the same node
        let node = FakeNode::start(ledger());
        let client = open(&[node.url()]);
        assert!(state(&client, output_id(1, 1), 4).is_ok());
        node.ledger().rule("/info", usize::MAX, reply);
        assert_eq!(state(&client, output_id(9, 9), 4).unwrap_err().kind, kind);
    }
}

#[test]
fn contradictions_are_refused() {
    let spend = |fields| serde_json::json!({"isSpent": true, "ledgerIndex": 4, "milestoneIndexSpent": fields});
    let mut late = spend(5);
    late["transactionIdSpent"] = serde_json::json!(transaction(5).to_string());
    let mut unspent = late.clone();
    unspent["isSpent"] = serde_json::json!(false);
    for body in [spend(3), late, unspent, serde_json::json!({"isSpent": true, "ledgerIndex": 4})] {
        let node = FakeNode::start(ledger());
        node.ledger().rule("/metadata", usize::MAX, json(200, &body));
        let error = state(&open(&[node.url()]), output_id(1, 1), 4).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NodeAnswerInvalid, "{body}");
    }
}

/// Behind the same address is another network, or a ledger that went back: neither has the output.
#[test]
fn an_absence_at_another_ledger_is_none() {
    let node = FakeNode::start(ledger());
    let client = open(&[node.url()]);
    assert!(state(&client, output_id(1, 1), 4).is_ok());
    node.ledger().outputs.clear();
    node.ledger().name = "other";
    assert_eq!(state(&client, output_id(1, 1), 4).unwrap_err().kind, ErrorKind::NodeWrongNetwork);

    let node = FakeNode::start(ledger());
    let client = open(&[node.url()]);
    assert!(state(&client, output_id(1, 1), 2).is_ok());
    node.ledger().outputs.clear();
    node.ledger().confirmed = 3;
    assert_eq!(state(&client, output_id(1, 1), 2).unwrap_err().kind, ErrorKind::NodeUnhealthy);
}

#[test]
fn a_thousand_questions_at_once_are_all_answered() {
    let node = FakeNode::start(ledger());
    // a fault in between is repeated
    node.ledger().rules.push(Rule { path: "/metadata".into(), times: 3, reply: error(503, "busy") });
    let config = crate::support::config(&[node.url()]).retries(3);
    let client = NodeClient::open(config.build().unwrap()).unwrap();
    let (sender, receiver) = mpsc::channel();
    for at in 0..1000_u32 {
        let (id, sender) = (output_id(1, u8::try_from(at % 3).unwrap()), sender.clone());
        client.output_state(id, MilestoneIndex(4), Box::new(move |answer| sender.send((at, answer)).unwrap()));
    }
    drop(sender);
    let mut states: Vec<_> = receiver.iter().map(|(at, answer)| (at, answer.unwrap().state)).collect();
    states.sort_unstable_by_key(|(at, _)| *at);
    assert_eq!(states.len(), 1000);
    for (at, state) in states {
        match at % 3 {
            0 => assert!(matches!(state, OutputState::Spent { .. }), "{at}"),
            1 => assert_eq!(state, OutputState::Unspent, "{at}"),
            _ => assert_eq!(state, OutputState::Unknown, "{at}"),
        }
    }
}
