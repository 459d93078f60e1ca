//! Starting and stopping a devnet.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use tokio::runtime::Runtime;

use crate::{
    config::Config,
    http::{self, Connections, Context, DroppingListener, bind},
    inx,
    node::{Lag, Node},
};

/// Why a devnet cannot be started or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevnetError {
    /// A port is in use, or the system gives no socket or thread.
    #[error("cannot start the devnet")]
    Start(#[source] std::io::Error),
    /// The network name or the human-readable part is not valid.
    #[error("the network's parameters are not valid: {0}")]
    Parameters(String),
    /// The address is not one of this network, or the faucet's funds are used up.
    #[error("cannot pay: {0}")]
    Funding(String),
    /// A milestone could not be made: a fault of the devnet.
    #[error("cannot issue a milestone: {0}")]
    Milestone(String),
}

/// Settings of a devnet; every one has a default.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct DevnetBuilder {
    config: Config,
}

impl DevnetBuilder {
    /// Port of the node's REST API on 127.0.0.1; 0, the default, takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.config.port = port;
        self
    }

    /// Port of the faucet's REST API on 127.0.0.1; 0, the default, takes a free one.
    pub fn faucet_port(mut self, port: u16) -> Self {
        self.config.faucet_port = port;
        self
    }

    /// Port of the node's INX on 127.0.0.1; 0, the default, takes a free one.
    pub fn inx_port(mut self, port: u16) -> Self {
        self.config.inx_port = port;
        self
    }

    /// Time between milestones. `None`, the default, or zero: only by [`Devnet::issue_milestones`]
    /// or the control route. Milestone timestamps are whole seconds that grow by at least one a
    /// milestone, so with shorter intervals the ledger's clock runs ahead of the wall clock.
    pub fn milestone_interval(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.config.milestone_interval = interval.into().filter(|interval| !interval.is_zero());
        self
    }

    /// Name of the network, from which the network id comes. Default: `stardust-devnet`.
    pub fn network_name(mut self, name: impl Into<String>) -> Self {
        self.config.network_name = name.into();
        self
    }

    /// Human-readable part of the network's addresses. Default: `tst`.
    pub fn hrp(mut self, hrp: impl Into<String>) -> Self {
        self.config.hrp = hrp.into();
        self
    }

    /// Least proof of work of a block. Default: 0, none at all.
    pub fn min_pow_score(mut self, score: u32) -> Self {
        self.config.min_pow_score = score;
        self
    }

    /// Whether the node completes blocks that lack parents or proof of work. Default: true.
    pub fn node_pow(mut self, enabled: bool) -> Self {
        self.config.node_pow = enabled;
        self
    }

    /// Base units the faucet pays per request. Default: 1,000,000,000.
    pub fn faucet_amount(mut self, amount: u64) -> Self {
        self.config.faucet_amount = amount;
        self
    }

    /// Keeps so many milestones and forgets older ones as new ones come. Default: keeps all.
    pub fn keep_milestones(mut self, count: u32) -> Self {
        self.config.keep_milestones = Some(count).filter(|count| *count > 0);
        self
    }

    /// Starts the devnet at milestone 1; when this returns, it accepts connections. May be called
    /// from asynchronous code: it does not wait for anything.
    ///
    /// # Errors
    /// [`DevnetError::Start`] when a port is in use, [`DevnetError::Parameters`] when the network
    /// cannot be named so.
    pub fn start(self) -> Result<Devnet, DevnetError> {
        let faucet_listener =
            bind((Ipv4Addr::LOCALHOST, self.config.faucet_port).into()).map_err(DevnetError::Start)?;
        let faucet_url = format!("http://{}", faucet_listener.local_addr().map_err(DevnetError::Start)?);
        let inx_listener = bind((Ipv4Addr::LOCALHOST, self.config.inx_port).into()).map_err(DevnetError::Start)?;
        let inx_url = format!("http://{}", inx_listener.local_addr().map_err(DevnetError::Start)?);
        let (port, interval) = (self.config.port, self.config.milestone_interval);
        let node = Node::new(self.config).map_err(|error| DevnetError::Parameters(error.to_string()))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("stardust-devnet")
            .enable_all()
            .build()
            .map_err(DevnetError::Start)?;
        let context = {
            let _runtime = runtime.enter();
            let context = Context::serve(Arc::new(node), port).map_err(DevnetError::Start)?;
            let listener = DroppingListener::new(faucet_listener, Connections::default());
            runtime.spawn(http::serve_faucet(listener.map_err(DevnetError::Start)?, context.clone()));
            let inx_listener = tokio::net::TcpListener::from_std(inx_listener).map_err(DevnetError::Start)?;
            runtime.spawn(inx::serve(inx_listener, context.clone()));
            context
        };
        if let Some(interval) = interval {
            runtime.spawn(issue_by_timer(context.clone(), interval));
        }
        let node_url = context.url();
        tracing::info!(node = node_url, faucet = faucet_url, inx = inx_url, "devnet started");
        Ok(Devnet { runtime: Some(runtime), context, node_url, faucet_url, inx_url })
    }
}

/// A running devnet. Dropping it stops it and closes all its connections.
#[derive(Debug)]
pub struct Devnet {
    /// Only `None` while it is dropped.
    runtime: Option<Runtime>,
    context: Context,
    node_url: String,
    faucet_url: String,
    inx_url: String,
}

impl Devnet {
    /// Settings for a new devnet.
    pub fn builder() -> DevnetBuilder {
        DevnetBuilder::default()
    }

    /// Base URL of the node, such as `http://127.0.0.1:14265`, without a slash at the end.
    #[must_use]
    pub fn node_url(&self) -> &str {
        &self.node_url
    }

    /// Base URL of the faucet, without a slash at the end.
    #[must_use]
    pub fn faucet_url(&self) -> &str {
        &self.faucet_url
    }

    /// URL of the node's INX, such as `http://127.0.0.1:9029`, without a slash at the end.
    #[must_use]
    pub fn inx_url(&self) -> &str {
        &self.inx_url
    }

    /// Issues `count` milestones at once, whatever the interval, and returns the index of the last
    /// one. They confirm every block that was submitted before.
    ///
    /// # Errors
    /// [`DevnetError::Milestone`], which is a fault of the devnet.
    pub fn issue_milestones(&self, count: u32) -> Result<u32, DevnetError> {
        self.context.node().issue_milestones(count).map_err(|error| DevnetError::Milestone(error.to_string()))
    }

    /// Pays `amount` base units to a bech32 address with a transaction of the faucet, which the next
    /// milestone confirms. Returns the output's id, 0x-prefixed hex.
    ///
    /// # Errors
    /// [`DevnetError::Funding`] when the address is not one of this network, or the amount is 0,
    /// below the storage deposit, or more than the faucet has.
    pub fn fund(&self, address: &str, amount: u64) -> Result<String, DevnetError> {
        let node = self.context.node();
        let funding = |error: &dyn std::fmt::Display| DevnetError::Funding(error.to_string());
        let address = node.parse_address(address).map_err(|error| funding(&error))?;
        let output = node.plain_output(address, amount).map_err(|error| funding(&error))?;
        let payment = node.pay(vec![output], false).map_err(|error| funding(&error))?;
        Ok(payment.output_ids.iter().map(ToString::to_string).collect())
    }

    /// Opens one more REST server before the same ledger, as a second node of the network would have
    /// it, and returns its URL. Its health, its faults and its count of requests are its own.
    ///
    /// # Errors
    /// [`DevnetError::Start`] when the system gives no socket.
    pub fn add_node(&self) -> Result<String, DevnetError> {
        Ok(self.serve(self.context.node())?.url())
    }

    /// Starts one more node of the network, with a ledger of its own that is as late as `lag` says.
    /// It begins at the present milestone, so one that is to lag stands still at first.
    ///
    /// # Errors
    /// [`DevnetError::Start`] when the system gives no socket.
    pub fn add_follower(&self, lag: Lag) -> Result<Follower, DevnetError> {
        let node = self.context.node().follow(lag);
        Ok(Follower { context: self.serve(node)? })
    }

    /// Closes the node's port and ends its connections, as a node that went down; the ledger stays
    /// and milestones go on. Does nothing when it is closed. Not to be called from asynchronous code.
    pub fn stop_serving(&self) {
        if let Some(runtime) = &self.runtime {
            runtime.block_on(self.context.close(None));
        }
    }

    /// Opens the node's port again after [`Self::stop_serving`]. Not to be called from asynchronous code.
    ///
    /// # Errors
    /// [`DevnetError::Start`] when another program has taken the port.
    pub fn serve_again(&self) -> Result<(), DevnetError> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(self.context.open()).map_err(DevnetError::Start),
            None => Ok(()),
        }
    }

    fn serve(&self, node: Arc<Node>) -> Result<Context, DevnetError> {
        let _runtime = self.runtime.as_ref().map(Runtime::enter);
        Context::serve(node, 0).map_err(DevnetError::Start)
    }

    /// Forgets milestones up to an index, at most the one before the latest, with the blocks they
    /// confirmed and the outputs they consumed. Returns the pruning index.
    pub fn prune(&self, index: u32) -> u32 {
        self.context.node().prune(index)
    }

    /// Stops and resumes the issuing of milestones by timer. A milestone that is being made when it is
    /// stopped is waited for; none comes after this has returned.
    pub fn set_paused(&self, paused: bool) {
        self.context.node().set_paused(paused);
    }
}

/// One more node of a devnet's network, with a ledger of its own. It lives as long as the devnet.
#[derive(Debug)]
pub struct Follower {
    context: Context,
}

impl Follower {
    /// Base URL of its REST API, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.context.url()
    }

    /// Holds it back, or lets it catch up. Returns the milestone it is at then.
    pub fn set_lag(&self, lag: Lag) -> u32 {
        let node = self.context.node();
        node.set_lag(lag).unwrap_or_else(|| node.read().ledger.index())
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // unlike a plain drop this is allowed in asynchronous code
            runtime.shutdown_background();
        }
    }
}

async fn issue_by_timer(context: Context, interval: Duration) {
    let mut timer = tokio::time::interval(interval);
    timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        timer.tick().await;
        let node = context.node();
        match tokio::task::spawn_blocking(move || node.issue_unless_paused()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(%error, "no milestone"),
            Err(error) => tracing::error!(%error, "no milestone"),
        }
    }
}
