//! The control routes, and the devnet as a library.

use std::time::Duration;

use serde_json::{Value, json};
use stardust_devnet::Devnet;

use crate::client::{ADDRESS, Net, get, post, request};

#[test]
fn arbitrary_outputs_can_be_minted() {
    let net = Net::start();
    let faucet = get(&format!("{}/api/info", net.0.faucet_url()))["address"].as_str().unwrap().to_owned();
    let owner = get(&net.indexer(&format!("outputs/basic?address={faucet}")))["items"][0].as_str().unwrap().to_owned();
    let owner = get(&net.core(&format!("outputs/{owner}")))["output"]["unlockConditions"][0].clone();
    let token = format!("0x08{}", "07".repeat(37));
    let output = json!({
        "type": 3,
        "amount": "2000000",
        "nativeTokens": [{"id": token, "amount": "0x64"}],
        "unlockConditions": [owner, {"type": 2, "unixTime": 1_900_000_000}],
        "features": [{"type": 3, "tag": "0x1234"}],
    });
    let minted = post(&net.control("mint"), &json!({"output": output}).to_string()).json();
    net.0.issue_milestones(1).unwrap();
    let id = minted["outputIds"][0].as_str().unwrap();
    assert_eq!(get(&net.core(&format!("outputs/{id}")))["output"], output);
    for query in ["hasTimelock=true", "tag=0x1234", "hasNativeTokens=true"] {
        let found = get(&net.indexer(&format!("outputs/basic?address={faucet}&{query}")));
        assert_eq!(found["items"], json!([id]), "{query}");
    }
    assert_eq!(post(&net.control("mint"), "{}").status, 400);
    let dust = json!({"address": ADDRESS, "amount": 1}).to_string();
    assert_eq!(post(&net.control("mint"), &dust).status, 400);
}

#[test]
fn pruned_history_is_gone_and_said_to_be() {
    let net = Net::start();
    net.funded(1_000_000);
    net.0.issue_milestones(5).unwrap();
    assert_eq!(post(&net.control("prune?index=3"), "").json(), json!({"pruningIndex": 3, "keepMilestones": 0}));
    assert_eq!(get(&net.core("info"))["status"]["pruningIndex"], 3);
    for (index, status) in [(1, 404), (3, 404), (4, 200)] {
        assert_eq!(net.status(&format!("milestones/by-index/{index}/utxo-changes")).0, status, "{index}");
        assert_eq!(net.status(&format!("milestones/by-index/{index}")).0, status, "{index}");
    }
    assert_eq!(net.status(&format!("outputs/0x{}", "00".repeat(34))).0, 404, "spent by milestone 2");
}

#[test]
fn requests_fail_as_they_are_told_to() {
    let net = Net::start();
    let fail = |rule: Value| assert_eq!(post(&net.control("fail"), &rule.to_string()).status, 200);
    let info = || request("GET", &net.core("info"), &[], b"");
    let healthy = info().unwrap();

    fail(json!({"route": "GET /api/core/v2/info", "status": 429, "count": 2, "headers": {"retry-after": "1"}}));
    assert_eq!(net.status("tips").0, 200);
    let refused = info().unwrap();
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("1")));
    assert_eq!(refused.json()["error"]["code"], "429");
    assert_eq!(info().unwrap().status, 429);
    assert_eq!(info().unwrap().status, 200);

    fail(json!({"route": "/api/core/v2/*", "action": "drop", "count": 1}));
    assert!(info().is_none());
    fail(json!({"route": "/api/core/v2/*", "action": "truncate", "count": 1}));
    let truncated = info().unwrap();
    assert_eq!(truncated.header("content-length"), healthy.header("content-length"));
    assert_eq!(truncated.body, healthy.body[..healthy.body.len() / 2]);
    fail(json!({"route": "/api/core/v2/*", "action": "garbage", "count": 1}));
    assert!(serde_json::from_slice::<Value>(&info().unwrap().body).is_err());
    fail(json!({"route": "/api/core/v2/*", "action": "endless", "count": 1}));
    assert!(info().unwrap().body.len() > 900_000);
    fail(json!({"route": "**", "latencyMs": 300}));
    let before = std::time::Instant::now();
    assert_eq!(info().unwrap().status, 200);
    assert!(before.elapsed() >= Duration::from_millis(300));
    assert_eq!(request("DELETE", &net.control("fail"), &[], b"").unwrap().status, 204);
    assert_eq!(get(&net.control("fail")), json!([]));
    assert_eq!(post(&net.control("fail"), r#"{"route":"/x","statsu":500}"#).status, 400);
}

#[test]
fn requests_are_counted_by_route() {
    let net = Net::start();
    for id in ["11", "22"] {
        net.status(&format!("blocks/0x{}", id.repeat(32)));
    }
    get(&net.core("info"));
    let expected = json!({"GET /api/core/v2/blocks/{blockId}": 2, "GET /api/core/v2/info": 1});
    assert_eq!(get(&net.control("requests")), json!({"total": 3, "routes": expected}));
    assert_eq!(post(&net.control("requests/reset"), "").status, 204);
    assert_eq!(get(&net.control("requests"))["total"], 0);
}

#[test]
fn an_unhealthy_node_says_so() {
    let net = Net::start();
    let health = || request("GET", &format!("{}/health", net.0.node_url()), &[], b"").unwrap().status;
    assert_eq!(health(), 200);
    assert_eq!(post(&net.control("health"), r#"{"healthy":false}"#).status, 200);
    assert_eq!(health(), 503);
    assert_eq!(get(&net.core("info"))["status"]["isHealthy"], false);
    assert_eq!(post(&net.control("health"), r#"{"healthy":true}"#).status, 200);
    assert_eq!(health(), 200);
}

#[test]
fn milestones_come_by_timer_until_paused() {
    let net = Net(Devnet::builder().milestone_interval(Duration::from_millis(20)).start().unwrap());
    let index = || get(&net.core("info"))["status"]["confirmedMilestone"]["index"].as_u64().unwrap();
    let wait_for = |wanted: u64| {
        for _ in 0..500 {
            if index() >= wanted {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("milestone {wanted} did not come");
    };
    wait_for(4);
    assert_eq!(post(&net.control("pause"), "").json(), json!({"paused": true}));
    let paused_at = index();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(index(), paused_at, "one came after it was paused");
    assert_eq!(net.0.issue_milestones(3).unwrap(), u32::try_from(paused_at).unwrap() + 3);
    assert_eq!(post(&net.control("resume"), "").json(), json!({"paused": false}));
    wait_for(paused_at + 5);
}

#[test]
fn a_dropped_devnet_is_gone() {
    let net = Net::start();
    let address = net.0.node_url().strip_prefix("http://").unwrap().to_owned();
    assert!(std::net::TcpStream::connect(&address).is_ok());
    drop(net);
    for _ in 0..500 {
        if std::net::TcpStream::connect(&address).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("still accepts connections");
}

#[test]
fn funding_refuses_what_cannot_be_paid() {
    let net = Net::start();
    assert!(net.0.fund(ADDRESS, 0).is_err());
    assert!(net.0.fund(ADDRESS, 1).is_err(), "below the storage deposit");
    assert!(net.0.fund(ADDRESS, u64::MAX).is_err());
    assert!(net.0.fund("tst1nonsense", 1_000_000).is_err());
    let id = net.funded(1_000_000);
    assert_eq!(get(&net.core(&format!("outputs/{id}")))["output"]["amount"], "1000000");
}

#[test]
fn another_node_serves_the_same_ledger_and_fails_on_its_own() {
    let net = Net::start();
    let second = post(&net.control("nodes"), "").json()["node"].as_str().unwrap().to_owned();
    let third = net.0.add_node().unwrap();
    let id = net.funded(1_000_000);
    for url in [&second, &third] {
        assert_eq!(get(&format!("{url}/api/core/v2/outputs/{id}")), get(&net.core(&format!("outputs/{id}"))));
    }
    post(&format!("{second}/api/devnet/v1/health"), r#"{"healthy":false}"#);
    post(&format!("{second}/api/devnet/v1/fail"), r#"{"route":"/api/core/v2/tips","status":500}"#);
    let status = |url: &str| request("GET", url, &[], b"").unwrap().status;
    assert_eq!((status(&format!("{second}/health")), status(&format!("{third}/health"))), (503, 200));
    assert_eq!((status(&format!("{second}/api/core/v2/tips")), status(&net.core("tips"))), (500, 200));
    assert_eq!(get(&format!("{second}/api/devnet/v1/requests"))["total"], 3);
}
