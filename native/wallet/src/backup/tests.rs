mod contradicted;
mod crash;
mod fitting;
mod flight;
mod journal;
mod old_copy;
mod place;
mod refused;
mod stale;
mod whole;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    events::LedgerEvent,
    keys::{CoinType, Mnemonic, Password, SecretManager, StrongholdManager},
    ledger::{Address, AddressCodec, Amount, OutputId, TransactionId},
    manager::{AccountManager, BackupInfo, Config, SecretConfig, SeedOrigin, WalletError},
    stardust::Stardust,
    testing::{ScriptedFeed, TestWallet},
};

use super::BackupError;

const M: u64 = 1_000_000;

fn password(text: &str) -> Password {
    Password::new(text.as_bytes().to_vec()).unwrap()
}

fn config(directory: &Path) -> Config {
    Config::new(directory, CoinType::SHIMMER, SecretConfig::Mnemonic)
}

/// Makes a vault at `path`, under the password "right"; its bytes.
fn vault(path: &Path) -> Vec<u8> {
    let vault = StrongholdManager::new(path, CoinType::SHIMMER).with_work_factor(4);
    vault.set_password(&password("right")).unwrap();
    vault.store_mnemonic(&Mnemonic::generate().unwrap()).unwrap();
    fs::read(path).unwrap()
}

/// A place with a wallet, for its backups, and for what is restored.
struct Place {
    directory: tempfile::TempDir,
    node: ScriptedFeed,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), node: ScriptedFeed::with_milestones(1) }
    }

    fn wallet(&self) -> PathBuf {
        self.directory.path().join("wallet")
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("wallet.backup")
    }

    fn restored(&self) -> PathBuf {
        self.directory.path().join("restored")
    }

    fn start(&self) -> TestWallet {
        TestWallet::start(&self.wallet(), &self.node)
    }

    fn restore(&self) -> Result<BackupInfo, WalletError> {
        AccountManager::restore(&self.file(), &password("backup"), &config(&self.restored()), 5_000)
    }

    /// The restored wallet, started, and not released.
    fn start_restored(&self) -> TestWallet {
        self.restore().unwrap();
        TestWallet::start_with(&self.restored(), &self.node, SeedOrigin::New)
    }

    /// The names of all there is beside the wallet.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.directory.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn text(raw: &Address) -> String {
    Stardust.format(raw, "rms")
}

fn deposits(wallet: &TestWallet) -> Vec<(OutputId, Amount)> {
    let events = wallet.events();
    let deposits = events.iter().filter_map(|event| match event {
        LedgerEvent::Deposit(event) => Some((event.output_id, event.amount)),
        _ => None,
    });
    deposits.collect()
}

fn incidents(wallet: &TestWallet) -> Vec<String> {
    let events = wallet.events();
    let incidents = events.into_iter().filter_map(|event| match event {
        LedgerEvent::Incident(event) => Some(event.id),
        _ => None,
    });
    incidents.collect()
}

fn spent(output: OutputId, by: TransactionId) -> (OutputId, TransactionId) {
    (output, by)
}
