//! Another signer of the seed is seen by what it spends, also when no payment of ours dies by it.

use super::{
    conditions::{World, stranger},
    *,
};
use crate::{
    events::IncidentKind,
    ledger::{Address, AddressCodec},
    manager::{AccountRef, SeedOrigin},
    payments::{Payment, SendOptions},
    stardust::Stardust,
    testing::{OutputBuilder, ScriptedFeed, address},
};

const M: u64 = 1_000_000;

fn pay(wallet: &TestWallet, account: &AccountRef) -> Result<Payment, WalletError> {
    let payees = vec![(Stardust.format(&address(60), "rms"), Amount::new(M))];
    wallet.manager.send_amount(account, payees, SendOptions::default())
}

fn accused(wallet: &TestWallet) -> Vec<Option<OutputId>> {
    let incident = |event| match event {
        LedgerEvent::Incident(incident) if incident.kind == IncidentKind::ForeignSigner => Some(incident.output_id),
        _ => None,
    };
    wallet.events().into_iter().filter_map(incident).collect()
}

fn started(origin: SeedOrigin) -> (tempfile::TempDir, TestWallet, AccountRef, Address) {
    let directory = tempfile::tempdir().unwrap();
    let wallet = TestWallet::start_with(directory.path(), &ScriptedFeed::with_milestones(1), origin);
    wallet.sync();
    let account = wallet.account("alice");
    wallet.sync();
    let owner = wallet.address(&account);
    (directory, wallet, account, owner)
}

#[test]
fn who_empties_the_wallet_is_another_signer_and_payments_halt_until_a_persons_word() {
    let (directory, wallet, account, owner) = started(SeedOrigin::New);
    let outputs: Vec<_> = (1..=4).map(|number| OutputBuilder::plain(number, owner, 2 * M).build()).collect();
    wallet.node.ledger().milestone(outputs.clone(), vec![]);
    wallet.sync();
    wallet.node.ledger().milestone(vec![], vec![by(&outputs[0], 66), by(&outputs[1], 66), by(&outputs[2], 67)]);
    wallet.sync();
    assert_eq!(accused(&wallet), [Some(outputs[0].id), Some(outputs[2].id)], "one for each transaction");
    let halted = pay(&wallet, &account).unwrap_err();
    assert_eq!(halted.kind(), ErrorKind::ForeignSigner);
    assert!(halted.to_string().contains(&outputs[0].id.to_string()), "{halted}");
    assert_eq!(wallet.audited().iter().filter(|kind| **kind == "foreignSigner").count(), 1);
    wallet.manager.close();
    // and after a restart
    let wallet = TestWallet::start(directory.path(), &wallet.node);
    assert_eq!(kind(pay(&wallet, &account)), ErrorKind::ForeignSigner);
    assert_eq!(kind(wallet.manager.release_foreign_signer("none of it")), ErrorKind::InvalidArgument);
    assert_eq!(kind(pay(&wallet, &account)), ErrorKind::ForeignSigner);
    forgive(&wallet);
    pay(&wallet, &account).unwrap();
    assert!(wallet.audited().contains(&"foreignSignerReleased"));
}

#[test]
fn what_others_may_spend_is_no_evidence() {
    let world = World::new();
    let alice = world.ours[0];
    let offered = OutputBuilder::plain(1, alice, M).expiring(world.time(100), stranger()).build();
    let late = OutputBuilder::plain(2, alice, M).expiring(world.time(100), stranger()).build();
    // what is ours from its end on, and somebody else's before
    let lent = OutputBuilder::plain(3, stranger(), M).expiring(world.time(100), alice).build();
    let plain = OutputBuilder::plain(4, alice, 2 * M).build();
    let bound = OutputBuilder::plain(5, alice, M).returning(M / 4, stranger()).build();
    world.milestone(10, vec![offered.clone(), late.clone(), lent.clone(), plain, bound.clone()], vec![]);
    world.milestone(20, vec![], vec![by(&lent, 70), by(&bound, 73)]);
    world.milestone(100, vec![], vec![by(&offered, 71)]);
    world.milestone(101, vec![], vec![by(&late, 72)]);
    assert_eq!(accused(&world.wallet), []);
    let payment = pay(&world.wallet, &world.accounts[0]).unwrap();
    world.include(110, &payment);
    assert_eq!(accused(&world.wallet), [], "our own");
    pay(&world.wallet, &world.accounts[0]).unwrap();
}

#[test]
fn what_other_software_had_sent_before_the_wallet_watched_is_not_taken_for_another_signer() {
    for (origin, expected) in [(SeedOrigin::Existing, 0), (SeedOrigin::New, 1)] {
        let (_directory, wallet, account, owner) = started(origin);
        let outputs: Vec<_> = (1..=2).map(|number| OutputBuilder::plain(number, owner, 2 * M).build()).collect();
        wallet.node.ledger().milestone(outputs.clone(), vec![]);
        wallet.node.ledger().milestone(vec![], vec![by(&outputs[0], 66)]);
        wallet.sync();
        assert_eq!(accused(&wallet).len(), expected, "{origin:?}");
        wallet.node.ledger().empty_milestones(16);
        wallet.node.ledger().milestone(vec![OutputBuilder::plain(3, owner, 2 * M).build()], vec![by(&outputs[1], 67)]);
        wallet.sync();
        assert_eq!(accused(&wallet).len(), expected + 1, "{origin:?}: it goes on paying");
        assert_eq!(kind(pay(&wallet, &account)), ErrorKind::ForeignSigner);
    }
}

#[test]
fn what_was_on_its_way_when_an_address_was_watched_late_is_not_taken_for_another_signer() {
    let (_directory, wallet, _, owner) = started(SeedOrigin::Existing);
    let raw = address(70);
    let of_late: Vec<_> = (1..=2).map(|number| OutputBuilder::plain(number, raw, M).build()).collect();
    let of_ours = OutputBuilder::plain(3, owner, M).build();
    wallet.node.ledger().milestone(vec![of_late[0].clone(), of_late[1].clone(), of_ours.clone()], vec![]);
    // nothing of the software before is on its way any more
    wallet.node.ledger().empty_milestones(40);
    wallet.sync();
    late::register(&wallet, &[raw]);
    wallet.wait_until(|manager| late::unchecked(manager) == 0);
    assert_eq!(wallet.manager.total_balance().unwrap().total.units(), 3 * M);
    // but of what used the new address until now, by what that spends
    wallet.node.ledger().empty_milestones(14);
    wallet.node.ledger().milestone(vec![], vec![by(&of_late[0], 66)]);
    wallet.sync();
    assert_eq!(accused(&wallet), []);
    wallet.node.ledger().milestone(vec![], vec![by(&of_ours, 67)]);
    wallet.sync();
    assert_eq!(accused(&wallet), [Some(of_ours.id)], "this one was watched from the beginning");
    wallet.node.ledger().milestone(vec![], vec![by(&of_late[1], 68)]);
    wallet.sync();
    assert_eq!(accused(&wallet), [Some(of_ours.id), Some(of_late[1].id)]);
}

#[test]
fn a_repair_accuses_by_when_something_was_spent_and_not_by_when_it_tells_of_it() {
    for (after, expected) in [(10, 0), (25, 1)] {
        let (directory, wallet, _, owner) = started(SeedOrigin::Existing);
        let output = OutputBuilder::plain(1, owner, M).build();
        wallet.node.ledger().milestone(vec![output.clone()], vec![]);
        let cursor = wallet.sync();
        wallet.manager.close();
        wallet.node.ledger().empty_milestones(after);
        wallet.node.ledger().milestone(vec![], vec![by(&output, 66)]);
        wallet.node.ledger().empty_milestones(20);
        wallet.node.set_pruned(cursor.0 + 2);
        let wallet = TestWallet::start_with(directory.path(), &wallet.node, SeedOrigin::Existing);
        wallet.wait_until(|manager| manager.status().gap.is_some());
        let report = wallet.manager.repair().unwrap().unwrap();
        assert_eq!((report.spent, accused(&wallet).len()), (1, expected), "{after} milestones later");
    }
}
