//! A node between the wallet and a devnet, which tells the truth unless a test has it lie.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A request of the wallet.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<String>,
    body: Vec<u8>,
}

impl Request {
    /// The same question about something else.
    pub(crate) fn at(&self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self.clone() }
    }

    /// The milestone of a question such as `…/milestones/by-index/7/utxo-changes`, and what follows the number.
    pub(crate) fn milestone(&self) -> Option<(u32, &str)> {
        let rest = self.path.strip_prefix("/api/core/v2/milestones/by-index/")?;
        let end = rest.find('/').unwrap_or(rest.len());
        Some((rest[..end].parse().ok()?, &rest[end..]))
    }

    pub(crate) fn of_milestone(&self, index: u32) -> Self {
        let (_, rest) = self.milestone().unwrap();
        self.at(format!("/api/core/v2/milestones/by-index/{index}{rest}"))
    }
}

/// What the true node said.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// An error in the node's form.
    pub(crate) fn error(status: u16) -> Self {
        let body = format!(r#"{{"error":{{"code":"{status}","message":"made up"}}}}"#).into_bytes();
        Self { status, headers: vec!["Content-Type: application/json".to_owned()], body }
    }

    pub(crate) fn header(mut self, header: &str) -> Self {
        self.headers.push(header.to_owned());
        self
    }
}

/// What the wallet gets to see.
pub(crate) enum Reply {
    Whole(Answer),
    /// Half of the body; then the connection ends.
    Cut(Answer),
    /// So many bytes at a time.
    Slow(Answer, usize, Duration),
    /// No answer; the connection ends.
    Nothing,
}

/// The way to the true node.
pub(crate) struct Truth<'a>(&'a str);

impl Truth<'_> {
    pub(crate) fn ask(&self, request: &Request) -> Option<Answer> {
        let address: SocketAddr = self.0.strip_prefix("http://")?.parse().ok()?;
        let mut stream = TcpStream::connect(address).ok()?;
        // 1.0: the body is as long as the connection, never in chunks
        let mut head = format!("{} {} HTTP/1.0\r\nHost: {address}\r\n", request.method, request.path);
        for header in request.headers.iter().filter(|header| {
            let header = header.to_ascii_lowercase();
            !header.starts_with("host:") && !header.starts_with("connection:")
        }) {
            head.push_str(&format!("{header}\r\n"));
        }
        stream.write_all(&[head.as_bytes(), b"\r\n", &request.body].concat()).ok()?;
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let status = line.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            match line.trim_end() {
                "" => break,
                header if header.to_ascii_lowercase().starts_with("content-type:") => headers.push(header.to_owned()),
                _ => {}
            }
        }
        let mut body = Vec::new();
        reader.read_to_end(&mut body).ok()?;
        Some(Answer { status, headers, body })
    }

    pub(crate) fn tell(&self, request: &Request) -> Reply {
        self.ask(request).map_or(Reply::Nothing, Reply::Whole)
    }
}

/// Answers a request; most ask [`Truth`] and change what it says.
pub(crate) type Lie = Box<dyn Fn(&Request, &Truth<'_>) -> Reply + Send + Sync>;

struct Shared {
    truth: Mutex<String>,
    lie: Mutex<Option<Arc<Lie>>>,
    open: Mutex<Vec<TcpStream>>,
    stop: AtomicBool,
}

/// The lying node.
pub(crate) struct Liar {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Liar {
    pub(crate) fn start(truth: &str) -> Self {
        let shared = Shared {
            truth: Mutex::new(truth.to_owned()),
            lie: Mutex::default(),
            open: Mutex::default(),
            stop: AtomicBool::default(),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let mut liar = Self { address, shared: Arc::new(shared), thread: None };
        liar.listen(listener);
        liar
    }

    fn listen(&mut self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        shared.stop.store(false, Ordering::SeqCst);
        self.thread = Some(thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stop.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                shared.open.lock().unwrap().push(stream.try_clone().unwrap());
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &shared));
            }
        }));
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn lie(&self, lie: impl Fn(&Request, &Truth<'_>) -> Reply + Send + Sync + 'static) {
        *self.shared.lie.lock().unwrap() = Some(Arc::new(Box::new(lie)));
    }

    pub(crate) fn be_honest(&self) {
        *self.shared.lie.lock().unwrap() = None;
    }

    /// Another node behind the same URL.
    pub(crate) fn turn_to(&self, truth: &str) {
        truth.clone_into(&mut self.shared.truth.lock().unwrap());
    }

    /// As when the node's process ends: all connections break, new ones are refused.
    pub(crate) fn stop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.shared.stop.store(true, Ordering::SeqCst);
        // so that the thread looks
        drop(TcpStream::connect(self.address));
        thread.join().unwrap();
        for stream in self.shared.open.lock().unwrap().drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
    }

    /// The process is back, at the same address.
    pub(crate) fn restart(&mut self) {
        let end = Instant::now() + Duration::from_secs(60);
        let listener = loop {
            match TcpListener::bind(self.address) {
                Ok(listener) => break listener,
                // connections of before may hold the address for a moment
                Err(error) => assert!(Instant::now() < end, "{} is taken: {error}", self.address),
            }
            thread::sleep(Duration::from_millis(20));
        };
        self.listen(listener);
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(mut stream: TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read(&mut reader) {
        let truth = shared.truth.lock().unwrap().clone();
        let lie = shared.lie.lock().unwrap().clone();
        let truth = Truth(&truth);
        let reply = match lie {
            Some(lie) => lie(&request, &truth),
            None => truth.tell(&request),
        };
        if shared.stop.load(Ordering::SeqCst) || !write(&mut stream, &reply) {
            drop(stream.shutdown(Shutdown::Both));
            return;
        }
    }
}

fn write(stream: &mut TcpStream, reply: &Reply) -> bool {
    let (Reply::Whole(answer) | Reply::Cut(answer) | Reply::Slow(answer, ..)) = reply else { return false };
    let mut head = format!("HTTP/1.1 {} Told\r\nContent-Length: {}\r\n", answer.status, answer.body.len());
    for header in &answer.headers {
        head.push_str(&format!("{header}\r\n"));
    }
    head.push_str("\r\n");
    let body = &answer.body;
    match reply {
        Reply::Whole(_) => stream.write_all(&[head.as_bytes(), body].concat()).is_ok(),
        Reply::Cut(_) => {
            drop(stream.write_all(&[head.as_bytes(), &body[..body.len() / 2]].concat()));
            false
        }
        Reply::Slow(_, size, pause) => {
            stream.write_all(head.as_bytes()).is_ok()
                && body.chunks(*size).all(|part| {
                    thread::sleep(*pause);
                    stream.write_all(part).is_ok()
                })
        }
        Reply::Nothing => false,
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let (mut headers, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
        headers.push(line.to_owned());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body })
}
