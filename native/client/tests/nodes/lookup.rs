//! Look-ups: the state of a block, and what an index says of addresses.

use std::time::Duration;

use crate::support::{FakeNode, Ledger, Rule, address, answer, config, error, id, json, open, output_id};
use serde_json::{Value, json as value};
use stardust_client::{NodeClient, Route};
use stardust_wallet::{
    error::ErrorKind,
    ledger::{Address, AddressCodec, BlockId, BlockState, Feed, Lookup, LookupError, MilestoneIndex, UnspentAnswer},
    stardust::Stardust,
};

fn block() -> BlockId {
    BlockId::from_slice(&[8; 32]).unwrap()
}

fn state(client: &NodeClient) -> Result<BlockState, ErrorKind> {
    answer(|done| client.block_state(block(), done)).map_err(|error| error.kind)
}

fn unspent(client: &NodeClient, of: &[Address], at_least: u32) -> Result<UnspentAnswer, LookupError> {
    answer(|done| client.unspent(of.to_vec(), MilestoneIndex(at_least), done))
}

fn metadata(fields: &Value) -> Value {
    let mut body = value!({"blockId": block().to_string(), "parents": [id(1).to_string()], "isSolid": true});
    fields.as_object().unwrap().iter().for_each(|(name, field)| body[name] = field.clone());
    body
}

#[test]
fn tells_the_states_of_a_block() {
    let node = FakeNode::start(Ledger::default());
    let client = open(&[node.url()]);
    assert_eq!(state(&client), Ok(BlockState::Unknown));
    let is = |fields: Value| {
        node.ledger().rules.clear();
        node.ledger().rule("/blocks/", 1, json(200, metadata(&fields)));
        state(&client)
    };
    assert_eq!(is(value!({})), Ok(BlockState::Pending { should_reattach: false }));
    let stale = value!({"shouldPromote": false, "shouldReattach": true});
    assert_eq!(is(stale), Ok(BlockState::Pending { should_reattach: true }));
    let included = value!({"referencedByMilestoneIndex": 7, "ledgerInclusionState": "included", "whiteFlagIndex": 0});
    assert_eq!(is(included), Ok(BlockState::Included { milestone: MilestoneIndex(7) }));
    let conflicting =
        |code| value!({"referencedByMilestoneIndex": 7, "ledgerInclusionState": "conflicting", "conflictReason": code});
    match is(conflicting(1)) {
        Ok(BlockState::Conflicting { code: 1, reason }) => assert!(reason.contains("already spent"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(is(conflicting(77)), Ok(BlockState::Conflicting { code: 77, .. })));
    let none = value!({"referencedByMilestoneIndex": 7, "ledgerInclusionState": "noTransaction"});
    assert_eq!(is(none), Err(ErrorKind::NodeAnswerInvalid));
    assert_eq!(is(value!({"ledgerInclusionState": "perhaps"})), Err(ErrorKind::NodeAnswerInvalid));
    assert_eq!(is(value!({"blockId": id(1).to_string()})), Err(ErrorKind::NodeAnswerInvalid));
}

#[test]
fn a_block_that_one_node_does_not_know_is_looked_for_at_the_next() {
    let (first, second) = (FakeNode::start(Ledger::default()), FakeNode::start(Ledger::default()));
    second.ledger().rule("/blocks/", usize::MAX, json(200, metadata(&value!({}))));
    let client = open(&[first.url(), second.url()]);
    assert_eq!(state(&client), Ok(BlockState::Pending { should_reattach: false }));
    second.ledger().rules.clear();
    second.ledger().rule("/blocks/", usize::MAX, error(500, "oops"));
    assert_eq!(state(&client), Ok(BlockState::Unknown));
}

/// An index with one output for `address(1)` and two pages for `address(2)`.
fn indexed() -> FakeNode {
    let mut ledger = Ledger::default();
    ledger.milestone(&[address(1), address(2), address(2)], &[]);
    let node = FakeNode::start(ledger);
    page(&node, 1, None, 5, &[output_id(1, 0).to_string()], None);
    page(&node, 2, Some("abc.1"), 5, &[output_id(1, 2).to_string()], None);
    page(&node, 2, None, 5, &[output_id(1, 1).to_string()], Some("abc.1"));
    page(&node, 3, None, 5, &[], None);
    node
}

fn page(node: &FakeNode, of: u8, cursor: Option<&str>, height: u32, items: &[String], next: Option<&str>) {
    let mut path = format!("/api/indexer/v1/outputs?unlockableByAddress={}&", Stardust.format(&address(of), "tst"));
    if let Some(cursor) = cursor {
        path.push_str(&format!("pageSize=1000&cursor={cursor}"));
    }
    let mut body = value!({"ledgerIndex": height, "pageSize": 1, "items": items});
    if let Some(next) = next {
        body["cursor"] = value!(next);
    }
    node.ledger().rule(&path, usize::MAX, json(200, body));
}

#[test]
fn collects_all_pages_of_all_addresses() {
    let node = indexed();
    let client = open(&[node.url()]);
    let answer = unspent(&client, &[address(1), address(2), address(3)], 5).unwrap();
    assert_eq!(answer.ledger_index, MilestoneIndex(5));
    let ids: Vec<_> = answer.outputs.iter().map(|output| (output.id, output.owner)).collect();
    let expected = [(output_id(1, 0), address(1)), (output_id(1, 1), address(2)), (output_id(1, 2), address(2))];
    assert_eq!(ids, expected);
    assert_eq!(client.counters().of(Route::Index), 4);
    assert_eq!(unspent(&client, &[], 5).unwrap().outputs, []);
}

#[test]
fn waits_for_an_index_that_lags() {
    let node = indexed();
    // it is waited for as long as a request may take
    let hasty = config(&[node.url()]).request_timeout(Duration::from_secs(5));
    let hasty = NodeClient::open(hasty.build().unwrap()).unwrap();
    assert_eq!(unspent(&hasty, &[address(1)], 6).unwrap_err().kind, ErrorKind::NodeUnhealthy);
    let asked = hasty.counters().of(Route::Index);
    assert!(asked > 1, "asked {asked} times");
    let client = open(&[node.url()]);
    let behind = json(200, value!({"ledgerIndex": 4, "items": []}));
    node.ledger().rules.insert(0, Rule { path: "/indexer/".into(), times: 2, reply: behind });
    assert_eq!(unspent(&client, &[address(1)], 5).unwrap().outputs.len(), 1);
}

#[test]
fn answers_of_different_heights_are_not_mixed() {
    let node = indexed();
    let client = open(&[node.url()]);
    let path = "cursor=abc.1".to_owned();
    let moved = json(200, value!({"ledgerIndex": 6, "items": []}));
    node.ledger().rules.insert(0, Rule { path, times: 1, reply: moved });
    let answer = unspent(&client, &[address(2)], 5).unwrap();
    assert_eq!((answer.ledger_index, answer.outputs.len()), (MilestoneIndex(5), 2));

    let node = FakeNode::start(Ledger::default());
    page(&node, 1, None, 5, &[], None);
    page(&node, 2, None, 6, &[], None);
    let error = unspent(&open(&[node.url()]), &[address(1), address(2)], 5).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NodeFailure);
}

#[test]
fn a_listed_output_is_never_dropped() {
    let node = indexed();
    let client = open(&[node.url()]);
    node.ledger().outputs.remove(&output_id(1, 0));
    assert_eq!(unspent(&client, &[address(1)], 5).unwrap_err().kind, ErrorKind::NodeAnswerInvalid);
}

#[test]
fn an_index_that_does_not_know_the_filter_is_noticed() {
    let node = FakeNode::start(Ledger::default());
    node.ledger().milestone(&[address(9)], &[]);
    page(&node, 1, None, 5, &[output_id(1, 0).to_string()], None);
    let error = unspent(&open(&[node.url()]), &[address(1)], 5).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NodeAnswerInvalid);
    let bare = FakeNode::start(Ledger::default());
    assert_eq!(unspent(&open(&[bare.url()]), &[address(1)], 0).unwrap_err().kind, ErrorKind::NodeFailure);
}

#[test]
fn a_cursor_that_is_none_or_never_ends_is_refused() {
    for cursor in ["abc.1&unlockableByAddress=other", "a b"] {
        let node = FakeNode::start(Ledger::default());
        page(&node, 1, None, 5, &[], Some(cursor));
        let error = unspent(&open(&[node.url()]), &[address(1)], 5).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NodeAnswerInvalid);
    }
    let node = FakeNode::start(Ledger::default());
    page(&node, 1, None, 5, &[], Some("same.1"));
    let client = NodeClient::open(config(&[node.url()]).build().unwrap()).unwrap();
    assert_eq!(unspent(&client, &[address(1)], 5).unwrap_err().kind, ErrorKind::NodeAnswerInvalid);
}

#[test]
fn a_page_larger_than_asked_for_is_refused() {
    let node = FakeNode::start(Ledger::default());
    page(&node, 1, None, 5, &vec![output_id(1, 0).to_string(); 1001], None);
    assert_eq!(unspent(&open(&[node.url()]), &[address(1)], 5).unwrap_err().kind, ErrorKind::NodeAnswerInvalid);
}

#[test]
fn a_node_without_an_index_stays_good_for_everything_else() {
    let bare = FakeNode::start(Ledger::default());
    bare.ledger().milestone(&[], &[]);
    let full = indexed();
    let client = open(&[bare.url(), full.url()]);
    assert_eq!(unspent(&client, &[address(1)], 5).unwrap().outputs.len(), 1);
    assert_eq!(client.feed().status().unwrap().url, bare.url());
}
