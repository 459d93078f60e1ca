//! The wallet's secret manager: which one, and how a mnemonic gets into it.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use super::{AccountManager, WalletError};
use crate::{
    accounts::AccountError,
    audit,
    keys::{
        CoinType, KeyError, KeyPath, Mnemonic, MnemonicManager, Password, PasswordChange, SecretManager, Seed,
        Signature, StrongholdManager, VaultStatus,
    },
    ledger::{Address, AddressCodec},
    store::{MetaKey, Store, StoreError, account, meta},
};

/// Which secret manager a wallet has. It cannot change once the wallet exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretConfig {
    /// A Stronghold vault, in this file.
    Stronghold {
        /// The file.
        path: PathBuf,
    },
    /// A mnemonic in locked memory, given anew after each start; for tests and tools.
    Mnemonic,
}

impl SecretConfig {
    /// The stable name that is stored.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Stronghold { .. } => "stronghold",
            Self::Mnemonic => "mnemonic",
        }
    }

    pub(super) fn open(&self, coin: CoinType, stored_before: bool) -> Arc<dyn SecretManager> {
        match self {
            Self::Stronghold { path } => {
                Arc::new(StrongholdManager::new(path.clone(), coin).expect_existing(stored_before))
            }
            Self::Mnemonic => Arc::new(Remembered { coin, inner: RwLock::new(None) }),
        }
    }
}

/// What a wallet's secret manager is opened with.
#[derive(Debug)]
pub enum SecretGiven {
    /// The password of its vault.
    Password(Password),
    /// Its mnemonic.
    Mnemonic(Mnemonic),
}

/// Where a mnemonic comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeedOrigin {
    /// Made for this wallet just now: its addresses hold nothing.
    New,
    /// Perhaps used before: what its addresses hold is looked for before an account's first address is issued. An index
    /// knows unspent outputs only, so addresses that were emptied and have no later one that holds something are not
    /// seen, and may be issued again.
    #[default]
    Existing,
}

impl SeedOrigin {
    const fn stored(self) -> &'static [u8] {
        match self {
            Self::New => b"new",
            Self::Existing => b"existing",
        }
    }
}

impl AccountManager {
    /// Gives the vault's password: opens it, or begins a new one. Takes seconds and 512 MiB for a moment.
    ///
    /// # Errors
    /// Those of [`SecretManager::set_password`].
    pub fn set_password(&self, password: &Password) -> Result<(), WalletError> {
        self.set_password_for(password, None)
    }

    /// As [`set_password`](Self::set_password); after `time` the vault locks by itself. Operations that have begun by then
    /// come to their end first, and none begins any more. Each call replaces the time of the one before.
    ///
    /// # Errors
    /// Those of [`SecretManager::set_password`]; the time of the call before holds then.
    pub fn set_password_for(&self, password: &Password, time: Option<Duration>) -> Result<(), WalletError> {
        self.unlocked.open(password, time)?;
        self.pool.scan();
        self.payments.unlocked();
        Ok(())
    }

    /// Encrypts the vault with another password. Durable when it returns. The audit log says that it is going to be changed
    /// when the old one was found right and before it is changed, and that it was after it was.
    ///
    /// # Errors
    /// Those of [`SecretManager::change_password`]; [`WalletError::Store`]: it was not changed.
    pub fn change_password(&self, old: &Password, new: &Password) -> Result<(), WalletError> {
        let change = self.secrets.password_change(old, new)?;
        self.store.writer().commit(audit::wallet::password_changing)?;
        let durable = done(change())?;
        if let Err(error) = self.store.writer().commit(audit::wallet::password_changed) {
            // it was changed: an error would say that it was not
            tracing::error!(error = &error as &dyn std::error::Error, "a changed password is not in the audit log");
        }
        Ok(durable?)
    }

    /// Forgets password and keys, until the password is given again.
    ///
    /// # Errors
    /// Those of [`SecretManager::lock`].
    pub fn lock(&self) -> Result<(), WalletError> {
        self.unlocked.lock()?;
        self.store.pulse().beat();
        Ok(())
    }

    /// Whether keys can be used now.
    #[must_use]
    pub fn secret_status(&self) -> VaultStatus {
        self.unlocked.status()
    }

    /// Stores the wallet's mnemonic, once. A wallet with the secret manager `mnemonic` gets the same one again after
    /// each start. Durable when it returns; after a crash before that it may be stored or not, and the call can be
    /// repeated: it then succeeds or says that it is stored already. A time after which the vault locks by itself is waited
    /// for by it: it comes to its end first.
    ///
    /// # Errors
    /// [`AccountError::SeedMismatch`] for another mnemonic than the one that this wallet's addresses come from, and
    /// those of [`SecretManager::store_mnemonic`].
    pub fn store_mnemonic(&self, mnemonic: &Mnemonic, origin: SeedOrigin) -> Result<(), WalletError> {
        let _at_work = self.unlocked.work()?;
        match self.secrets.status() {
            VaultStatus::Unlocked => return Err(KeyError::AlreadyStored.into()),
            VaultStatus::Locked => return Err(KeyError::Locked.into()),
            VaultStatus::Empty => {}
        }
        let first = first_address(mnemonic, self.secrets.coin_type(), &*self.codec)?;
        let known = self.store.readers().read(|conn| meta::get(conn, MetaKey::SeedAddress))?;
        match &known {
            Some(known) if known == first.as_slice() => {
                self.store.writer().commit(move |tx| audit::wallet::seed_given(tx, origin.stored()))?;
            }
            Some(_) => return Err(AccountError::SeedMismatch.into()),
            // the origin comes first: a vault with a seed of unknown origin could be issued from without looking
            None => match origin {
                SeedOrigin::New => self.store_new(first)?,
                SeedOrigin::Existing => self.store_existing()?,
            },
        }
        let durable = done(self.unlocked.fill(|| self.secrets.store_mnemonic(mnemonic)))?;
        self.accounts.check_seed()?;
        if origin == SeedOrigin::New && known.is_none() {
            self.nothing_to_discover()?;
        }
        self.pool.scan();
        self.payments.unlocked();
        self.store.pulse().beat();
        Ok(durable?)
    }

    /// Notes that the seed which is about to be stored may have been used before.
    pub(super) fn store_existing(&self) -> Result<(), WalletError> {
        let origin = SeedOrigin::Existing.stored();
        self.store.writer().commit(move |tx| {
            meta::put(tx, MetaKey::SeedOrigin, origin)?;
            account::set_all_undiscovered(tx, true)?;
            audit::wallet::seed_given(tx, origin)
        })?;
        Ok(())
    }

    /// Notes that the seed with this first address is new. It may never come into the vault, and another one instead: so it is said of
    /// this one alone, and accounts that are there already are to be looked for until it is stored.
    fn store_new(&self, first: Address) -> Result<(), WalletError> {
        self.store.writer().commit(move |tx| {
            meta::put_new_seed(tx, first.as_slice())?;
            account::set_all_undiscovered(tx, true)?;
            audit::wallet::seed_given(tx, SeedOrigin::New.stored())
        })?;
        Ok(())
    }

    /// What the accounts of a seed that is new and stored hold is known: nothing.
    fn nothing_to_discover(&self) -> Result<(), WalletError> {
        // mostly there is none yet, and nothing to write
        if self.store.readers().read(account::undiscovered)?.is_empty() {
            return Ok(());
        }
        self.store.writer().commit(|tx| {
            // others may store and state something else at the same time
            if meta::seed_is_new(tx)? { account::set_all_undiscovered(tx, false) } else { Ok(()) }
        })?;
        Ok(())
    }
}

/// What was done goes on as such, and that it may not be durable is told in the end.
pub(super) fn done(result: Result<(), KeyError>) -> Result<Result<(), KeyError>, KeyError> {
    match result {
        Err(error @ KeyError::NotDurable { .. }) => Ok(Err(error)),
        other => other.map(Ok),
    }
}

/// The address by which a wallet knows its seed: account 0, public, index 0.
pub(super) fn first_address(
    mnemonic: &Mnemonic,
    coin: CoinType,
    codec: &dyn AddressCodec,
) -> Result<Address, WalletError> {
    let keys = MnemonicManager::new(mnemonic, coin).public_keys(&[KeyPath::new(0, false, 0)?])?;
    Ok(codec.of_public_key(keys.first().expect("one path gives one key")))
}

/// Checks what the configuration says against what the directory says, and records it in a new directory. Answers
/// whether a seed was stored before.
pub(super) fn check_directory(
    store: &Store,
    coin: CoinType,
    secret: &SecretConfig,
    now_ms: u64,
) -> Result<bool, WalletError> {
    let name = secret.name();
    store.writer().commit(move |tx| {
        match meta::get(tx, MetaKey::CoinType)? {
            None => {
                meta::put(tx, MetaKey::CoinType, &coin.get().to_be_bytes())?;
                meta::put(tx, MetaKey::Created, &now_ms.to_be_bytes())?;
            }
            Some(known) if known == coin.get().to_be_bytes() => {}
            Some(known) => {
                let known: [u8; 4] = known.try_into().map_err(|_| StoreError::corrupt("stored coin type"))?;
                let (found, given) = (u32::from_be_bytes(known).to_string(), coin.get().to_string());
                return Err(WalletError::Mismatch { what: "coin type", found, given });
            }
        }
        match meta::get(tx, MetaKey::SecretManager)? {
            None => meta::put(tx, MetaKey::SecretManager, name.as_bytes())?,
            Some(known) if known == name.as_bytes() => {}
            Some(known) => {
                let found = String::from_utf8_lossy(&known).into_owned();
                return Err(WalletError::Mismatch { what: "secret manager", found, given: name.to_owned() });
            }
        }
        Ok(meta::get(tx, MetaKey::SeedAddress)?.is_some())
    })
}

/// The secret manager `mnemonic`: empty after each start, until the mnemonic is given.
struct Remembered {
    coin: CoinType,
    inner: RwLock<Option<Arc<MnemonicManager>>>,
}

impl Remembered {
    fn inner(&self) -> Result<Arc<MnemonicManager>, KeyError> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(KeyError::NoMnemonic)
    }
}

impl SecretManager for Remembered {
    fn coin_type(&self) -> CoinType {
        self.coin
    }

    fn generation(&self) -> u64 {
        u64::from(self.inner().is_ok())
    }

    fn status(&self) -> VaultStatus {
        self.inner().map_or(VaultStatus::Empty, |inner| inner.status())
    }

    fn public_keys(&self, paths: &[KeyPath]) -> Result<Vec<[u8; 32]>, KeyError> {
        self.inner()?.public_keys(paths)
    }

    fn sign(&self, requests: &[(KeyPath, &[u8])]) -> Result<Vec<Signature>, KeyError> {
        self.inner()?.sign(requests)
    }

    fn store_mnemonic(&self, mnemonic: &Mnemonic) -> Result<(), KeyError> {
        self.store_seed(&Seed::of(mnemonic))
    }

    fn store_seed(&self, seed: &Seed) -> Result<(), KeyError> {
        let made = Arc::new(MnemonicManager::from_seed(seed, self.coin));
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if inner.is_some() {
            return Err(KeyError::AlreadyStored);
        }
        *inner = Some(made);
        Ok(())
    }

    fn set_password(&self, _password: &Password) -> Result<(), KeyError> {
        Err(KeyError::Unsupported { operation: "set a password" })
    }

    fn password_change(&self, _old: &Password, _new: &Password) -> Result<PasswordChange<'_>, KeyError> {
        Err(KeyError::Unsupported { operation: "change a password" })
    }

    fn lock(&self) -> Result<(), KeyError> {
        Err(KeyError::Unsupported { operation: "be locked" })
    }
}
