//! A process that dies in the middle of a backup, of a restore, of the release after it, of an import, or of a search for a
//! seed's accounts: what is there is what was there before, or all of what was to come, and the call can be repeated. A
//! search goes on where it was.
//!
//! Each kill is one of a process of its own, this program again, which kills itself at a fail point.

#![expect(clippy::unwrap_used, reason = "tests")]

mod imports;
mod searches;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use stardust_client::{ClientConfig, NodeClient};
use stardust_proof::WORDS;
use stardust_wallet::{
    accounts::IssuedBefore,
    clock::SystemClock,
    error::ErrorKind,
    fail::{ARMED, POINTS, area},
    keys::{CoinType, Mnemonic, Password, VaultStatus},
    manager::{AccountManager, Config, Ports, SecretConfig, SeedOrigin, WalletError},
};

/// What the process that dies does, and where.
const TASK: &str = "STARDUST_PROOF_TASK";
const PLACE: &str = "STARDUST_PROOF_PLACE";

fn password(text: &str) -> Password {
    Password::new(text.as_bytes().to_vec()).unwrap()
}

fn config(directory: &Path) -> Config {
    let path = directory.join("keys.stronghold");
    Config::new(directory, CoinType::SHIMMER, SecretConfig::Stronghold { path })
}

/// A wallet that never reaches a node: none is needed.
fn open(directory: &Path) -> Result<AccountManager, WalletError> {
    let client = NodeClient::open(ClientConfig::builder().node("http://127.0.0.1:1").build().unwrap()).unwrap();
    let ports = Ports {
        feed: Box::new(client.feed()),
        submit: Arc::new(client.clone()),
        lookup: Arc::new(client),
        clock: Arc::new(SystemClock),
    };
    AccountManager::open(&config(directory), ports)
}

struct Place(PathBuf);

impl Place {
    fn wallet(&self) -> PathBuf {
        self.0.join("wallet")
    }

    fn file(&self) -> PathBuf {
        self.0.join("wallet.backup")
    }

    fn restored(&self) -> PathBuf {
        self.0.join("restored")
    }

    fn backup(&self) -> Result<(), WalletError> {
        let wallet = open(&self.wallet())?;
        wallet.backup(&self.file(), &password("of the backup")).map(drop)
    }

    fn restore(&self) -> Result<(), ErrorKind> {
        let restored = AccountManager::restore(&self.file(), &password("of the backup"), &config(&self.restored()), 1);
        restored.map(drop).map_err(|error| error.kind())
    }

    fn release(&self) -> Result<(), WalletError> {
        let wallet = open(&self.restored())?;
        wallet.set_password(&password("of the vault"))?;
        wallet.release_issuing(&IssuedBefore::SkipAhead(100)).map(drop)
    }

    /// Has a process die at a point.
    fn die(&self, task: &str, point: &str) {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "dies", "--ignored", "--nocapture"]);
        child.env(ARMED, format!("{point}=kill")).env(TASK, task).env(PLACE, &self.0);
        let output = child.output().unwrap();
        assert_eq!(output.status.code(), None, "{point} was not passed: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
#[ignore = "the part of the process that dies"]
fn dies() {
    let place = Place(std::env::var_os(PLACE).unwrap().into());
    match std::env::var(TASK).unwrap().as_str() {
        "backup" => place.backup().unwrap(),
        "restore" => place.restore().unwrap(),
        _ => place.release().unwrap(),
    }
}

fn points(of: &str) -> impl Iterator<Item = &'static str> {
    POINTS.iter().copied().filter(move |point| area(point) == of)
}

fn names(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_killed_backup_and_a_killed_restore_leave_the_old_state_or_the_new() {
    let directory = tempfile::tempdir().unwrap();
    let place = Place(directory.path().to_owned());
    let wallet = open(&place.wallet()).unwrap();
    wallet.set_password(&password("of the vault")).unwrap();
    wallet.store_mnemonic(&Mnemonic::parse(WORDS).unwrap(), SeedOrigin::New).unwrap();
    wallet.create_account("alice").unwrap();
    wallet.close();

    for point in points("backup") {
        place.die("backup", point);
        assert_eq!(place.file().exists(), ["backup:linked", "backup:renamed"].contains(&point), "{point}");
        if place.file().exists() {
            // it is whole
            place.restore().unwrap();
            fs::remove_dir_all(place.restored()).unwrap();
            fs::remove_file(place.file()).unwrap();
        }
        place.backup().unwrap();
        assert_eq!(names(&place.0), ["wallet", "wallet.backup"], "{point}");
        assert!(!names(&place.wallet()).iter().any(|name| name.contains("copy")), "{point}");
        fs::remove_file(place.file()).unwrap();
    }
    place.backup().unwrap();

    for point in points("restore").filter(|point| *point != "restore:released") {
        place.die("restore", point);
        if point == "restore:renamed" {
            assert_eq!(place.restore(), Err(ErrorKind::RestoreTarget), "{point}");
        } else {
            let refused = open(&place.restored()).map(drop).map_err(|error| error.kind());
            assert_eq!(refused, Err(ErrorKind::StorageCorrupt), "{point}");
            place.restore().unwrap();
        }
        assert_eq!(names(&place.restored()), ["keys.stronghold", "wallet.db", "wallet.lock"], "{point}");
        let restored = open(&place.restored()).unwrap();
        assert!(!restored.restored().unwrap().unwrap().issuing_released);
        assert_eq!(restored.secret_status(), VaultStatus::Locked);
        restored.close();
        fs::remove_dir_all(place.restored()).unwrap();
    }
    place.restore().unwrap();

    place.die("release", "restore:released");
    let restored = open(&place.restored()).unwrap();
    assert!(!restored.restored().unwrap().unwrap().issuing_released);
    // its addresses are there, and it is not over
    assert_eq!(restored.account(&stardust_wallet::manager::AccountRef::Index(0)).unwrap().public_count, 100);
    restored.close();
    place.release().unwrap();
    let restored = open(&place.restored()).unwrap();
    assert!(restored.restored().unwrap().unwrap().issuing_released);
    assert_eq!(restored.account(&stardust_wallet::manager::AccountRef::Index(0)).unwrap().public_count, 100);
}
