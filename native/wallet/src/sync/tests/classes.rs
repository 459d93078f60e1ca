//! What an output is at a milestone's time: creditable means plain and a deposit.

use super::*;
use crate::{
    events::OutputClass,
    ledger::UnixTime,
    sync::scan::{Known, classify},
    testing::{OutputBuilder, ScriptedFeed, TestWallet, address},
};

#[test]
fn invariant_8_only_plain_outputs_from_others_are_creditable() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    let raw = wallet.address(&alice);
    let (stranger, time) = (address(1), node.ledger().position().time.0 + 10);
    let (before, now, after) = (UnixTime(time - 1), UnixTime(time), UnixTime(time + 1));
    let build = |number| OutputBuilder::plain(number, raw, 100);
    let to_stranger = |number| OutputBuilder::plain(number, stranger, 100);
    let outputs = vec![
        build(0).build(),
        build(1).with_features().build(),
        build(2).locked_until(before).build(),
        build(3).locked_until(now).build(),
        build(4).locked_until(after).build(),
        build(5).returning(40, stranger).build(),
        build(6).expiring(after, stranger).build(),
        build(7).with_token().build(),
        build(8).nft().build(),
        // ours as the return address, from its time on
        to_stranger(9).expiring(before, raw).build(),
        to_stranger(10).expiring(now, raw).build(),
        // somebody else's at this time
        build(11).expiring(now, stranger).build(),
        build(12).expiring(before, stranger).build(),
        to_stranger(13).expiring(after, raw).build(),
        to_stranger(14).build(),
        to_stranger(15).returning(10, raw).build(),
    ];
    node.ledger().milestone_at(now, outputs, vec![]);
    wallet.sync();
    let events = wallet.events();
    let mut classes = Vec::new();
    let mut deposits = Vec::new();
    for event in &events {
        match event {
            LedgerEvent::NewOutput(event) => classes.push((event.class, event.creditable.units())),
            LedgerEvent::Deposit(event) => deposits.push(event.output_id),
            other => panic!("{other:?}"),
        }
    }
    let held = [(OutputClass::Held, 0); 3];
    let assets = [(OutputClass::Asset, 0); 2];
    let plain = [(OutputClass::Plain, 100); 4];
    let returned = [(OutputClass::Plain, 0); 2];
    assert_eq!(classes, [&plain[..], &held, &assets, &returned].concat());
    assert_eq!(deposits.len(), 4);
    let balance = wallet.manager.balance(&alice).unwrap();
    assert_eq!((balance.total.units(), balance.available.units(), balance.held.units()), (1_100, 600, 300));
    assert_eq!(balance.output_count, 11);
}

struct Two;

impl Known for Two {
    fn find(&self, raw: &crate::ledger::Address) -> Option<crate::store::AddressKey> {
        let number = if *raw == address(1) { 1 } else { 2 };
        let known = *raw == address(1) || *raw == address(2);
        known.then_some(crate::store::AddressKey { account: 0, internal: false, key_index: number })
    }

    fn holds(&self, _: &OutputId) -> bool {
        false
    }

    fn expects(&self, _: &TransactionId) -> bool {
        false
    }
}

#[test]
fn an_expiration_between_two_of_ours_is_booked_on_the_owner_of_its_time() {
    let output = OutputBuilder::plain(0, address(1), 1).expiring(UnixTime(50), address(2)).build();
    let owner = |time| classify(&output, UnixTime(time), &Two).unwrap();
    assert_eq!((owner(49).0.key_index, owner(49).1), (1, OutputClass::Held));
    assert_eq!((owner(50).0.key_index, owner(50).1), (2, OutputClass::Plain));
    assert_eq!((owner(51).0.key_index, owner(51).1), (2, OutputClass::Plain));
    let strange = OutputBuilder::plain(0, address(9), 1).build();
    assert_eq!(classify(&strange, UnixTime(0), &Two), None);
}

#[test]
fn what_only_names_us_counts_nothing_when_it_is_spent() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    let raw = wallet.address(&alice);
    let far = UnixTime(u32::MAX);
    let output = OutputBuilder::plain(1, address(1), 100).expiring(far, raw).build();
    node.ledger().milestone(vec![output.clone()], vec![]);
    wallet.sync();
    assert_eq!(wallet.manager.balance(&alice).unwrap(), Balance::default());
    assert!(!wallet.manager.addresses(&alice, None, None, 1).unwrap().items[0].used);
    // its owner claims it and pays us with the same transaction: a deposit, since nothing of ours was spent
    node.ledger().milestone(vec![OutputBuilder::plain(2, raw, 60).build()], vec![by(&output, 2)]);
    wallet.sync();
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(60, 1));
    let kinds: Vec<_> = short(&wallet.events()).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["newOutput", "deposit"]);
}

#[test]
fn what_expired_belongs_to_its_return_address_when_it_is_spent() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    let raw = wallet.address(&alice);
    let time = node.ledger().position().time.0;
    // offered to us, and to somebody else if we let it expire; both expire in the second milestone from now
    let expiry = UnixTime(time + 20);
    let to_us = OutputBuilder::plain(1, raw, 100).expiring(expiry, address(1)).build();
    let to_them = OutputBuilder::plain(2, address(1), 70).expiring(expiry, raw).build();
    let claimed = OutputBuilder::plain(3, raw, 30).expiring(expiry, address(1)).build();
    node.ledger().milestone(vec![to_us.clone(), to_them.clone(), claimed.clone()], vec![]);
    // before: only our key can spend what is offered to us
    let unknown = OutputBuilder::plain(4, raw, 4).build();
    node.ledger().milestone_at(UnixTime(time + 19), vec![unknown], vec![by(&claimed, 4)]);
    // after: its sender takes his back and pays us in the same transaction
    let deposit = OutputBuilder::plain(5, raw, 50).build();
    let unknown = OutputBuilder::plain(6, raw, 6).build();
    node.ledger().milestone_at(expiry, vec![deposit.clone(), unknown], vec![by(&to_us, 5), by(&to_them, 6)]);
    wallet.sync();
    let deposits: Vec<_> =
        short(&wallet.events()).into_iter().filter(|(kind, _)| *kind == "deposit").map(|(_, id)| id).collect();
    assert_eq!(deposits, [deposit.id.to_string()]);
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(60, 3));
}
