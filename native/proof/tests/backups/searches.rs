//! A process that is killed in a search for a seed's accounts, at each of its points and each time that it passes them.

use std::sync::atomic::AtomicBool;

use stardust_wallet::{
    keys::{KeyPath, MnemonicManager, SecretManager as _},
    ledger::{Address, AddressCodec as _},
    manager::{GapLimits, RecoverBy},
    stardust::Stardust,
    testing::{OutputBuilder, ScriptedFeed, TestWallet},
};

use super::*;

/// What the seed's lost wallet used: account, whether internal, index.
const USED: [(u32, bool, u32); 4] = [(0, false, 1), (0, false, 3), (1, true, 0), (1, false, 0)];

fn address((account, internal, index): (u32, bool, u32)) -> Address {
    let keys = MnemonicManager::new(&Mnemonic::parse(WORDS).unwrap(), CoinType::SHIMMER);
    let path = KeyPath::new(account, internal, index).unwrap();
    Stardust.of_public_key(&keys.public_keys(&[path]).unwrap()[0])
}

/// The wallet in this directory, on a ledger of its own that is always the same.
fn wallet(directory: &Path) -> TestWallet {
    let node = ScriptedFeed::with_milestones(1);
    let outputs = (1..).zip(USED).map(|(number, used)| OutputBuilder::plain(number, address(used), 1).build());
    node.ledger().milestone(outputs.collect(), vec![]);
    TestWallet::start_with(directory, &node, SeedOrigin::Existing)
}

fn search(wallet: &TestWallet) {
    let by = RecoverBy::Gaps(GapLimits { accounts: 1, addresses: 2 });
    wallet.manager.recover_accounts(&by, &AtomicBool::new(false)).unwrap();
}

#[test]
#[ignore = "the part of the process that dies"]
fn worker() {
    search(&wallet(&PathBuf::from(std::env::var_os(PLACE).unwrap())));
}

#[test]
fn a_killed_search_goes_on_and_finds_the_same() {
    let mut kills = 0;
    for point in points("recovery") {
        for time in 1.. {
            let directory = tempfile::tempdir().unwrap();
            let mut child = Command::new(std::env::current_exe().unwrap());
            child.args(["--exact", "searches::worker", "--ignored"]).env(ARMED, format!("{point}=kill@{time}"));
            let output = child.env(PLACE, directory.path()).output().unwrap();
            if output.status.success() {
                assert!(time > 1, "{point} is never passed");
                break;
            }
            let printed = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), None, "{point} the {time}. time: it was not killed: {printed}");
            kills += 1;
            let wallet = wallet(directory.path());
            let state = wallet.manager.recovery().unwrap().expect("its beginning comes first");
            assert!(!state.issuing_released);
            if !state.complete {
                search(&wallet);
            }
            let accounts = wallet.manager.accounts(None, 100).unwrap().items;
            let issued: Vec<_> = accounts.iter().map(|info| (info.public_count, info.internal_count)).collect();
            assert_eq!(issued, [(4, 0), (1, 1)], "{point} the {time}. time");
            let balance = wallet.manager.total_balance().unwrap();
            assert_eq!((balance.available.units(), balance.output_count), (4, 4));
            assert_eq!(wallet.events().len(), 4, "{point} the {time}. time: each output is told once");
        }
    }
    assert!(kills > 20, "{kills}");
}
