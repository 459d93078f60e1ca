//! Kills workers as planned, and judges what is left.

use std::{
    io::{Write as _, stderr, stdout},
    sync::Arc,
    thread::JoinHandle,
    time::Instant,
};

use stardust_devnet::Devnet;
use stardust_proof::{Failure, Random};
use tempfile::TempDir;

use crate::{
    plan::{Aim, Plan, Work},
    process::Place,
    proxy,
    traffic::{Manners, Traffic},
    verify::{self, Books},
    withdrawals,
};

/// After one of so many kills the wallet is lost.
const RESTORES: u32 = 4;
/// So many kills fall everywhere.
const LONG: u32 = 100;

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Orders {
    pub(crate) work: Work,
    pub(crate) kills: u32,
    pub(crate) seed: u64,
    /// Older backups take the wallet's place now and then.
    pub(crate) restores: bool,
    /// One recipient is paid by somebody else too, as if twice: the verdict must find it.
    pub(crate) pay_twice: bool,
}

/// What came of it.
pub(crate) struct Verdict {
    pub(crate) kills: u32,
    /// Kills that left something half done behind.
    pub(crate) inside: u32,
    /// Deposits that are missing in some book, or withdrawals that nobody got.
    pub(crate) lost: usize,
    /// Deposits that are in some book more than once, or withdrawals that were paid twice.
    pub(crate) duplicated: usize,
    pub(crate) faults: Vec<String>,
}

/// Kills as often as asked, and compares all books.
///
/// # Errors
/// When a worker ends otherwise than by being killed, or the network or a database fails. The directory is kept then.
pub(crate) fn drive(orders: Orders) -> Result<Verdict, Failure> {
    let Orders { work, kills, seed, restores, .. } = orders;
    let begun = Instant::now();
    let directory = tempfile::tempdir()?;
    let devnet = Devnet::builder().start()?;
    let node = devnet.node_url().to_owned();
    let (before_node, seen) = proxy::open(&node, seed)?;
    let place = Place { work, directory: directory.path().to_owned(), node, before_node, restores };
    withdrawals::set_up(&place.directory, restores)?;
    let traffic = Traffic::new(devnet, manners(work));
    let customers = traffic.begin(seed);
    let mut all = Kills::new(seed, work);
    for number in 0..kills {
        if customers.is_finished() {
            break;
        }
        if let Err(error) = all.add(number, &place, &traffic) {
            return Err(complaint(format_args!("{error}"), &traffic, directory));
        }
        if (number + 1) % 50 == 0 {
            writeln!(stderr(), "crash: {} kills in {} s", number + 1, begun.elapsed().as_secs())?;
        }
    }
    seen.calm();
    let books = match finish(orders, &place, &traffic, customers) {
        Ok(books) => books,
        Err(error) => return Err(complaint(format_args!("{error}"), &traffic, directory)),
    };
    writeln!(stdout(), "crash: {}; {} s", books.summary, begun.elapsed().as_secs())?;
    let mut faults = books.faults;
    faults.extend(all.judge(orders, seen.torn())?);
    if !faults.is_empty() || books.lost + books.duplicated > 0 {
        faults.push(format!("see {}", directory.keep().display()));
    }
    Ok(Verdict { kills, inside: all.inside, lost: books.lost, duplicated: books.duplicated, faults })
}

/// Where the kills fell.
struct Kills {
    plan: Plan,
    random: Random,
    inside: u32,
    /// How often a backup took the wallet's place.
    restored: u32,
    /// Points that were aimed at and not reached.
    missed: Vec<String>,
}

impl Kills {
    fn new(seed: u64, work: Work) -> Self {
        let (plan, random) = (Plan::new(seed, work), Random::new(!seed));
        Self { plan, random, inside: 0, restored: 0, missed: Vec::new() }
    }

    /// Kills once more, and loses the wallet now and then.
    fn add(&mut self, number: u32, place: &Place, traffic: &Arc<Traffic>) -> Result<(), Failure> {
        let aim = self.plan.aim(number);
        let end = place.kill(&aim, traffic).map_err(|error| format!("{aim:?}: {error}"))?;
        self.inside += u32::from(end.inside);
        match (end.died_at, &aim) {
            (Some(point), _) => self.plan.died_at(point),
            (None, Aim::Point { name, nth }) => self.missed.push(format!("{name} ({nth})")),
            _ => {}
        }
        if place.restores && number % RESTORES == RESTORES - 1 {
            self.restored += u32::from(place.restore(&mut self.random)?);
        }
        Ok(())
    }

    /// Says where they fell, and answers where they should have.
    fn judge(&self, orders: Orders, (requests, answers): (u32, u32)) -> Result<Vec<String>, Failure> {
        let Orders { work, kills, restores, .. } = orders;
        let mut faults = Vec::new();
        let (exercised, all) = self.plan.exercised();
        writeln!(stdout(), "crash: died at {exercised} of {all} fail points")?;
        if !self.missed.is_empty() {
            writeln!(stdout(), "crash: aimed at and not reached: {}", self.missed.join(", "))?;
        }
        let forgotten = self.plan.forgotten(kills);
        if !forgotten.is_empty() {
            faults.push(format!("no process died at {}", forgotten.join(", ")));
        }
        if work == Work::Withdrawals {
            writeln!(
                stdout(),
                "crash: {requests} submissions and {answers} answers were cut off between two bytes; a backup was restored \
                 {} times",
                self.restored
            )?;
            if kills >= LONG && (requests == 0 || answers == 0 || (restores && self.restored == 0)) {
                faults.push("nothing was cut off between bytes, or no backup restored: nothing was proved".to_owned());
            }
        }
        if self.inside == 0 {
            faults.push(format!("no kill fell {}: nothing was proved", within(work)));
        }
        Ok(faults)
    }
}

/// What a kill has to fall into.
pub(crate) const fn within(work: Work) -> &'static str {
    match work {
        Work::Deposits => "inside apply",
        Work::Withdrawals => "between signing and confirmation",
    }
}

/// What pays is to be short of funds now and then, and to fight for its blocks.
const fn manners(work: Work) -> Manners {
    match work {
        Work::Deposits => Manners { deposits: 4, rough: false },
        Work::Withdrawals => Manners { deposits: 2, rough: true },
    }
}

/// Has a last worker do all that is left to do, and compares the books.
fn finish(
    orders: Orders,
    place: &Place,
    traffic: &Arc<Traffic>,
    customers: JoinHandle<Result<(), Failure>>,
) -> Result<Books, Failure> {
    let end = || {
        traffic.end();
        customers.join().map_err(|_| "the network panicked")?
    };
    match orders.work {
        Work::Deposits => {
            end()?;
            place.settle(traffic)?;
            verify::verify(place, traffic)
        }
        Work::Withdrawals => {
            // milestones go on: what is paid last is to be confirmed too
            traffic.calm(withdrawals::ENOUGH_FOR_ALL)?;
            place.settle(traffic)?;
            if orders.pay_twice {
                withdrawals::pay_somebody_again(place, traffic)?;
            }
            end()?;
            withdrawals::verify(place, traffic)
        }
    }
}

fn complaint(what: std::fmt::Arguments<'_>, traffic: &Traffic, directory: TempDir) -> Failure {
    let trouble = traffic.last_trouble().unwrap_or_else(|| "nothing".to_owned());
    format!("{what}; the workers complained of {trouble}; see {}", directory.keep().display()).into()
}
