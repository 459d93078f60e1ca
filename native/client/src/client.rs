//! The shared core: the runtime, the nodes, and going on with the next node.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, RwLock},
    time::{Duration, Instant},
};

use reqwest::Url;
use stardust_wallet::{
    error::ErrorKind,
    ledger::{Done, Feed, Network, NodeHealth, NodeRole},
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::watch,
    time::sleep,
};
use tracing::Instrument;

use crate::{
    api::Api,
    config::{ClientConfig, ConfigError, parse_url},
    counters::Counters,
    credentials::Auth,
    fault::Fault,
    feed::RestFeed,
    http::Http,
    inx::{InxFeed, Source},
    node::{Info, Node},
    pow::Miner,
    reply::Reply,
    walk::Walk,
    witness::RestWitness,
};

const WORKERS: usize = 2;
/// Tasks end at once when the client is closed; this is for the ones that are inside a call of ours.
const CLOSING: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The operating system gave no threads.
    #[error("the node client's threads could not be started")]
    Threads(#[source] std::io::Error),
    /// TLS or HTTP could not be set up.
    #[error("the node client could not be set up")]
    Http(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl OpenError {
    /// The kind that callers branch on.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        ErrorKind::Internal
    }
}

/// Talks to nodes. Clones share one core; the last one dropped closes it.
#[derive(Clone)]
pub struct NodeClient {
    inner: Arc<Inner>,
}

impl NodeClient {
    /// Starts the client's threads. No node is asked yet.
    ///
    /// # Errors
    /// [`OpenError`] when threads or TLS could not be set up.
    pub fn open(config: ClientConfig) -> Result<Self, OpenError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("node-client")
            .enable_all()
            .build()
            .map_err(OpenError::Threads)?;
        let expected = Arc::default();
        let mut core = Core::new(&config, &config.nodes, NodeRole::Ledger, &expected)?;
        core.inx = config.inx.iter().cloned().map(|url| Arc::new(Source::new(Node::new(url, NodeRole::Inx)))).collect();
        let witness = config.witness.iter().cloned().collect::<Vec<_>>();
        let witness = match witness.as_slice() {
            [] => None,
            witness => Some(Arc::new(Core::new(&config, witness, NodeRole::Witness, &expected)?)),
        };
        let permanode = config.permanode.iter().cloned().collect::<Vec<_>>();
        let permanode = match permanode.as_slice() {
            [] => None,
            permanode => Some(Arc::new(Core::new(&config, permanode, NodeRole::Permanode, &expected)?)),
        };
        let inner = Inner {
            core: Arc::new(core),
            witness,
            permanode,
            handle: runtime.handle().clone(),
            runtime: RwLock::new(Some(runtime)),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A feed of the ledger over REST. Several may exist; each belongs to one thread.
    #[must_use]
    pub fn feed(&self) -> RestFeed {
        RestFeed::new(self.clone())
    }

    /// The witness, if one is configured.
    #[must_use]
    pub fn witness(&self) -> Option<RestWitness> {
        self.inner.witness.is_some().then(|| RestWitness::new(self.clone()))
    }

    /// A feed of the ledger as the configuration asks for: over INX when it names nodes with INX, or else over REST.
    #[must_use]
    pub fn configured_feed(&self) -> Box<dyn Feed> {
        if self.inner.core.inx.is_empty() { Box::new(self.feed()) } else { Box::new(self.inx_feed()) }
    }

    /// A feed of the ledger over the INX of the nodes that were configured for it; without any, it answers that no
    /// node can be used.
    #[must_use]
    pub fn inx_feed(&self) -> InxFeed {
        InxFeed::new(self.clone())
    }

    /// States the wallet's network. Nodes that serve another one are refused from now on, also those that
    /// were accepted before. Without it the first network that a node names is the wallet's.
    pub fn expect_network(&self, network: Network) {
        *self.inner.core.expected.lock().expect("nothing panics while it is held") = Some(network);
        self.inner.all_nodes().for_each(|node| node.forget());
    }

    /// Sets or clears what a node wants to see; used from the next request on. `url` is the address as configured.
    ///
    /// # Errors
    /// [`ConfigError`] when the node is not configured or the credentials cannot be sent.
    pub fn set_auth(&self, url: &str, auth: Option<Auth>) -> Result<(), ConfigError> {
        let url = parse_url(url).map_err(|_| ConfigError::UnknownNode)?;
        let node = self.inner.all_nodes().find(|node| node.url == url).ok_or(ConfigError::UnknownNode)?;
        if auth.as_ref().is_some_and(|auth| !auth.is_sendable()) {
            return Err(ConfigError::Credentials);
        }
        node.set_auth(auth);
        Ok(())
    }

    /// What is known of each node, in the order of the configuration, then those over INX, the permanode, and the witness last.
    /// From memory: no node is asked.
    #[must_use]
    pub fn health(&self) -> Vec<NodeHealth> {
        self.inner.all_nodes().map(|node| node.health()).collect()
    }

    /// How many requests were sent since the client was opened, those to the witness and the permanode left out.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.inner.core.http.counting.read()
    }

    /// Ends all requests, answers what is outstanding with [`ErrorKind::Closed`], and joins the threads. May be
    /// repeated; any use after it fails with the same kind. From inside an answer of this client the threads
    /// are not waited for.
    pub fn close(&self) {
        self.inner.close();
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.inner.core
    }

    pub(crate) fn witness_core(&self) -> Option<&Arc<Core>> {
        self.inner.witness.as_ref()
    }

    pub(crate) fn permanode_core(&self) -> Option<&Arc<Core>> {
        self.inner.permanode.as_ref()
    }

    /// Runs a future to its end on the calling thread, or until the client is closed.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        // held, so that the runtime outlives what runs here; closing ends the future first
        let runtime = self.inner.runtime.read().expect("nothing panics while it is held");
        let runtime = runtime.as_ref().ok_or_else(Fault::closed)?;
        runtime.block_on(self.inner.core.unless_closed(future))
    }

    /// Starts a future that answers `done`, exactly once.
    pub(crate) fn start<T, F>(&self, done: Done<T>, fallback: fn(Fault) -> T, future: F)
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let reply = Reply::new(done, fallback);
        let core = self.inner.core.clone();
        let task = async move {
            let answer = core.unless_closed(async { Ok(future.await) }).await;
            match answer {
                Ok(answer) => reply.give(answer),
                Err(_) => drop(reply),
            }
        };
        drop(self.inner.handle.spawn(task.in_current_span()));
    }

    /// Starts a future whose result is fetched later; it is cancelled when the client is closed.
    pub(crate) fn spawn<T, F>(&self, future: F) -> tokio::task::JoinHandle<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        self.inner.handle.spawn(future.in_current_span())
    }
}

impl fmt::Debug for NodeClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes: Vec<_> = self.inner.core.nodes.iter().map(|node| node.name.as_str()).collect();
        f.debug_struct("NodeClient").field("nodes", &nodes).finish_non_exhaustive()
    }
}

struct Inner {
    core: Arc<Core>,
    /// The same for the witness, which shares nothing with the nodes but the runtime.
    witness: Option<Arc<Core>>,
    /// The same for the permanode.
    permanode: Option<Arc<Core>>,
    /// Starts tasks without the lock: what runs in [`NodeClient::wait`] has it already, and a second time it
    /// would wait behind a close that waits for the first. Tasks of a runtime that is gone are dropped at once.
    handle: Handle,
    runtime: RwLock<Option<Runtime>>,
}

impl Inner {
    fn all_nodes(&self) -> impl Iterator<Item = &Arc<Node>> {
        let inx = self.core.inx.iter().map(|source| &source.node);
        let others = self.permanode.iter().chain(&self.witness).flat_map(|core| &core.nodes);
        self.core.nodes.iter().chain(inx).chain(others)
    }

    fn close(&self) {
        self.core.closed.send_replace(true);
        if Handle::try_current().is_ok() {
            // inside the runtime: waiting for its threads, or for a lock that they hold, would never end
            if let Ok(Some(runtime)) = self.runtime.try_write().map(|mut runtime| runtime.take()) {
                runtime.shutdown_background();
            }
            return;
        }
        let runtime = self.runtime.write().expect("nothing panics while it is held").take();
        if let Some(runtime) = runtime {
            runtime.shutdown_timeout(CLOSING);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}

/// What requests need; outlived by no runtime thread's wish to drop the runtime itself.
pub(crate) struct Core {
    pub(crate) http: Http,
    pub(crate) nodes: Vec<Arc<Node>>,
    pub(crate) inx: Vec<Arc<Source>>,
    pub(crate) config: ClientConfig,
    pub(crate) miner: Miner,
    /// When the nodes were last compared with each other.
    pub(crate) compared: Mutex<Option<Instant>>,
    expected: Arc<Mutex<Option<Network>>>,
    closed: watch::Sender<bool>,
}

impl Core {
    fn new(
        config: &ClientConfig,
        nodes: &[Url],
        role: NodeRole,
        expected: &Arc<Mutex<Option<Network>>>,
    ) -> Result<Self, OpenError> {
        Ok(Self {
            http: Http::new(config).map_err(OpenError::Http)?,
            nodes: nodes.iter().cloned().map(|url| Arc::new(Node::new(url, role))).collect(),
            inx: Vec::new(),
            expected: expected.clone(),
            compared: Mutex::default(),
            closed: watch::channel(false).0,
            miner: Miner::new(config.proof_of_work),
            config: config.clone(),
        })
    }

    /// A walk over the nodes, best first.
    pub(crate) fn walk(self: &Arc<Self>) -> Walk {
        Walk::new(self)
    }

    /// Compares with the wallet's network; the first one ever seen becomes it.
    pub(crate) fn check_network(&self, network: &Network) -> Result<(), Fault> {
        let mut expected = self.expected.lock().expect("nothing panics while it is held");
        let expected = expected.get_or_insert_with(|| network.clone());
        let same = |of: &Network| (of.name.clone(), of.id, of.hrp.clone(), of.protocol_version);
        if same(expected) == same(network) {
            return Ok(());
        }
        let (name, hrp) = (crate::fault::printable(&network.name), crate::fault::printable(&network.hrp));
        let message = format!("serves network {name:?} ({hrp}), not {:?} ({})", expected.name, expected.hrp);
        Err(Fault::new(ErrorKind::NodeWrongNetwork, message))
    }

    /// Asks one node after the other, each checked before, until one answers, and repeats the round when a
    /// fault may pass by itself.
    pub(crate) async fn on_any<T, F, Fut>(self: &Arc<Self>, rounds: u32, operation: F) -> Result<T, Fault>
    where
        F: Fn(Api, Arc<Info>) -> Fut,
        Fut: Future<Output = Result<T, Fault>>,
    {
        let mut round = 0;
        loop {
            let mut walk = self.walk();
            while let Some((api, info)) = walk.next().await {
                match operation(api.clone(), info).await {
                    Ok(answer) => {
                        api.node.succeeded();
                        return Ok(answer);
                    }
                    Err(fault) => walk.failed(&api, fault),
                }
            }
            let faults = walk.into_faults();
            let pause = self.pause_before_next(round, &faults);
            let (true, Some(pause)) = (round < rounds, pause) else { return Err(Fault::of_all(faults)) };
            sleep(pause).await;
            round += 1;
        }
    }

    /// How long to wait before all nodes are asked again; none: not worth it.
    fn pause_before_next(&self, round: u32, faults: &[Fault]) -> Option<Duration> {
        let passing = faults.iter().filter(|fault| fault.kind.is_retryable() && !fault.timed_out);
        let wanted = passing.map(|fault| fault.retry_after.unwrap_or_default()).min()?;
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(round)).max(wanted);
        (pause <= self.config.request_timeout).then_some(pause)
    }

    /// The future's result, or at once [`Fault::closed`] when the client is or gets closed.
    async fn unless_closed<T>(&self, future: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let mut closed = self.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(Fault::closed()),
            result = future => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{TryLockError, mpsc},
        thread,
    };

    use super::*;

    fn client() -> NodeClient {
        NodeClient::open(ClientConfig::builder().node("http://127.0.0.1:1").build().unwrap()).unwrap()
    }

    #[test]
    fn tasks_can_be_started_while_closing_waits_for_a_call() {
        let client = client();
        let (sender, receiver) = mpsc::channel();
        let (closing, starting) = (client.clone(), client.clone());
        let under_way = client.inner.runtime.read().unwrap();
        let close = thread::spawn(move || closing.close());
        // a writer that waits keeps new readers out
        while !matches!(client.inner.runtime.try_read(), Err(TryLockError::WouldBlock)) {
            thread::sleep(Duration::from_millis(1));
        }
        thread::spawn(move || {
            drop(starting.spawn(async {}));
            sender.send(()).unwrap();
        });
        let started = receiver.recv_timeout(Duration::from_secs(10));
        drop(under_way);
        close.join().unwrap();
        started.unwrap();
    }

    #[test]
    fn every_answer_is_given_also_of_a_task_that_breaks_down_or_comes_too_late() {
        let client = client();
        let fallback = |fault: Fault| fault.kind;
        let (sender, receiver) = mpsc::channel();
        let done = |sender: &mpsc::Sender<ErrorKind>| {
            let sender = sender.clone();
            Box::new(move |kind| sender.send(kind).unwrap())
        };
        client.start(done(&sender), fallback, async { panic!("a test's panic") });
        assert_eq!(receiver.recv_timeout(Duration::from_secs(10)), Ok(ErrorKind::Internal));
        client.close();
        client.start(done(&sender), fallback, async { ErrorKind::Timeout });
        assert_eq!(receiver.recv_timeout(Duration::from_secs(10)), Ok(ErrorKind::Closed));
    }
}
