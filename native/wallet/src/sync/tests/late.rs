//! Addresses that are watched late.

use std::sync::Arc;

use super::*;
use crate::{
    events::Origin,
    ledger::Address,
    store::{AddressKey, Past, address},
    testing::{OutputBuilder, ScriptedFeed, TestWallet, address as stranger},
};

/// Addresses that were issued elsewhere: durable, watched, and their past is unchecked.
pub(super) fn register(wallet: &TestWallet, raws: &[Address]) {
    let rows: Vec<_> = (1_000..)
        .zip(raws)
        .map(|(key_index, raw)| (*raw, AddressKey { account: 0, internal: false, key_index }))
        .collect();
    let watch = Arc::clone(wallet.manager.watch());
    let from = wallet.manager.status().cursor;
    wallet
        .manager
        .store()
        .writer()
        .commit_then(
            move |tx| {
                for (raw, key) in &rows {
                    address::insert(tx, *key, raw, None, from, Past::Unchecked)?;
                }
                Ok::<_, crate::store::StoreError>(rows)
            },
            move |rows| watch.watch(rows.iter().copied()),
        )
        .unwrap();
}

pub(super) fn unchecked(manager: &crate::manager::AccountManager) -> usize {
    manager.store().readers().read(|conn| address::unchecked(conn, None, usize::MAX)).unwrap().len()
}

fn opened(node: &ScriptedFeed) -> (tempfile::TempDir, TestWallet) {
    let directory = tempfile::tempdir().unwrap();
    let wallet = TestWallet::start(directory.path(), node);
    drop(wallet.account("alice"));
    wallet.sync();
    (directory, wallet)
}

#[test]
fn invariant_3_what_a_late_address_held_is_booked_once_while_its_outputs_come_and_go() {
    let node = ScriptedFeed::with_milestones(1);
    let late: Vec<_> = (1..=150).map(stranger).collect();
    let old: Vec<_> = (0..150).zip(&late).map(|(number, raw)| OutputBuilder::plain(number, *raw, 1).build()).collect();
    node.ledger().milestone(old.clone(), vec![]);
    let (_directory, wallet) = opened(&node);
    // while the index is asked, some of them are spent, and others arrive
    let ledger = Arc::clone(node.ledger());
    let moved = std::sync::atomic::AtomicU32::new(0);
    let spent = old.clone();
    node.on_index(move || {
        let number = moved.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if number < 20 {
            let old = &spent[usize::try_from(number).unwrap()];
            let new = OutputBuilder::plain(1_000 + number, late[usize::try_from(number).unwrap()], 100).build();
            ledger.milestone(vec![new], vec![by(old, 9_000 + number)]);
        }
    });
    let late: Vec<_> = (1..=150).map(stranger).collect();
    register(&wallet, &late);
    wallet.wait_until(|manager| unchecked(manager) == 0);
    wallet.sync();
    let balance = wallet.manager.total_balance().unwrap();
    let moved = (balance.total.units() - 150) / 99;
    assert_eq!(balance, plain_balance(150 + 99 * moved, 150), "what was spent is not there, what came is");
    assert!(moved > 0);
    let old: std::collections::HashSet<_> = old.iter().map(|output| output.id).collect();
    let mut ids = Vec::new();
    for event in wallet.events() {
        match event {
            LedgerEvent::NewOutput(event) => {
                if old.contains(&event.output_id) {
                    assert_eq!((event.origin, event.creditable), (Origin::Discovered, Amount::ZERO));
                }
                ids.push(event.output_id);
            }
            LedgerEvent::Deposit(event) => assert!(!old.contains(&event.output_id), "{event:?}"),
            _ => {}
        }
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "each output is announced once");
    // and from now on it is an address like all others
    node.ledger().milestone(vec![OutputBuilder::plain(5_000, stranger(100), 7).build()], vec![]);
    wallet.sync();
    let last = wallet.events().pop().unwrap();
    assert!(matches!(&last, LedgerEvent::Deposit(event) if event.origin == Origin::External), "{last:?}");
}

#[test]
fn over_ten_thousand_late_addresses_take_one_question() {
    let node = ScriptedFeed::with_milestones(1).with_whole_set();
    let late: Vec<_> = (1..=10_001).map(stranger).collect();
    let on_late = OutputBuilder::plain(1, late[10_000], 5).build();
    let on_others = OutputBuilder::plain(2, stranger(20_000), 5).build();
    node.ledger().milestone(vec![on_late, on_others], vec![]);
    let (_directory, wallet) = opened(&node);
    register(&wallet, &late);
    wallet.wait_until(|manager| unchecked(manager) == 0);
    assert_eq!(wallet.manager.total_balance().unwrap(), plain_balance(5, 1));
    assert_eq!((node.calls().2, node.output_calls().0), (0, 1));
}

#[test]
fn a_whole_set_that_always_comes_too_late_is_given_up() {
    let node = ScriptedFeed::with_milestones(1).with_whole_set();
    let late: Vec<_> = (1..=10_001).map(stranger).collect();
    node.ledger().milestone(vec![OutputBuilder::plain(1, late[0], 5).build()], vec![]);
    let (_directory, wallet) = opened(&node);
    // the wallet is past the answer's height when the answer is there
    let (ledger, seen) = (Arc::clone(node.ledger()), node.clone());
    let store = Arc::clone(wallet.manager.store());
    node.on_index(move || {
        if seen.calls().2 == 0 {
            let applied = ledger.milestone(vec![], vec![]).index;
            let cursor = || store.readers().read(crate::store::meta::cursor).unwrap().unwrap().position.index;
            while cursor() < applied {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    });
    register(&wallet, &late);
    wallet.wait_until(|manager| unchecked(manager) == 0);
    assert_eq!(wallet.manager.total_balance().unwrap(), plain_balance(5, 1));
    assert_eq!((node.calls().2, node.output_calls().0), (101, 3));
}

#[test]
fn a_node_that_fails_and_a_restart_leave_the_rest_for_later() {
    let node = ScriptedFeed::with_milestones(1);
    let late: Vec<_> = (1..=250).map(stranger).collect();
    let old = (0..250).zip(&late).map(|(number, raw)| OutputBuilder::plain(number, *raw, 1).build()).collect();
    node.ledger().milestone(old, vec![]);
    let directory = tempfile::tempdir().unwrap();
    {
        let wallet = TestWallet::start(directory.path(), &node);
        drop(wallet.account("alice"));
        wallet.sync();
        node.set_index_answers(1);
        register(&wallet, &late);
        wallet.wait_until(|manager| unchecked(manager) == 150);
        assert_eq!(wallet.manager.total_balance().unwrap(), plain_balance(100, 100));
    }
    node.heal();
    let before = node.calls().2;
    let wallet = TestWallet::open(directory.path(), &node).unwrap();
    wallet.manager.start().unwrap();
    wallet.wait_until(|manager| unchecked(manager) == 0);
    assert_eq!(wallet.manager.total_balance().unwrap(), plain_balance(250, 250));
    assert_eq!(node.calls().2 - before, 2, "the two batches that were left");
}

#[test]
fn an_answer_from_behind_the_cursor_is_not_used() {
    let node = ScriptedFeed::with_milestones(1);
    let raw = stranger(1);
    let old = OutputBuilder::plain(1, raw, 1).build();
    node.ledger().milestone(vec![old.clone()], vec![]);
    let (_directory, wallet) = opened(&node);
    node.ledger().milestone(vec![], vec![by(&old, 2)]);
    let behind = wallet.sync();
    // the node falls back to where the output was unspent
    node.confirm_to(behind.0 - 1);
    register(&wallet, &[raw]);
    wallet.wait_until(|_| node.calls().2 > 0);
    assert_eq!((unchecked(&wallet.manager), wallet.manager.total_balance().unwrap()), (1, Balance::default()));
    node.heal();
    wallet.wait_until(|manager| unchecked(manager) == 0);
    assert_eq!(wallet.manager.total_balance().unwrap(), Balance::default());
    let shown = wallet.manager.addresses(&crate::manager::AccountRef::Index(0), None, None, 1_000).unwrap().items;
    assert_eq!((shown[0].past, shown[0].watched_from), (Past::Checked, Some(behind)));
}
