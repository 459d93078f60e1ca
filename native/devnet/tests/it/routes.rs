//! Core API, indexer and faucet.

use crate::client::{ADDRESS, Net, get, post, request};
use serde_json::json;

const BINARY: &str = "application/vnd.iota.serializer-v1";

#[test]
fn info_names_the_network_and_the_milestone() {
    let net = Net::start();
    let info = get(&net.core("info"));
    assert_eq!(info["status"]["confirmedMilestone"]["index"], 1);
    assert_eq!(info["status"]["confirmedMilestone"], info["status"]["latestMilestone"]);
    assert_eq!(info["status"]["isHealthy"], true);
    assert_eq!(info["status"]["pruningIndex"], 0);
    let expected = json!({
        "version": 2, "networkName": "stardust-devnet", "bech32Hrp": "tst", "minPowScore": 0, "belowMaxDepth": 15,
        "rentStructure": {"vByteCost": 500, "vByteFactorData": 1, "vByteFactorKey": 10},
        "tokenSupply": "2779530283277761",
    });
    assert_eq!(info["protocol"], expected);
    assert_eq!(info["features"], json!(["pow"]));
    assert_eq!(get(&net.core("tips"))["tips"].as_array().unwrap().len(), 1);
}

#[test]
fn a_faucet_payment_is_seen_on_every_route() {
    let net = Net::start();
    let answer = post(&format!("{}/api/enqueue", net.0.faucet_url()), &json!({"address": ADDRESS}).to_string());
    assert_eq!((answer.status, answer.json()), (202, json!({"address": ADDRESS, "waitingRequests": 1})));
    assert_eq!(post(&net.control("milestones"), "").json(), json!({"index": 2}));

    let found = get(&net.indexer(&format!("outputs/basic?address={ADDRESS}&createdAfter=1")));
    assert_eq!(found["ledgerIndex"], 2);
    let id = found["items"][0].as_str().unwrap();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let changes = get(&net.core("milestones/by-index/2/utxo-changes"));
    assert!(changes["createdOutputs"].as_array().unwrap().contains(&id.into()));
    assert_eq!(changes["consumedOutputs"], json!([format!("0x{}", "00".repeat(34))]));

    let output = get(&net.core(&format!("outputs/{id}")));
    assert_eq!(output["output"]["amount"], "1000000000");
    assert_eq!(output["metadata"], get(&net.core(&format!("outputs/{id}/metadata"))));
    let metadata = &output["metadata"];
    assert_eq!((&metadata["isSpent"], &metadata["milestoneIndexBooked"]), (&json!(false), &json!(2)));
    assert!(metadata.get("milestoneIndexSpent").is_none());

    let transaction = metadata["transactionId"].as_str().unwrap();
    let block = get(&net.core(&format!("transactions/{transaction}/included-block/metadata")));
    assert_eq!(block["blockId"], metadata["blockId"]);
    assert_eq!((&block["ledgerInclusionState"], &block["referencedByMilestoneIndex"]), (&json!("included"), &json!(2)));
    assert!(block.get("conflictReason").is_none() && block.get("shouldReattach").is_none());
    let included = get(&net.core(&format!("transactions/{transaction}/included-block")));
    assert_eq!(included["payload"]["essence"]["outputs"][0], output["output"]);

    let spent = get(&net.core(&format!("outputs/0x{}/metadata", "00".repeat(34))));
    assert_eq!((&spent["isSpent"], &spent["milestoneIndexSpent"]), (&json!(true), &json!(2)));
    assert_eq!(spent["transactionIdSpent"], metadata["transactionId"]);
    assert!(spent["milestoneTimestampSpent"].as_u64() > Some(0));
}

#[test]
fn milestones_are_found_by_index_and_by_id() {
    let net = Net::start();
    net.0.issue_milestones(1).unwrap();
    let milestone = get(&net.core("milestones/by-index/2"));
    assert_eq!((&milestone["type"], &milestone["index"]), (&json!(7), &json!(2)));
    let info = get(&net.core("info"));
    let id = info["status"]["confirmedMilestone"]["milestoneId"].as_str().unwrap();
    assert_eq!(get(&net.core(&format!("milestones/{id}"))), milestone);
    assert_eq!(get(&net.core(&format!("milestones/{id}/utxo-changes")))["index"], 2);
    for index in ["0", "3"] {
        assert_eq!(net.status(&format!("milestones/by-index/{index}/utxo-changes")).0, 404);
        assert_eq!(net.status(&format!("milestones/by-index/{index}")).0, 404);
    }
    let (status, body) = net.status("milestones/by-index/x");
    assert_eq!((status, &body["error"]["code"]), (400, &json!("400")));
}

#[test]
fn serialized_and_json_blocks_are_the_same_blocks() {
    let net = Net::start();
    let json = r#"{"protocolVersion":2,"payload":{"type":5,"tag":"0x1234","data":"0x"}}"#;
    let created = post(&net.core("blocks"), json);
    assert_eq!(created.status, 201);
    let id = created.json()["blockId"].as_str().unwrap().to_owned();
    assert_eq!(created.header("location"), Some(id.as_str()));
    assert_eq!(get(&net.core(&format!("blocks/{id}")))["payload"]["tag"], "0x1234");

    let url = net.core(&format!("blocks/{id}"));
    let binary = request("GET", &url, &[("accept", BINARY)], b"").unwrap();
    assert_eq!((binary.status, binary.header("content-type")), (200, Some(BINARY)));
    let again = request("POST", &net.core("blocks"), &[("content-type", BINARY)], &binary.body).unwrap();
    assert_eq!((again.status, &again.json()["blockId"]), (201, &json!(id)));

    let pending = get(&net.core(&format!("blocks/{id}/metadata")));
    assert_eq!(pending["shouldReattach"], false);
    assert!(pending.get("ledgerInclusionState").is_none());
    net.0.issue_milestones(1).unwrap();
    let confirmed = get(&net.core(&format!("blocks/{id}/metadata")));
    assert_eq!(confirmed["ledgerInclusionState"], "noTransaction");
}

#[test]
fn what_is_no_block_is_refused() {
    let net = Net::start();
    let submit = |kind: &str, body: &[u8]| {
        let headers: &[_] = if kind.is_empty() { &[] } else { &[("content-type", kind)] };
        let answer = request("POST", &net.core("blocks"), headers, body).unwrap();
        assert_eq!(answer.json()["error"]["code"], answer.status.to_string());
        answer.status
    };
    assert_eq!(submit("", b"{}"), 415);
    assert_eq!(submit("text/plain", b"{}"), 415);
    for body in ["", "{", "{}", "[]", r#"{"protocolVersion":2,"payload":{"type":99}}"#] {
        assert_eq!(submit("application/json", body.as_bytes()), 400, "{body}");
    }
    assert_eq!(submit(BINARY, b""), 400);
    assert_eq!(submit(BINARY, &[2; 40_000]), 400);
}

#[test]
fn unknown_things_are_404_in_the_form_of_hornet() {
    let net = Net::start();
    let id = format!("0x{}", "11".repeat(32));
    let message = format!("Not Found, error: block not found: {id}: code=404, message=Not Found");
    assert_eq!(net.status(&format!("blocks/{id}")), (404, json!({"error": {"code": "404", "message": message}})));
    for path in [
        format!("blocks/{id}/metadata"),
        format!("transactions/{id}/included-block"),
        format!("milestones/{id}"),
        format!("outputs/{id}0000"),
        format!("outputs/{id}0000/metadata"),
        "nothing".into(),
    ] {
        assert_eq!(net.status(&path).0, 404, "{path}");
    }
    assert_eq!(net.status("outputs/zz").0, 400);
    assert_eq!(request("DELETE", &net.core("info"), &[], b"").unwrap().status, 405);
}

#[test]
fn the_indexer_pages_through_everything_once() {
    let net = Net::start();
    let body = json!({"address": ADDRESS, "amount": "1000000", "count": 300}).to_string();
    let minted = post(&net.control("mint"), &body);
    assert_eq!(minted.status, 202);
    assert_eq!(minted.json()["outputIds"].as_array().unwrap().len(), 300);
    net.0.issue_milestones(1).unwrap();
    let mut items = Vec::new();
    let mut query = format!("address={ADDRESS}&pageSize=70");
    loop {
        let page = get(&net.indexer(&format!("outputs/basic?{query}")));
        items.extend(page["items"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()));
        match page["cursor"].as_str() {
            Some(cursor) => query = format!("address={ADDRESS}&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(items.len(), 301, "the genesis output as well");
    items.sort();
    items.dedup();
    assert_eq!(items.len(), 301);
    let none = get(&net.indexer(&format!("outputs/basic?address={ADDRESS}&hasTimelock=true")));
    assert_eq!(none["items"], json!([]));
}
