//! The second node: what it says is computed from bytes, and not being there is no difference.

use stardust_client::{ClientConfigBuilder, NodeClient, RestWitness};
use stardust_devnet::Devnet;
use stardust_wallet::{
    error::ErrorKind,
    ledger::{
        AddressCodec, Feed, FeedAnswer, LedgerDiff, LedgerOutput, MilestoneIndex, NodeError, NodeRole, NodeState,
        OutputId, Position, Witness, WitnessedMilestone,
    },
    stardust::Stardust,
};

use crate::support::{FakeNode, Ledger, Ours, Reply, address, answer, binary, config, error, id, json, output_id};

fn open(config: ClientConfigBuilder, witness: &str) -> (NodeClient, RestWitness) {
    let client = NodeClient::open(config.witness(Some(witness.to_owned())).build().unwrap()).unwrap();
    let witness = client.witness().unwrap();
    (client, witness)
}

fn milestone(witness: &RestWitness, index: u32) -> Result<Option<WitnessedMilestone>, NodeError> {
    answer(|done| witness.milestone(MilestoneIndex(index), done))
}

fn output(witness: &RestWitness, id: OutputId) -> Result<Option<LedgerOutput>, NodeError> {
    answer(|done| witness.output(id, done))
}

/// Three milestones with outputs that come and go.
fn ledger() -> Ledger {
    let mut ledger = Ledger::default();
    ledger.milestone(&[address(1), address(2), address(3)], &[]);
    ledger.milestone(&[address(4)], &[output_id(1, 2), output_id(1, 0)]);
    ledger.milestone(&[], &[]);
    ledger
}

#[test]
fn tells_what_a_milestone_is_and_did_in_order() {
    let (node, second) = (FakeNode::start(ledger()), FakeNode::start(ledger()));
    second.ledger().milestones.get_mut(&1).unwrap().created.reverse();
    let (client, witness) = open(config(&[node.url()]), &second.url());
    let first = milestone(&witness, 1).unwrap().unwrap();
    assert_eq!(first.id, second.ledger().milestones[&1].position.id);
    assert_eq!(first.created, [output_id(1, 0), output_id(1, 1), output_id(1, 2)]);
    assert!(first.consumed.is_empty());
    let next = milestone(&witness, 2).unwrap().unwrap();
    assert_eq!((next.created, next.consumed), (vec![output_id(2, 0)], vec![output_id(1, 0), output_id(1, 2)]));
    assert!(node.asked().is_empty(), "the nodes are not asked");
    assert_eq!(client.counters().total, 0);
    let health = client.health();
    assert_eq!([health[0].role, health[1].role], [NodeRole::Ledger, NodeRole::Witness]);
    assert_eq!((health[1].url.clone(), health[1].state), (second.url(), NodeState::Good));
    assert_eq!(health[1].requests, u64::try_from(second.asked().len()).unwrap());
}

#[test]
fn the_witness_is_used_for_nothing_else() {
    let (node, second) = (FakeNode::start(ledger()), FakeNode::start(ledger()));
    node.ledger().rule("/", usize::MAX, error(500, "oops"));
    let (client, _) = open(config(&[node.url()]), &second.url());
    assert_eq!(client.feed().status().unwrap_err().kind, ErrorKind::NodeFailure);
    assert!(second.asked().is_empty());
}

#[test]
fn what_it_does_not_have_is_none() {
    let (node, second) = (FakeNode::start(ledger()), FakeNode::start(ledger()));
    second.ledger().confirmed = 2;
    second.ledger().pruned_to = 1;
    let (_client, witness) = open(config(&[node.url()]), &second.url());
    assert_eq!(milestone(&witness, 1), Ok(None), "pruned");
    assert!(milestone(&witness, 2).unwrap().is_some());
    assert_eq!(milestone(&witness, 3), Ok(None), "behind");
    second.ledger().confirmed = 3;
    assert!(milestone(&witness, 3).unwrap().is_some());
    assert_eq!(output(&witness, output_id(1, 0)), Ok(None));
}

#[test]
fn a_fault_is_an_error_and_never_an_absence() {
    let routes = ["/utxo-changes", "/milestones/by-index/2", "/info"];
    for route in routes {
        let (node, second) = (FakeNode::start(ledger()), FakeNode::start(ledger()));
        second.ledger().rule(route, usize::MAX, error(500, "oops"));
        let (_client, witness) = open(config(&[node.url()]), &second.url());
        assert_eq!(milestone(&witness, 2).unwrap_err().kind, ErrorKind::NodeFailure, "{route}");
    }
    // confirmed, not pruned, and not there
    let (node, second) = (FakeNode::start(ledger()), FakeNode::start(ledger()));
    second.ledger().rule("/milestones/by-index/2", usize::MAX, error(404, "Not Found"));
    let (_client, witness) = open(config(&[node.url()]), &second.url());
    assert_eq!(milestone(&witness, 2).unwrap_err().kind, ErrorKind::NodeAnswerInvalid);
    // an output listed twice
    let second = FakeNode::start(ledger());
    second.ledger().milestones.get_mut(&2).unwrap().created = vec![output_id(2, 0), output_id(2, 0)];
    let (_client, witness) = open(config(&[node.url()]), &second.url());
    assert_eq!(milestone(&witness, 2).unwrap_err().kind, ErrorKind::NodeAnswerInvalid);
}

#[test]
fn a_witness_of_another_network_is_refused() {
    let (node, second) = (FakeNode::start(ledger()), FakeNode::start(ledger()));
    second.ledger().name = "other";
    let (client, witness) = open(config(&[node.url()]), &second.url());
    client.feed().status().unwrap();
    assert_eq!(milestone(&witness, 2).unwrap_err().kind, ErrorKind::NodeWrongNetwork);
}

#[test]
fn closing_answers_what_was_asked_of_the_witness() {
    let (node, second) = (FakeNode::start(ledger()), FakeNode::start(ledger()));
    second.ledger().rule("/", usize::MAX, Reply::Silent);
    let (client, witness) = open(config(&[node.url()]), &second.url());
    let (sender, receiver) = std::sync::mpsc::channel();
    witness.milestone(MilestoneIndex(1), Box::new(move |answer| sender.send(answer).unwrap()));
    client.close();
    assert_eq!(receiver.recv().unwrap().unwrap_err().kind, ErrorKind::Closed);
    assert_eq!(milestone(&witness, 1).unwrap_err().kind, ErrorKind::Closed);
}

/// A devnet with two nodes and a deposit.
struct Paid {
    devnet: Devnet,
    second: String,
    diff: LedgerDiff,
    client: NodeClient,
    witness: RestWitness,
}

fn paid() -> Paid {
    // named as the scripted nodes are
    let devnet = Devnet::builder().network_name("scripted").start().unwrap();
    let second = devnet.add_node().unwrap();
    let (client, witness) = open(config(&[devnet.node_url().to_owned()]), &second);
    let mut feed = client.feed();
    let cursor: Position = feed.status().unwrap().confirmed;
    devnet.fund(&Stardust.format(&address(1), "tst"), 1_000_000).unwrap();
    devnet.issue_milestones(1).unwrap();
    let FeedAnswer::Diffs(mut diffs) = feed.next(&cursor, &Ours::default()).unwrap() else { panic!("no milestone") };
    Paid { devnet, second, diff: diffs.remove(0), client, witness }
}

#[test]
fn an_output_is_read_from_the_block_of_its_transaction() {
    let Paid { devnet, diff, witness, .. } = paid();
    let seen = milestone(&witness, diff.position().index.0).unwrap().unwrap();
    assert_eq!(seen.id, diff.position().id);
    assert_eq!(seen.created, diff.created().iter().map(|output| output.id).collect::<Vec<_>>());
    assert_eq!(seen.consumed, diff.consumed().iter().map(|output| output.id).collect::<Vec<_>>());
    assert!(diff.created().len() > 1, "the deposit and the rest");
    for created in diff.created() {
        assert_eq!(output(&witness, created.id).unwrap().as_ref(), Some(created));
    }
    assert_eq!(output(&witness, output_id(7, 0)), Ok(None));
    drop(devnet);
}

/// A block that is not that of the transaction, or not the one that was included, is a fault of the witness.
#[test]
fn a_block_that_is_another_one_is_refused() {
    let Paid { devnet, second, diff, client, .. } = paid();
    let id_of = diff.created()[0].id;
    let block = included_block(&second, &diff.created()[0].transaction_id.to_string());
    drop((client, devnet));

    let lying = |body: Vec<u8>, metadata: Reply, of: OutputId| {
        let (node, liar) = (FakeNode::start(ledger()), FakeNode::start(ledger()));
        liar.ledger().rule("/included-block", usize::MAX, binary(body));
        liar.ledger().rule("/blocks/", usize::MAX, metadata);
        let (_client, witness) = open(config(&[node.url()]), &liar.url());
        output(&witness, of)
    };
    let block_id = block_id(&block);
    let metadata = |state: &str| {
        let body = serde_json::json!({
            "blockId": block_id, "parents": [], "isSolid": true, "referencedByMilestoneIndex": 1,
            "ledgerInclusionState": state,
        });
        json(200, body)
    };
    let kind = |answer: Result<Option<LedgerOutput>, NodeError>| answer.unwrap_err().kind;

    let right = lying(block.clone(), metadata("included"), id_of);
    // the scripted node serves other parameters of the protocol than the devnet: what they give is the same output
    assert_eq!(right.unwrap().unwrap().raw, diff.created()[0].raw);

    let mut other_amount = block.clone();
    let amount = diff.created()[0].amount.units().to_le_bytes();
    let at = other_amount.windows(8).position(|bytes| bytes == amount).unwrap();
    other_amount[at] ^= 1;
    assert_eq!(kind(lying(other_amount, metadata("included"), id_of)), ErrorKind::NodeAnswerInvalid);
    let mut other_nonce = block.clone();
    *other_nonce.last_mut().unwrap() ^= 1;
    assert_eq!(kind(lying(other_nonce, metadata("included"), id_of)), ErrorKind::NodeAnswerInvalid, "another block id");
    assert_eq!(kind(lying(block.clone(), metadata("conflicting"), id_of)), ErrorKind::NodeAnswerInvalid);
    assert_eq!(kind(lying(block.clone(), error(404, "Not Found"), id_of)), ErrorKind::NodeAnswerInvalid);
    let longer = [&block[..], &[0]].concat();
    assert_eq!(kind(lying(longer, metadata("included"), id_of)), ErrorKind::NodeAnswerInvalid);
    assert_eq!(kind(lying(Vec::new(), metadata("included"), id_of)), ErrorKind::NodeAnswerInvalid);
    // another transaction's output, and an index that the transaction does not have
    assert_eq!(kind(lying(block.clone(), metadata("included"), output_id(9, 0))), ErrorKind::NodeAnswerInvalid);
    let beyond = OutputId::from_slice(&[&id_of.as_slice()[..32], &[99, 0]].concat()).unwrap();
    assert_eq!(kind(lying(block, metadata("included"), beyond)), ErrorKind::NodeAnswerInvalid);
    assert_ne!(block_id, id(1).to_string());
}

fn block_id(block: &[u8]) -> String {
    use crypto::hashes::{Digest, blake2b::Blake2b256};
    stardust_wallet::ledger::BlockId::from_slice(&Blake2b256::digest(block)).unwrap().to_string()
}

/// The bytes of the block that carries a transaction.
fn included_block(node: &str, transaction: &str) -> Vec<u8> {
    use std::io::{Read, Write};
    let host = node.strip_prefix("http://").unwrap().trim_end_matches('/');
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let path = format!("/api/core/v2/transactions/{transaction}/included-block");
    let accept = "application/vnd.iota.serializer-v1";
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\nConnection: close\r\n\r\n").unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).unwrap();
    assert!(said.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&said));
    let body = said.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    said.split_off(body)
}
