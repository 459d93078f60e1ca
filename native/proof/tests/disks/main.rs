//! A full disk under vaults, backups, imports and the key journal: the call says so by its kind of error, nothing that was
//! there is touched, nothing half written stays, and the same call succeeds when there is space again.
//!
//! What is done is done by a process of its own, this program again: the limit on files is one of the whole process, and
//! a small file system needs a mount.

#![expect(clippy::unwrap_used, reason = "tests")]

mod files;
mod journal;
mod wallets;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use stardust_proof::{Ballast, limit_files};
use stardust_wallet::{
    clock::SystemClock,
    error::ErrorKind,
    keys::{CoinType, Password},
    manager::{AccountManager, Config, Ports, SecretConfig, WalletError},
    testing::ScriptedFeed,
};

const PLACE: &str = "STARDUST_PROOF_PLACE";
const MODE: &str = "STARDUST_PROOF_DISK";

/// What stands for the full disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Disk {
    /// No file may grow. That hits the wallet's database as well.
    Limit,
    /// A small file system, beside a large one.
    Fill,
}

/// A small disk and a large one.
struct Scene {
    disk: Disk,
    small: PathBuf,
    large: PathBuf,
}

impl Scene {
    fn new(place: &Path, disk: Disk) -> Self {
        Self { disk, small: place.join("small"), large: place.join("large") }
    }

    /// Runs a call while the small disk takes `room` bytes more.
    fn while_full<T>(&self, room: u64, call: impl FnOnce() -> T) -> T {
        let ballast = match self.disk {
            Disk::Limit => {
                limit_files(Some(room)).unwrap();
                None
            }
            Disk::Fill => Some(Ballast::drop_at(&self.small.join("ballast"), room).unwrap()),
        };
        let answer = call();
        limit_files(None).unwrap();
        if let Some(ballast) = ballast {
            ballast.lift().unwrap();
        }
        answer
    }

    /// Has a call fail for want of space, with this kind of error; where no file may grow, it may be the database that fails.
    fn refused<T>(&self, room: u64, kind: ErrorKind, call: impl FnOnce() -> Result<T, WalletError>) {
        let Err(error) = self.while_full(room, call) else { panic!("it fitted into {room} bytes") };
        let database = self.disk == Disk::Limit && error.kind() == ErrorKind::Storage;
        assert!(database || error.kind() == kind, "room {room}: {:?} instead of {kind:?}: {error:?}", error.kind());
    }
}

fn password(text: &str) -> Password {
    Password::new(text.as_bytes().to_vec()).unwrap()
}

fn config(directory: &Path, vault: &Path) -> Config {
    Config::new(directory, CoinType::SHIMMER, SecretConfig::Stronghold { path: vault.to_owned() })
}

fn ports(node: &ScriptedFeed) -> Ports {
    Ports {
        feed: Box::new(node.clone()),
        submit: Arc::new(node.clone()),
        lookup: Arc::new(node.clone()),
        clock: Arc::new(SystemClock),
    }
}

fn open(directory: &Path, vault: &Path) -> AccountManager {
    AccountManager::open(&config(directory, vault), ports(&ScriptedFeed::with_milestones(1))).unwrap()
}

/// The names in a directory, in order; of one that is not there, none.
fn names(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
#[ignore = "the part of the process whose disk is full"]
fn works_on_a_full_disk() {
    let disk = if std::env::var(MODE).unwrap() == "fill" { Disk::Fill } else { Disk::Limit };
    let scene = Scene::new(&PathBuf::from(std::env::var_os(PLACE).unwrap()), disk);
    files::a_vault_is_stored(&scene);
    files::a_password_is_changed(&scene);
    files::a_snapshot_is_migrated(&scene);
    wallets::a_wallet_is_backed_up(&scene);
    wallets::a_backup_is_restored(&scene);
    wallets::another_wallet_moves_in(&scene);
    // the limit would stop the database before it
    if disk == Disk::Fill {
        journal::payments_wait_for_the_journal(&scene);
    }
}

fn run(script: &str, with: &[&str], mode: &str) {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("small")).unwrap();
    fs::create_dir(directory.path().join("large")).unwrap();
    let [program, arguments @ ..] = with else { panic!() };
    let output = Command::new(program)
        .args(arguments)
        .args(["-c", &format!("{script} exec \"$0\" --exact works_on_a_full_disk --ignored --nocapture")])
        .arg(std::env::current_exe().unwrap())
        .env(PLACE, directory.path())
        .env(MODE, mode)
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{}: {said}", output.status);
}

#[test]
fn files_that_may_not_grow_are_told_and_nothing_is_lost() {
    // without the signal that would end the process at its limit
    run("trap '' XFSZ;", &["sh"], "limit");
}

#[test]
fn a_full_disk_is_told_and_nothing_is_lost() {
    // a file system of its own, where the system lets users have one
    let unshare = ["unshare", "--user", "--map-root-user", "--mount"];
    let may = Command::new(unshare[0]).args(&unshare[1..]).arg("true").status();
    if !may.is_ok_and(|status| status.success()) {
        eprintln!("not tested: this system lets users mount nothing");
        return;
    }
    let with = [&unshare[..], &["sh"]].concat();
    run(&format!("mount -t tmpfs -o size=6m none \"${PLACE}/small\" &&"), &with, "fill");
}
