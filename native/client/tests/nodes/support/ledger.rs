//! A node with a small made-up ledger. Bytes are put together by hand, as the TIPs say.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use crypto::{
    hashes::{Digest, blake2b::Blake2b256},
    signatures::ed25519::SecretKey,
};
use serde_json::{Value, json as value};
use stardust_wallet::ledger::{Address, MilestoneId, MilestoneIndex, OutputId, Position, TransactionId, UnixTime};

use super::server::{Reply, Request, Server, binary, error, json};

/// What the node knows. Change it while the node runs.
pub(crate) struct Ledger {
    pub(crate) name: &'static str,
    pub(crate) hrp: &'static str,
    pub(crate) version: u8,
    pub(crate) min_pow_score: u32,
    pub(crate) healthy: bool,
    pub(crate) confirmed: u32,
    pub(crate) pruned_to: u32,
    pub(crate) features: Vec<&'static str>,
    pub(crate) milestones: BTreeMap<u32, Milestone>,
    pub(crate) outputs: BTreeMap<OutputId, Output>,
    /// Who signs milestones; none: a signature of zeros.
    pub(crate) signed_by: Option<SecretKey>,
    /// The first that matches answers instead of the ledger.
    pub(crate) rules: Vec<Rule>,
}

/// Answers requests whose path contains `path`, so many times.
pub(crate) struct Rule {
    pub(crate) path: String,
    pub(crate) times: usize,
    pub(crate) reply: Reply,
}

pub(crate) struct Milestone {
    pub(crate) bytes: Vec<u8>,
    pub(crate) position: Position,
    pub(crate) created: Vec<OutputId>,
    pub(crate) consumed: Vec<OutputId>,
}

pub(crate) struct Output {
    pub(crate) bytes: Vec<u8>,
    pub(crate) spent: Option<(u32, TransactionId)>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            name: "scripted",
            hrp: "tst",
            version: 2,
            min_pow_score: 0,
            healthy: true,
            confirmed: 0,
            pruned_to: 0,
            features: vec!["pow"],
            milestones: BTreeMap::new(),
            outputs: BTreeMap::new(),
            signed_by: None,
            rules: Vec::new(),
        }
    }
}

pub(crate) fn id(of: u8) -> MilestoneId {
    MilestoneId::from_slice(&[of; 32]).unwrap()
}

pub(crate) fn transaction(of: u8) -> TransactionId {
    TransactionId::from_slice(&[of; 32]).unwrap()
}

/// TIP-20: the transaction's id and the index as two bytes, little endian.
pub(crate) fn output_id(transaction: u8, index: u8) -> OutputId {
    OutputId::from_slice(&[&[transaction; 32][..], &[index, 0]].concat()).unwrap()
}

/// An Ed25519 address.
pub(crate) fn address(of: u8) -> Address {
    Address::from_slice(&[&[0][..], &[of; 32]].concat()).unwrap()
}

/// A basic output (TIP-18) with an address unlock condition only.
fn basic_output(owner: &Address, amount: u64) -> Vec<u8> {
    [&[3][..], &amount.to_le_bytes(), &[0], &[1, 0], owner.as_slice(), &[0]].concat()
}

/// The bytes of a milestone's one signature: their number, its kind, public key and signature.
const SIGNATURE: usize = 1 + 1 + 32 + 64;

/// A milestone payload (TIP-29); returns its bytes and its id.
fn milestone_payload(
    index: u32,
    time: u32,
    version: u8,
    previous: &MilestoneId,
    key: Option<&SecretKey>,
) -> (Vec<u8>, MilestoneId) {
    let mut essence = [index.to_le_bytes(), time.to_le_bytes()].concat();
    essence.push(version);
    essence.extend(previous.as_slice());
    essence.extend([&[1][..], &[5; 32], &[6; 32], &[7; 32], &[0, 0], &[0]].concat());
    let id = MilestoneId::from_slice(&Blake2b256::digest(&essence)).unwrap();
    let public_key = "31f176dadf38cdec0eadd1d571394be78f0bbee3ed594316678dffc162a095cb";
    let public_key = TransactionId::from_hex(&format!("0x{public_key}")).unwrap();
    let signature = match key {
        // TIP-29: the hash of the essence is what is signed
        Some(key) => [&[1, 0][..], &key.public_key().to_bytes(), &key.sign(id.as_slice()).to_bytes()].concat(),
        None => [&[1, 0][..], public_key.as_slice(), &[0; 64]].concat(),
    };
    ([&7_u32.to_le_bytes()[..], &essence, &signature].concat(), id)
}

impl Ledger {
    /// The position before the first milestone.
    pub(crate) fn genesis() -> Position {
        Position { index: MilestoneIndex(0), id: id(0), time: UnixTime(1000) }
    }

    pub(crate) fn tip(&self) -> Position {
        self.milestones.values().next_back().map_or_else(Self::genesis, |milestone| milestone.position)
    }

    /// A new milestone in which `consumed` are spent and one output of 1,000,000 is created for each owner by
    /// the transaction named after the milestone.
    pub(crate) fn milestone(&mut self, owners: &[Address], consumed: &[OutputId]) -> Position {
        let last = self.tip();
        let (index, time) = (last.index.0 + 1, last.time.0 + 10);
        let (bytes, id) = milestone_payload(index, time, self.version, &last.id, self.signed_by.as_ref());
        let position = Position { index: MilestoneIndex(index), id, time: UnixTime(time) };
        let named = u8::try_from(index).unwrap();
        let mut created = Vec::new();
        for (at, owner) in owners.iter().enumerate() {
            let id = output_id(named, u8::try_from(at).unwrap());
            self.outputs.insert(id, Output { bytes: basic_output(owner, 1_000_000), spent: None });
            created.push(id);
        }
        for id in consumed {
            self.outputs.get_mut(id).unwrap().spent = Some((index, transaction(named)));
        }
        self.milestones.insert(index, Milestone { bytes, position, created, consumed: consumed.to_vec() });
        self.confirmed = index;
        position
    }

    pub(crate) fn rule(&mut self, path: &str, times: usize, reply: Reply) {
        self.rules.push(Rule { path: path.into(), times, reply });
    }

    pub(crate) fn answer(&mut self, request: &Request) -> Reply {
        for rule in &mut self.rules {
            if rule.times > 0 && request.path.contains(&rule.path) {
                rule.times -= 1;
                return rule.reply.clone();
            }
        }
        let route = request.path.strip_prefix("/api/core/v2/").unwrap_or("");
        let parts: Vec<&str> = route.split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["info"]) => json(200, self.info()),
            ("GET", ["tips"]) => json(200, value!({"tips": [id(1).to_string(), id(2).to_string()]})),
            ("GET", ["milestones", "by-index", index]) => {
                self.known(index).map_or_else(not_found, |milestone| binary(milestone.bytes.clone()))
            }
            ("GET", ["milestones", id, "utxo-changes"]) => self.known_by_id(id).map_or_else(not_found, |milestone| {
                let hex = |ids: &[OutputId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
                json(
                    200,
                    value!({
                        "index": milestone.position.index.0,
                        "createdOutputs": hex(&milestone.created),
                        "consumedOutputs": hex(&milestone.consumed),
                    }),
                )
            }),
            ("GET", ["outputs", id]) => self.output(id).map_or_else(not_found, |output| binary(output.bytes.clone())),
            ("GET", ["outputs", id, "metadata"]) => self.output(id).map_or_else(not_found, |output| {
                let mut body = value!({"isSpent": output.spent.is_some(), "ledgerIndex": self.confirmed});
                if let Some((index, transaction)) = &output.spent {
                    body["milestoneIndexSpent"] = value!(index);
                    body["transactionIdSpent"] = value!(transaction.to_string());
                }
                json(200, body)
            }),
            ("POST", ["blocks"]) => {
                let id = TransactionId::from_slice(&Blake2b256::digest(&request.body)).unwrap();
                json(201, value!({"blockId": id.to_string()}))
            }
            _ => not_found(),
        }
    }

    fn info(&self) -> Value {
        let tip = self.milestones.get(&self.confirmed).map(|milestone| milestone.position);
        let mut confirmed = value!({"index": self.confirmed});
        if let Some(tip) = tip {
            confirmed["timestamp"] = value!(tip.time.0);
            confirmed["milestoneId"] = value!(tip.id.to_string());
        }
        value!({
            "name": "scripted", "version": "1", "features": self.features, "baseToken": {},
            "status": {"isHealthy": self.healthy, "confirmedMilestone": confirmed, "pruningIndex": self.pruned_to},
            "protocol": {
                "version": self.version, "networkName": self.name, "bech32Hrp": self.hrp, "belowMaxDepth": 15,
                "minPowScore": self.min_pow_score, "tokenSupply": "2779530283277761",
                "rentStructure": {"vByteCost": 100, "vByteFactorData": 1, "vByteFactorKey": 10},
            },
        })
    }

    fn known(&self, index: &str) -> Option<&Milestone> {
        let index: u32 = index.parse().unwrap();
        self.milestones.get(&index).filter(|_| index > self.pruned_to && index <= self.confirmed)
    }

    /// By the id that its bytes have now.
    fn known_by_id(&self, id: &str) -> Option<&Milestone> {
        let found = self.milestones.values().find(|milestone| {
            let essence = milestone.bytes.get(4..milestone.bytes.len().saturating_sub(SIGNATURE));
            essence
                .is_some_and(|essence| MilestoneId::from_slice(&Blake2b256::digest(essence)).unwrap().to_string() == id)
        })?;
        self.known(&found.position.index.0.to_string())
    }

    fn output(&self, id: &str) -> Option<&Output> {
        self.outputs.get(&OutputId::from_hex(id).unwrap())
    }
}

fn not_found() -> Reply {
    error(404, "Not Found")
}

/// A node that serves a ledger.
pub(crate) struct FakeNode {
    pub(crate) server: Server,
    ledger: Arc<Mutex<Ledger>>,
}

impl FakeNode {
    pub(crate) fn start(ledger: Ledger) -> Self {
        let ledger = Arc::new(Mutex::new(ledger));
        let served = ledger.clone();
        Self { server: Server::start(move |request| served.lock().unwrap().answer(request)), ledger }
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Paths that were asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.server.seen().into_iter().map(|request| request.path).collect()
    }
}
