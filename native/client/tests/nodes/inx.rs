//! The ledger over INX is the ledger over REST, on devnets that do what other networks cannot be made to do. What runs
//! on any network is in `tests/ledger`.

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use stardust_client::{NodeClient, Route};
use stardust_devnet::Devnet;
use stardust_wallet::{
    ledger::{Address, AddressCodec, Feed, FeedAnswer, Interest, LedgerDiff, MilestoneIndex, OutputId, Position},
    stardust::Stardust,
};

use crate::support::{Ours, address, config, most_streams};

/// A wallet that wants to know everything.
struct All;

impl Interest for All {
    fn watches(&self, _: &Address) -> bool {
        true
    }

    fn holds(&self, _: &OutputId) -> bool {
        true
    }
}

fn post(url: &str, body: &Value) -> Value {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let body = body.to_string();
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!("POST /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json");
    write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 20"), "{said}");
    serde_json::from_str(said.split_once("\r\n\r\n").unwrap().1).unwrap_or_default()
}

fn open(node: &str, inx: &str) -> NodeClient {
    NodeClient::open(config(&[node.to_owned()]).inx(inx).build().unwrap()).unwrap()
}

/// Follows the ledger from a position to a milestone.
fn follow(feed: &mut dyn Feed, from: Position, to: MilestoneIndex) -> Vec<LedgerDiff> {
    let (mut cursor, mut all) = (from, Vec::new());
    let end = Instant::now() + Duration::from_secs(600);
    while cursor.index < to {
        assert!(Instant::now() < end, "at {cursor:?}, on the way to {to}");
        match feed.next(&cursor, &All).unwrap() {
            FeedAnswer::Diffs(diffs) => {
                for diff in diffs {
                    assert_eq!(diff.position().index, cursor.index.next());
                    cursor = *diff.position();
                    all.push(diff);
                }
            }
            FeedAnswer::Tip => thread::sleep(Duration::from_millis(5)),
            FeedAnswer::Gap { pruned_to } => panic!("pruned to {pruned_to}"),
        }
    }
    all.truncate(all.iter().take_while(|diff| diff.position().index <= to).count());
    all
}

/// Outputs of every kind, and conditions, as the core API writes them.
fn exotic(owner: &str) -> Value {
    let id = |byte: &str| format!("0x{}", byte.repeat(32));
    let to = |kind: u8| json!({"type": kind, "address": {"type": 0, "pubKeyHash": id("07")}});
    let owner = json!({"type": 0, "address": {"type": 0, "pubKeyHash": owner}});
    let plain = json!({"type": 3, "amount": "1000000", "unlockConditions": [owner]});
    let mut conditions = plain.clone();
    conditions["unlockConditions"] = json!([
        owner,
        {"type": 1, "returnAddress": {"type": 0, "pubKeyHash": id("08")}, "amount": "500000"},
        {"type": 2, "unixTime": 2_000_000_000},
        {"type": 3, "returnAddress": {"type": 0, "pubKeyHash": id("09")}, "unixTime": 2_100_000_000},
    ]);
    conditions["features"] = json!([{"type": 2, "data": "0xabcd"}, {"type": 3, "tag": "0x0102"}]);
    let mut alias = json!({
        "type": 4, "amount": "2000000", "aliasId": id("00"), "stateIndex": 0, "foundryCounter": 0,
        "unlockConditions": [to(4), to(5)],
    });
    alias["unlockConditions"][0]["address"] = owner["address"].clone();
    let nft = json!({"type": 6, "amount": "2000000", "nftId": id("00"), "unlockConditions": [owner]});
    json!([plain, conditions, alias, nft])
}

#[test]
fn every_kind_of_output_and_what_comes_and_goes_in_one_milestone() {
    let devnet = Devnet::builder().start().unwrap();
    let client = open(devnet.node_url(), devnet.inx_url());
    let (mut rest, mut inx) = (client.feed(), client.inx_feed());
    let begun = inx.status().unwrap().confirmed;
    let minted = post(
        &format!("{}/api/devnet/v1/mint", devnet.node_url()),
        &json!({"outputs": exotic(&format!("0x{}", "01".repeat(32)))}),
    );
    assert_eq!(minted["outputIds"].as_array().unwrap().len(), 4);
    devnet.issue_milestones(1).unwrap();
    // the second payment spends what is left of the first
    for _ in 0..2 {
        devnet.fund(&Stardust.format(&address(1), "tst"), 1_000_000).unwrap();
    }
    devnet.issue_milestones(4).unwrap();
    let to = MilestoneIndex(begun.index.0 + 5);
    let since = Instant::now();
    let told = follow(&mut inx, begun, to);
    let streams = client.counters().of(Route::InxLedgerUpdates);
    assert!((1..=most_streams(since)).contains(&streams), "{streams} streams");
    assert_eq!(told, follow(&mut rest, begun, to));
    let kinds: HashSet<_> = told.iter().flat_map(LedgerDiff::created).map(|output| output.kind).collect();
    assert_eq!(kinds.len(), 3);
    let both = told[1].created().iter().filter(|new| told[1].consumed().iter().any(|gone| gone.id == new.id));
    assert_eq!(both.count(), 1);
}

#[test]
fn a_milestone_with_a_hundred_thousand_outputs() {
    let devnet = Devnet::builder().start().unwrap();
    // neither side is optimised here
    let patience = config(&[devnet.node_url().to_owned()]).request_timeout(Duration::from_secs(300));
    let client = NodeClient::open(patience.inx(devnet.inx_url()).build().unwrap()).unwrap();
    let mut inx = client.inx_feed();
    let begun = inx.status().unwrap().confirmed;
    let owner = Stardust.format(&address(1), "tst");
    let mint = json!({"address": owner, "amount": "1000000", "count": 100_000});
    post(&format!("{}/api/devnet/v1/mint", devnet.node_url()), &mint);
    devnet.issue_milestones(3).unwrap();
    let told = follow(&mut inx, begun, MilestoneIndex(begun.index.0 + 3));
    let to_us = told[0].created().iter().filter(|output| output.owner == address(1));
    assert_eq!(to_us.map(|output| output.id).collect::<HashSet<_>>().len(), 100_000);
    assert!(told[1].created().is_empty() && told[2].created().is_empty());
}

/// Milestones that the queue of a stream takes.
const QUEUE: usize = 256;

/// More milestones than the queue takes: the stream is left while the wallet does something else, and begun anew.
#[test]
fn a_wallet_that_takes_its_time_misses_nothing() {
    let devnet = Devnet::builder().start().unwrap();
    let client = open(devnet.node_url(), devnet.inx_url());
    let mut inx = client.inx_feed();
    let begun = inx.status().unwrap().confirmed;
    devnet.issue_milestones(1000).unwrap();
    let Ok(FeedAnswer::Diffs(first)) = inx.next(&begun, &All) else { panic!("no milestone") };
    let cursor = *first.last().unwrap().position();
    // the queue is full when one more was begun, each of which is read as well
    let full = u64::try_from(first.len() + QUEUE + 1).unwrap();
    let end = Instant::now() + Duration::from_secs(600);
    while client.counters().of(Route::InxMilestone) < full {
        assert!(Instant::now() < end, "the queue does not get full");
        thread::sleep(Duration::from_millis(20));
    }
    // twice as long as a milestone waits for its place
    thread::sleep(Duration::from_secs(10));
    let to = MilestoneIndex(begun.index.0 + 1000);
    let told = follow(&mut inx, cursor, to);
    assert_eq!((first.len() + told.len(), told.last().unwrap().position().index), (1000, to));
    assert!(client.counters().of(Route::InxLedgerUpdates) > 1);
}

#[test]
fn pruned_history_is_a_gap() {
    let devnet = Devnet::builder().start().unwrap();
    let client = open(devnet.node_url(), devnet.inx_url());
    let mut feed = client.configured_feed();
    let begun = feed.status().unwrap().confirmed;
    devnet.issue_milestones(20).unwrap();
    let told = follow(&mut *feed, begun, MilestoneIndex(begun.index.0 + 3));
    let pruned_to = MilestoneIndex(devnet.prune(10));
    let mut feed = client.configured_feed();
    let answer = feed.next(told[2].position(), &Ours::default());
    assert!(matches!(answer, Ok(FeedAnswer::Gap { pruned_to: at }) if at == pruned_to), "{answer:?}");
    assert_eq!(client.counters().of(Route::UtxoChanges), 0);
}
