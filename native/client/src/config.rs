//! What a client is made with. A [`ClientConfig`] that exists is valid.

pub(crate) mod error;

use std::{num::NonZeroUsize, time::Duration};

use reqwest::Url;

pub use self::error::ConfigError;
use crate::keys::MilestoneKeys;

/// Who does the proof of work of a block, where the network asks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofOfWork {
    /// This process, with so many threads; none: one for each core.
    Local {
        /// Threads of one proof of work, 1 to 1,024. Proofs are done one after the other.
        threads: Option<NonZeroUsize>,
    },
    /// The node; only nodes with the feature `pow` are used to submit.
    Node,
}

/// A valid configuration.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    pub(crate) nodes: Vec<Url>,
    pub(crate) inx: Vec<Url>,
    pub(crate) request_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) max_requests_in_flight: usize,
    pub(crate) requests_per_second: Option<u32>,
    pub(crate) max_body: usize,
    pub(crate) retries: u32,
    pub(crate) proof_of_work: ProofOfWork,
    pub(crate) proof_timeout: Duration,
    pub(crate) environment_proxy: bool,
    pub(crate) witness: Option<Url>,
    pub(crate) permanode: Option<Url>,
    pub(crate) compare_interval: Duration,
    pub(crate) milestone_keys: Option<MilestoneKeys>,
}

impl ClientConfig {
    /// A builder with the defaults and no node.
    pub fn builder() -> ClientConfigBuilder {
        ClientConfigBuilder::default()
    }
}

/// Collects a configuration; [`build`](Self::build) checks it.
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientConfigBuilder {
    nodes: Vec<String>,
    witness: Option<String>,
    permanode: Option<String>,
    inx: Vec<String>,
    rest: ClientConfig,
}

impl Default for ClientConfigBuilder {
    fn default() -> Self {
        let rest = ClientConfig {
            nodes: Vec::new(),
            inx: Vec::new(),
            request_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(5),
            max_requests_in_flight: 64,
            requests_per_second: None,
            max_body: 64 << 20,
            retries: 2,
            proof_of_work: ProofOfWork::Local { threads: None },
            proof_timeout: Duration::from_secs(180),
            environment_proxy: false,
            witness: None,
            permanode: None,
            compare_interval: Duration::from_secs(10),
            milestone_keys: None,
        };
        Self { nodes: Vec::new(), witness: None, permanode: None, inx: Vec::new(), rest }
    }
}

impl ClientConfigBuilder {
    /// Adds a node by the http or https address of its REST API, such as `http://localhost:14265`. Earlier
    /// nodes are preferred. No user or password in the address: see [`NodeClient::set_auth`](crate::NodeClient::set_auth).
    pub fn node(mut self, url: impl Into<String>) -> Self {
        self.nodes.push(url.into());
        self
    }

    /// Sets the node that what the others say is compared with; see [`NodeClient::witness`](crate::NodeClient::witness).
    /// It should be run by somebody else, and is used for nothing else. None by default.
    pub fn witness(mut self, url: Option<String>) -> Self {
        self.witness = url;
        self
    }

    /// Sets the http or https address of a permanode: a service that speaks the core REST API v2 as nodes do and forgets
    /// nothing. It is asked for what no node has any more, and for nothing else. What it says of outputs and of what milestones
    /// did is believed as a node's is. None by default.
    pub fn permanode(mut self, url: Option<String>) -> Self {
        self.permanode = url;
        self
    }

    /// Adds a node by the http address of its INX, such as `http://localhost:9029`: the ledger is read over INX then,
    /// and everything else over REST as before. Earlier nodes are preferred. INX has neither encryption nor
    /// authentication: only for own nodes on a link that is trusted.
    pub fn inx(mut self, url: impl Into<String>) -> Self {
        self.inx.push(url.into());
        self
    }

    /// How long one request may take in all, 10 seconds by default; 1 ms to 10 minutes.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.rest.request_timeout = timeout;
        self
    }

    /// How long connecting may take, 5 seconds by default; 1 ms to 10 minutes.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.rest.connect_timeout = timeout;
        self
    }

    /// How many requests may be under way at once over all nodes, 64 by default; 1 to 1,000.
    pub fn max_requests_in_flight(mut self, requests: usize) -> Self {
        self.rest.max_requests_in_flight = requests;
        self
    }

    /// How many requests a second may be started over all nodes, unlimited by default; 1 to 1,000,000.
    pub fn requests_per_second(mut self, requests: Option<u32>) -> Self {
        self.rest.requests_per_second = requests;
        self
    }

    /// The greatest number of bytes of an answer that is read, 64 MiB by default; 4 KiB to 1 GiB. The outputs of
    /// one milestone, or of one look-up, may have 16 times as many bytes together.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.rest.max_body = bytes;
        self
    }

    /// How often a round over all nodes is repeated for unspent outputs and submissions, 2 by default; 0 to 10.
    /// The feed and block states are not repeated: whoever wants to know asks again.
    pub fn retries(mut self, rounds: u32) -> Self {
        self.rest.retries = rounds;
        self
    }

    /// Who does the proof of work; this process by default.
    pub fn proof_of_work(mut self, by: ProofOfWork) -> Self {
        self.rest.proof_of_work = by;
        self
    }

    /// How long this process works on one proof for a node before it gives that node up, 3 minutes by default;
    /// 1 ms to 1 hour. A node may ask for more work than can ever be done.
    pub fn proof_timeout(mut self, timeout: Duration) -> Self {
        self.rest.proof_timeout = timeout;
        self
    }

    /// Whether the proxies of the environment (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`) are used; off by default.
    pub fn environment_proxy(mut self, used: bool) -> Self {
        self.rest.environment_proxy = used;
        self
    }

    /// How often the nodes are compared with each other, every 10 seconds by default; 1 ms to 10 minutes. It costs
    /// one request a node, and nothing where there is only one. Nodes are compared over INX when the one that is read
    /// has stood still that long. A node that is more than two milestones behind the
    /// furthest is used only when the others fail.
    pub fn compare_interval(mut self, interval: Duration) -> Self {
        self.rest.compare_interval = interval;
        self
    }

    /// The keys that sign the network's milestones. With them, a milestone that is not signed by enough of them is a
    /// fault of the node that gave it. Not set by default: signatures are not checked.
    pub fn milestone_keys(mut self, keys: Option<MilestoneKeys>) -> Self {
        self.rest.milestone_keys = keys;
        self
    }

    /// Checks the configuration.
    ///
    /// # Errors
    /// [`ConfigError`]: no node, an unusable address or a number out of its range.
    pub fn build(self) -> Result<ClientConfig, ConfigError> {
        let mut config = self.rest;
        for (at, text) in self.nodes.iter().enumerate() {
            let position = at + 1;
            let url = parse_url(text).map_err(|reason| ConfigError::Url { position, reason })?;
            if config.nodes.contains(&url) {
                return Err(ConfigError::Duplicate { position });
            }
            config.nodes.push(url);
        }
        if config.nodes.is_empty() {
            return Err(ConfigError::NoNode);
        }
        config.witness = self.witness.as_deref().map(|text| witness(text, &config.nodes)).transpose()?;
        config.permanode = self.permanode.as_deref().map(|text| permanode(text, &config.nodes)).transpose()?;
        for (at, text) in self.inx.iter().enumerate() {
            let invalid = |reason| ConfigError::Inx { position: at + 1, reason };
            let url = parse_inx(text).map_err(invalid)?;
            if config.inx.contains(&url) {
                return Err(invalid("is there twice"));
            }
            config.inx.push(url);
        }
        let times = Duration::from_millis(1)..=Duration::from_secs(600);
        let range = |ok, name, range| if ok { Ok(()) } else { Err(ConfigError::Range { name, range }) };
        range(times.contains(&config.request_timeout), "the request timeout", "1 ms to 10 minutes")?;
        range(times.contains(&config.connect_timeout), "the connect timeout", "1 ms to 10 minutes")?;
        range(times.contains(&config.compare_interval), "the interval of comparing nodes", "1 ms to 10 minutes")?;
        range((1..=1000).contains(&config.max_requests_in_flight), "the number of requests in flight", "1 to 1,000")?;
        let pace = config.requests_per_second.is_none_or(|pace| (1..=1_000_000).contains(&pace));
        range(pace, "the number of requests per second", "1 to 1,000,000")?;
        range((4096..=1 << 30).contains(&config.max_body), "the greatest body", "4 KiB to 1 GiB")?;
        range(config.retries <= 10, "the number of retries", "0 to 10")?;
        let proofs = Duration::from_millis(1)..=Duration::from_secs(3600);
        range(proofs.contains(&config.proof_timeout), "the proof timeout", "1 ms to 1 hour")?;
        let ProofOfWork::Local { threads: Some(threads) } = config.proof_of_work else { return Ok(config) };
        range(threads.get() <= 1024, "the number of threads for proof of work", "1 to 1,024")?;
        Ok(config)
    }
}

fn witness(text: &str, nodes: &[Url]) -> Result<Url, ConfigError> {
    let url = parse_url(text).map_err(|reason| ConfigError::Witness { reason })?;
    if nodes.contains(&url) {
        return Err(ConfigError::Witness { reason: "is that of one of the nodes: it would agree with itself" });
    }
    Ok(url)
}

fn permanode(text: &str, nodes: &[Url]) -> Result<Url, ConfigError> {
    let url = parse_url(text).map_err(|reason| ConfigError::Permanode { reason })?;
    if nodes.contains(&url) {
        return Err(ConfigError::Permanode {
            reason: "is that of one of the nodes: it has nothing that they have not",
        });
    }
    Ok(url)
}

/// A node's address with a path that ends in `/`, so that routes can be joined to it.
pub(crate) fn parse_url(text: &str) -> Result<Url, &'static str> {
    let mut url = Url::parse(text).map_err(|_| "is not a URL")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("is neither http nor https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user or password; credentials are set separately");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("has a query or fragment");
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// The address of a node's INX.
fn parse_inx(text: &str) -> Result<Url, &'static str> {
    let url = parse_url(text)?;
    match (url.scheme(), url.path()) {
        ("http", "/") => Ok(url),
        ("http", _) => Err("has a path"),
        _ => Err("is not http: INX has no encryption of its own"),
    }
}

#[cfg(test)]
mod tests;
