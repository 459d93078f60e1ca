//! Submission: which bytes go out, and what each answer means.

use std::{
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use crate::support::{FakeNode, Ledger, Reply, Request, answer, config, error, id, json, open};
use crypto::hashes::{Digest, blake2b::Blake2b256};
use serde_json::json as value;
use stardust_client::{NodeClient, ProofOfWork, Route};
use stardust_wallet::{
    error::ErrorKind,
    ledger::{BlockId, Submit, SubmitError, SubmitRequest, SubmitStage, Submitted},
};

/// Not a transaction at all: the client must not care.
const PAYLOAD: &[u8] = b"\x06\0\0\0 a payload, byte for byte \xff";

type Stages = Arc<Mutex<Vec<SubmitStage>>>;

fn request() -> (SubmitRequest, Stages) {
    let stages = Stages::default();
    let heard = stages.clone();
    let progress = Arc::new(move |stage| heard.lock().unwrap().push(stage));
    (SubmitRequest { payload: PAYLOAD.into(), progress }, stages)
}

fn submitted(client: &NodeClient) -> Result<Submitted, SubmitError> {
    answer(|done| client.submit(request().0, done))
}

fn submit(client: &NodeClient) -> Result<BlockId, SubmitError> {
    submitted(client).map(|submitted| submitted.block)
}

fn unavailable(client: &NodeClient) -> ErrorKind {
    match submit(client) {
        Err(SubmitError::Unavailable(error)) => error.kind,
        other => panic!("{other:?}"),
    }
}

fn blocks(node: &FakeNode) -> Vec<Request> {
    node.server.seen().into_iter().filter(|request| request.method == "POST").collect()
}

fn block_id(bytes: &[u8]) -> BlockId {
    BlockId::from_slice(&Blake2b256::digest(bytes)).unwrap()
}

/// TIP-24: version, parents in order, payload with its length, nonce.
fn block(parents: &[u8], nonce: &[u8]) -> Vec<u8> {
    let mut bytes = vec![2, u8::try_from(parents.len()).unwrap()];
    parents.iter().for_each(|parent| bytes.extend(id(*parent).as_slice()));
    bytes.extend(u32::try_from(PAYLOAD.len()).unwrap().to_le_bytes());
    bytes.extend(PAYLOAD);
    bytes.extend(nonce);
    bytes
}

#[test]
fn sends_the_payload_byte_for_byte_in_a_block() {
    let node = FakeNode::start(Ledger::default());
    let client = open(&[node.url()]);
    let (request, stages) = request();
    let id = answer(|done| client.submit(request, done)).unwrap().block;
    let [sent] = &blocks(&node)[..] else { panic!("one block") };
    assert_eq!(sent.body, block(&[1, 2], &[0; 8]));
    assert_eq!(sent.header("content-type"), Some("application/vnd.iota.serializer-v1"));
    assert_eq!(id, block_id(&sent.body));
    assert_eq!(*stages.lock().unwrap(), [SubmitStage::Broadcasting]);
}

#[test]
fn several_blocks_share_tips_until_one_is_refused() {
    let node = FakeNode::start(Ledger::default());
    let tips: Vec<String> = (1..=8).map(|tip| id(tip).to_string()).collect();
    node.ledger().rule("/tips", usize::MAX, json(200, value!({"tips": tips})));
    let client = open(&[node.url()]);
    let asked = || node.server.seen().iter().filter(|request| request.path.ends_with("/tips")).count();
    // how long a submission takes is not up to the test: tips that became old meanwhile are asked for again
    for _ in 0..8 {
        submit(&client).unwrap();
    }
    assert!((2..=8).contains(&asked()), "{} requests for 8 blocks", asked());
    assert!(blocks(&node).iter().all(|sent| sent.body == block(&[1, 2, 3, 4, 5, 6, 7, 8], &[0; 8])));

    submit(&client).unwrap();
    let before = asked();
    node.ledger().rule("/blocks", 1, error(400, "failed to attach block: invalid block: block is below max depth"));
    assert_eq!(unavailable(&client), ErrorKind::NodeFailure);
    submit(&client).unwrap();
    assert!(asked() > before, "on the tips of a block that was refused");
}

#[test]
fn proves_its_work_where_the_network_asks_for_it() {
    let node = FakeNode::start(Ledger { min_pow_score: 10, ..Ledger::default() });
    let client = open(&[node.url()]);
    let (request, stages) = request();
    let id = answer(|done| client.submit(request, done)).unwrap().block;
    let sent = &blocks(&node)[0].body;
    assert_eq!(id, block_id(sent));
    assert_eq!(sent[..sent.len() - 8], block(&[1, 2], &[]));
    assert!(iota_sdk::pow::score::PowScorer::new().score(sent) >= 10.0);
    assert_eq!(*stages.lock().unwrap(), [SubmitStage::ProofOfWork, SubmitStage::Broadcasting]);
}

#[test]
fn leaves_the_work_to_a_node_that_does_it() {
    let by_node = |node: &FakeNode| {
        NodeClient::open(config(&[node.url()]).proof_of_work(ProofOfWork::Node).build().unwrap()).unwrap()
    };
    let node = FakeNode::start(Ledger { min_pow_score: 10, ..Ledger::default() });
    node.ledger().rule("/blocks", 1, json(201, value!({"blockId": id(7).to_string()})));
    assert_eq!(submit(&by_node(&node)).unwrap().as_slice(), id(7).as_slice());
    assert_eq!(blocks(&node)[0].body, block(&[], &[0; 8]));

    let idle = FakeNode::start(Ledger { min_pow_score: 10, features: vec![], ..Ledger::default() });
    assert_eq!(unavailable(&by_node(&idle)), ErrorKind::NodeFailure);
    assert!(blocks(&idle).is_empty());
}

#[test]
fn a_block_id_that_is_not_the_blocks_is_not_believed() {
    let node = FakeNode::start(Ledger::default());
    node.ledger().rule("/blocks", usize::MAX, json(201, value!({"blockId": id(7).to_string()})));
    assert_eq!(unavailable(&open(&[node.url()])), ErrorKind::NodeAnswerInvalid);
}

#[test]
fn only_the_nodes_own_no_to_the_payload_rejects_it() {
    let node = FakeNode::start(Ledger::default());
    let client = open(&[node.url()]);
    let said = "failed to attach block: invalid payload\u{1b}[2J\nerror: wrong networkID: 1";
    node.ledger().rule("/blocks", 1, error(400, said));
    match submit(&client) {
        Err(SubmitError::Rejected(rejection)) => {
            assert!(rejection.reason.contains("wrong networkID: 1"));
            assert!(!rejection.reason.chars().any(char::is_control));
        }
        other => panic!("{other:?}"),
    }
    let page = Reply::Full { status: 400, headers: vec![], body: b"<html>Bad Request".to_vec() };
    let of_the_block = [
        "unable to deserialize block parents",
        "failed to attach block: invalid block: block is not solid",
        "failed to attach block: invalid block: block is below max depth",
        "failed to attach block: invalid block: block has insufficient PoW score 7.00",
        "failed to attach block: invalid block: block has invalid protocol version 2 instead of 3",
    ];
    let of_the_block = of_the_block.map(|said| error(400, said));
    for not_its_own in [page, error(413, "too large"), error(503, "")].into_iter().chain(of_the_block) {
        node.ledger().rules.clear();
        node.ledger().rule("/blocks", 1, not_its_own);
        assert_eq!(unavailable(&client), ErrorKind::NodeFailure);
    }
    node.ledger().rules.clear();
    node.ledger().rule("/tips", 1, json(200, value!({"tips": []})));
    assert_eq!(unavailable(&client), ErrorKind::NodeFailure);
}

#[test]
fn repeats_and_sends_the_same_block_to_the_next_node() {
    let (first, second) = (FakeNode::start(Ledger::default()), FakeNode::start(Ledger::default()));
    first.ledger().rule("/blocks", usize::MAX, error(500, "oops"));
    let client = open(&[first.url(), second.url()]);
    let Submitted { block: id, alone } = submitted(&client).unwrap();
    assert!(alone, "it is one block, whoever took it");
    assert_eq!(blocks(&first)[0].body, blocks(&second)[0].body);
    assert_eq!(id, block_id(&blocks(&second)[0].body));
    assert_eq!(client.counters().of(Route::Tips), 1);

    let alone = FakeNode::start(Ledger::default());
    alone.ledger().rule("/blocks", 2, error(500, "oops"));
    let client = NodeClient::open(config(&[alone.url()]).retries(2).build().unwrap()).unwrap();
    assert!(submit(&client).is_ok());
    assert_eq!(blocks(&alone).len(), 3);
}

#[test]
fn a_node_that_does_not_know_the_parents_gets_a_block_of_its_own() {
    let (first, second) = (FakeNode::start(Ledger::default()), FakeNode::start(Ledger::default()));
    first.ledger().rule("/blocks", usize::MAX, error(500, "oops"));
    second.ledger().rule("/blocks", 1, error(400, "failed to attach block: invalid block: block is not solid"));
    second.ledger().rule("/tips", 1, json(200, value!({"tips": [id(3).to_string()]})));
    let client = open(&[first.url(), second.url()]);
    // the first node may have taken the other block for all that is known
    assert_eq!(submitted(&client), Ok(Submitted { block: block_id(&block(&[3], &[0; 8])), alone: false }));
    let sent: Vec<_> = blocks(&second).into_iter().map(|request| request.body).collect();
    assert_eq!(sent, [block(&[1, 2], &[0; 8]), block(&[3], &[0; 8])]);
}

#[test]
fn one_nodes_no_does_not_reject_what_another_takes() {
    let (wrong, right) = (FakeNode::start(Ledger::default()), FakeNode::start(Ledger::default()));
    wrong.ledger().rule("/blocks", usize::MAX, error(400, "invalid payload, error: nonsense"));
    let client = open(&[wrong.url(), right.url()]);
    assert_eq!(submit(&client).unwrap(), block_id(&blocks(&right)[0].body));
    right.ledger().rule("/blocks", usize::MAX, error(500, "oops"));
    assert!(matches!(submit(&client), Err(SubmitError::Rejected(rejection)) if rejection.reason.contains("nonsense")));
}

#[test]
fn a_node_that_asks_for_endless_work_is_given_up() {
    let greedy = FakeNode::start(Ledger { min_pow_score: u32::MAX, ..Ledger::default() });
    let modest = FakeNode::start(Ledger::default());
    let config = config(&[greedy.url(), modest.url()]).proof_timeout(Duration::from_millis(20)).retries(10);
    let client = NodeClient::open(config.build().unwrap()).unwrap();
    assert_eq!(submit(&client).unwrap(), block_id(&blocks(&modest)[0].body));
    modest.ledger().rule("/info", usize::MAX, error(401, "who?"));
    client.set_auth(&modest.url(), None).unwrap();
    assert_eq!(unavailable(&client), ErrorKind::NodeFailure);
    assert_eq!(client.counters().of(Route::Tips), 3, "one try each time");
}

#[test]
fn closing_answers_everything_and_stops_the_work() {
    let node = FakeNode::start(Ledger { min_pow_score: u32::MAX, ..Ledger::default() });
    let client = open(&[node.url()]);
    let (sender, answers) = mpsc::channel();
    let (begun, beginning) = mpsc::channel();
    for _ in 0..10 {
        let (sender, begun) = (sender.clone(), begun.clone());
        let progress = Arc::new(move |stage| begun.send(stage).unwrap());
        let request = SubmitRequest { payload: PAYLOAD.into(), progress };
        client.submit(request, Box::new(move |answer| sender.send(answer).unwrap()));
    }
    for _ in 0..10 {
        assert_eq!(beginning.recv_timeout(Duration::from_secs(30)).unwrap(), SubmitStage::ProofOfWork);
    }
    // one of them is at work by now
    thread::sleep(Duration::from_millis(50));
    client.close();
    for _ in 0..10 {
        let answer = answers.recv_timeout(Duration::from_secs(30)).unwrap();
        assert!(matches!(answer, Err(SubmitError::Unavailable(error)) if error.kind == ErrorKind::Closed));
    }
    assert_eq!(unavailable(&client), ErrorKind::Closed);
    assert!(answers.try_recv().is_err(), "each is answered once");
}

#[test]
fn the_last_client_may_be_dropped_inside_an_answer() {
    let node = FakeNode::start(Ledger::default());
    let client = open(&[node.url()]);
    let (sender, answers) = mpsc::channel();
    let held = Mutex::new(Some(client.clone()));
    let held = Arc::new(held);
    let inside = held.clone();
    client.submit(
        request().0,
        Box::new(move |answer| {
            drop(inside.lock().unwrap().take());
            sender.send(answer.is_ok()).unwrap();
        }),
    );
    drop(client);
    assert_eq!(answers.recv_timeout(Duration::from_secs(30)), Ok(true));
}
