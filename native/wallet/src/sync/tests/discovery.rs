//! Seeds that were used before.

use super::*;
use crate::{
    events::Origin,
    keys::{CoinType, KeyPath, Mnemonic, MnemonicManager, SecretManager},
    ledger::{Address, AddressCodec},
    manager::SeedOrigin,
    stardust::Stardust,
    testing::{OutputBuilder, ScriptedFeed, TestWallet, WORDS},
};

/// The seed's addresses, as another wallet would have issued them.
fn seeds(account: u32, internal: bool, index: u32) -> Address {
    let keys = MnemonicManager::new(&Mnemonic::parse(WORDS).unwrap(), CoinType::SHIMMER);
    let path = KeyPath::new(account, internal, index).unwrap();
    Stardust.of_public_key(&keys.public_keys(&[path]).unwrap()[0])
}

#[test]
fn invariant_3_addresses_that_a_seed_has_used_are_found_watched_and_never_issued_again() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    // used long ago: public 5 and 24, whose distance is below the limit, and internal 2
    let old: Vec<_> = [(1, false, 5, 10), (2, false, 24, 20), (3, true, 2, 30)]
        .map(|(number, internal, index, amount)| {
            OutputBuilder::plain(number, seeds(0, internal, index), amount).build()
        })
        .into();
    node.ledger().milestone(old.clone(), vec![]);
    let wallet = TestWallet::start_with(directory.path(), &node, SeedOrigin::Existing);
    let alice = wallet.account("alice");
    assert!(wallet.manager.account(&alice).unwrap().undiscovered);
    let issued = wallet.manager.generate_addresses(&alice, 1, false, None).unwrap();
    assert_eq!((issued[0].key_index, issued[0].raw), (25, seeds(0, false, 25)));
    let info = wallet.manager.account(&alice).unwrap();
    assert_eq!((info.public_count, info.internal_count, info.undiscovered), (26, 3, false));
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(60, 3));
    let found: Vec<_> = wallet.events();
    assert_eq!(found.len(), 3, "no deposits: {found:?}");
    for event in &found {
        let LedgerEvent::NewOutput(event) = event else { panic!("{event:?}") };
        assert_eq!((event.origin, event.creditable), (Origin::Discovered, Amount::ZERO));
    }
    let taken = wallet.audited();
    assert_eq!(taken[taken.len() - 3..], ["addressesTaken", "addressesTaken", "addressesIssued"]);
    // from now on they are addresses like all others
    let new = OutputBuilder::plain(4, seeds(0, false, 7), 5).build();
    node.ledger().milestone(vec![new], vec![by(&old[0], 9)]);
    wallet.sync();
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(55, 3));
    let later: Vec<_> = short(&wallet.events()).into_iter().skip(3).map(|(kind, _)| kind).collect();
    assert_eq!(later, ["newOutput", "spentOutput", "deposit"]);
    // and nothing is looked for a second time
    let asked = node.calls().2;
    wallet.manager.generate_addresses(&alice, 1, true, None).unwrap();
    assert_eq!(node.calls().2, asked);
}

#[test]
fn sync_looks_for_what_a_seed_holds() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    node.ledger().milestone(vec![OutputBuilder::plain(1, seeds(1, false, 0), 10).build()], vec![]);
    let wallet = TestWallet::start_with(directory.path(), &node, SeedOrigin::Existing);
    let (alice, bob) = (wallet.account("alice"), wallet.account("bob"));
    wallet.sync();
    assert_eq!(wallet.manager.balance(&alice).unwrap(), Balance::default());
    assert_eq!(wallet.manager.balance(&bob).unwrap(), plain_balance(10, 1));
    assert_eq!(wallet.manager.generate_addresses(&alice, 1, false, None).unwrap()[0].key_index, 0);
}

#[test]
fn nothing_is_issued_before_the_ledger_was_looked_at() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start_with(directory.path(), &node, SeedOrigin::Existing);
    let alice = wallet.account("alice");
    wallet.wait_until(|manager| manager.network().is_some());
    node.set_reachable(false);
    assert_eq!(kind(wallet.manager.generate_addresses(&alice, 1, false, None)), ErrorKind::NodeUnreachable);
    assert_eq!(wallet.manager.account(&alice).unwrap().public_count, 0);
    node.set_reachable(true);
    wallet.manager.generate_addresses(&alice, 1, false, None).unwrap();
}

#[test]
fn what_a_ledger_does_during_the_search_is_neither_lost_nor_booked_twice() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let owner = seeds(0, false, 0);
    let old: Vec<_> = (0..40).map(|number| OutputBuilder::plain(number, owner, 1).build()).collect();
    node.ledger().milestone(old.clone(), vec![]);
    let wallet = TestWallet::start_with(directory.path(), &node, SeedOrigin::Existing);
    let alice = wallet.account("alice");
    wallet.wait_until(|manager| manager.network().is_some());
    let ledger = std::sync::Arc::clone(node.ledger());
    std::thread::scope(|scope| {
        let busy = scope.spawn(|| {
            for (number, output) in (100..).zip(&old) {
                let new = OutputBuilder::plain(number, owner, 100).build();
                ledger.milestone(vec![new], vec![by(output, number)]);
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        });
        wallet.manager.generate_addresses(&alice, 1, false, None).unwrap();
        busy.join().unwrap();
    });
    wallet.sync();
    let balance = wallet.manager.balance(&alice).unwrap();
    assert_eq!(balance, plain_balance(4_000, 40), "all old ones are spent, all new ones are there");
    let mut ids: Vec<_> = wallet.events().iter().filter_map(new_id).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "each output is announced once");
}

fn new_id(event: &LedgerEvent) -> Option<OutputId> {
    match event {
        LedgerEvent::NewOutput(event) => Some(event.output_id),
        _ => None,
    }
}

#[test]
fn another_seed_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    let first = wallet.address(&alice);
    drop(wallet);
    let wallet = TestWallet::open(directory.path(), &node).unwrap();
    wallet.manager.start().unwrap();
    assert_eq!(kind(wallet.manager.generate_addresses(&alice, 1, false, None)), ErrorKind::VaultEmpty);
    let other = Mnemonic::generate().unwrap();
    assert_eq!(kind(wallet.manager.store_mnemonic(&other, SeedOrigin::New)), ErrorKind::SeedMismatch);
    let same = Mnemonic::parse(WORDS).unwrap();
    wallet.manager.store_mnemonic(&same, SeedOrigin::Existing).unwrap();
    assert_eq!(kind(wallet.manager.store_mnemonic(&same, SeedOrigin::New)), ErrorKind::MnemonicAlreadyStored);
    let second = wallet.address(&alice);
    assert_eq!((first, second), (seeds(0, false, 0), seeds(0, false, 1)), "its origin is not asked for again");
}

#[test]
fn a_seed_of_unknown_origin_counts_as_used() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::open(directory.path(), &node).unwrap();
    let alice = wallet.account("alice");
    assert!(wallet.manager.account(&alice).unwrap().undiscovered);
    let mnemonic = Mnemonic::parse(WORDS).unwrap();
    wallet.manager.store_mnemonic(&mnemonic, SeedOrigin::New).unwrap();
    assert!(!wallet.manager.account(&alice).unwrap().undiscovered, "a new seed has nothing to look for");
    let bob = wallet.account("bob");
    assert!(!wallet.manager.account(&bob).unwrap().undiscovered);
}

#[test]
fn invariant_3_an_address_issued_while_a_milestone_is_on_its_way_sees_it() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    wallet.manager.generate_addresses(&alice, 1, true, None).unwrap();
    wallet.sync();
    let (stand, stands) = crossbeam_channel::bounded::<()>(1);
    let (open, gate) = crossbeam_channel::bounded::<()>(0);
    std::thread::scope(|scope| {
        let manager = &wallet.manager;
        // also when the test fails
        let open = open;
        // the writer stands still: an address and the milestone that pays to it wait together
        scope.spawn(move || {
            manager.store().writer().commit(move |_| -> Result<(), crate::store::StoreError> {
                stand.send(()).unwrap();
                gate.recv().unwrap();
                Ok(())
            })
        });
        stands.recv_timeout(SOON).unwrap();
        let until_queued = |count| wallet.wait_until(|manager| manager.store().writer().queued() >= count);
        let issuing = scope.spawn(|| manager.generate_addresses(&alice, 1, false, None).unwrap());
        until_queued(1);
        node.ledger().milestone(vec![OutputBuilder::plain(1, seeds(0, false, 0), 5).build()], vec![]);
        until_queued(2);
        open.send(()).unwrap();
        assert_eq!(issuing.join().unwrap()[0].raw, seeds(0, false, 0));
    });
    wallet.sync();
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(5, 1));
}

#[test]
fn the_rest_of_another_wallets_payment_is_no_deposit_while_its_inputs_are_not_known() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let owner = seeds(0, false, 0);
    let old = OutputBuilder::plain(1, owner, 100).build();
    node.ledger().milestone(vec![old.clone()], vec![]);
    let wallet = TestWallet::start_with(directory.path(), &node, SeedOrigin::Existing);
    let alice = wallet.account("alice");
    wallet.wait_until(|manager| manager.network().is_some());
    // two questions find the end of the public chain, one that of the other; then nothing can be booked
    node.set_index_answers(3);
    assert_eq!(kind(wallet.manager.generate_addresses(&alice, 1, false, None)), ErrorKind::NodeUnreachable);
    assert_eq!(wallet.manager.account(&alice).unwrap().public_count, 1, "its address is watched");
    // the wallet that had the seed before spends, and the rest comes back
    let rest = OutputBuilder::plain(2, owner, 60).build();
    let cursor = node.ledger().milestone(vec![rest.clone()], vec![by(&old, 2)]).index;
    wallet.wait_until(|manager| manager.status().cursor == Some(cursor));
    node.heal();
    wallet.manager.generate_addresses(&alice, 1, false, None).unwrap();
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(60, 1));
    assert_eq!(short(&wallet.events()), [("newOutput", rest.id.to_string())]);
    // now the past is known
    node.ledger().milestone(vec![OutputBuilder::plain(3, owner, 5).build()], vec![]);
    wallet.sync();
    assert_eq!(short(&wallet.events()).last().unwrap().0, "deposit");
}

#[test]
fn an_answer_that_the_cursor_has_passed_is_not_booked() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let owner = seeds(0, false, 0);
    let old = OutputBuilder::plain(1, owner, 100).build();
    node.ledger().milestone(vec![old.clone()], vec![]);
    let wallet = TestWallet::start_with(directory.path(), &node, SeedOrigin::Existing);
    let alice = wallet.account("alice");
    wallet.wait_until(|manager| manager.network().is_some());
    let (found, finding) = crossbeam_channel::unbounded::<()>();
    let (go, going) = crossbeam_channel::unbounded::<()>();
    node.on_index(move || {
        found.send(()).unwrap();
        going.recv().unwrap();
    });
    std::thread::scope(|scope| {
        scope.spawn(|| {
            wallet.manager.generate_addresses(&alice, 1, false, None).unwrap();
            node.on_index(|| {}); // ends the loop below
        });
        for question in 1.. {
            if finding.recv_timeout(SOON).is_err() {
                break;
            }
            if question == 4 {
                // the answer that is to be booked says that it is there, and it is spent before the answer comes
                let cursor = node.ledger().milestone(vec![], vec![by(&old, 2)]).index;
                wallet.wait_until(|manager| manager.status().cursor == Some(cursor));
            }
            go.send(()).unwrap();
        }
    });
    assert_eq!(wallet.manager.balance(&alice).unwrap(), Balance::default());
    assert_eq!(wallet.events(), []);
}

#[test]
fn an_account_that_cannot_be_looked_for_does_not_hold_up_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start_with(directory.path(), &node, SeedOrigin::Existing);
    let alice = wallet.account("alice");
    let raw = wallet.address(&alice);
    let bob = wallet.account("bob");
    node.set_index_answers(0);
    node.ledger().milestone(vec![OutputBuilder::plain(1, raw, 5).build()], vec![]);
    assert_eq!(wallet.sync(), node.ledger().position().index);
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(5, 1));
    wallet.manager.check_discovered(&alice).unwrap();
    // who asks for that one is told
    assert_eq!(kind(wallet.manager.check_discovered(&bob)), ErrorKind::NodeUnreachable);
    assert!(wallet.manager.account(&bob).unwrap().undiscovered);
    node.heal();
    wallet.sync();
    wallet.manager.check_discovered(&bob).unwrap();
    assert!(!wallet.manager.account(&bob).unwrap().undiscovered);
}
