//! What a killed process left is the old state or the new, and the call that was cut off can be repeated.

use std::{fs, path::Path};

use stardust_proof::Failure;
use stardust_wallet::error::ErrorKind;

use super::{
    names,
    site::{FOREIGN_ACCOUNTS, PASSWORDS, Site, Step, Task, open, password},
};

/// What was found so far.
pub(super) struct Books {
    site: Site,
    /// Which password the main wallet's vault has.
    current: usize,
    lost: usize,
    torn: usize,
    faults: Vec<String>,
    /// How often a call that was cut off had left the old state, and the new one.
    old: u32,
    new: u32,
}

/// What a call has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Old,
    New,
    Torn,
}

impl Books {
    pub(super) fn new(site: &Site) -> Self {
        Self { site: site.clone(), current: 0, lost: 0, torn: 0, faults: Vec::new(), old: 0, new: 0 }
    }

    pub(super) fn summary(&self) -> String {
        format!("calls that were cut off had left the old state {} times, the new one {} times", self.old, self.new)
    }

    /// How much was lost, how much is torn, and what was wrong.
    pub(super) fn close(self) -> (usize, usize, Vec<String>) {
        (self.lost, self.torn, self.faults)
    }

    /// Judges what a process left that had said this, repeats what was cut off, and clears up. Whether a call was.
    ///
    /// # Errors
    /// When nothing can be judged.
    pub(super) fn judge(&mut self, steps: &[Step]) -> Result<bool, Failure> {
        let cut_off = steps.last().filter(|step| !step.done).copied();
        self.judge_main(steps)?;
        for step in steps.iter().filter(|step| step.done && step.task != Task::Change) {
            if self.left(*step)? != Left::New {
                self.lost += 1;
                self.faults.push(format!("{step:?} had returned, and is not there"));
            }
        }
        if let Some(step) = cut_off.filter(|step| step.task != Task::Change) {
            let left = self.left(step)?;
            self.count(step, left);
            if left == Left::Old {
                self.repeat(step);
            }
        }
        self.clear_up()?;
        Ok(cut_off.is_some())
    }

    fn count(&mut self, step: Step, left: Left) {
        match left {
            Left::Old => self.old += 1,
            Left::New => self.new += 1,
            Left::Torn => {
                self.torn += 1;
                self.faults.push(format!("{step:?} left something that is neither the old nor the new"));
            }
        }
    }

    /// The main wallet's vault has the password of before or of after a change that was cut off, else the last one.
    fn judge_main(&mut self, steps: &[Step]) -> Result<(), Failure> {
        let changes: Vec<_> = steps.iter().filter(|step| step.task == Task::Change).collect();
        let done = changes.iter().filter(|step| step.done).count();
        let before = (self.current + done) % PASSWORDS.len();
        let opened = Site::opened_by(&self.site.main())?;
        let cut_off = changes.last().filter(|step| !step.done);
        match (opened, cut_off) {
            (Some(opened), Some(step)) => self.count(**step, if opened == before { Left::Old } else { Left::New }),
            (Some(opened), None) if opened == before => {}
            _ => {
                self.lost += 1;
                return Err(format!("the main wallet's vault is opened by {opened:?}, expected {before}").into());
            }
        }
        self.current = opened.unwrap_or(before);
        let previous = Site::previous(&self.site.main());
        if previous.try_exists()? && Site::vault_opened_by(&previous)?.is_none() {
            self.torn += 1;
            self.faults.push("the generation before of the main wallet's vault is torn".to_owned());
        }
        Ok(())
    }

    /// What a call has left in its place.
    fn left(&self, step: Step) -> Result<Left, Failure> {
        let made = self.site.made(step.task, step.round);
        match step.task {
            Task::Create => self.created(&made),
            Task::Change => Ok(Left::New),
            Task::Backup if !made.try_exists()? => Ok(Left::Old),
            Task::Backup => {
                let whole = self.site.work().join("of-the-backup");
                let restored = self.site.restore(&made, &whole).is_ok() && self.restored(&whole)? == Left::New;
                fs::remove_dir_all(&whole)?;
                Ok(if restored { Left::New } else { Left::Torn })
            }
            Task::Restore => self.restored(&made),
            Task::Import => self.imported(&made),
        }
    }

    fn created(&self, made: &Path) -> Result<Left, Failure> {
        if Site::opened_by(made)? == Some(0) {
            return Ok(Left::New);
        }
        // nothing of a vault yet: the same call can make it
        Ok(if names(made)?.iter().any(|name| name == "keys.stronghold") { Left::Torn } else { Left::Old })
    }

    fn restored(&self, made: &Path) -> Result<Left, Failure> {
        if names(made)?.is_empty() {
            return Ok(Left::Old);
        }
        let wallet = match open(made) {
            // an unfinished restore is refused as a wallet
            Err(error) if error.kind() == ErrorKind::StorageCorrupt => return Ok(Left::Old),
            Err(_) => return Ok(Left::Torn),
            Ok(wallet) => wallet,
        };
        let whole = wallet.restored()?.is_some() && wallet.accounts(None, 10)?.items.len() == 1;
        drop(wallet);
        Ok(if whole && Site::opened_by(made)?.is_some() { Left::New } else { Left::Torn })
    }

    fn imported(&self, made: &Path) -> Result<Left, Failure> {
        if names(made)?.is_empty() {
            return Ok(Left::Old);
        }
        let wallet = open(made)?;
        let accounts = wallet.accounts(None, 10)?.items;
        let addresses: u32 = accounts.iter().map(|account| account.public_count).sum();
        drop(wallet);
        match (accounts.len(), addresses) {
            (0, _) => Ok(Left::Old),
            (FOREIGN_ACCOUNTS, 502) if Site::opened_by(made)? == Some(0) => Ok(Left::New),
            _ => Ok(Left::Torn),
        }
    }

    /// Does what was cut off: it has to succeed, in the same place.
    fn repeat(&mut self, step: Step) {
        let made = self.site.made(step.task, step.round);
        let repeated = match step.task {
            Task::Create => self.site.create(&made),
            Task::Change => Ok(()),
            Task::Backup => self.site.backup(&made),
            Task::Restore => self.site.restore(&self.site.base(), &made),
            Task::Import => self.site.import(&made),
        };
        let left = match repeated {
            Ok(()) => self.left(step).map_err(|error| error.to_string()),
            Err(error) => Err(stardust_wallet::error::chain(&error)),
        };
        if left != Ok(Left::New) {
            self.torn += 1;
            self.faults.push(format!("{step:?} could not be repeated: {left:?}"));
        }
        self.tidy(&made);
    }

    /// What a call has made has no remnant beside it or in it, once it was repeated.
    fn tidy(&mut self, made: &Path) {
        let beside = names(&self.site.work()).unwrap_or_default();
        let inside = if made.is_dir() { names(made).unwrap_or_default() } else { Vec::new() };
        for name in beside.iter().chain(&inside).filter(|name| is_remnant(name)) {
            self.faults.push(format!("{name} is left of what was repeated at {}", made.display()));
        }
    }

    /// The main wallet works, and has two remnants at most, which its next calls remove; all else goes.
    fn clear_up(&mut self) -> Result<(), Failure> {
        let main = self.site.main();
        let remnants =
            |main: &Path| Ok::<_, Failure>(names(main)?.into_iter().filter(|name| is_remnant(name)).collect());
        let found: Vec<String> = remnants(&main)?;
        if !found.is_empty() {
            self.site.change(self.current)?;
            self.current = 1 - self.current;
            self.site.backup(&self.site.work().join("after"))?;
            let rest: Vec<String> = remnants(&main)?;
            if found.len() > 2 || !rest.is_empty() {
                self.faults.push(format!("remnants of the main wallet: {found:?}, and after its next calls {rest:?}"));
            }
        }
        let wallet = open(&main)?;
        wallet.set_password(&password(PASSWORDS[self.current])?)?;
        drop(wallet);
        fs::remove_dir_all(self.site.work())?;
        fs::create_dir(self.site.work())?;
        Ok(())
    }
}

/// Whether a file of that name is on its way to become another. The key journal is none.
fn is_remnant(name: &str) -> bool {
    name != "payments.journal"
        && (name.starts_with('.') || [".new", ".restoring", "copy", "journal"].iter().any(|part| name.contains(part)))
}
