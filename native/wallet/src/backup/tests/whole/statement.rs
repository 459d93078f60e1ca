//! What is said of how far issuing had come, and what is found by it.

use super::*;

#[test]
fn the_statement_must_name_every_account_and_no_less_than_the_backup_knows() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let alice = old.account("alice");
    issue(&old, &alice, 5);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    let bob = old.account("bob");
    let bobs = issue(&old, &bob, 3);
    old.manager.close();
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, bobs[1], M).build()], vec![]);
    let wallet = place.start_restored();
    let one = |account, alias: Option<&str>, public| IssuedAccount {
        account,
        alias: alias.map(str::to_owned),
        public,
        internal: 0,
    };
    let refused = [
        vec![],
        vec![one(0, None, 4)],
        vec![one(0, None, 5), one(0, None, 5)],
        vec![one(0, None, 5), one(1, None, 3)],
        vec![one(0, None, 5), one(2, Some("bob"), 3)],
        vec![one(0, None, 5), one(1, Some("bob"), u32::MAX)],
    ];
    for statement in refused {
        let kind = kind(wallet.manager.release_issuing(&IssuedBefore::Exact(statement.clone())));
        assert!(matches!(kind, ErrorKind::InvalidArgument | ErrorKind::KeyIndexExhausted), "{statement:?}");
    }
    let taken = IssuedBefore::Exact(vec![one(0, None, 5), one(1, Some("alice"), 3)]);
    assert_eq!(kind(wallet.manager.release_issuing(&taken)), ErrorKind::AliasTaken);
    assert_eq!(kind(wallet.manager.release_issuing(&IssuedBefore::SkipAhead(0))), ErrorKind::InvalidArgument);
    assert_eq!(kind(wallet.manager.create_account("bob")), ErrorKind::IssuingFrozen, "nothing was released");
    let right = IssuedBefore::Exact(vec![one(1, Some("bob"), 3), one(0, None, 5)]);
    assert_eq!(wallet.manager.release_issuing(&right).unwrap().accounts, 1);
    wallet.sync();
    assert_eq!(deposits(&wallet).len(), 1, "on an account that the backup does not know");
    assert_eq!(wallet.manager.generate_addresses(&bob, 1, false, None).unwrap()[0].key_index, 3);
}

#[test]
fn an_account_made_after_skipping_ahead_skips_too() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    let bob = old.account("bob");
    let bobs = issue(&old, &bob, 3);
    old.manager.close();
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, bobs[1], M).build()], vec![]);
    let wallet = place.start_restored();
    wallet.manager.release_issuing(&IssuedBefore::SkipAhead(40)).unwrap();
    wallet.sync();
    let bob = wallet.account("bob");
    let new = wallet.manager.generate_addresses(&bob, 1, false, None).unwrap();
    // two show on the ledger, and fewer than 40 beyond them were issued
    assert_eq!(new[0].key_index, 42);
    assert_eq!(wallet.manager.balance(&bob).unwrap().total.units(), M);
    assert_eq!(deposits(&wallet), []);
}

#[test]
fn what_an_account_of_a_used_seed_held_before_the_backup_is_found_too() {
    let place = Place::new();
    let old = TestWallet::start_with(&place.wallet(), &place.node, SeedOrigin::Existing);
    old.sync();
    let account = old.account("alice");
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    // it was there before the backup, and nobody had looked
    let first = old.manager.generate_addresses(&account, 2, false, None).unwrap()[0].raw;
    old.manager.close();
    place.restore().unwrap();
    let ledger = std::sync::Arc::new(crate::testing::ScriptedLedger::default());
    ledger.milestone(vec![OutputBuilder::plain(1, first, M).build()], vec![]);
    ledger.empty_milestones(2);
    let node = ScriptedFeed::of(ledger);
    let wallet = TestWallet::start_with(&place.restored(), &node, SeedOrigin::Existing);
    wallet.manager.release_issuing(&exact(2, 0)).unwrap();
    wallet.sync();
    wallet.wait_until(|manager| manager.balance(&account).unwrap().total.units() == M);
    assert_eq!(wallet.manager.generate_addresses(&account, 1, false, None).unwrap()[0].key_index, 2);
}

#[test]
fn a_wallet_that_met_no_node_before_its_backup_looks_for_what_it_skips() {
    let place = Place::new();
    place.node.set_reachable(false);
    let old = place.start();
    let account = old.account("alice");
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    place.node.heal();
    old.sync();
    let later = issue(&old, &account, 3);
    old.manager.close();
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, later[2], M).build()], vec![]);
    let wallet = place.start_restored();
    wallet.manager.release_issuing(&exact(3, 0)).unwrap();
    wallet.sync();
    wallet.wait_until(|manager| manager.balance(&account).unwrap().total.units() == M);
    assert_eq!(wallet.manager.generate_addresses(&account, 1, false, None).unwrap()[0].key_index, 3);
}
