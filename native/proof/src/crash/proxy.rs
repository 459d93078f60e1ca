//! A way to the node that stops in the middle: of a block that is being submitted, after any byte of it, or of the answer, after
//! any byte of that. It goes on after a while, unless a kill has ended the connection by then.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use stardust_proof::{Failure, Random};

/// What a request that submits a block begins with.
const SUBMISSION: &[u8] = b"POST /api/core/v2/blocks ";
/// One submission of so many is held in its middle, and as many in the middle of their answer.
const HELD: u64 = 3;
/// Milliseconds, at most.
const LONGEST: u64 = 400;
const LOOK: Duration = Duration::from_millis(2);

/// What happened on the way.
#[derive(Default)]
pub(crate) struct Seen {
    calm: AtomicBool,
    /// Connections that ended while a request was held after some of its bytes, and while an answer was.
    requests: AtomicU32,
    answers: AtomicU32,
}

impl Seen {
    /// From now on nothing is held.
    pub(crate) fn calm(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    /// How many submissions were cut off between two of their bytes, and how many answers to one.
    pub(crate) fn torn(&self) -> (u32, u32) {
        (self.requests.load(Ordering::Relaxed), self.answers.load(Ordering::Relaxed))
    }
}

/// Listens for as long as the process lives; answers the URL, and what was seen.
pub(crate) fn open(node: &str, seed: u64) -> Result<(String, Arc<Seen>), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let node = node.trim_start_matches("http://").to_owned();
    let (seen, random) = (Arc::<Seen>::default(), Arc::new(Mutex::new(Random::new(seed))));
    let all = Arc::clone(&seen);
    thread::spawn(move || {
        for wallet in listener.incoming().flatten() {
            let (node, seen, random) = (node.clone(), Arc::clone(&all), Arc::clone(&random));
            // a connection that cannot be made or breaks off is what the wallet has to live with
            thread::spawn(move || drop(connect(wallet, &node, &seen, &random)));
        }
    });
    Ok((url, seen))
}

fn connect(wallet: TcpStream, node: &str, seen: &Arc<Seen>, random: &Arc<Mutex<Random>>) -> io::Result<()> {
    let node = TcpStream::connect(node)?;
    let (submitted, over) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
    let one = |from: &TcpStream, to: &TcpStream, is_answer| -> io::Result<Way> {
        let (from, to) = (from.try_clone()?, to.try_clone()?);
        let (submitted, over) = (Arc::clone(&submitted), Arc::clone(&over));
        Ok(Way { from, to, is_answer, submitted, over, seen: Arc::clone(seen), random: Arc::clone(random) })
    };
    let (mut there, mut back) = (one(&wallet, &node, false)?, one(&node, &wallet, true)?);
    let answers = thread::spawn(move || back.copy());
    there.copy();
    drop(answers.join());
    Ok(())
}

/// One direction of a connection.
struct Way {
    from: TcpStream,
    to: TcpStream,
    is_answer: bool,
    /// Whether the request that was passed on last submits a block.
    submitted: Arc<AtomicBool>,
    /// Whether one side has ended.
    over: Arc<AtomicBool>,
    seen: Arc<Seen>,
    random: Arc<Mutex<Random>>,
}

impl Way {
    /// Passes on what comes until one side ends; then both do.
    fn copy(&mut self) {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(got @ 1..) = self.from.read(&mut buffer) {
            if self.pass(&buffer[..got]).is_err() {
                break;
            }
        }
        self.over.store(true, Ordering::Relaxed);
        for side in [&self.from, &self.to] {
            drop(side.shutdown(Shutdown::Both));
        }
    }

    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        // what begins otherwise belongs to the request before
        if !self.is_answer && [SUBMISSION, b"GET ", b"POST "].iter().any(|begin| bytes.starts_with(begin)) {
            self.submitted.store(bytes.starts_with(SUBMISSION), Ordering::Relaxed);
        }
        let submits = self.submitted.load(Ordering::Relaxed);
        let (held, at, time) = {
            let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
            let at = random.below(u64::try_from(bytes.len()).unwrap_or(0));
            (random.below(HELD) == 0, usize::try_from(at).unwrap_or(0), Duration::from_millis(random.below(LONGEST)))
        };
        if !submits || !held || self.seen.calm.load(Ordering::Relaxed) {
            return self.to.write_all(bytes);
        }
        self.to.write_all(&bytes[..at])?;
        self.hold(time)?;
        self.to.write_all(&bytes[at..])
    }

    /// Waits; fails when the wallet's side ends meanwhile, and notes that.
    fn hold(&self, time: Duration) -> io::Result<()> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            // only the request's direction reads the wallet's side: it finds out for both
            let (over, torn) = if self.is_answer {
                (self.over.load(Ordering::Relaxed), &self.seen.answers)
            } else {
                (is_over(&self.from)?, &self.seen.requests)
            };
            if over {
                torn.fetch_add(1, Ordering::Relaxed);
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }
}

/// Whether the other side has closed the connection.
fn is_over(side: &TcpStream) -> io::Result<bool> {
    side.set_read_timeout(Some(LOOK))?;
    let seen = side.peek(&mut [0]);
    side.set_read_timeout(None)?;
    match seen {
        Ok(got) => Ok(got == 0),
        Err(error) => Ok(!matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)),
    }
}
