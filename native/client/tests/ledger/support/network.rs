//! The network that a test runs on, and what can be done to it.

use std::{
    env,
    process::Command,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use serde_json::Value;
use stardust_client::NodeClient;
use stardust_devnet::{Devnet, Follower, Lag};
use stardust_wallet::ledger::{BlockId, Feed, Network, UnixTime};

use super::{
    config, eventually,
    http::{self, Answer},
};

/// A given network is one for all tests of the process: those that stop its milestones or its nodes have it alone.
static GIVEN: RwLock<()> = RwLock::new(());

enum Turn {
    Shared(#[expect(dead_code, reason = "held")] RwLockReadGuard<'static, ()>),
    Alone(#[expect(dead_code, reason = "held")] RwLockWriteGuard<'static, ()>),
}

/// A node that forgets nothing, until it is dropped.
pub(crate) struct Archive {
    pub(crate) url: String,
    _follower: Option<Follower>,
}

/// A network that issues milestones by itself, of two nodes with a faucet.
pub(crate) struct Net {
    node: String,
    second: String,
    faucet: String,
    inx: String,
    network: Network,
    devnet: Option<Devnet>,
    _turn: Turn,
}

impl Net {
    /// A network that other tests may use at the same time.
    pub(crate) fn start() -> Self {
        Self::open(0, Turn::Shared(GIVEN.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// A network that no other test uses at the same time.
    pub(crate) fn alone() -> Self {
        Self::open(0, Turn::Alone(GIVEN.write().unwrap_or_else(PoisonError::into_inner)))
    }

    /// A network whose blocks need a proof of work. A given network needs what it needs.
    pub(crate) fn with_proof_of_work() -> Self {
        Self::open(100, Turn::Shared(GIVEN.read().unwrap_or_else(PoisonError::into_inner)))
    }

    fn open(min_pow_score: u32, turn: Turn) -> Self {
        let given = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let (node, second, faucet, inx, devnet) = if let Some(node) = given("STARDUST_NODE") {
            let needed = |name| given(name).unwrap_or_else(|| panic!("with STARDUST_NODE, {name} must be set"));
            (node, needed("STARDUST_NODE_2"), needed("STARDUST_FAUCET"), needed("STARDUST_INX"), None)
        } else {
            // tips must not get too old while a slow machine does a proof of work
            let interval = Duration::from_millis(if min_pow_score == 0 { 200 } else { 1000 });
            let devnet = Devnet::builder().milestone_interval(interval).min_pow_score(min_pow_score).start().unwrap();
            let second = devnet.add_node().unwrap();
            let (node, faucet, inx) = (devnet.node_url(), devnet.faucet_url(), devnet.inx_url());
            (node.to_owned(), second, faucet.to_owned(), inx.to_owned(), Some(devnet))
        };
        let client = NodeClient::open(config(&[&node]).build().unwrap()).unwrap();
        let network = client.feed().status().unwrap().network;
        Self { node, second, faucet, inx, network, devnet, _turn: turn }
    }

    /// The node that is never stopped.
    pub(crate) fn node(&self) -> &str {
        &self.node
    }

    /// The second node.
    pub(crate) fn second(&self) -> &str {
        &self.second
    }

    /// A node that begins now and forgets nothing of what comes.
    pub(crate) fn archive(&self) -> Archive {
        let follower = self.devnet.as_ref().map(|devnet| devnet.add_follower(Lag::Behind(0)).unwrap());
        let url = follower.as_ref().map_or_else(|| self.second.clone(), |follower| follower.url());
        Archive { url, _follower: follower }
    }

    /// The INX of the node that is never stopped.
    pub(crate) fn inx(&self) -> &str {
        &self.inx
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// Asks the faucet to pay to an address.
    pub(super) fn enqueue(&self, address: &str) {
        let body = format!(r#"{{"address":"{address}"}}"#);
        let url = format!("{}/api/enqueue", self.faucet.trim_end_matches('/'));
        let json = [("Content-Type", "application/json")];
        let said = http::request("POST", &url, &json, body.as_bytes()).unwrap();
        assert_eq!(said.status, 202, "{}", said.text());
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        http::request("GET", &format!("{}{path}", self.node), &[], b"").unwrap()
    }

    /// Whether the node says that a milestone applied what this block carries.
    pub(crate) fn has_included(&self, block: &BlockId) -> bool {
        let said = self.get(&format!("/api/core/v2/blocks/{block}/metadata"));
        said.json()["ledgerInclusionState"] == "included"
    }

    pub(super) fn get_binary(&self, path: &str) -> Vec<u8> {
        let accept = [("Accept", "application/vnd.iota.serializer-v1")];
        let said = http::request("GET", &format!("{}{path}", self.node), &accept, b"").unwrap();
        assert_eq!(said.status, 200, "{}", said.text());
        said.body
    }

    /// The block's id, or the words with which the node refused it.
    pub(super) fn post_block(&self, block: &[u8]) -> Result<String, String> {
        let kind = [("Content-Type", "application/vnd.iota.serializer-v1")];
        let said = http::request("POST", &format!("{}/api/core/v2/blocks", self.node), &kind, block).unwrap();
        match said.status {
            201 => Ok(said.json()["blockId"].as_str().unwrap().to_owned()),
            _ => Err(said.text()),
        }
    }

    /// The parents of the newest milestone, in order.
    pub(super) fn confirmed_blocks(&self) -> Vec<[u8; 32]> {
        let (_, index) = self.confirmed();
        let milestone = self.get(&format!("/api/core/v2/milestones/by-index/{index}")).json();
        let parents = milestone["parents"].as_array().unwrap().iter();
        let id = |parent: &Value| BlockId::from_hex(parent.as_str().unwrap()).unwrap().as_slice().try_into().unwrap();
        parents.map(id).collect()
    }

    fn control(&self, path: &str) -> Value {
        let url = format!("{}/api/devnet/v1/{path}", self.node);
        let said = http::request("POST", &url, &[], b"").unwrap();
        assert!((200..300).contains(&said.status), "{path}: {}", said.text());
        said.json()
    }

    /// Stops milestones by timer. Only for a test that is [`alone`](Self::alone).
    pub(crate) fn pause(&self) {
        self.control("pause");
    }

    /// Goes on with milestones by timer.
    pub(crate) fn resume(&self) {
        self.control("resume");
    }

    /// Issues milestones at once.
    pub(crate) fn milestones(&self, count: u32) {
        self.control(&format!("milestones?count={count}"));
    }

    /// The first node forgets milestones up to this one, or a later one: Hornet keeps as many as it needs itself, and has
    /// to have confirmed that many more. Only for a test that is [`alone`](Self::alone).
    pub(crate) fn prune(&self, index: u32) {
        if self.devnet.is_some() {
            self.control(&format!("prune?index={index}"));
            return;
        }
        let url = format!("{}/api/core/v2/control/database/prune", self.node);
        let json = [("Content-Type", "application/json")];
        let said = http::request("POST", &url, &json, format!(r#"{{"index":{index}}}"#).as_bytes()).unwrap();
        assert_eq!(said.status, 200, "{}", said.text());
    }

    /// The next `count` blocks that are submitted get into no milestone, unless a later block refers to them. Only for
    /// a test that is [`alone`](Self::alone).
    pub(crate) fn withhold(&self, count: u32) {
        self.control(&format!("withhold?count={count}"));
    }

    /// The time of the newest milestone, and its index.
    pub(crate) fn confirmed(&self) -> (UnixTime, u32) {
        let info = self.get("/api/core/v2/info").json();
        let last = &info["status"]["confirmedMilestone"];
        let number = |name: &str| u32::try_from(last[name].as_u64().unwrap()).unwrap();
        (UnixTime(number("timestamp")), number("index"))
    }

    /// Stops the second node. Only for a test that is [`alone`](Self::alone).
    pub(crate) fn stop_second(&self) {
        if self.devnet.is_some() {
            let url = format!("{}/api/devnet/v1/fail", self.second);
            let rule = br#"{"route":"/**","action":"drop"}"#;
            let json = [("Content-Type", "application/json")];
            assert_eq!(http::request("POST", &url, &json, rule).unwrap().status, 200);
        } else {
            run_control("stop");
        }
        assert!(self.second_info().is_none(), "the second node still answers");
    }

    /// Starts the second node again, and waits until it is healthy.
    pub(crate) fn start_second(&self) {
        if self.devnet.is_some() {
            let said = http::request("DELETE", &format!("{}/api/devnet/v1/fail", self.second), &[], b"");
            assert!((200..300).contains(&said.unwrap().status));
        } else {
            run_control("start");
        }
        let healthy = || (self.second_info()?["status"]["isHealthy"] == true).then_some(());
        eventually("the second node to be healthy", healthy);
    }

    fn second_info(&self) -> Option<Value> {
        Some(http::request("GET", &format!("{}/api/core/v2/info", self.second), &[], b"")?.json())
    }
}

/// Stops or starts the second node of a given network.
fn run_control(what: &str) {
    let command = env::var("STARDUST_NODE_2_CONTROL").expect("STARDUST_NODE_2_CONTROL must be set");
    let done = Command::new("sh").args(["-c", &format!("{command} {what}")]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command} {what}: {said}");
}
