//! Connections that a handler can cut off without an answer.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// A TCP listener whose connections can be dropped.
#[derive(Debug)]
pub(crate) struct DroppingListener {
    listener: TcpListener,
    connections: Connections,
}

/// The open connections of a server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connections(Arc<Mutex<Vec<Weak<Wire>>>>);

/// Cuts its connection off.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionHandle(Arc<Wire>);

#[derive(Debug, Default)]
struct Wire {
    cut: AtomicBool,
    /// Waits for the peer to say something.
    reader: Mutex<Option<Waker>>,
}

impl Connections {
    /// Cuts all connections off but one.
    pub(crate) fn cut_all(&self, except: Option<&ConnectionHandle>) {
        let open = std::mem::take(&mut *lock(&self.0));
        for wire in open.iter().filter_map(Weak::upgrade) {
            if except.is_some_and(|kept| Arc::ptr_eq(&kept.0, &wire)) {
                lock(&self.0).push(Arc::downgrade(&wire));
            } else {
                ConnectionHandle(wire).cut();
            }
        }
    }

    fn add(&self) -> ConnectionHandle {
        let handle = ConnectionHandle::default();
        let mut open = lock(&self.0);
        open.retain(|wire| wire.strong_count() > 0);
        open.push(Arc::downgrade(&handle.0));
        handle
    }
}

impl ConnectionHandle {
    /// Nothing more is written; the peer sees the end of the connection.
    pub(crate) fn cut(&self) {
        self.0.cut.store(true, Ordering::SeqCst);
        if let Some(reader) = lock(&self.0.reader).take() {
            reader.wake();
        }
    }

    fn is_cut(&self) -> bool {
        self.0.cut.load(Ordering::SeqCst)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection that ends when its handle says so.
#[derive(Debug)]
pub(crate) struct DroppableStream {
    stream: TcpStream,
    handle: ConnectionHandle,
}

impl DroppingListener {
    /// Must be called within a runtime.
    pub(crate) fn new(listener: std::net::TcpListener, connections: Connections) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::from_std(listener)?, connections })
    }
}

impl Listener for DroppingListener {
    type Io = DroppableStream;
    type Addr = ConnectionHandle;

    async fn accept(&mut self) -> (DroppableStream, ConnectionHandle) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "no TCP_NODELAY");
                    }
                    let handle = self.connections.add();
                    return (DroppableStream { stream, handle: handle.clone() }, handle);
                }
                Err(error) => {
                    // out of file descriptors, for example
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<ConnectionHandle> {
        Ok(ConnectionHandle::default())
    }
}

impl Connected<IncomingStream<'_, DroppingListener>> for ConnectionHandle {
    fn connect_info(stream: IncomingStream<'_, DroppingListener>) -> Self {
        stream.remote_addr().clone()
    }
}

impl DroppableStream {
    fn alive(&self) -> io::Result<()> {
        if self.handle.is_cut() { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for DroppableStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // before the look at the flag, so that a cut in between is not missed
        *lock(&self.handle.0.reader) = Some(cx.waker().clone());
        self.alive()?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for DroppableStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.alive()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
