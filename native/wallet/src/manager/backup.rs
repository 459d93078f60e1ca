//! Backups of this wallet, and what a restored one still needs.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, atomic::Ordering},
};

use rusqlite::Transaction;

use super::{
    AccountManager, BackupInfo, Config, IssuedBefore, Released, Restore, SecretConfig, SecretGiven, WalletError,
    secrets::first_address,
};
use crate::{
    accounts::AccountError,
    audit,
    backup::{self, Source, Target},
    keys::{CoinType, Password},
    ledger::Address,
    payments::{self, PaymentError, Payments},
    stardust::Stardust,
    store::{MetaKey, meta, restore},
};

/// Where a wallet is.
pub(super) struct Place {
    directory: PathBuf,
    secret: SecretConfig,
    coin: CoinType,
    /// Held while a backup is made: the copy of the database has one name.
    turn: Mutex<()>,
}

impl Place {
    pub(super) fn of(config: &Config) -> Self {
        let Config { storage_path, secret, coin_type, .. } = config;
        Self { directory: storage_path.clone(), secret: secret.clone(), coin: *coin_type, turn: Mutex::default() }
    }
}

impl SecretConfig {
    fn vault(&self) -> Option<&Path> {
        match self {
            Self::Stronghold { path } => Some(path),
            Self::Mnemonic => None,
        }
    }
}

impl AccountManager {
    /// Writes the whole wallet into one file at `path`, where nothing may be: database and vault, encrypted under
    /// `password`. The wallet goes on meanwhile, and what is in the backup was committed at one moment during the call.
    /// Durable when it returns; after an error or a crash there is no file of that name. The vault in it keeps its own
    /// password. Not restarted by a second call at the same time: that one waits for its turn.
    ///
    /// # Errors
    /// Those of [`backup::write`].
    pub fn backup(&self, path: &Path, password: &Password) -> Result<BackupInfo, WalletError> {
        let _turn = self.place.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let Place { directory, secret, coin, .. } = &self.place;
        let source = Source {
            directory,
            vault: secret.vault(),
            secrets: &*self.secrets,
            secret_manager: secret.name(),
            coin_type: *coin,
            now_ms: self.clock.now_ms(),
        };
        let info = backup::write(&source, path, password)?;
        tracing::info!(path = %path.display(), bytes = info.database_bytes, "a backup was made");
        Ok(info)
    }

    /// Restores the backup `file` as the wallet that `config` is about, whose directory and vault must not be there yet. What its
    /// key journal knows of payments after the backup is taken over, when there is a journal.
    /// It is opened like any other afterwards, and then needs [`release_issuing`](Self::release_issuing). `now_ms` is
    /// noted as the time of the restore.
    ///
    /// # Errors
    /// As [`restore_with`](Self::restore_with), but for what is said there of `secret`.
    pub fn restore(file: &Path, password: &Password, config: &Config, now_ms: u64) -> Result<BackupInfo, WalletError> {
        Self::restore_with(file, password, None, config, now_ms)
    }

    /// As [`restore`](Self::restore), if what the restored wallet is to be opened with fits it. It is not opened by it.
    ///
    /// # Errors
    /// Those of [`backup::restore`]. [`BackupError::Vault`](backup::BackupError::Vault): `secret` does not open the vault;
    /// [`AccountError::SeedMismatch`]: it is the mnemonic of another wallet. [`PaymentError::RulesNetwork`];
    /// [`PaymentError::Journal`]: the key journal is none of this wallet, or cannot be read, written or made. Nothing is left then.
    pub fn restore_with(
        file: &Path,
        password: &Password,
        secret: Option<&SecretGiven>,
        config: &Config,
        now_ms: u64,
    ) -> Result<BackupInfo, WalletError> {
        let (vault_password, seed) = match secret {
            None => (None, None),
            Some(SecretGiven::Password(password)) => (Some(password), None),
            Some(SecretGiven::Mnemonic(words)) => (None, Some(first_address(words, config.coin_type, &Stardust)?)),
        };
        let target = Target {
            directory: &config.storage_path,
            vault: config.secret.vault(),
            vault_password,
            journal: &config.journal(),
            secret_manager: config.secret.name(),
            coin_type: config.coin_type,
        };
        let info = backup::restore(file, password, &target, now_ms, |tx| {
            check_fits(tx, config, seed.as_ref())?;
            Ok::<_, WalletError>(payments::recover(tx, &config.journal())?)
        })?;
        let age = now_ms.saturating_sub(info.backup_ms) / 1_000;
        tracing::warn!(age_seconds = age, "a wallet was restored: issuing and payments are frozen");
        Ok(info)
    }

    /// How the wallet came out of a backup and what it still needs; none: it was never restored.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn restored(&self) -> Result<Option<Restore>, WalletError> {
        Ok(self.store.readers().read(restore::present)?)
    }

    /// States how far the wallet before had issued addresses, which ends the freeze of issuing after a restore or a
    /// [search of the seed](Self::recover_accounts) and lets a restored wallet follow the ledger, from the backup's
    /// milestone on. Needs the unlocked vault and no node. Durable when it returns. Many addresses are registered in steps:
    /// after an error or a crash before, issuing is frozen still, some accounts and addresses may be there, and the same call
    /// goes on. What was registered stays.
    ///
    /// # Errors
    /// [`WalletError::Recovering`], those of
    /// [`Accounts::release_issuing`](crate::accounts::Accounts::release_issuing), and [`JournalError`](crate::payments::JournalError) when accounts
    /// that are there again have payments in the key journal and it cannot be read.
    pub fn release_issuing(&self, issued: &IssuedBefore) -> Result<Released, WalletError> {
        let _turn = self.sync.recovering().ok_or(WalletError::Recovering)?;
        let _at_work = self.unlocked.work()?;
        // with it, what the ledger shows is compared with requests also while the vault is locked
        self.payments.prepare_markers()?;
        // accounts that are there again may have paid: what the journal has of it comes with them or they do not
        let waiting = self.payments.waiting_taker();
        let released = self.accounts.release_issuing(issued, move |tx| Ok::<_, WalletError>(waiting(tx)?));
        // also after an error, as accounts may be there, and their payments with them
        self.payments.taken_over();
        // as well: issuing has gone beyond what the pools hold
        self.pool.scan();
        let released = released?;
        // nothing fails from here on
        self.sync.release();
        // what waited for the release of a search may be paid
        self.payments.unlocked();
        self.store.pulse().beat();
        Ok(released)
    }

    /// Lets a restored wallet pay although it is not known of everything that was paid after the backup what it was made for.
    /// Compare the withdrawals made since the backup with the incidents `unknownOwn`, and those of the times in
    /// [`Restore::windows`] with the ledger first: what is paid a second time is lost.
    /// Does nothing when payments are not frozen. Durable when it returns.
    ///
    /// # Errors
    /// [`WalletError::Unchecked`] before the ledger was followed to its tip, [`WalletError::Store`]; those of
    /// [`Payments::bind_recovered`] when there are keys to compare and the vault was never unlocked since.
    pub fn release_payments(&self) -> Result<(), WalletError> {
        self.payments.bind_recovered()?;
        self.store.writer().commit(|tx| {
            let Some(mut state) = restore::present(tx)?.filter(|state| !state.payments_released) else { return Ok(()) };
            if !state.checked {
                return Err(WalletError::Unchecked);
            }
            state.payments_released = true;
            restore::put(tx, &state)?;
            Ok(audit::wallet::payments_released(tx)?)
        })?;
        self.start_payments()
    }

    /// Submits what is open, unless a restore has payments frozen.
    pub(super) fn start_payments(&self) -> Result<(), WalletError> {
        let frozen = self.store.readers().read(restore::payments_frozen)?.is_some();
        if frozen || !self.started.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.payments.start().map_err(WalletError::Thread)
    }
}

/// Refuses what opening the restored wallet would refuse, as far as it depends on what is in the backup.
fn check_fits(tx: &Transaction<'_>, config: &Config, seed: Option<&Address>) -> Result<(), WalletError> {
    let known = meta::get(tx, MetaKey::SeedAddress)?;
    if let (Some(known), Some(seed)) = (known, seed)
        && known != seed.as_slice()
    {
        return Err(AccountError::SeedMismatch.into());
    }
    payments::check_network(tx, &config.rules)?;
    let journal = config.journal();
    // the wallet's directory can be written, and nothing else may ever lie in it before it is a wallet
    if !backup::lies_in(&config.storage_path, &journal) {
        payments::try_place(&journal).map_err(PaymentError::from)?;
    }
    Ok(())
}

/// Submits what is open, on the word of the sync thread.
pub(super) fn begin_payments(payments: &std::sync::Arc<Payments>) {
    if let Err(error) = payments.start() {
        tracing::error!(%error, "payments could not be started after the restore: restart the wallet");
    }
}
