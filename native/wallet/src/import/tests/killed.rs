//! A process that is killed in an import, at each of its points.

use std::process::Command;

use super::{
    state::{counts, fixture_counts, with_vault},
    *,
};
use crate::{fail, keys::VaultStatus};

/// Tells the worker its directory.
const DIRECTORY: &str = "STARDUST_TEST_IMPORT";

/// What the killed process does; nothing when it is run as a test.
#[test]
fn worker() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let directory = PathBuf::from(directory);
    let manager = with_vault(&directory, &ScriptedFeed::with_milestones(1));
    manager.set_password(&password("ours")).unwrap();
    let source = ImportSource::Stronghold { path: directory.join("old") };
    manager.import(&source, Some(&password(PASSWORD)), 0).unwrap();
}

#[test]
fn a_killed_import_has_left_all_or_nothing_and_can_be_repeated() {
    for (point, vault, accounts) in [
        ("import:begun", VaultStatus::Empty, false),
        ("import:seed", VaultStatus::Unlocked, false),
        ("import:written", VaultStatus::Unlocked, false),
        ("import:durable", VaultStatus::Unlocked, true),
    ] {
        let (directory, path) = file(BACKUP);
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "import::tests::killed::worker"])
            .env(DIRECTORY, directory.path())
            .env(fail::ARMED, format!("{point}=kill"))
            .output()
            .unwrap();
        assert!(!output.status.success(), "{point}: it was not killed");
        assert_eq!(fs::read(&path).unwrap(), BACKUP);

        let manager = with_vault(directory.path(), &ScriptedFeed::with_milestones(1));
        manager.set_password(&password("ours")).unwrap();
        assert_eq!(manager.secret_status(), vault, "{point}");
        assert_eq!(counts(&manager), if accounts { fixture_counts() } else { Vec::new() }, "{point}");
        let again = manager.import(&ImportSource::Stronghold { path }, Some(&password(PASSWORD)), 0);
        assert_eq!(again.map_err(|error| error.kind()).err(), accounts.then_some(ErrorKind::WalletNotEmpty), "{point}");
        assert_eq!(counts(&manager), fixture_counts(), "{point}");
    }
}
