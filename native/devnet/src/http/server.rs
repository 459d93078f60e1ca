//! The servers that stand before a node: each with faults of its own, and each can be closed, opened
//! again on the same port, and made the node of another network.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use tokio::{runtime::Handle, task::JoinHandle};

use super::{
    Faults,
    listener::{ConnectionHandle, Connections, DroppingListener},
};
use crate::node::Node;

/// How long the port of a closed server may take to be free again.
const REOPEN_TRIES: u32 = 200;

/// What the handlers of one server share. Several servers can stand before the same node; each
/// fails and is counted on its own.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) faults: Arc<Faults>,
    nodes: Arc<Nodes>,
    door: Arc<Door>,
}

/// The node a server stands before, and the one of another network that takes its place for a while.
#[derive(Debug)]
struct Nodes {
    home: Arc<Node>,
    away: RwLock<Option<Arc<Node>>>,
}

/// The port of a server.
#[derive(Debug)]
struct Door {
    address: SocketAddr,
    runtime: Handle,
    connections: Connections,
    serving: Mutex<Option<JoinHandle<()>>>,
}

impl Context {
    /// Opens a server before a node on a port of 127.0.0.1; 0 takes a free one. Must be called
    /// within a runtime.
    ///
    /// # Errors
    /// When the port is in use.
    pub(crate) fn serve(node: Arc<Node>, port: u16) -> io::Result<Self> {
        let listener = bind((Ipv4Addr::LOCALHOST, port).into())?;
        let door = Door {
            address: listener.local_addr()?,
            runtime: Handle::current(),
            connections: Connections::default(),
            serving: Mutex::new(None),
        };
        let context = Self {
            faults: Arc::new(Faults::default()),
            nodes: Arc::new(Nodes { home: node, away: RwLock::new(None) }),
            door: Arc::new(door),
        };
        context.accept(listener)?;
        Ok(context)
    }

    /// Base URL, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.door.address)
    }

    /// The node that answers now.
    pub(crate) fn node(&self) -> Arc<Node> {
        let away = self.nodes.away.read().unwrap_or_else(PoisonError::into_inner);
        away.as_ref().unwrap_or(&self.nodes.home).clone()
    }

    /// Lets a node of another network answer from now on, or with `None` its own one again.
    pub(crate) fn set_away(&self, node: Option<Arc<Node>>) {
        *self.nodes.away.write().unwrap_or_else(PoisonError::into_inner) = node;
    }

    /// Ends all connections but `except`; new ones are accepted.
    pub(crate) fn disconnect(&self, except: Option<&ConnectionHandle>) {
        self.door.connections.cut_all(except);
    }

    /// Stops to listen and ends all connections but `except`. The ledger stays.
    pub(crate) async fn close(&self, except: Option<&ConnectionHandle>) {
        let serving = self.door.lock().take();
        if let Some(task) = serving {
            task.abort();
            // it was aborted, or had ended before; either way it listens no more
            task.await.ok();
        }
        self.disconnect(except);
    }

    /// Listens on its port again; does nothing when it is open.
    ///
    /// # Errors
    /// When another program has taken the port meanwhile.
    pub(crate) async fn open(&self) -> io::Result<()> {
        let mut tries = 0;
        loop {
            if self.is_open() {
                return Ok(());
            }
            match bind(self.door.address).and_then(|listener| self.accept(listener)) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < REOPEN_TRIES => tries += 1,
                result => return result,
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.door.lock().is_some()
    }

    fn accept(&self, listener: TcpListener) -> io::Result<()> {
        let _runtime = self.door.runtime.enter();
        let listener = DroppingListener::new(listener, self.door.connections.clone())?;
        let context = self.clone();
        let task = self.door.runtime.spawn(async move {
            if let Err(error) = super::serve_node(listener, context).await {
                tracing::error!(%error, "a server ended");
            }
        });
        *self.door.lock() = Some(task);
        Ok(())
    }
}

impl Door {
    fn lock(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.serving.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listener that does not block.
pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
