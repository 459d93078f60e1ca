//! Moving in from another wallet.

use std::path::Path;

use super::{AccountManager, Page, WalletError, secrets::done};
use crate::{
    accounts::{AccountError, PAGE_LIMIT},
    import::{self, Contents, ImportError, ImportReport, ImportSource},
    keys::{KeyError, KeyPath, Password, SecretManager, Seed, SeedManager, VaultStatus, migrate_snapshot},
    store::{ImportedNote, MetaKey, imported, meta, restore},
};

impl AccountManager {
    /// Takes over the accounts of a wallet of iota-sdk or wallet.rs: with the same indexes and aliases, all their
    /// addresses as issued and watched, each chain going on after the highest key index, and with the notes to their
    /// transactions ([`imported_notes`](Self::imported_notes)). What they hold is looked for
    /// on the ledger in the background and is no deposit; [`sync`](Self::sync) doesn't wait for it.
    ///
    /// Needs a wallet without accounts, and one contact with a node, which tells the network. An empty vault gets the
    /// file's seed (its password must be set); in a vault that has a seed it must be the same one. `skip` more addresses of
    /// each chain, public and internal, count as issued: as many as the other wallet may have issued after the file was
    /// written. The same holds for accounts that are made later, as the other wallet may have made them after the file.
    ///
    /// All of it is checked before anything is stored: the file, each address against the seed. After an error nothing of
    /// it is stored. A crash leaves all accounts or none; in between the seed may be in the vault already, and the same
    /// call goes on from there.
    ///
    /// # Errors
    /// [`ImportError`], those of the vault and of the first contact with a node. [`KeyError::NotDurable`]: all of it is
    /// imported, and the seed in the vault's file perhaps not durable.
    pub fn import(
        &self,
        source: &ImportSource,
        password: Option<&Password>,
        skip: u32,
    ) -> Result<ImportReport, WalletError> {
        self.check_vacant()?;
        if self.store.readers().read(restore::issuing_frozen)? {
            return Err(AccountError::IssuingFrozen.into());
        }
        let skip = skip.max(self.store.readers().read(restore::skip_ahead)?);
        let _at_work = self.unlocked.work()?;
        let status = self.unlocked.status();
        if status == VaultStatus::Locked {
            return Err(KeyError::Locked.into());
        }
        let mut contents = import::read(source, password)?;
        let network = self.met()?;
        let seed = contents.seed.take();
        let own = (status == VaultStatus::Unlocked).then_some(&*self.secrets);
        let theirs = seed.map(|seed| SeedManager::new(seed, self.secrets.coin_type()));
        self.check_seeds(&contents, own, theirs.as_ref())?;
        let keys = own.or(theirs.as_ref().map(|keys| keys as &dyn SecretManager)).ok_or(KeyError::NoMnemonic)?;
        let plan = import::derive(contents, skip, keys, &*self.codec, &network.hrp)?;
        let report = plan.report();
        let durable = match (own, theirs) {
            (None, Some(theirs)) => self.store_foreign_seed(&theirs.into_seed())?,
            _ => Ok(()),
        };
        self.accounts.check_seed()?;
        import::write(&self.store, &self.accounts, plan, self.clock.now_ms())?;
        self.pool.scan();
        self.store.pulse().beat();
        durable?;
        Ok(report)
    }

    /// Up to `limit` notes (1 to 1,000) that the user of the imported wallet had written to transactions, by account and
    /// transaction.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn imported_notes(&self, after: Option<i64>, limit: u32) -> Result<Page<ImportedNote, i64>, WalletError> {
        let limit = limit.clamp(1, PAGE_LIMIT);
        let page = self.store.readers().read(|conn| imported::page(conn, after.unwrap_or(0), limit))?;
        Ok(Page::of(page, limit, |note| note.row))
    }

    /// Writes what a Stronghold snapshot of version 2 (wallet.rs) holds into a new one of version 3, under `new` or the
    /// same password. The original is only read; see [`migrate_snapshot`].
    ///
    /// # Errors
    /// Those of [`migrate_snapshot`].
    pub fn migrate_snapshot(
        &self,
        source: &Path,
        target: &Path,
        password: &Password,
        new: Option<&Password>,
    ) -> Result<(), WalletError> {
        Ok(migrate_snapshot(source, target, password, new)?)
    }

    fn check_vacant(&self) -> Result<(), WalletError> {
        if self.accounts.page(None, 1)?.is_empty() { Ok(()) } else { Err(ImportError::NotEmpty.into()) }
    }

    /// Whether the file's seed, the vault's and the one that the wallet had before are the same, as far as there are any.
    fn check_seeds(
        &self,
        contents: &Contents,
        own: Option<&dyn SecretManager>,
        theirs: Option<&SeedManager>,
    ) -> Result<(), WalletError> {
        let wallet = self.secrets.coin_type();
        if contents.coin_type != wallet.get() {
            return Err(ImportError::CoinType { found: contents.coin_type, wallet }.into());
        }
        let first = |keys: &dyn SecretManager| -> Result<_, WalletError> {
            let keys = keys.public_keys(&[KeyPath::new(0, false, 0)?])?;
            Ok(self.codec.of_public_key(keys.first().expect("one path gives one key")))
        };
        let theirs = theirs.map(|keys| first(keys)).transpose()?;
        let own = own.map(first).transpose()?;
        let known = self.store.readers().read(|conn| meta::get(conn, MetaKey::SeedAddress))?;
        let all = [theirs, own].into_iter().flatten();
        let differ = |one: &crate::ledger::Address| known.as_ref().is_some_and(|known| known != one.as_slice());
        if theirs.zip(own).is_some_and(|(theirs, own)| theirs != own) || all.clone().any(|one| differ(&one)) {
            return Err(AccountError::SeedMismatch.into());
        }
        Ok(())
    }

    /// Stores the file's seed; in the answer [`KeyError::NotDurable`]: it is stored.
    pub(crate) fn store_foreign_seed(&self, seed: &Seed) -> Result<Result<(), KeyError>, WalletError> {
        // the origin comes first, as with a mnemonic: accounts of a seed of unknown origin are looked for
        self.store_existing()?;
        fail_point!("import:begun");
        let durable = done(self.unlocked.fill(|| self.secrets.store_seed(seed)))?;
        fail_point!("import:seed");
        Ok(durable)
    }
}
