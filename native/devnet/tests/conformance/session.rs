//! One node under question: what it is asked, and its answers with everything replaced by names that
//! cannot be the same on two nodes (ids, times, hashes).

use serde_json::{Map, Value, json};

use crate::http::{Answer, request};
use crate::wire::hex;

/// Media type of serialized objects.
pub(crate) const BINARY: &str = "application/vnd.iota.serializer-v1";
pub(crate) const JSON: &str = "application/json";

/// Where the parts of a network are.
pub(crate) struct Place {
    pub(crate) node: String,
    pub(crate) faucet: String,
    /// A POST here with `?count=n` issues milestones.
    pub(crate) milestones: String,
}

pub(crate) struct Session {
    place: Place,
    /// What stands for what in the answers; the first that fits counts.
    names: Vec<(String, String)>,
    /// One object a request.
    pub(crate) answers: Vec<Value>,
}

/// How much of an error's text must agree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    Whole,
    /// Written by a JSON or wire format library.
    Free,
}

impl Session {
    /// Of a network that has issued three milestones at most.
    pub(crate) fn new(place: Place) -> Self {
        let mut session = Self { place, names: Vec::new(), answers: Vec::new() };
        let mut index = session.confirmed().0;
        while index < 3 {
            session.post_milestones(1, &[]);
            index = session.confirmed().0;
        }
        assert_eq!(index, 3, "the network must be a fresh one");
        for index in 1..=3 {
            session.name_milestone(index);
        }
        session
    }

    pub(crate) fn name(&mut self, text: impl Into<String>, name: &str) {
        self.names.push((text.into(), format!("<{name}>")));
    }

    /// A GET that is recorded.
    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask("", "GET", path, &[], b"")
    }

    /// Any request that is recorded. The label tells requests apart that have the same path.
    pub(crate) fn ask(
        &mut self,
        label: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let is_faucet = path.starts_with("faucet:");
        let url = match path.strip_prefix("faucet:") {
            Some(path) => format!("{}{path}", self.place.faucet),
            None => format!("{}{path}", self.place.node),
        };
        let sent: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = request(method, &url, &sent, body);
        let text = if is_faucet || method == "POST" || path.contains("/indexer/") { Text::Free } else { Text::Whole };
        let mut entry = Map::new();
        let accept = headers.iter().find(|(name, _)| *name == "accept").map_or("", |(_, value)| value);
        let name = [label, method, &self.named(path), accept].join(" ").trim().to_owned();
        entry.insert("request".into(), name.into());
        entry.insert("status".into(), answer.status.into());
        for header in ["content-type", "location"] {
            if let Some(value) = answer.header(header) {
                entry.insert(header.into(), self.named(value).into());
            }
        }
        if !answer.body.is_empty() {
            entry.insert("body".into(), self.body(&answer, text));
        }
        self.answers.push(entry.into());
        answer
    }

    /// Posts a block, names it if it was taken, and returns its id.
    pub(crate) fn submit(&mut self, label: &str, block: &[u8]) -> Option<[u8; 32]> {
        self.submit_as(label, BINARY, block)
    }

    pub(crate) fn submit_as(&mut self, label: &str, content_type: &str, body: &[u8]) -> Option<[u8; 32]> {
        let headers: &[_] = if content_type.is_empty() { &[] } else { &[("content-type", content_type)] };
        let answer = self.ask(label, "POST", "/api/core/v2/blocks", headers, body);
        let id = (answer.status == 201).then(|| answer.json()["blockId"].as_str().unwrap().to_owned())?;
        let name = format!("<block {label}>");
        // two requests may have made the same block, so it is named by this one here and by the first elsewhere
        if let Some(entry) = self.answers.last_mut() {
            entry["body"] = json!({"blockId": name});
            assert_eq!(answer.header("location"), Some(&*id), "{label}");
            entry["location"] = name.clone().into();
        }
        self.names.push((id.clone(), name));
        Some(unhex(&id))
    }

    /// Issues milestones, and waits until the indexer has seen them.
    pub(crate) fn milestones(&mut self, count: u32) {
        self.milestones_over(count, &[]);
    }

    /// The same, the first of them over these blocks.
    pub(crate) fn milestones_over(&mut self, count: u32, blocks: &[[u8; 32]]) {
        let (before, _) = self.confirmed();
        self.post_milestones(count, blocks);
        for index in before + 1..=before + count {
            self.name_milestone(index);
        }
    }

    /// Index and time of the last confirmed milestone.
    pub(crate) fn confirmed(&self) -> (u32, u32) {
        let info = self.peek("/api/core/v2/info").json();
        let milestone = &info["status"]["confirmedMilestone"];
        let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
        (number(&milestone["index"]), number(&milestone["timestamp"]))
    }

    /// A GET that is not recorded.
    pub(crate) fn peek(&self, path: &str) -> Answer {
        request("GET", &format!("{}{path}", self.place.node), &[], b"")
    }

    fn post_milestones(&self, count: u32, blocks: &[[u8; 32]]) {
        let tips: Vec<_> = blocks.iter().map(|id| hex(id)).collect();
        let query = format!("count={count}&tip={}", tips.join(","));
        let answer = request("POST", &format!("{}?{query}", self.place.milestones), &[], b"");
        assert_eq!(answer.status, 200, "{answer:?}");
        let (index, _) = self.confirmed();
        for _ in 0..1000 {
            if self.peek("/api/indexer/v1/outputs?pageSize=1").json()["ledgerIndex"] == index {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the indexer does not follow the node to milestone {index}");
    }

    fn name_milestone(&mut self, index: u32) {
        let milestone = self.peek(&format!("/api/core/v2/milestones/by-index/{index}")).json();
        let time = milestone["timestamp"].as_u64().unwrap();
        self.name(time.to_string(), &format!("time of milestone {index}"));
        // its id is what the next one names as its predecessor, and what info says of the last one
        let previous = milestone["previousMilestoneId"].as_str().unwrap().to_owned();
        if index > 1 {
            self.name(previous, &format!("milestone {}", index - 1));
        }
        let last = self.peek("/api/core/v2/info").json()["status"]["confirmedMilestone"].clone();
        if last["index"] == index {
            self.name(last["milestoneId"].as_str().unwrap(), &format!("milestone {index}"));
        }
    }

    fn named(&self, text: &str) -> String {
        // the last meaning of a time counts: a condition may name what later becomes a milestone's
        self.names.iter().fold(text.to_owned(), |text, (from, to)| {
            if text.len() < from.len() { text } else { text.replace(from.as_str(), to) }
        })
    }

    fn body(&self, answer: &Answer, text: Text) -> Value {
        if answer.header("content-type") == Some(BINARY) {
            let digest = hex(&crate::wire::hash(&answer.body));
            let name = self.named(&digest);
            // blocks are named by this hash; milestones have as many parents as there were tips
            return match name == digest {
                false => format!("the bytes of {name}"),
                true if answer.body.starts_with(&[7, 0, 0, 0]) => "a milestone".to_owned(),
                true => format!("{} bytes", answer.body.len()),
            }
            .into();
        }
        match serde_json::from_slice(&answer.body) {
            Ok(Value::Array(peers)) if peers.iter().all(is_peer) => peers.iter().map(|_| "<peer>").collect(),
            Ok(value) => self.normal("", value, text),
            Err(_) if text == Text::Free => "<text>".into(),
            Err(_) => self.named(&String::from_utf8_lossy(&answer.body)).into(),
        }
    }

    fn normal(&self, key: &str, value: Value, text: Text) -> Value {
        match (key, value) {
            ("parents" | "tips", Value::Array(ids)) if !ids.is_empty() && ids.len() <= 8 && ids.iter().all(is_id) => {
                "<block ids>".into()
            }
            // in the order in which extensions happened to come
            ("routes", Value::Array(mut routes)) => {
                routes.sort_by_key(Value::to_string);
                routes.into()
            }
            ("nonce" | "balance", Value::String(text)) if text.parse::<u64>().is_ok() => "<number>".into(),
            ("balance" | "whiteFlagIndex", Value::Number(_)) => "<number>".into(),
            ("metrics", Value::Object(metrics)) if metrics.values().all(Value::is_number) => {
                metrics.into_iter().map(|(name, _)| (name, "<number>".into())).collect::<Map<_, _>>().into()
            }
            ("inclusionMerkleRoot" | "appliedMerkleRoot" | "inputsCommitment", id) if is_id(&id) => "<hash>".into(),
            ("signature", Value::String(text)) if text.len() == 130 => "<signature>".into(),
            ("cursor", Value::String(text)) if text.contains('.') => "<cursor>".into(),
            ("message", Value::String(_)) if text == Text::Free => "<text>".into(),
            (
                "timestamp" | "milestoneTimestampBooked" | "milestoneTimestampSpent" | "unixTime",
                Value::Number(time),
            ) => {
                let name = self.named(&time.to_string());
                if name.starts_with('<') { name.into() } else { time.into() }
            }
            (_, Value::String(text)) => self.named(&text).into(),
            (_, Value::Array(items)) => items.into_iter().map(|item| self.normal("", item, text)).collect(),
            (_, Value::Object(fields)) => {
                let normal = fields.into_iter().map(|(name, value)| {
                    let value = self.normal(&name, value, text);
                    (name, value)
                });
                normal.collect::<Map<_, _>>().into()
            }
            (_, other) => other,
        }
    }
}

/// What a node says of a neighbour.
fn is_peer(value: &Value) -> bool {
    let fields = ["alias", "connected", "gossip", "id", "multiAddresses", "relation"];
    value
        .as_object()
        .is_some_and(|peer| peer.len() == fields.len() && fields.iter().all(|field| peer.contains_key(*field)))
}

fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() == 66 && text.starts_with("0x"))
}

pub(crate) fn unhex(text: &str) -> [u8; 32] {
    let digits = text.strip_prefix("0x").unwrap();
    let bytes: Vec<u8> =
        (0..digits.len() / 2).map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap()).collect();
    bytes.try_into().unwrap()
}
