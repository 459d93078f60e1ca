//! A process that is killed in an import, at each of its points.

use stardust_wallet::{
    import::ImportSource,
    keys::{SecretManager as _, StrongholdManager},
    testing::ScriptedFeed,
};

use super::*;

/// What the wheel iota-sdk 1.1.4 wrote; its accounts, with how many public and internal addresses they have.
const BACKUP: &[u8] = include_bytes!("../../../wallet/src/import/fixtures/backup.stronghold");
const PASSWORD: &str = "A password, with ümlaut";
const ACCOUNTS: [(&str, u32, u32); 3] = [("Treasury", 302, 3), ("Zoë & Söhne", 150, 0), ("hot", 50, 5)];

/// A wallet on a ledger in memory, for an import has to know the network.
fn with_vault(directory: &Path) -> AccountManager {
    let node = ScriptedFeed::with_milestones(1);
    let ports = Ports {
        feed: Box::new(node.clone()),
        submit: Arc::new(node.clone()),
        lookup: Arc::new(node),
        clock: Arc::new(SystemClock),
    };
    let manager = AccountManager::open(&config(&directory.join("wallet")), ports).unwrap();
    manager.start().unwrap();
    manager.set_password(&password("ours")).unwrap();
    manager
}

fn import(manager: &AccountManager, directory: &Path) -> Result<(), ErrorKind> {
    let source = ImportSource::Stronghold { path: directory.join("old") };
    manager.import(&source, Some(&password(PASSWORD)), 0).map(drop).map_err(|error| error.kind())
}

fn counts(manager: &AccountManager) -> Vec<(String, u32, u32)> {
    let accounts = manager.accounts(None, 100).unwrap().items;
    accounts.into_iter().map(|account| (account.alias, account.public_count, account.internal_count)).collect()
}

#[test]
#[ignore = "the part of the process that dies"]
fn worker() {
    let directory = PathBuf::from(std::env::var_os(PLACE).unwrap());
    import(&with_vault(&directory), &directory).unwrap();
}

#[test]
fn a_killed_import_has_left_all_or_nothing_and_can_be_repeated() {
    let all = ACCOUNTS.map(|(alias, public, internal)| (alias.to_owned(), public, internal));
    let expected = [
        ("import:begun", VaultStatus::Empty, false),
        ("import:seed", VaultStatus::Unlocked, false),
        ("import:written", VaultStatus::Unlocked, false),
        ("import:durable", VaultStatus::Unlocked, true),
    ];
    assert_eq!(expected.map(|(point, ..)| point).as_slice(), points("import").collect::<Vec<_>>());
    for (point, vault, accounts) in expected {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("old");
        fs::write(&path, BACKUP).unwrap();
        // it opens fast then
        let theirs = password(PASSWORD);
        StrongholdManager::new(&path, CoinType::SHIMMER).change_password(&theirs, &theirs).unwrap();
        let before = fs::read(&path).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "imports::worker", "--ignored"]).env(ARMED, format!("{point}=kill"));
        let output = child.env(PLACE, directory.path()).output().unwrap();
        assert_eq!(output.status.code(), None, "{point}: it was not killed");
        assert_eq!(fs::read(&path).unwrap(), before);

        let manager = with_vault(directory.path());
        assert_eq!(manager.secret_status(), vault, "{point}");
        assert_eq!(counts(&manager), if accounts { all.to_vec() } else { Vec::new() }, "{point}");
        let refused = if accounts { Err(ErrorKind::WalletNotEmpty) } else { Ok(()) };
        assert_eq!(import(&manager, directory.path()), refused, "{point}");
        assert_eq!(counts(&manager), all, "{point}");
    }
}
