//! Milestones with nothing, and with as much as a ledger can take.

use std::{net::SocketAddr, time::Duration};

use stardust_proof::WalletOptions;

use crate::support::scene::Scene;

/// Outputs of others in the large milestone.
const MANY: usize = 100_000;
/// Somebody else: the address that has money at genesis.
const STRANGER: &str = "tst1qpszqzadsym6wpppd6z037dvlejmjuke7s24hm95s9fg9vpua7vlupxvxq2";

#[test]
fn empty_milestones_are_milestones() {
    let mut scene = Scene::start();
    scene.devnet.issue_milestones(500).unwrap();
    scene.settles();
    scene.deposit(1_000_000);
    scene.devnet.issue_milestones(3).unwrap();
    scene.settles();
}

#[test]
fn a_milestone_with_a_hundred_thousand_outputs() {
    // neither side is optimised here
    let patient = |options| WalletOptions { request_timeout: Duration::from_secs(300), ..options };
    let mut scene = Scene::with(patient);
    mint(scene.devnet.node_url(), STRANGER, MANY);
    // ours are among them
    for number in 0..9 {
        let output = scene.devnet.fund(&scene.address, 1_000_000 + number).unwrap();
        scene.sent.insert(output, 1_000_000 + number);
    }
    scene.deposit(5_000_000);
    scene.settles();
}

/// Has the devnet create plain outputs with its next milestone.
fn mint(node: &str, address: &str, count: usize) {
    use std::io::{Read as _, Write as _};
    let host: SocketAddr = node.strip_prefix("http://").unwrap().parse().unwrap();
    let body = format!(r#"{{"address":"{address}","amount":"1000000","count":{count}}}"#);
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let head = format!(
        "POST /api/devnet/v1/mint HTTP/1.0\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(" 202 "), "{}", &answer[..answer.len().min(300)]);
}
