//! A crash at every point of what was written: the database with its log cut after each frame.

use std::{fs, path::Path};

use super::*;
use crate::{
    ledger::MilestoneIndex,
    manager::{AccountRef, OutputFilter},
    testing::{OutputBuilder, ScriptedFeed, TestWallet},
};

/// SQLite's log: a header, then frames of a header and a page each.
const LOG_HEADER: usize = 32;
const FRAME: usize = 24 + 4096;

/// Runs `check` on a wallet opened from every state that a crash could have left.
pub(crate) fn from_every_image(directory: &Path, mut check: impl FnMut(&TestWallet)) -> usize {
    let database = fs::read(directory.join("wallet.db")).unwrap();
    let log = fs::read(directory.join("wallet.db-wal")).unwrap();
    let frames = (log.len() - LOG_HEADER) / FRAME;
    for frame in 0..=frames {
        let image = tempfile::tempdir().unwrap();
        fs::write(image.path().join("wallet.db"), &database).unwrap();
        // cut in the middle of the next frame too: a torn write
        let torn = if frame < frames { 1_000 } else { 0 };
        fs::write(image.path().join("wallet.db-wal"), &log[..LOG_HEADER + frame * FRAME + torn]).unwrap();
        let elsewhere = ScriptedFeed::with_milestones(0);
        check(&TestWallet::open(image.path(), &elsewhere).unwrap());
    }
    frames
}

#[test]
fn invariant_1_a_crash_leaves_whole_milestones() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    let raw = wallet.address(&alice);
    // an address needs the network only, which is known a moment before the status has the cursor
    let begin = wallet.sync();
    // what is true at each cursor: sum, unspent outputs, events
    let mut truth = vec![(0, 0, 0)];
    let mut unspent: Vec<LedgerOutput> = Vec::new();
    for number in 0..12_u32 {
        let created: Vec<_> =
            (0..3).map(|index| OutputBuilder::plain(number, raw, 10 + u64::from(index)).index(index).build()).collect();
        let consumed: Vec<_> = unspent.drain(..unspent.len() / 2).map(|output| by(&output, number + 500)).collect();
        // and an incident: none of this wallet's transactions spends them
        let events = truth.last().unwrap().2 + 2 * created.len() + consumed.len() + usize::from(!consumed.is_empty());
        unspent.extend(created.clone());
        truth.push((unspent.iter().map(|output| output.amount.units()).sum::<u64>(), unspent.len(), events));
        node.ledger().milestone(created, consumed);
    }
    wallet.sync();
    let mut seen = std::collections::BTreeSet::new();
    let frames = from_every_image(directory.path(), |image| {
        let Ok(Balance { total, output_count, .. }) = image.manager.total_balance() else { panic!("unreadable") };
        let Some(cursor) = image.manager.status().cursor else { return };
        seen.insert(cursor);
        let (sum, outputs, events) = truth[usize::try_from(cursor.0 - begin.0).unwrap()];
        assert_eq!((total.units(), output_count), (sum, u64::try_from(outputs).unwrap()), "at {cursor}");
        assert_eq!(image.log().len(), events, "at {cursor}");
        if image.manager.account(&alice).is_ok() {
            let listed = image.manager.outputs(&alice, OutputFilter::Unspent, None, 1_000).unwrap().items;
            assert_eq!(listed.len(), outputs, "at {cursor}");
        }
    });
    assert!(frames > 20, "{frames}");
    assert_eq!(seen.len(), 13, "every milestone was some image's last: {seen:?}");
}

#[test]
fn invariant_3_a_crash_never_makes_an_address_come_twice() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    // the database as it is on disk at the very moment when an address was shown
    let mut shown = Vec::new();
    for _ in 0..6 {
        shown.push(wallet.address(&alice));
        let image = tempfile::tempdir().unwrap();
        for file in ["wallet.db", "wallet.db-wal"] {
            fs::copy(directory.path().join(file), image.path().join(file)).unwrap();
        }
        let elsewhere = node.sibling();
        let after = TestWallet::start(image.path(), &elsewhere);
        let known = after.manager.addresses(&alice, None, None, 100).unwrap().items;
        assert_eq!(known.iter().map(|address| address.raw).collect::<Vec<_>>(), shown, "all shown ones are known");
        let next = after.address(&alice);
        assert!(!shown.contains(&next), "it was issued before");
        // and watched
        after.manager.find_address(&known[0].address).unwrap();
    }
}

#[test]
fn invariant_4_a_crash_leaves_a_log_without_holes() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let raw = wallet.address(&wallet.account("alice"));
    for number in 0..5 {
        node.ledger().milestone(vec![OutputBuilder::plain(number, raw, 10).build()], vec![]);
    }
    wallet.sync();
    let whole = wallet.log();
    from_every_image(directory.path(), |image| {
        let log = image.log();
        assert_eq!(log, whole[..log.len()], "a prefix of the same log");
        let last = image.manager.status().cursor.unwrap_or(MilestoneIndex(0));
        assert!(log.iter().all(|logged| logged.milestone_index <= last));
    });
    assert_eq!(wallet.manager.balance(&AccountRef::Index(0)).unwrap(), plain_balance(50, 5));
}

#[test]
fn invariant_3_a_crash_leaves_a_pool_without_holes_and_without_what_was_issued() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::open_pooled(directory.path(), &node, 6).unwrap();
    wallet.run(crate::manager::SeedOrigin::New);
    let alice = wallet.account("alice");
    for count in [1, 3, 2, 4] {
        wallet.wait_until(|manager| manager.accounts_room().pool_level(0, false).unwrap().ready > 3);
        wallet.manager.generate_addresses(&alice, count, false, None).unwrap();
    }
    let expected = wallet.manager.accounts_room().derive(0, false, 0, 30).unwrap();
    let mut levels = std::collections::BTreeSet::new();
    from_every_image(directory.path(), |image| {
        let Ok(account) = image.manager.account(&alice) else { return };
        let listed = image.manager.addresses(&alice, Some(false), None, 100).unwrap().items;
        let issued: Vec<_> = listed.iter().map(|address| address.raw).collect();
        assert_eq!(issued, expected[..usize::try_from(account.public_count).unwrap()]);
        let rooms = image.manager.accounts_room();
        let level = rooms.pool_level(0, false).unwrap();
        levels.insert((level.next, level.ready));
        assert_eq!(level.next, account.public_count);
        // without keys: it all comes out of the pool, and there is no hole in it; before the first contact nothing is issued
        if level.ready > 0 && image.manager.status().cursor.is_some() {
            let pooled = rooms.issue_pooled(0, false, level.ready, None).unwrap().expect("as many as it says");
            let from = usize::try_from(level.next).unwrap();
            let raws: Vec<_> = pooled.iter().map(|row| row.raw).collect();
            assert_eq!(raws, expected[from..from + raws.len()]);
        }
    });
    assert!(levels.len() > 5, "{levels:?}");
}
