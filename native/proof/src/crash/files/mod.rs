//! The crash matrix of files: a process that makes vaults, changes passwords, makes backups, restores them and moves in
//! from iota-sdk is killed at each fail point of that and at random moments. What is there afterwards has to be what was
//! there before, or all of what was to come; and the call that was cut off has to succeed when it is repeated.

mod site;
mod verify;
mod worker;

use std::{
    collections::BTreeSet,
    io::{Write as _, stderr, stdout},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use stardust_proof::{Failure, Random};
use stardust_wallet::fail::{ARMED, POINTS, area};

pub(crate) use self::worker::work;
use self::{
    site::{Site, Step, Task},
    verify::Books,
};
use crate::process::{PATIENCE, Worker};

/// Areas of the points at which the process is killed.
pub(crate) const AREAS: &[&str] = &["vault", "import", "backup", "restore"];
/// Not passed by this work: who releases states how far issuing had come, which is no matter of files.
const ELSEWHERE: &str = "restore:released";
/// With so many kills for each point, every point must have been the place of one.
const ENOUGH: usize = 3;

/// Kills as often as asked; answers whether nothing was lost and nothing torn.
///
/// # Errors
/// When a worker ends otherwise than by being killed, or nothing can be judged. The directory is kept then.
pub(crate) fn drive(kills: u32, seed: u64) -> Result<bool, Failure> {
    let begun = Instant::now();
    let directory = tempfile::tempdir()?;
    let site = Site::new(directory.path());
    site.set_up()?;
    let mut books = Books::new(&site);
    let mut random = Random::new(seed);
    let points: Vec<_> =
        POINTS.iter().copied().filter(|point| AREAS.contains(&area(point)) && *point != ELSEWHERE).collect();
    let mut turn = usize::try_from(random.below(u64::try_from(points.len())?))?;
    let mut died = BTreeSet::new();
    let mut inside = 0;
    for number in 0..kills {
        let first = *random.choose(&Task::ALL);
        let aim = if number % 2 == 0 {
            turn += 1;
            Aim::Point(points[turn % points.len()], 1 + random.below(2))
        } else {
            Aim::Moment(Duration::from_micros(random.below(300_000)))
        };
        let (steps, by_itself) = kill(&site, first, &aim).map_err(|error| format!("{aim:?}: {error}"))?;
        if let (true, Aim::Point(point, _)) = (by_itself, &aim) {
            died.insert(*point);
        }
        inside += u32::from(books.judge(&steps).map_err(|error| format!("{aim:?}, {steps:?}: {error}"))?);
        if (number + 1) % 50 == 0 {
            writeln!(stderr(), "crash: {} kills in {} s", number + 1, begun.elapsed().as_secs())?;
        }
    }
    writeln!(
        stdout(),
        "crash: died at {} of {} fail points, {inside} in the middle of a call",
        died.len(),
        points.len()
    )?;
    writeln!(stdout(), "crash: {}; {} s", books.summary(), begun.elapsed().as_secs())?;
    let (lost, torn, mut faults) = books.close();
    let forgotten: Vec<_> = points.iter().copied().filter(|point| !died.contains(point)).collect();
    if usize::try_from(kills)? / 2 >= ENOUGH * points.len() && !forgotten.is_empty() {
        faults.push(format!("no process died at {}", forgotten.join(", ")));
    }
    if inside == 0 {
        faults.push("no kill fell into a call: nothing was proved".to_owned());
    }
    if !faults.is_empty() {
        faults.push(format!("see {}", directory.keep().display()));
    }
    for fault in &faults {
        writeln!(stdout(), "crash: FAULT: {fault}")?;
    }
    writeln!(stdout(), "crash: {kills} kills over files, lost {lost}, torn {torn}")?;
    Ok(faults.is_empty())
}

/// One kill.
#[derive(Debug)]
enum Aim {
    /// The process kills itself when it passes a point for the nth time.
    Point(&'static str, u64),
    /// From outside, so long after its first call began.
    Moment(Duration),
}

/// Has a worker begin with a task and be killed; what it had said by then, and whether it died by its own hand.
fn kill(site: &Site, first: Task, aim: &Aim) -> Result<(Vec<Step>, bool), Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("file").arg(site.root()).arg(first.name()).stdin(Stdio::piped()).stdout(Stdio::piped());
    if let Aim::Point(point, nth) = aim {
        command.env(ARMED, format!("{point}=kill@{nth}"));
    }
    let steps = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&steps);
    let mut worker = Worker::spawn(command, move |word, rest| {
        heard.lock().unwrap_or_else(PoisonError::into_inner).extend(Step::read(word, rest));
    })?;
    match aim {
        Aim::Point(..) => worker.wait(PATIENCE)?,
        Aim::Moment(after) => {
            worker.ready()?;
            worker.wait(*after)?;
        }
    }
    let by_itself = worker.kill()?;
    let steps = steps.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok((steps, by_itself))
}

/// The names in a directory that is there, in order.
fn names(directory: &Path) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    if directory.try_exists()? {
        for entry in std::fs::read_dir(directory)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
