//! A wallet that is lost now and then: an older backup takes its place, together with the key journal, and all keys are
//! asked for again.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use stardust_proof::{Failure, Random};
use stardust_wallet::{
    error::ErrorKind,
    keys::{CoinType, Password},
    manager::{AccountManager, Config, SecretConfig},
};

use super::{
    client::{Client, pause},
    orders,
    orders::{Kind, Orders},
    terms::{issued, journal},
};
use crate::worker::wallet;

const PASSWORD: &[u8] = b"of the backup";
/// So many backups are kept.
const KEPT: usize = 5;

/// Where the backups are; it is there when some are to be restored.
pub(crate) fn backups(directory: &Path) -> PathBuf {
    directory.join("backups")
}

/// The backups that are there, oldest first.
pub(crate) fn all_backups(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for entry in fs::read_dir(backups(directory))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "backup") {
            all.push(path);
        }
    }
    all.sort();
    Ok(all)
}

/// Restores a backup in the place of the wallet that was lost; does nothing when that is done already.
pub(crate) fn restore(directory: &Path, backup: &Path) -> Result<(), Failure> {
    // whoever asks again must not rely on what the lost wallet has answered
    Orders::open(&orders(directory))?.wallet_is_restored()?;
    let mut config = Config::new(wallet(directory), CoinType::SHIMMER, SecretConfig::Mnemonic);
    config.key_journal = Some(journal(directory));
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    match AccountManager::restore(backup, &Password::new(PASSWORD.to_vec())?, &config, now) {
        Err(error) if error.kind() == ErrorKind::RestoreTarget => Ok(()),
        restored => Ok(restored.map(drop)?),
    }
}

/// Loses the wallet; its key journal is elsewhere.
pub(crate) fn lose(directory: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(wallet(directory)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

impl Client {
    /// States how far issuing had come, where that is asked for.
    pub(super) fn release_issuing(&self) -> Result<(), Failure> {
        if self.manager().restored()?.is_some_and(|state| !state.issuing_released) {
            self.manager().release_issuing(&issued())?;
        }
        Ok(())
    }

    /// Does what a restored wallet asks of a person: says how far issuing had come; and, when the ledger was followed, cancels
    /// what is to be cancelled and lets the rest be paid.
    pub(super) fn release(&self) -> Result<(), Failure> {
        self.release_issuing()?;
        let Some(state) = self.manager().restored()?.filter(|state| state.checked && !state.payments_released) else {
            return Ok(());
        };
        if let Some(unknown) = state.unknown_own {
            return Err(format!("the key journal does not have {unknown}").into());
        }
        let all = self.orders().all()?;
        all.iter().filter(|order| order.cancel).try_for_each(|order| self.stop(order))?;
        Ok(self.manager().release_payments()?)
    }

    /// Asks once for each key whose answer a restore may have changed, also where it was told an end.
    pub(super) fn repeat(&self, kind: Kind) -> Result<(), Failure> {
        while !self.repeat_all(kind)? {
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The same, at once. Whether all were answered.
    pub(super) fn repeat_all(&self, kind: Kind) -> Result<bool, Failure> {
        loop {
            let some = self.orders().to_repeat(kind)?;
            let answered = match kind {
                _ if some.is_empty() => return Ok(true),
                Kind::Payment => some.iter().try_fold(true, |all, order| Ok::<_, Failure>(self.give(order)? && all))?,
                Kind::Withdrawal => self.give_together(&some)?,
            };
            if !answered {
                return Ok(false);
            }
            self.orders().repeated(&some)?;
        }
    }

    /// Makes a backup now and then, if some are to be restored.
    pub(super) fn back_up(&self) -> Result<(), Failure> {
        let mut random = Random::new(Random::fresh_seed().rotate_left(48));
        while backups(&self.directory).try_exists()? {
            pause(&mut random, 600);
            if self.has_shown()? {
                self.make_backup()?;
            }
        }
        Ok(())
    }

    fn make_backup(&self) -> Result<(), Failure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let file = backups(&self.directory).join(format!("{now:020}.backup"));
        self.manager().backup(&file, &Password::new(PASSWORD.to_vec())?)?;
        let all = all_backups(&self.directory)?;
        for old in all.iter().rev().skip(KEPT) {
            fs::remove_file(old)?;
        }
        Ok(())
    }
}
