//! The world around the exchange: a network with milestones, and customers who deposit.

use std::{
    collections::HashSet,
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use stardust_devnet::Devnet;
use stardust_proof::{Failure, Random};

/// Between two milestones.
const INTERVAL: Duration = Duration::from_millis(25);
/// A worker that is further behind is waited for.
const LEAD: u32 = 200;
/// Above the storage deposit of any plain output.
const LEAST: u64 = 1_000_000;

/// One of so many milestones with deposits has an output that must be claimed.
const OFFERS: u64 = 12;

/// For so many milestones the node takes blocks in the same manner.
const PHASE: u32 = 20;

/// How the network treats the exchange.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manners {
    /// Fewer deposits than this come with a milestone.
    pub(crate) deposits: u64,
    /// Now and then the node takes blocks late, or does not, or takes them and does not say so. So a contest may come
    /// before what it contests.
    pub(crate) rough: bool,
}

/// A deposit, as the network confirmed it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) output: String,
    pub(crate) address: String,
    pub(crate) amount: u64,
}

/// What all workers were told and have said.
pub(crate) struct Traffic {
    devnet: Devnet,
    world: Mutex<World>,
    applied: AtomicU32,
    manners: Manners,
    /// No deposits come any more, and the node is polite; milestones do come.
    calm: AtomicBool,
    ended: AtomicBool,
}

#[derive(Default)]
struct World {
    addresses: Vec<String>,
    known: HashSet<String>,
    sent: Vec<Sent>,
    /// To whom outputs are offered that have to be claimed, in hexadecimal digits.
    taker: Option<String>,
    /// How much was offered in all.
    offered: u64,
    faults: Vec<String>,
    trouble: Option<String>,
}

impl Traffic {
    pub(crate) fn new(devnet: Devnet, manners: Manners) -> Arc<Self> {
        let (applied, calm, ended) = (AtomicU32::new(1), AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { devnet, world: Mutex::default(), applied, manners, calm, ended })
    }

    /// Makes milestones and deposits until [`end`](Self::end).
    pub(crate) fn begin(self: &Arc<Self>, seed: u64) -> JoinHandle<Result<(), Failure>> {
        let traffic = Arc::clone(self);
        thread::spawn(move || {
            let mut random = Random::new(seed);
            for number in 0_u32.. {
                if traffic.ended.load(Ordering::Relaxed) {
                    break;
                }
                if traffic.manners.rough && number % PHASE == 0 {
                    traffic.change_manners(&mut random)?;
                }
                traffic.milestone(&mut random)?;
                thread::sleep(INTERVAL);
            }
            // what was sent last is confirmed too
            traffic.devnet.issue_milestones(2)?;
            Ok(())
        })
    }

    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// One deposit more, of so much, is the last; milestones go on.
    pub(crate) fn calm(&self, amount: u64) -> Result<(), Failure> {
        self.calm.store(true, Ordering::Relaxed);
        let address = self.lock().addresses.first().cloned().ok_or("no address was ever shown")?;
        self.deposit(address, amount)
    }

    /// Pays somebody who is not the exchange.
    pub(crate) fn pay(&self, address: &str, amount: u64) -> Result<(), Failure> {
        self.devnet.fund(address, amount)?;
        Ok(())
    }

    /// Orders how the node takes blocks for a while, by its control routes.
    fn change_manners(&self, random: &mut Random) -> Result<(), Failure> {
        self.control("DELETE", "fail", "")?;
        let how = match random.below(9) {
            _ if self.calm.load(Ordering::Relaxed) => return Ok(()),
            0..4 => return Ok(()),
            4 | 5 => format!(r#""action":"delay","latencyMs":{}"#, 50 + random.below(600)),
            6 => r#""action":"drop""#.to_owned(),
            7 => r#""action":"stall""#.to_owned(),
            _ => r#""action":"truncate""#.to_owned(),
        };
        self.control("POST", "fail", &format!(r#"{{"route":"POST /api/core/v2/blocks",{how}}}"#))
    }

    fn control(&self, method: &str, route: &str, body: &str) -> Result<(), Failure> {
        let node = self.devnet.node_url();
        let mut stream = TcpStream::connect(node.trim_start_matches("http://"))?;
        // 1.0: the answer ends with the connection
        let head = format!("{method} /api/devnet/v1/{route} HTTP/1.0\r\nContent-Type: application/json\r\n");
        stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let taken = answer.split(' ').nth(1).is_some_and(|status| status.starts_with('2'));
        if taken { Ok(()) } else { Err(format!("the node's control route answered {answer}").into()) }
    }

    fn deposit(&self, address: String, amount: u64) -> Result<(), Failure> {
        let output = self.devnet.fund(&address, amount)?;
        self.lock().sent.push(Sent { output, address, amount });
        Ok(())
    }

    /// Offers an output that goes back to its sender if nobody takes it, long after the end.
    fn offer(&self, amount: u64) -> Result<(), Failure> {
        let Some(taker) = self.lock().taker.clone() else { return Ok(()) };
        let address = |key: &str| format!(r#"{{"type":0,"pubKeyHash":"0x{key}"}}"#);
        let (taker, sender) = (address(&taker), address(&"11".repeat(32)));
        let unlocked =
            format!(r#"{{"type":0,"address":{taker}}},{{"type":3,"returnAddress":{sender},"unixTime":{}}}"#, u32::MAX);
        let output = format!(r#"{{"type":3,"amount":"{amount}","unlockConditions":[{unlocked}]}}"#);
        self.control("POST", "mint", &format!(r#"{{"output":{output}}}"#))?;
        self.lock().offered += amount;
        Ok(())
    }

    fn milestone(&self, random: &mut Random) -> Result<(), Failure> {
        let deposits = if self.calm.load(Ordering::Relaxed) { 0 } else { random.below(self.manners.deposits) };
        for _ in 0..deposits {
            let Some(address) = self.some_address(random) else { break };
            self.deposit(address, LEAST + random.below(LEAST))?;
        }
        if deposits > 0 && random.below(OFFERS) == 0 {
            self.offer(LEAST + random.below(LEAST))?;
        }
        let last = self.devnet.issue_milestones(1)?;
        while last.saturating_sub(self.applied.load(Ordering::Relaxed)) > LEAD && !self.ended.load(Ordering::Relaxed) {
            thread::sleep(INTERVAL);
        }
        Ok(())
    }

    /// One of the newest addresses as often as any other: a deposit may come at once.
    fn some_address(&self, random: &mut Random) -> Option<String> {
        let world = self.lock();
        let newest = world.addresses.len().saturating_sub(5);
        let among = if random.below(2) == 0 { &world.addresses[newest..] } else { &world.addresses[..] };
        (!among.is_empty()).then(|| random.choose(among).clone())
    }

    pub(crate) fn shown(&self, address: &str) {
        let mut world = self.lock();
        if world.known.insert(address.to_owned()) {
            world.addresses.push(address.to_owned());
        } else {
            world.faults.push(format!("address {address} was issued twice"));
        }
    }

    /// An address, as its kind and the hash of its key, that takes what is offered.
    pub(crate) fn takes(&self, raw: &str) {
        self.lock().taker = raw.strip_prefix("0x00").map(str::to_owned);
    }

    /// How much was offered in all.
    pub(crate) fn offered(&self) -> u64 {
        self.lock().offered
    }

    pub(crate) fn at(&self, milestone: &str) {
        if let Ok(index) = milestone.parse() {
            self.applied.store(index, Ordering::Relaxed);
        }
    }

    pub(crate) fn trouble(&self, text: &str) {
        self.lock().trouble = Some(text.to_owned());
    }

    /// What a worker last said that was wrong, if anything.
    pub(crate) fn last_trouble(&self) -> Option<String> {
        self.lock().trouble.clone()
    }

    /// All addresses that were ever shown, all deposits, and what was wrong.
    pub(crate) fn told(&self) -> (Vec<String>, Vec<Sent>, Vec<String>) {
        let world = self.lock();
        (world.addresses.clone(), world.sent.clone(), world.faults.clone())
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
