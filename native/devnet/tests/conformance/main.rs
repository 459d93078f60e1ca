//! The devnet against Hornet: both are given the same history and asked the same questions. What Hornet
//! answered is kept in `hornet.json`, so that the devnet is compared with it where there is no Hornet.
//!
//! `ci/hornet test` runs the ignored test too, on a Hornet network that it starts: it finds out whether the
//! record still is what Hornet answers. With `CONFORMANCE_RECORD=1` it writes the record anew instead.

#![expect(clippy::unwrap_used, reason = "tests")]

mod history;
mod http;
mod intended;
mod questions;
mod session;
mod wire;

use std::collections::HashMap;

use serde_json::{Value, json};
use stardust_devnet::Devnet;

use self::{
    history::History,
    session::{Place, Session},
};

/// The answers of a fresh network.
fn interview(place: Place) -> Vec<Value> {
    let mut session = Session::new(place);
    let mut history = History::new(&session);
    for (key, name) in [(&history.wallet, "wallet"), (&history.alice, "alice"), (&history.bob, "bob")] {
        session.name(key.bech32(), name);
    }
    questions::before(&mut session, &history);
    history.run(&mut session);
    questions::after(&mut session, &history);
    session.answers
}

/// The record in memory. In the file each body stands once, and the answers have its number.
fn record() -> Vec<Value> {
    let mut file: Value = serde_json::from_str(include_str!("hornet.json")).unwrap();
    let bodies = file["bodies"].take();
    let Value::Array(mut answers) = file["answers"].take() else { panic!("hornet.json has no answers") };
    for answer in &mut answers {
        if let Some(number) = answer["body"].as_u64() {
            answer["body"] = bodies[usize::try_from(number).unwrap()].clone();
        }
        answer.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    }
    answers
}

fn write_record(answers: &[Value]) {
    let mut numbers = HashMap::new();
    let mut bodies = Vec::new();
    let mut lines = Vec::new();
    for answer in answers {
        let mut answer = answer.clone();
        if let Some(body) = answer.get_mut("body") {
            let text = body.to_string();
            let number = *numbers.entry(text.clone()).or_insert_with(|| {
                bodies.push(text);
                bodies.len() - 1
            });
            *body = json!(number);
        }
        lines.push(answer.to_string());
    }
    let text = format!("{{\"bodies\":[\n{}\n],\"answers\":[\n{}\n]}}\n", bodies.join(",\n"), lines.join(",\n"));
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/hornet.json"), text).unwrap();
}

/// Fails with a list of what differs.
fn compare(expected: &[Value], found: &[Value]) {
    let mut differences = Vec::new();
    for (wanted, answer) in expected.iter().zip(found) {
        assert_eq!(wanted["request"], answer["request"], "the histories went apart: record Hornet's answers anew");
        if wanted != answer {
            differences.push(format!("  Hornet {wanted}\n  here   {answer}"));
        }
    }
    let count = differences.len();
    assert!(differences.is_empty(), "{count} answers differ:\n{}", differences.join("\n\n"));
    assert_eq!(expected.len(), found.len(), "the histories went apart: record Hornet's answers anew");
}

#[test]
fn the_devnet_answers_as_hornet_did() {
    let devnet = Devnet::builder().start().unwrap();
    let found = interview(Place {
        node: devnet.node_url().to_owned(),
        faucet: devnet.faucet_url().to_owned(),
        milestones: format!("{}/api/devnet/v1/milestones", devnet.node_url()),
    });
    let expected: Vec<_> = record().into_iter().map(intended::difference).collect();
    compare(&expected, &found);
}

#[test]
#[ignore = "needs a Hornet network: ci/hornet test starts one"]
fn hornet_answers_as_recorded() {
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} must be set"));
    let found = interview(Place {
        node: variable("STARDUST_NODE"),
        faucet: variable("STARDUST_FAUCET"),
        milestones: format!("{}/milestones", variable("STARDUST_COORDINATOR")),
    });
    if std::env::var("CONFORMANCE_RECORD").is_ok() {
        write_record(&found);
    } else {
        compare(&record(), &found);
    }
}
