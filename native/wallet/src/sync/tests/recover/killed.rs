//! A process that is killed in a search, at each of its points and each time that it passes them.

use std::{path::PathBuf, process::Command};

use super::*;
use crate::fail;

/// Tells the worker its directory.
const DIRECTORY: &str = "STARDUST_TEST_RECOVERY";
const USED: [(u32, bool, u32); 4] = [(0, false, 1), (0, false, 3), (1, true, 0), (1, false, 0)];

/// What the killed process does; nothing when it is run as a test.
#[test]
fn worker() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let (_, node) = used(&USED);
    let wallet = TestWallet::start_with(&PathBuf::from(directory), &node, SeedOrigin::Existing);
    recover(&wallet.manager, &gaps(1, 2)).unwrap();
}

#[test]
fn a_killed_search_goes_on_and_finds_the_same() {
    let points = fail::POINTS.iter().filter(|point| fail::area(point) == "recovery");
    let mut kills = 0;
    for point in points {
        for time in 1.. {
            let (directory, node) = used(&USED);
            let output = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "sync::tests::recover::killed::worker"])
                .env(DIRECTORY, directory.path())
                .env(fail::ARMED, format!("{point}=kill@{time}"))
                .output()
                .unwrap();
            if output.status.success() {
                assert!(time > 1, "{point} is never passed");
                break;
            }
            kills += 1;
            let wallet = start(&directory, &node);
            let state = wallet.manager.recovery().unwrap().expect("its beginning comes first");
            assert!(!state.issuing_released);
            if !state.complete {
                recover(&wallet.manager, &gaps(1, 2)).unwrap();
            }
            assert_eq!(issued(&wallet.manager), [(4, 0), (1, 1)], "{point} the {time}. time");
            assert_eq!(wallet.manager.total_balance().unwrap(), plain_balance(4, 4));
            let found = wallet.events().len();
            assert_eq!(found, 4, "{point} the {time}. time: each output is told once");
        }
    }
    assert!(kills > 20, "{kills}");
}
