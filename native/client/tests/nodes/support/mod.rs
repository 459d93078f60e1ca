//! What the tests of the node client share.

mod inx;
mod ledger;
mod server;

use std::{
    collections::HashSet,
    sync::{Mutex, mpsc},
    time::Duration,
};

use stardust_client::{ClientConfig, ClientConfigBuilder, NodeClient};
use stardust_wallet::ledger::{Address, Done, Interest, OutputId};

pub(crate) use self::{inx::*, ledger::*, server::*};

/// A configuration without repetitions. A request has so much time that none runs out of it on a slow machine: a test
/// that waits for that sets another one.
pub(crate) fn config(nodes: &[String]) -> ClientConfigBuilder {
    let builder = ClientConfig::builder()
        .request_timeout(Duration::from_secs(60))
        .connect_timeout(Duration::from_secs(2))
        .retries(0);
    nodes.iter().fold(builder, |builder, url| builder.node(url))
}

pub(crate) fn open(nodes: &[String]) -> NodeClient {
    NodeClient::open(config(nodes).build().unwrap()).unwrap()
}

/// A wallet's interest in plain sets.
#[derive(Default)]
pub(crate) struct Ours {
    pub(crate) addresses: HashSet<Address>,
    pub(crate) outputs: Mutex<HashSet<OutputId>>,
}

impl Ours {
    pub(crate) fn watching(addresses: &[Address]) -> Self {
        Self { addresses: addresses.iter().copied().collect(), outputs: Mutex::default() }
    }

    pub(crate) fn hold(&self, id: OutputId) {
        self.outputs.lock().unwrap().insert(id);
    }
}

impl Interest for Ours {
    fn watches(&self, address: &Address) -> bool {
        self.addresses.contains(address)
    }

    fn holds(&self, output: &OutputId) -> bool {
        self.outputs.lock().unwrap().contains(output)
    }
}

/// Waits for an answer that comes through a `Done`.
pub(crate) fn answer<T: Send + 'static>(ask: impl FnOnce(Done<T>)) -> T {
    let (sender, receiver) = mpsc::channel();
    ask(Box::new(move |answer| sender.send(answer).unwrap()));
    receiver.recv_timeout(Duration::from_secs(600)).unwrap()
}
