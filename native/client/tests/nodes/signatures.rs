//! Milestones signed by the network's keys, and by others.

use crypto::signatures::ed25519::SecretKey;
use stardust_client::{ClientConfigBuilder, KeyRange, MilestoneKeys, NodeClient};
use stardust_devnet::Devnet;
use stardust_wallet::{
    error::ErrorKind,
    ledger::{Feed, FeedAnswer, FeedError, MilestoneIndex},
};

use crate::support::{FakeNode, Ledger, Ours, config};

fn key(of: u8) -> SecretKey {
    SecretKey::from_bytes(&[of; 32])
}

fn keys(of: &[u8], threshold: usize) -> MilestoneKeys {
    let range =
        |of: &u8| KeyRange { public_key: key(*of).public_key().to_bytes(), first: MilestoneIndex(0), last: None };
    MilestoneKeys::new(of.iter().map(range).collect(), threshold).unwrap()
}

/// A node whose five milestones are signed by one key.
fn signed_by(of: u8) -> FakeNode {
    let mut ledger = Ledger { signed_by: Some(key(of)), ..Ledger::default() };
    for _ in 0..5 {
        ledger.milestone(&[], &[]);
    }
    FakeNode::start(ledger)
}

fn open(config: ClientConfigBuilder, keys: MilestoneKeys) -> NodeClient {
    NodeClient::open(config.milestone_keys(Some(keys)).build().unwrap()).unwrap()
}

/// Follows the ledger to its tip.
fn follow(client: &NodeClient) -> Result<u32, FeedError> {
    let mut feed = client.feed();
    let mut cursor = Ledger::genesis();
    loop {
        match feed.next(&cursor, &Ours::default())? {
            FeedAnswer::Diffs(diffs) => cursor = *diffs.last().unwrap().position(),
            FeedAnswer::Tip => return Ok(cursor.index.0),
            FeedAnswer::Gap { pruned_to } => panic!("pruned to {pruned_to}"),
        }
    }
}

fn refused(client: &NodeClient) {
    let error = client.feed().status().unwrap_err();
    assert_eq!(error.kind, ErrorKind::NodeAnswerInvalid);
    assert!(error.message.contains("not signed by the network's keys"), "{error}");
    match follow(client) {
        Err(FeedError::Node(error)) => assert_eq!(error.kind, ErrorKind::NodeAnswerInvalid),
        other => panic!("{other:?}"),
    }
}

#[test]
fn milestones_that_the_keys_signed_are_followed() {
    let node = signed_by(1);
    assert_eq!(follow(&open(config(&[node.url()]), keys(&[1], 1))).unwrap(), 5);
    assert_eq!(follow(&open(config(&[node.url()]), keys(&[2, 1], 1))).unwrap(), 5);
}

#[test]
fn milestones_that_others_signed_are_a_fault_of_the_node() {
    refused(&open(config(&[signed_by(2).url()]), keys(&[1], 1)));
    refused(&open(config(&[signed_by(1).url()]), keys(&[1, 2], 2)));
    // with a signature of zeros
    let mut ledger = Ledger::default();
    ledger.milestone(&[], &[]);
    refused(&open(config(&[FakeNode::start(ledger).url()]), keys(&[1], 1)));
}

#[test]
fn a_node_with_made_up_milestones_is_left_for_an_honest_one() {
    let (liar, honest) = (signed_by(2), signed_by(1));
    let client = open(config(&[liar.url(), honest.url()]), keys(&[1], 1));
    assert_eq!(follow(&client).unwrap(), 5);
    assert_eq!(client.feed().status().unwrap().url, honest.url());
    let fault = client.health()[0].last_error.clone().unwrap();
    assert_eq!(fault.kind, ErrorKind::NodeAnswerInvalid);
    assert!(fault.message.contains("not signed by the network's keys"), "{}", fault.message);
    assert!(liar.asked().iter().any(|path| path.contains("/milestones/")));
}

#[test]
fn keys_that_end_make_later_milestones_a_fault() {
    let node = signed_by(1);
    let public_key = key(1).public_key().to_bytes();
    let range = KeyRange { public_key, first: MilestoneIndex(1), last: Some(MilestoneIndex(3)) };
    let client = open(config(&[node.url()]), MilestoneKeys::new(vec![range], 1).unwrap());
    let mut feed = client.feed();
    let mut cursor = Ledger::genesis();
    let fault = loop {
        match feed.next(&cursor, &Ours::default()) {
            Ok(FeedAnswer::Diffs(diffs)) => cursor = *diffs.last().unwrap().position(),
            other => break other,
        }
    };
    assert_eq!(cursor.index, MilestoneIndex(3));
    assert!(matches!(&fault, Err(FeedError::Node(error)) if error.kind == ErrorKind::NodeAnswerInvalid), "{fault:?}");
}

/// The devnet signs with the same two test keys as the private network of `ci/hornet`.
#[test]
fn a_network_with_two_signatures_is_followed() {
    let devnet = Devnet::builder().start().unwrap();
    let range = |key: &str| {
        let public_key = stardust_wallet::ledger::TransactionId::from_hex(key).unwrap();
        KeyRange { public_key: public_key.as_slice().try_into().unwrap(), first: MilestoneIndex(0), last: None }
    };
    let ranges = [
        "0xed3c3f1a319ff4e909cf2771d79fece0ac9bd9fd2ee49ea6c0885c9cb3b1248c",
        "0xf6752f5f46a53364e2ee9c4d662d762a81efd51010282a75cd6bd03f28ef349c",
    ]
    .map(range);
    let nodes = [devnet.node_url().to_owned()];
    let client = open(config(&nodes), MilestoneKeys::new(ranges.to_vec(), 2).unwrap());
    let mut feed = client.feed();
    let mut cursor = feed.status().unwrap().confirmed;
    devnet.issue_milestones(50).unwrap();
    let tip = feed.status().unwrap().confirmed;
    while cursor != tip {
        let FeedAnswer::Diffs(diffs) = feed.next(&cursor, &Ours::default()).unwrap() else { panic!("at {cursor:?}") };
        cursor = *diffs.last().unwrap().position();
    }
    let one = MilestoneKeys::new(vec![ranges[0].clone()], 1).unwrap();
    let error = open(config(&nodes), one).feed().status().unwrap_err();
    assert!(error.message.contains("which may not"), "{error}");
}
