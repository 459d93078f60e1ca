//! What the tests share.

mod http;
mod network;
mod payer;
mod proxy;
mod wallet;

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use stardust_client::{ClientConfig, ClientConfigBuilder};
use stardust_wallet::ledger::Done;

pub(crate) use self::{network::Net, payer::*, proxy::Proxy, wallet::*};

/// Longer than anything takes on a slow machine: a test that waits in vain fails then.
const PATIENCE: Duration = Duration::from_secs(120);

/// Asks again and again, until there is an answer.
pub(crate) fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Waits for an answer that comes through a `Done`.
pub(crate) fn answer<T: Send + 'static>(ask: impl FnOnce(Done<T>)) -> T {
    let (sender, receiver) = mpsc::channel();
    ask(Box::new(move |answer| sender.send(answer).unwrap()));
    receiver.recv_timeout(PATIENCE).unwrap()
}

/// A client's configuration for these nodes, the first one preferred.
pub(crate) fn config(nodes: &[&str]) -> ClientConfigBuilder {
    nodes.iter().fold(ClientConfig::builder(), |builder, url| builder.node(*url))
}
