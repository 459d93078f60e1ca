//! A small HTTP server that answers as the test says, good or bad.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// Lower-case names.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// How to answer.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Full {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// These bytes instead of an HTTP answer, then the end of the connection.
    Raw(Vec<u8>),
    /// A body that never ends, in pieces with a pause between them.
    Endless {
        pause: Duration,
    },
    /// No answer while the server lives.
    Silent,
}

pub(crate) fn json(status: u16, body: impl ToString) -> Reply {
    let headers = vec![("Content-Type", "application/json; charset=UTF-8".to_owned())];
    Reply::Full { status, headers, body: body.to_string().into_bytes() }
}

pub(crate) fn binary(body: Vec<u8>) -> Reply {
    Reply::Full { status: 200, headers: vec![("Content-Type", "application/vnd.iota.serializer-v1".into())], body }
}

/// An error in the protocol's form.
pub(crate) fn error(status: u16, message: &str) -> Reply {
    json(status, serde_json::json!({"error": {"code": status.to_string(), "message": message}}))
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// The server; dropping it ends it.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    handler: Box<Handler>,
    seen: Mutex<Vec<Request>>,
    stop: AtomicBool,
}

impl Server {
    pub(crate) fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared =
            Arc::new(Shared { handler: Box::new(handler), seen: Mutex::default(), stop: AtomicBool::new(false) });
        let accepted = shared.clone();
        let accepting = thread::spawn(move || {
            for stream in listener.incoming() {
                if accepted.stop.load(Ordering::Relaxed) {
                    return;
                }
                let shared = accepted.clone();
                thread::spawn(move || shared.serve(stream.unwrap()));
            }
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.shared.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
        self.accepting.take().unwrap().join().unwrap();
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) {
        stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        while let Some(request) = self.read(&mut reader) {
            self.seen.lock().unwrap().push(request.clone());
            let alive = match (self.handler)(&request) {
                Reply::Full { status, headers, body } => {
                    let mut head = format!("HTTP/1.1 {status} Scripted\r\nContent-Length: {}\r\n", body.len());
                    for (name, value) in headers {
                        head.push_str(&format!("{name}: {value}\r\n"));
                    }
                    stream.write_all(&[head.as_bytes(), b"\r\n", &body].concat()).is_ok()
                }
                Reply::Raw(bytes) => {
                    drop(stream.write_all(&bytes));
                    false
                }
                Reply::Endless { pause } => {
                    let head =
                        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
                    let mut alive = stream.write_all(head).is_ok();
                    while alive && !self.stop.load(Ordering::Relaxed) {
                        alive = stream.write_all(format!("4000\r\n{:16384}\r\n", "").as_bytes()).is_ok();
                        thread::sleep(pause);
                    }
                    false
                }
                Reply::Silent => {
                    while !self.stop.load(Ordering::Relaxed) {
                        thread::sleep(Duration::from_millis(5));
                    }
                    false
                }
            };
            if !alive {
                return;
            }
        }
    }

    fn read(&self, reader: &mut BufReader<TcpStream>) -> Option<Request> {
        let line = self.line(reader)?;
        let mut words = line.split(' ').map(str::to_owned);
        let (method, path) = (words.next()?, words.next()?);
        let mut headers = Vec::new();
        loop {
            let line = self.line(reader)?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut request = Request { method, path, headers, body: Vec::new() };
        let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        request.body = vec![0; length];
        reader.read_exact(&mut request.body).ok()?;
        Some(request)
    }

    /// A line without its end; none when the connection or the server ends.
    fn line(&self, reader: &mut BufReader<TcpStream>) -> Option<String> {
        let mut line = String::new();
        while !line.ends_with('\n') {
            match reader.read_line(&mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    if self.stop.load(Ordering::Relaxed) {
                        return None;
                    }
                }
                Err(_) => return None,
            }
        }
        Some(line.trim_end().to_owned())
    }
}
