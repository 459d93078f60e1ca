//! Another password for a vault.

use std::sync::MutexGuard;

use super::{
    super::{KeyError, PasswordChange, password::SnapshotKey},
    Seedless, State, StrongholdManager, file, hash, locked,
    snapshot::{self, Contents},
    throttle::attempt,
    unlocked,
    vault::SeedVault,
};

/// A vault file as it was, and as it is to be.
struct Rewritten {
    before: [u8; 32],
    contents: Contents,
    has_seed: bool,
    after: Vec<u8>,
}

impl StrongholdManager {
    /// Tries the old password, and encrypts what it opens with the new one.
    pub(super) fn verified_change(&self, old: SnapshotKey, new: SnapshotKey) -> Result<PasswordChange<'_>, KeyError> {
        let last = self.changing();
        let Some(bytes) = file::read(&self.path)? else {
            attempt(&self.path, || self.check_unwritten(&old))?;
            return Ok(Box::new(move || {
                let _last = last;
                self.change_unwritten(new)
            }));
        };
        let rewritten = self.rewritten(&bytes, &old, &new)?;
        Ok(Box::new(move || self.replace(last, rewritten, &old, new)))
    }

    fn rewritten(&self, bytes: &[u8], old: &SnapshotKey, new: &SnapshotKey) -> Result<Rewritten, KeyError> {
        let contents = attempt(&self.path, || snapshot::decrypt(&self.path, bytes, old))?;
        let has_seed = SeedVault::open(&contents).map_err(|what| self.damaged(what))?.is_some();
        let after = snapshot::encrypt(&contents, new, self.work_factor)?;
        Ok(Rewritten { before: hash(bytes), contents, has_seed, after })
    }

    fn replace(
        &self,
        mut last: MutexGuard<'_, Option<[u8; 32]>>,
        mut rewritten: Rewritten,
        old: &SnapshotKey,
        new: SnapshotKey,
    ) -> Result<(), KeyError> {
        let durable = loop {
            let known = Some(rewritten.before);
            match file::replace(&self.path, &rewritten.after, |found| self.unchanged(known, found)) {
                // another manager has written it meanwhile: what it wrote is kept, if the old password opens that too
                Err(KeyError::AlreadyStored) => {
                    let missing = || KeyError::VaultMissing { path: self.path.clone() };
                    let bytes = file::read(&self.path)?.ok_or_else(missing)?;
                    rewritten = self.rewritten(&bytes, old, &new)?;
                }
                replaced => break replaced?,
            }
        };
        *last = Some(hash(&rewritten.after));
        if let (State::Empty { key, file: Some(file) }, false) = (&mut self.write().state, rewritten.has_seed) {
            *unlocked(key) = new; // with which the seed will be stored
            *file = Seedless::new(rewritten.contents, &rewritten.after);
        }
        durable
    }

    /// Whether `old` is the password of a new vault that was not written yet.
    fn check_unwritten(&self, old: &SnapshotKey) -> Result<(), KeyError> {
        self.missing()?;
        match &self.read().state {
            State::Empty { key, file: None } if *locked(key) == *old => Ok(()),
            State::Empty { file: None, .. } => Err(KeyError::WrongPassword),
            State::Empty { file: Some(_), .. } => Err(KeyError::VaultMissing { path: self.path.clone() }),
            State::Closed | State::Open(_) => Err(KeyError::Locked),
        }
    }

    fn change_unwritten(&self, new: SnapshotKey) -> Result<(), KeyError> {
        match &mut self.write().state {
            State::Empty { key, file: None } => *unlocked(key) = new,
            // it was locked meanwhile
            _ => return Err(KeyError::Locked),
        }
        Ok(())
    }
}
