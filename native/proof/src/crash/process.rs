//! A worker process, as its driver sees it.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use stardust_proof::{Failure, Random};
use stardust_wallet::fail;

use crate::{
    plan::{Aim, Work},
    traffic::Traffic,
    withdrawals,
};

const SIGKILL: i32 = 9;
/// How long a worker may take until it is ready, or until it passes the point that it is to die at.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(2);

/// How a worker ended.
pub(crate) struct End {
    /// The named point at which it killed itself.
    pub(crate) died_at: Option<&'static str>,
    /// Whether it left behind something half done: a milestone that was being applied; or, where it pays, a payment that
    /// was signed and not confirmed.
    pub(crate) inside: bool,
}

/// Where workers live.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) work: Work,
    pub(crate) directory: PathBuf,
    pub(crate) node: String,
    /// What the workers take for the node.
    pub(crate) before_node: String,
    /// Whether older backups take the wallet's place now and then.
    pub(crate) restores: bool,
}

impl Place {
    fn marks(&self) -> PathBuf {
        self.directory.join("marks")
    }

    /// The program's arguments for a worker that works until it is killed, and for one that comes to an end.
    const fn modes(&self) -> (&'static str, &'static str) {
        match self.work {
            Work::Deposits => ("work", "settle"),
            Work::Withdrawals => ("pay", "finish"),
        }
    }

    fn command(&self, mode: &str) -> Result<Command, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(mode).arg(&self.directory).arg(&self.before_node).stdin(Stdio::piped()).stdout(Stdio::piped());
        Ok(command)
    }

    /// Runs a worker until it is killed as `aim` says.
    pub(crate) fn kill(&self, aim: &Aim, traffic: &Arc<Traffic>) -> Result<End, Failure> {
        let marks = self.marks();
        std::fs::write(&marks, [])?;
        let mut command = self.command(self.modes().0)?;
        command.env(fail::MARKS, &marks);
        if let Aim::Point { name, nth } = aim {
            command.env(fail::ARMED, format!("{name}=kill@{nth}"));
        }
        let mut worker = Worker::spawn(command, told(traffic))?;
        match aim {
            Aim::Point { .. } => worker.wait(PATIENCE)?,
            Aim::Start { after } => worker.wait(*after)?,
            Aim::Running { after } => {
                worker.ready()?;
                worker.wait(*after)?;
            }
        }
        let by_itself = worker.kill()?;
        let inside = self.is_inside(&marks)?;
        let died_at = match aim {
            Aim::Point { name, .. } if by_itself => Some(*name),
            _ => None,
        };
        Ok(End { died_at, inside })
    }

    /// Loses the wallet and restores one of its backups, if there is one; the process that does so is killed now and then.
    /// Whether there was one.
    pub(crate) fn restore(&self, random: &mut Random) -> Result<bool, Failure> {
        let all = withdrawals::all_backups(&self.directory)?;
        if all.is_empty() {
            return Ok(false);
        }
        let backup = random.choose(&all);
        withdrawals::lose(&self.directory)?;
        loop {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg("restore").arg(&self.directory).arg(backup).stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut worker = Worker::spawn(command, |_, _| {})?;
            let patience = if random.below(2) == 0 { PATIENCE } else { Duration::from_millis(random.below(60)) };
            worker.wait(patience)?;
            if worker.ended.is_some_and(|status| status.success()) {
                return Ok(true);
            }
            worker.kill()?;
        }
    }

    /// Whether the worker that was killed last was inside of what its work is about.
    fn is_inside(&self, marks: &Path) -> Result<bool, Failure> {
        let marks = fail::last_marks(marks)?;
        match self.work {
            Work::Deposits => Ok(marks.get("apply").copied().is_some_and(fail::is_inside)),
            Work::Withdrawals => Ok(withdrawals::in_the_making(&marks) || withdrawals::left_open(&self.directory)?),
        }
    }

    /// Lets a worker do what is left to do.
    pub(crate) fn settle(&self, traffic: &Arc<Traffic>) -> Result<(), Failure> {
        let mut worker = Worker::spawn(self.command(self.modes().1)?, told(traffic))?;
        worker.wait(Duration::from_secs(300))?;
        match worker.child.try_wait()? {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(format!("the last worker ended with {status}").into()),
            None => Err("the last worker did not come to its end".into()),
        }
    }
}

pub(crate) struct Worker {
    child: Child,
    ready: mpsc::Receiver<()>,
    reader: Option<JoinHandle<()>>,
    ended: Option<ExitStatus>,
}

impl Worker {
    /// Starts a process; what it says other than that it is ready is `heard`, in words and what follows them.
    pub(crate) fn spawn(mut command: Command, heard: impl FnMut(&str, &str) + Send + 'static) -> Result<Self, Failure> {
        let mut child = command.spawn()?;
        let out = child.stdout.take().ok_or("the worker has no output")?;
        let (tell, ready) = mpsc::channel();
        let reader = thread::spawn(move || listen(out, &tell, heard));
        Ok(Self { child, ready, reader: Some(reader), ended: None })
    }

    pub(crate) fn ready(&mut self) -> Result<(), Failure> {
        self.ready.recv_timeout(PATIENCE).map_err(|_| "the worker did not get ready")?;
        Ok(())
    }

    /// Waits until the process has ended, at most for `time`.
    pub(crate) fn wait(&mut self, time: Duration) -> Result<(), Failure> {
        let until = Instant::now() + time;
        while self.ended.is_none() && Instant::now() < until {
            self.ended = self.child.try_wait()?;
            thread::sleep(LOOK.min(until.saturating_duration_since(Instant::now())));
        }
        Ok(())
    }

    /// Kills the process, unless it was dead already by its own hand: then true.
    pub(crate) fn kill(&mut self) -> Result<bool, Failure> {
        let by_itself = match self.ended.or(self.child.try_wait()?) {
            Some(status) if status.signal() == Some(SIGKILL) => true,
            Some(status) => return Err(format!("a worker ended with {status} instead of being killed").into()),
            None => {
                self.child.kill()?;
                let status = self.child.wait()?;
                if status.signal() != Some(SIGKILL) {
                    return Err(format!("a worker ended with {status} instead of being killed").into());
                }
                false
            }
        };
        // all that it had said is read before the next one starts
        self.reader.take().map_or(Ok(()), JoinHandle::join).map_err(|_| "the reader of a worker panicked")?;
        Ok(by_itself)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // after a failure; an ended process is no error to anybody
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Tells the network what a worker says.
fn told(traffic: &Arc<Traffic>) -> impl FnMut(&str, &str) + Send + 'static {
    let traffic = Arc::clone(traffic);
    move |word, rest| match word {
        "shown" => traffic.shown(rest),
        "at" => traffic.at(rest),
        "offer" => traffic.takes(rest),
        "error" => traffic.trouble(rest),
        _ => {}
    }
}

fn listen(out: ChildStdout, ready: &mpsc::Sender<()>, mut heard: impl FnMut(&str, &str)) {
    let mut lines = BufReader::new(out);
    let mut line = String::new();
    while matches!(lines.read_line(&mut line), Ok(read) if read > 0) {
        // a line without an end was cut by the kill
        match line.strip_suffix('\n').map(|line| line.split_once(' ').unwrap_or((line, ""))) {
            Some(("ready", _)) => drop(ready.send(())),
            Some((word, rest)) => heard(word, rest),
            None => {}
        }
        line.clear();
    }
}
