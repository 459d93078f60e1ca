//! Where the files are, and how they are opened.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use stardust_proof::{Failure, WORDS};
use stardust_wallet::{
    clock::SystemClock,
    import::ImportSource,
    keys::{CoinType, KeyPath, Mnemonic, MnemonicManager, Password, SecretManager, StrongholdManager},
    manager::{AccountManager, Config, Ports, SecretConfig, SeedOrigin, WalletError},
    testing::ScriptedFeed,
};

/// What iota-sdk wrote, with the seed of [`WORDS`] and three accounts.
const FOREIGN: &[u8] = include_bytes!("../../../../wallet/src/import/fixtures/backup.stronghold");
const FOREIGN_PASSWORD: &str = "A password, with ümlaut";
pub(super) const FOREIGN_ACCOUNTS: usize = 3;
pub(super) const BACKUP_PASSWORD: &str = "of the backup";
/// Those that the vault of the main wallet has by turns; other vaults have the first.
pub(super) const PASSWORDS: [&str; 2] = ["first", "second"];
const VAULT: &str = "keys.stronghold";

/// What the process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Makes a wallet with a vault, and stores the seed in it.
    Create,
    /// Changes the password of the main wallet's vault.
    Change,
    /// Backs up the main wallet.
    Backup,
    /// Restores a backup of it.
    Restore,
    /// Moves into a new wallet.
    Import,
}

impl Task {
    pub(super) const ALL: [Self; 5] = [Self::Create, Self::Change, Self::Backup, Self::Restore, Self::Import];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::Import => "import",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }
}

/// What the process says: that it begins a call, or that one has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) task: Task,
    /// The how manieth of this process.
    pub(super) round: u32,
    pub(super) done: bool,
}

impl Step {
    pub(super) fn read(word: &str, rest: &str) -> Option<Self> {
        let done = match word {
            "begin" => false,
            "done" => true,
            _ => return None,
        };
        let (task, round) = rest.split_once(' ')?;
        Some(Self { task: Task::named(task)?, round: round.parse().ok()?, done })
    }
}

/// The directory of everything.
#[derive(Clone)]
pub(super) struct Site(PathBuf);

impl Site {
    pub(super) fn new(root: &Path) -> Self {
        Self(root.to_owned())
    }

    pub(super) fn root(&self) -> &Path {
        &self.0
    }

    /// The wallet that outlives all kills.
    pub(super) fn main(&self) -> PathBuf {
        self.0.join("main")
    }

    /// A backup of it that is whole.
    pub(super) fn base(&self) -> PathBuf {
        self.0.join("base.backup")
    }

    fn foreign(&self) -> PathBuf {
        self.0.join("iota-sdk.stronghold")
    }

    /// Where a task of one process leaves what it makes, and nothing else is.
    pub(super) fn made(&self, task: Task, round: u32) -> PathBuf {
        self.work().join(format!("{}-{round}", task.name()))
    }

    /// Emptied after each kill.
    pub(super) fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    /// Makes what there is before the first kill.
    pub(super) fn set_up(&self) -> Result<(), Failure> {
        fs::create_dir(self.work())?;
        fs::write(self.foreign(), FOREIGN)?;
        // it opens fast then
        let theirs = password(FOREIGN_PASSWORD)?;
        StrongholdManager::new(self.foreign(), CoinType::SHIMMER).change_password(&theirs, &theirs)?;
        self.create(&self.main())?;
        let main = open(&self.main())?;
        main.set_password(&password(PASSWORDS[0])?)?;
        main.create_account("alice")?;
        main.backup(&self.base(), &password(BACKUP_PASSWORD)?)?;
        Ok(())
    }

    /// Makes a wallet and its vault.
    pub(super) fn create(&self, directory: &Path) -> Result<(), WalletError> {
        let wallet = open(directory)?;
        wallet.set_password(&password(PASSWORDS[0])?)?;
        wallet.store_mnemonic(&Mnemonic::parse(WORDS)?, SeedOrigin::New)
    }

    /// Changes the main wallet's password from `old` to the other one.
    pub(super) fn change(&self, old: usize) -> Result<(), WalletError> {
        let new = (old + 1) % PASSWORDS.len();
        open(&self.main())?.change_password(&password(PASSWORDS[old])?, &password(PASSWORDS[new])?)
    }

    pub(super) fn backup(&self, file: &Path) -> Result<(), WalletError> {
        open(&self.main())?.backup(file, &password(BACKUP_PASSWORD)?).map(drop)
    }

    pub(super) fn restore(&self, file: &Path, directory: &Path) -> Result<(), WalletError> {
        let password = password(BACKUP_PASSWORD)?;
        AccountManager::restore(file, &password, &config(directory), 1)?;
        Ok(())
    }

    pub(super) fn import(&self, directory: &Path) -> Result<(), WalletError> {
        let wallet = open(directory)?;
        wallet.start()?;
        wallet.set_password(&password(PASSWORDS[0])?)?;
        let source = ImportSource::Stronghold { path: self.foreign() };
        wallet.import(&source, Some(&password(FOREIGN_PASSWORD)?), 0).map(drop)
    }

    /// The generation before of the vault file in a directory.
    pub(super) fn previous(directory: &Path) -> PathBuf {
        StrongholdManager::new(directory.join(VAULT), CoinType::SHIMMER).previous_path()
    }

    /// Which password opens the vault in a directory, if any does and the seed is in it.
    pub(super) fn opened_by(directory: &Path) -> Result<Option<usize>, Failure> {
        Self::vault_opened_by(&directory.join(VAULT))
    }

    /// As [`opened_by`](Self::opened_by), of a vault file.
    pub(super) fn vault_opened_by(file: &Path) -> Result<Option<usize>, Failure> {
        let path = KeyPath::new(0, false, 0)?;
        let expected = MnemonicManager::new(&Mnemonic::parse(WORDS)?, CoinType::SHIMMER).public_keys(&[path])?;
        for (index, text) in PASSWORDS.into_iter().enumerate() {
            // a manager of its own for each: a wrong password costs no pause then
            let vault = StrongholdManager::new(file, CoinType::SHIMMER).expect_existing(true);
            if vault.set_password(&password(text)?).is_ok() {
                return Ok(vault.public_keys(&[path]).is_ok_and(|keys| keys == expected).then_some(index));
            }
        }
        Ok(None)
    }
}

pub(super) fn password(text: &str) -> Result<Password, WalletError> {
    Ok(Password::new(text.as_bytes().to_vec())?)
}

fn config(directory: &Path) -> Config {
    let path = directory.join(VAULT);
    Config::new(directory, CoinType::SHIMMER, SecretConfig::Stronghold { path })
}

/// A wallet on a ledger in memory: none of this is about nodes.
pub(super) fn open(directory: &Path) -> Result<AccountManager, WalletError> {
    let node = ScriptedFeed::with_milestones(1);
    let ports = Ports {
        feed: Box::new(node.clone()),
        submit: Arc::new(node.clone()),
        lookup: Arc::new(node),
        clock: Arc::new(SystemClock),
    };
    AccountManager::open(&config(directory), ports)
}
