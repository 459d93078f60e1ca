//! A whole deposit and payment, on a devnet or, when `NODE_URL` (one or more, with commas
//! between them) and `FAUCET_URL` are set, on that network.

use std::{
    env,
    io::{Read, Write},
    net::TcpStream,
    process, thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crypto::{
    hashes::{Digest, blake2b::Blake2b256},
    signatures::ed25519::SecretKey,
};
use stardust_client::{NodeClient, ProofOfWork, RestFeed, Route};
use stardust_devnet::Devnet;
use stardust_wallet::{
    ledger::{
        Address, AddressCodec, Amount, BlockId, BlockState, DraftInput, DraftRequest, Drafter, Feed, FeedAnswer,
        InputSignature, LedgerDiff, LedgerOutput, Lookup, MilestoneIndex, Network, Payee, Position, Sealed, Submit,
        SubmitRequest, UnspentAnswer,
    },
    stardust::Stardust,
};

use crate::support::{Ours, address, answer, config, open};

/// A network that issues milestones by itself.
struct Running {
    nodes: Vec<String>,
    faucet: String,
    _devnet: Option<Devnet>,
}

impl Running {
    fn start() -> Self {
        if let (Ok(node), Ok(faucet)) = (env::var("NODE_URL"), env::var("FAUCET_URL")) {
            return Self { nodes: node.split(',').map(str::to_owned).collect(), faucet, _devnet: None };
        }
        let devnet = Devnet::builder().milestone_interval(Duration::from_millis(100)).min_pow_score(10).start();
        let devnet = devnet.unwrap();
        Self { nodes: vec![devnet.node_url().into()], faucet: devnet.faucet_url().into(), _devnet: Some(devnet) }
    }

    fn fund(&self, address: &str) {
        let host = self.faucet.strip_prefix("http://").unwrap().trim_end_matches('/');
        let host = host.strip_suffix("/api/enqueue").unwrap_or(host);
        let body = format!(r#"{{"address":"{address}"}}"#);
        let mut stream = TcpStream::connect(host).unwrap();
        let head = format!(
            "POST /api/enqueue HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        );
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        assert!(said.starts_with("HTTP/1.1 202"), "{said}");
    }
}

/// A key that was never used before.
fn new_key() -> SecretKey {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let seed: [u8; 32] = Blake2b256::digest(format!("{now} {}", process::id())).into();
    SecretKey::from_bytes(&seed)
}

/// Follows the ledger until a milestone is what is looked for.
fn follow(feed: &mut RestFeed, cursor: &mut Position, ours: &Ours, wanted: impl Fn(&LedgerDiff) -> bool) -> LedgerDiff {
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end {
        match feed.next(cursor, ours).unwrap() {
            FeedAnswer::Diff(diff) => {
                *cursor = *diff.position();
                if wanted(&diff) {
                    return diff;
                }
            }
            FeedAnswer::Tip => thread::sleep(Duration::from_millis(20)),
            FeedAnswer::Gap { pruned_to } => panic!("pruned to {pruned_to}"),
        }
    }
    panic!("not seen within a minute");
}

fn pay(network: &Network, from: &LedgerOutput, key: &SecretKey, to: Address, amount: u64) -> Sealed {
    let rest = Amount::new(from.amount.units() - amount);
    let request = DraftRequest {
        network,
        inputs: &[DraftInput { id: from.id, address: from.owner, raw: from.raw.clone() }],
        payees: &[Payee { address: to, amount: Amount::new(amount) }],
        remainder: Some(Payee { address: from.owner, amount: rest }),
        tagged_data: None,
    };
    let draft = Stardust.draft(&request).unwrap();
    let signature = InputSignature {
        address: from.owner,
        public_key: key.public_key().to_bytes(),
        signature: key.sign(&draft.signing_message).to_bytes(),
    };
    Stardust.seal(&draft, &[signature]).unwrap()
}

fn submit(client: &NodeClient, sealed: &Sealed) -> BlockId {
    let request = SubmitRequest { payload: sealed.payload.as_slice().into(), progress: std::sync::Arc::new(|_| {}) };
    answer(|done| client.submit(request, done)).unwrap()
}

fn settled(client: &NodeClient, block: BlockId) -> BlockState {
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end {
        match answer(|done| client.block_state(block, done)).unwrap() {
            BlockState::Pending { .. } => thread::sleep(Duration::from_millis(50)),
            state => return state,
        }
    }
    panic!("not settled within a minute");
}

fn unspent(client: &NodeClient, of: Address, at_least: MilestoneIndex) -> UnspentAnswer {
    answer(|done| client.unspent(vec![of], at_least, done)).unwrap()
}

#[test]
fn a_deposit_and_a_payment_with_work_done_here() {
    deposit_and_pay(ProofOfWork::Local { threads: None });
}

#[test]
fn a_deposit_and_a_payment_with_work_done_by_the_node() {
    deposit_and_pay(ProofOfWork::Node);
}

fn deposit_and_pay(work: ProofOfWork) {
    let running = Running::start();
    let client = NodeClient::open(config(&running.nodes).proof_of_work(work).build().unwrap()).unwrap();
    let mut feed = client.feed();
    let status = feed.status().unwrap();
    assert!(status.healthy);
    let (network, mut cursor) = (status.network, status.confirmed);
    let key = new_key();
    let own = Stardust.of_public_key(&key.public_key().to_bytes());
    let ours = Ours::watching(&[own]);

    running.fund(&Stardust.format(&own, &network.hrp));
    let to_us = |diff: &LedgerDiff| diff.created().iter().any(|output| output.owner == own);
    let diff = follow(&mut feed, &mut cursor, &ours, to_us);
    let deposit = diff.created().iter().find(|output| output.owner == own).unwrap();
    ours.hold(deposit.id);
    let indexed = unspent(&client, own, cursor.index);
    assert!(indexed.ledger_index >= cursor.index);
    assert_eq!(indexed.outputs, std::slice::from_ref(deposit));

    let sealed = pay(&network, deposit, &key, address(9), 1_000_000);
    let block = submit(&client, &sealed);
    let spent = |diff: &LedgerDiff| diff.consumed().iter().any(|consumed| consumed.id == deposit.id);
    let diff = follow(&mut feed, &mut cursor, &ours, spent);
    let consumed = diff.consumed().iter().find(|consumed| consumed.id == deposit.id).unwrap();
    assert_eq!(consumed.spent_by, Some(sealed.transaction_id));
    for id in &sealed.outputs {
        let created = diff.created().iter().find(|output| output.id == *id).unwrap();
        assert_eq!(created.transaction_id, sealed.transaction_id);
    }
    assert_eq!(settled(&client, block), BlockState::Included { milestone: cursor.index });
    let left: Vec<_> = unspent(&client, own, cursor.index).outputs.iter().map(|output| output.id).collect();
    assert_eq!(left, [sealed.outputs[1]]);

    // the same bytes again: another block, and its transaction finds nothing to spend
    let again = submit(&client, &sealed);
    assert_ne!(again, block);
    assert!(matches!(settled(&client, again), BlockState::Conflicting { code: 1, .. }));
    assert_eq!(client.counters().of(Route::OutputMetadata), 1);
}

#[test]
fn a_long_way_to_catch_up_and_a_gap() {
    let devnet = Devnet::builder().start().unwrap();
    let client = open(&[devnet.node_url().to_owned(), devnet.add_node().unwrap()]);
    let mut feed = client.feed();
    let genesis = feed.status().unwrap().confirmed;
    let own = Stardust.format(&address(1), "tst");
    let mut paid = Vec::new();
    for _ in 0..40 {
        paid.push(devnet.fund(&own, 1_000_000).unwrap());
        devnet.issue_milestones(5).unwrap();
    }
    let tip = feed.status().unwrap().confirmed;
    let (mut cursor, mut got) = (genesis, Vec::new());
    while cursor != tip {
        let FeedAnswer::Diff(diff) = feed.next(&cursor, &Ours::default()).unwrap() else { panic!("at {cursor:?}") };
        let ours = diff.created().iter().filter(|output| output.owner == address(1));
        got.extend(ours.map(|output| output.id.to_string()));
        cursor = *diff.position();
    }
    assert_eq!(got, paid);
    assert!(matches!(feed.next(&cursor, &Ours::default()), Ok(FeedAnswer::Tip)));
    assert_eq!(client.counters().of(Route::UtxoChanges), 200);

    let pruned_to = MilestoneIndex(devnet.prune(100));
    let answer = feed.next(&genesis, &Ours::default());
    assert!(matches!(answer, Ok(FeedAnswer::Gap { pruned_to: at }) if at == pruned_to), "{answer:?}");
}
