//! Nodes that lag, go down, prune by themselves and change their network.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::json;
use stardust_devnet::{Devnet, Lag};

use crate::client::{ADDRESS, Net, get, post, request};

fn confirmed(node: &str) -> u64 {
    get(&format!("{node}/api/core/v2/info"))["status"]["confirmedMilestone"]["index"].as_u64().unwrap()
}

fn status(url: &str) -> u16 {
    request("GET", url, &[], b"").unwrap().status
}

#[test]
fn a_lagging_node_has_the_ledger_of_an_earlier_milestone() {
    let net = Net::start();
    let early = net.funded(1_000_000);
    let lagging = post(&net.control("nodes"), r#"{"behind":2}"#).json()["node"].as_str().unwrap().to_owned();
    let late = net.funded(2_000_000);
    net.0.issue_milestones(1).unwrap();
    assert_eq!((confirmed(net.0.node_url()), confirmed(&lagging)), (4, 2));
    let core = |path: &str| format!("{lagging}/api/core/v2/{path}");
    assert_eq!(get(&core(&format!("outputs/{early}")))["metadata"]["ledgerIndex"], 2);
    assert_eq!(status(&core(&format!("outputs/{late}"))), 404);
    assert_eq!(status(&core("milestones/by-index/3")), 404);
    assert_eq!(status(&core("milestones/by-index/3/utxo-changes")), 404);
    let items = || get(&format!("{lagging}/api/indexer/v1/outputs/basic?address={ADDRESS}"));
    assert_eq!((&items()["ledgerIndex"], items()["items"].as_array().unwrap().len()), (&json!(2), 2));

    net.0.issue_milestones(1).unwrap();
    assert_eq!(confirmed(&lagging), 3);
    let released = post(&format!("{lagging}/api/devnet/v1/lag"), r#"{"behind":0}"#).json();
    assert_eq!(released, json!({"confirmedMilestoneIndex": 5}));
    for path in [
        format!("outputs/{late}"),
        "milestones/by-index/3".into(),
        "milestones/by-index/5/utxo-changes".into(),
        format!("transactions/{}/included-block/metadata", &late[..66]),
    ] {
        assert_eq!(get(&core(&path)), get(&net.core(&path)), "{path}");
    }
    assert_eq!(items()["items"].as_array().unwrap().len(), 3);
    assert_eq!(post(&net.control("lag"), r#"{"behind":1}"#).status, 400, "it makes the milestones");
}

#[test]
fn a_held_node_stands_still_until_it_is_released() {
    let net = Net::start();
    let held = net.0.add_follower(Lag::At(3)).unwrap();
    net.0.issue_milestones(5).unwrap();
    assert_eq!(confirmed(&held.url()), 3);
    net.0.issue_milestones(5).unwrap();
    assert_eq!(confirmed(&held.url()), 3);
    assert_eq!(held.set_lag(Lag::At(7)), 7);
    assert_eq!(held.set_lag(Lag::Behind(1)), 10);
    assert_eq!(held.set_lag(Lag::Behind(5)), 10, "what is confirmed stays so");
    net.0.issue_milestones(1).unwrap();
    assert_eq!(confirmed(&held.url()), 10);
}

#[test]
fn a_block_given_to_a_lagging_node_reaches_the_network() {
    let net = Net::start();
    let lagging = net.0.add_follower(Lag::Behind(1)).unwrap().url();
    net.0.issue_milestones(3).unwrap();
    let json = r#"{"protocolVersion":2,"payload":{"type":5,"tag":"0x1234","data":"0x"}}"#;
    let sent = post(&format!("{lagging}/api/core/v2/blocks"), json);
    assert_eq!(sent.status, 201);
    let path = format!("blocks/{}/metadata", sent.json()["blockId"].as_str().unwrap());
    net.0.issue_milestones(1).unwrap();
    assert_eq!(get(&net.core(&path))["ledgerInclusionState"], "noTransaction");
    net.0.issue_milestones(1).unwrap();
    assert_eq!(get(&format!("{lagging}/api/core/v2/{path}"))["referencedByMilestoneIndex"], 5);
}

#[test]
fn followers_prune_on_their_own() {
    let net = Net::start();
    let follower = net.0.add_follower(Lag::Behind(0)).unwrap().url();
    net.0.issue_milestones(5).unwrap();
    assert_eq!(post(&format!("{follower}/api/devnet/v1/prune?index=4"), "").json()["pruningIndex"], 4);
    assert_eq!(status(&format!("{follower}/api/core/v2/milestones/by-index/4/utxo-changes")), 404);
    assert_eq!(status(&net.core("milestones/by-index/4/utxo-changes")), 200);
    net.funded(1_000_000);
    assert_eq!(confirmed(&follower), 7);
}

#[test]
fn old_milestones_are_forgotten_as_new_ones_come() {
    let net = Net(Devnet::builder().keep_milestones(3).start().unwrap());
    net.0.issue_milestones(9).unwrap();
    let pruning = || get(&net.core("info"))["status"]["pruningIndex"].clone();
    assert_eq!(pruning(), 7);
    for (index, wanted) in [(7, 404), (8, 200), (10, 200)] {
        assert_eq!(net.status(&format!("milestones/by-index/{index}/utxo-changes")).0, wanted, "{index}");
    }
    let answer = post(&net.control("prune?keep=1"), "").json();
    assert_eq!(answer, json!({"pruningIndex": 9, "keepMilestones": 1}));
    post(&net.control("prune?keep=0"), "");
    net.0.issue_milestones(4).unwrap();
    assert_eq!(pruning(), 9);
    assert_eq!(post(&net.control("prune"), "").status, 400);
}

#[test]
fn a_node_goes_down_and_comes_back_with_its_ledger() {
    let net = Net::start();
    let id = net.funded(1_000_000);
    let address = net.0.node_url().strip_prefix("http://").unwrap().to_owned();
    // a connection that is open and idle ends as well
    let mut idle = TcpStream::connect(&address).unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    idle.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut buffer = [0; 1024];
    assert!(idle.read(&mut buffer).unwrap() > 0);
    let control = |path: &str| post(&format!("{}/api/devnet/v1/{path}", net.0.faucet_url()), "");
    assert_eq!(control("stop").json(), json!({"listening": false}));
    assert!(TcpStream::connect(&address).is_err());
    assert!(matches!(idle.read(&mut buffer), Ok(0) | Err(_)), "still open");
    assert_eq!(control("stop").status, 202);
    net.0.issue_milestones(1).unwrap();
    assert_eq!(control("start").json(), json!({"listening": true}));
    assert_eq!(get(&net.core(&format!("outputs/{id}")))["metadata"]["ledgerIndex"], 3);

    assert_eq!(post(&net.control("restart?downMs=1"), "").json(), json!({"downMs": 1}));
    control("start");
    assert_eq!(confirmed(net.0.node_url()), 3);
    net.0.stop_serving();
    assert!(TcpStream::connect(&address).is_err());
    net.0.serve_again().unwrap();
    assert_eq!(confirmed(net.0.node_url()), 3);
}

#[test]
fn open_connections_can_be_cut() {
    let net = Net::start();
    post(&net.control("fail"), r#"{"route":"/health","action":"hang"}"#);
    let mut waiting = TcpStream::connect(net.0.node_url().strip_prefix("http://").unwrap()).unwrap();
    waiting.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    waiting.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    while get(&net.control("requests"))["total"] != 1 {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(post(&net.control("disconnect"), "").status, 204);
    assert!(matches!(waiting.read(&mut [0; 64]), Ok(0) | Err(_)));
    assert_eq!(get(&net.core("info"))["name"], "HORNET");
}

#[test]
fn another_network_can_answer_in_its_place() {
    let net = Net::start();
    let id = net.funded(1_000_000);
    let milestone = || get(&net.core("milestones/by-index/2"))["previousMilestoneId"].clone();
    let here = milestone();
    let away = post(&net.control("network"), r#"{"networkName":"elsewhere","hrp":"els"}"#).json();
    assert_eq!(away, json!({"networkName": "elsewhere", "confirmedMilestoneIndex": 2}));
    let protocol = get(&net.core("info"))["protocol"].clone();
    assert_eq!((&protocol["networkName"], &protocol["bech32Hrp"]), (&json!("elsewhere"), &json!("els")));
    assert_eq!(net.status(&format!("outputs/{id}")).0, 404);
    // the same name, and yet another ledger
    post(&net.control("network"), r#"{"networkName":"stardust-devnet","hrp":"tst","milestone":5}"#);
    assert_eq!(confirmed(net.0.node_url()), 5);
    assert_ne!(milestone(), here);
    let back = request("DELETE", &net.control("network"), &[], b"").unwrap().json();
    assert_eq!(back, json!({"networkName": "stardust-devnet"}));
    assert_eq!(milestone(), here);
    assert_eq!(net.status(&format!("outputs/{id}")).0, 200);
}
