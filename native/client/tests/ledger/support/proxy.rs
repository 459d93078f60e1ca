//! A way to a node that can be cut.

use std::{
    io,
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// Passes connections on to a node, until it is cut: then all of them end, and so does every new one.
pub(crate) struct Proxy {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    cut: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    pub(crate) fn to(node: &str) -> Self {
        let upstream = node.strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::<Shared>::default();
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(&upstream)) else { continue };
                serving.pass(client, server);
            }
        });
        Self { url, shared }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn cut(&self) {
        self.shared.cut.store(true, Ordering::SeqCst);
        for stream in self.shared.open.lock().unwrap().drain(..) {
            // it may have ended by itself
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

impl Shared {
    fn pass(&self, client: TcpStream, server: TcpStream) {
        let mut open = self.open.lock().unwrap();
        if self.cut.load(Ordering::SeqCst) {
            return;
        }
        open.extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
        let (to_server, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
        for (mut from, mut to) in [(client, to_server), (server, to_client)] {
            thread::spawn(move || {
                // an error is the end of the connection, like any other
                drop(io::copy(&mut from, &mut to));
                drop(to.shutdown(Shutdown::Write));
            });
        }
    }
}
