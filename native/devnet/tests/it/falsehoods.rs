//! Answers that are not true, or come badly.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};

use crate::client::{Net, get, post, request};

#[test]
fn a_diff_can_be_told_wrongly() {
    let net = Net::start();
    let ids = [
        net.0.fund(crate::client::ADDRESS, 1_000_000).unwrap(),
        net.0.fund(crate::client::ADDRESS, 2_000_000).unwrap(),
    ];
    net.0.issue_milestones(2).unwrap();
    let path = "milestones/by-index/2/utxo-changes";
    let truth = get(&net.core(path));
    let tell = |diff: Value| {
        let diff = json!({"index": 2, "count": 1})
            .as_object()
            .unwrap()
            .iter()
            .chain(diff.as_object().unwrap())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<serde_json::Map<_, _>>();
        assert_eq!(post(&net.control("diff"), &Value::from(diff).to_string()).status, 200);
        let told = get(&net.core(path));
        assert_eq!(get(&net.core(path)), truth, "once only");
        told
    };
    let created = |diff: &Value| diff["createdOutputs"].as_array().unwrap().clone();
    let all = created(&truth);
    assert_eq!(all.len(), 4, "two payments and two remainders");

    let without = tell(json!({"omit": [ids[0]]}));
    assert_eq!(created(&without), all.iter().filter(|id| **id != json!(ids[0])).cloned().collect::<Vec<_>>());
    assert_eq!(without["consumedOutputs"], truth["consumedOutputs"]);
    let alien = format!("0x{}0100", "77".repeat(32));
    let added = tell(json!({"addCreated": [alien], "addConsumed": [ids[1]]}));
    assert_eq!(created(&added)[4], json!(alien));
    assert!(added["consumedOutputs"].as_array().unwrap().contains(&json!(ids[1])));
    assert_eq!(created(&tell(json!({"reverse": true}))), all.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(created(&tell(json!({"repeat": true})))[..2], [all[0].clone(), all[0].clone()]);
    assert_eq!(tell(json!({"changesOf": 3})), json!({"index": 2, "createdOutputs": [], "consumedOutputs": []}));
    assert_eq!(tell(json!({"namedIndex": 9}))["index"], 9);

    post(&net.control("diff"), &json!({"index": 2, "omit": ids}).to_string());
    let id = get(&net.core("milestones/by-index/3"))["previousMilestoneId"].as_str().unwrap().to_owned();
    assert_eq!(created(&get(&net.core(&format!("milestones/{id}/utxo-changes")))).len(), 2);
    assert_eq!(get(&net.control("diff")).as_array().unwrap().len(), 1);
    assert_eq!(request("DELETE", &net.control("diff"), &[], b"").unwrap().status, 204);
    assert_eq!(get(&net.core(path)), truth);
    assert_eq!(post(&net.control("diff"), r#"{"index":2,"omit":["0x12"]}"#).status, 400);
}

#[test]
fn any_answer_can_be_patched() {
    let net = Net::start();
    let rule = json!({"route": "GET /api/core/v2/info", "count": 1,
        "patch": {"status": {"confirmedMilestone": {"index": 77}}, "features": null}});
    assert_eq!(post(&net.control("fail"), &rule.to_string()).status, 200);
    let (told, truth) = (get(&net.core("info")), get(&net.core("info")));
    let mut expected = truth;
    expected["status"]["confirmedMilestone"]["index"] = 77.into();
    expected.as_object_mut().unwrap().remove("features");
    assert_eq!(told, expected);
    assert_eq!(post(&net.control("fail"), r#"{"route":"/x","action":"patch"}"#).status, 400);
}

#[test]
fn answers_come_slowly_and_break_off() {
    let net = Net::start();
    let whole = request("GET", &net.core("info"), &[], b"").unwrap();
    let trickle =
        json!({"route": "/api/core/v2/info", "action": "trickle", "chunkBytes": 100, "chunkMs": 1, "count": 1});
    post(&net.control("fail"), &trickle.to_string());
    let mut stream = TcpStream::connect(net.0.node_url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(b"GET /api/core/v2/info HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    assert!(bytes.ends_with(&whole.body));

    post(&net.control("fail"), r#"{"route":"/api/core/v2/info","action":"stall","count":1}"#);
    let mut stream = TcpStream::connect(net.0.node_url().strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(b"GET /api/core/v2/info HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let half = &whole.body[..whole.body.len() / 2];
    let (mut bytes, mut piece) = (Vec::new(), [0; 1024]);
    while !bytes.ends_with(half) {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "it ended");
        bytes.extend_from_slice(&piece[..count]);
    }
    // and nothing more
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let error = stream.read(&mut piece).unwrap_err();
    assert!(matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut), "{error}");
}

#[test]
fn outputs_are_unknown_for_a_while_and_one_call_mints_for_many() {
    let net = Net::start();
    let body = json!({"addresses": [crate::client::ADDRESS, crate::client::ADDRESS], "amount": "1000000"});
    let minted = post(&net.control("mint"), &body.to_string()).json();
    let id = minted["outputIds"][1].as_str().unwrap();
    net.0.issue_milestones(1).unwrap();
    let rule = json!({"route": format!("GET /api/core/v2/outputs/{id}"), "status": 404, "count": 2});
    post(&net.control("fail"), &rule.to_string());
    let found: Vec<u16> = (0..3).map(|_| net.status(&format!("outputs/{id}")).0).collect();
    assert_eq!(found, [404, 404, 200]);
    let body = json!({"address": crate::client::ADDRESS, "amount": "1000000", "count": 300, "ids": false});
    let minted = post(&net.control("mint"), &body.to_string()).json();
    assert_eq!(minted, json!({"outputs": 300, "transactions": 3}));
}
