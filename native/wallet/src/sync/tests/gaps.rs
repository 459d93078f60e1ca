//! Gaps and their repair.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use proptest::prelude::*;

use super::{crash::from_every_image, *};
use crate::{
    events::{IncidentKind, Origin, SyncState},
    ledger::{Address, UnixTime},
    manager::{AccountRef, OutputFilter},
    payments::{Payment, PaymentRef, PaymentState, RemainderStrategy, Reviewed, SendOptions, WithdrawalRequest},
    store::{Gap, gap},
    sync::RepairReport,
    testing::{OutputBuilder, ScriptedFeed, TestWallet, address},
};

const M: u64 = 1_000_000;

struct World {
    directory: tempfile::TempDir,
    node: ScriptedFeed,
    wallet: TestWallet,
    alice: AccountRef,
    raw: Address,
}

impl World {
    /// A wallet with so many outputs.
    fn with(amounts: &[u64]) -> (Self, Vec<LedgerOutput>) {
        let directory = tempfile::tempdir().unwrap();
        let node = ScriptedFeed::with_milestones(1);
        let wallet = TestWallet::start(directory.path(), &node);
        let alice = wallet.account("alice");
        let raw = wallet.address(&alice);
        let outputs: Vec<_> =
            (1..).zip(amounts).map(|(number, amount)| OutputBuilder::plain(number, raw, *amount).build()).collect();
        node.ledger().milestone(outputs.clone(), vec![]);
        wallet.sync();
        (Self { directory, node, wallet, alice, raw }, outputs)
    }

    /// The wallet is closed, this happens, two milestones pass, all of it is pruned, and the wallet is opened again.
    fn miss(mut self, happens: impl FnOnce(&ScriptedFeed)) -> Self {
        self.wallet.manager.close();
        happens(&self.node);
        self.node.ledger().empty_milestones(2);
        self.node.set_pruned(self.node.ledger().position().index.0 - 1);
        self.wallet = TestWallet::start(self.directory.path(), &self.node);
        self.wallet.wait_until(|manager| manager.status().state == SyncState::Gap);
        self
    }

    fn repair(&self) -> RepairReport {
        self.wallet.manager.repair().unwrap().expect("a gap")
    }

    fn gap(&self) -> Option<Gap> {
        self.wallet.manager.store().readers().read(gap::present).unwrap()
    }

    fn pay(&self, amount: u64) -> Payment {
        let text = crate::ledger::AddressCodec::format(&crate::stardust::Stardust, &address(5), "rms");
        let options = SendOptions { remainder: RemainderStrategy::ReuseAddress, ..SendOptions::default() };
        self.wallet.manager.send_amount(&self.alice, vec![(text, Amount::new(amount))], options).unwrap()
    }

    fn state(&self, payment: &Payment) -> PaymentState {
        self.wallet.manager.payment(&PaymentRef::Transaction(payment.transaction_id)).unwrap().state
    }

    fn incidents(&self) -> Vec<Option<OutputId>> {
        let incident = |event| match event {
            LedgerEvent::Incident(event) if event.kind == IncidentKind::Repair => Some(event.output_id),
            _ => None,
        };
        self.wallet.events().into_iter().filter_map(incident).collect()
    }
}

/// A payment's outputs, and what it spends.
fn includes(payment: &Payment) -> (Vec<LedgerOutput>, Vec<(OutputId, TransactionId)>) {
    let built = |output: &crate::store::payment::PaymentOutputRow| {
        let built = OutputBuilder::plain(0, output.address, output.amount.units());
        built.id(payment.transaction_id, output.output_id).build()
    };
    let spent = payment.inputs.iter().map(|input| (input.output_id, payment.transaction_id)).collect();
    (payment.outputs.iter().map(built).collect(), spent)
}

#[test]
fn invariant_10_a_gap_survives_a_restart_also_without_a_node() {
    let (world, _) = World::with(&[10]);
    let cursor = world.wallet.manager.status().cursor.unwrap();
    let world = world.miss(|node| node.ledger().empty_milestones(3));
    assert_eq!(world.gap().map(|gap| gap.cursor), Some(cursor));
    world.wallet.manager.close();
    world.node.set_reachable(false);
    let wallet = TestWallet::start(world.directory.path(), &world.node);
    let status = wallet.manager.status();
    assert_eq!((status.state, status.cursor), (SyncState::Gap, Some(cursor)));
    assert_eq!(kind(wallet.manager.generate_addresses(&world.alice, 1, false, None)), ErrorKind::Gap);
    assert_eq!(wallet.log().len(), 2, "the log is readable");
    // nor is it over as long as nobody has the next milestone
    assert_eq!(wallet.manager.repair().unwrap_err().kind(), ErrorKind::NodeUnreachable);
    assert_eq!(wallet.manager.status().state, SyncState::Gap);
    // a node that has it ends it, durably
    world.node.heal();
    wallet.sync();
    assert_eq!((wallet.manager.status().state, wallet.manager.status().gap), (SyncState::Synced, None));
    assert_eq!(wallet.manager.repair().unwrap(), None, "there is nothing to repair");
    assert_eq!(wallet.manager.store().readers().read(gap::all_repaired).unwrap(), []);
}

#[test]
fn invariant_10_a_repair_books_what_came_and_what_went() {
    let (world, before) = World::with(&[10, 20]);
    let from = world.wallet.manager.status().cursor.unwrap().next();
    let raw = world.raw;
    let came = OutputBuilder::plain(50, raw, 5).build();
    let held = OutputBuilder::plain(51, raw, 7).locked_until(UnixTime(u32::MAX)).build();
    let outputs = vec![came.clone(), held.clone()];
    let world = world.miss(|node| {
        node.ledger().milestone(outputs, vec![]);
    });
    let logged = world.wallet.log().len();
    let report = world.repair();
    let to = world.node.ledger().position().index;
    let expected = RepairReport { from, to, found: 2, spent: 0, confirmed: 0, conflicting: 0, incidents: 0 };
    assert_eq!(report, expected);
    let gaps = world.wallet.manager.store().readers().read(gap::all_repaired).unwrap();
    assert_eq!(gaps.iter().map(|gap| (gap.from, gap.to)).collect::<Vec<_>>(), [(from, to)]);
    world.wallet.sync();
    assert_eq!(world.wallet.manager.balance(&world.alice).unwrap().total.units(), 42);
    let news: Vec<_> = world.wallet.log().into_iter().skip(logged).collect();
    assert!(news.iter().all(|event| event.milestone_index == to));
    let mut created = [came.id, held.id];
    created.sort_unstable();
    let told: Vec<_> = news.into_iter().map(|logged| logged.event).collect();
    assert_eq!(
        short(&told),
        [
            ("newOutput", created[0].to_string()),
            ("newOutput", created[1].to_string()),
            ("deposit", came.id.to_string())
        ]
    );
    for event in &told {
        match event {
            LedgerEvent::NewOutput(event) => assert!(event.repaired && event.origin == Origin::External),
            LedgerEvent::Deposit(event) => assert!(event.repaired && event.amount.units() == 5),
            event => panic!("{event:?}"),
        }
    }
    // life goes on after it: what was found is spent like anything else, and addresses are issued
    world
        .node
        .ledger()
        .milestone(vec![OutputBuilder::plain(60, raw, 1).build()], vec![by(&before[0], 61), by(&came, 61)]);
    world.wallet.sync();
    assert_eq!(world.wallet.manager.balance(&world.alice).unwrap().total.units(), 28);
    let last = world.wallet.events();
    assert!(last.iter().rev().take(4).all(|event| match event {
        LedgerEvent::NewOutput(event) => !event.repaired,
        LedgerEvent::SpentOutput(event) => !event.repaired,
        LedgerEvent::Deposit(event) => !event.repaired,
        _ => true,
    }));
    assert_ne!(world.wallet.address(&world.alice), raw);
}

#[test]
fn what_arrives_while_a_repair_asks_is_booked_once_by_its_milestone() {
    let (world, _) = World::with(&[10]);
    let (in_gap, after) =
        (OutputBuilder::plain(50, world.raw, 5).build(), OutputBuilder::plain(51, world.raw, 7).build());
    let outputs = vec![in_gap.clone()];
    let world = world.miss(|node| {
        node.ledger().milestone(outputs, vec![]);
    });
    let at = world.node.ledger().position().index;
    // the ledger goes on while the node is asked, before the index answers
    let (ledger, once) = (world.node.sibling(), AtomicBool::new(false));
    let arriving = after.clone();
    let node = world.node.clone();
    world.node.on_status(move || {
        if !once.swap(true, Ordering::SeqCst) {
            ledger.ledger().milestone(vec![arriving.clone()], vec![]);
        }
    });
    let report = world.repair();
    node.on_status(|| ());
    assert!(report.to >= at);
    world.wallet.sync();
    assert_eq!(world.wallet.manager.balance(&world.alice).unwrap().total.units(), 22);
    let deposits: Vec<_> = world
        .wallet
        .log()
        .into_iter()
        .filter_map(|logged| match logged.event {
            LedgerEvent::Deposit(event) => Some((event.output_id, event.repaired, logged.milestone_index)),
            _ => None,
        })
        .skip(1)
        .collect();
    let expected = |output: &LedgerOutput, repaired, index| (output.id, repaired, index);
    if report.to == at {
        assert_eq!(deposits, [expected(&in_gap, true, at), expected(&after, false, at.next())]);
    } else {
        assert_eq!(deposits.len(), 2);
    }
}

#[test]
fn invariant_5_spent_in_the_gap_is_asked_for_and_never_concluded_from_the_index() {
    let (world, before) = World::with(&[10, 20, 40]);
    let gone = by(&before[0], 70);
    let kept = before[1].id;
    let world = world.miss(|node| {
        node.ledger().milestone(vec![], vec![gone]);
        // an index that has lost an output
        node.conceal(kept);
    });
    let report = world.repair();
    assert_eq!((report.found, report.spent), (0, 1));
    world.wallet.sync();
    assert_eq!(world.wallet.manager.balance(&world.alice).unwrap().total.units(), 60);
    let events = world.wallet.events();
    let spent: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            LedgerEvent::SpentOutput(event) => Some((event.output_id, event.spent_by, event.repaired)),
            _ => None,
        })
        .collect();
    assert_eq!(spent, [(before[0].id, None, true)]);
    // nobody knows by what, and none of our payments did it
    assert_eq!(world.incidents(), [Some(before[0].id)]);
}

#[test]
fn invariant_8_nothing_is_credited_that_may_be_our_own() {
    let (world, before) = World::with(&[10]);
    let rest = OutputBuilder::plain(70, world.raw, 9).build();
    let (spent, output) = (by(&before[0], 70), rest.clone());
    let world = world.miss(|node| {
        node.ledger().milestone(vec![output], vec![spent]);
    });
    let report = world.repair();
    assert_eq!((report.found, report.spent, report.incidents), (1, 1, 2));
    let events = world.wallet.events();
    let origins: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            LedgerEvent::NewOutput(event) => Some((event.origin, event.creditable.units())),
            _ => None,
        })
        .collect();
    assert_eq!(origins, [(Origin::External, 10), (Origin::Discovered, 0)]);
    assert_eq!(world.incidents().len(), 2);
    // the incidents are told once
    world.wallet.sync();
    assert_eq!(world.incidents().len(), 2);
}

#[test]
fn invariant_6_a_payment_that_was_applied_in_the_gap_is_confirmed_by_its_outputs() {
    let (world, _) = World::with(&[3 * M]);
    let payment = world.pay(M);
    let (created, spent) = includes(&payment);
    let world = world.miss(|node| {
        node.ledger().milestone(created, spent);
    });
    let report = world.repair();
    assert_eq!((report.confirmed, report.conflicting, report.incidents), (1, 0, 0));
    assert_eq!(world.state(&payment), PaymentState::Confirmed);
    let balance = world.wallet.manager.balance(&world.alice).unwrap();
    assert_eq!((balance.available.units(), balance.locked.units(), balance.incoming.units()), (2 * M, 0, 0));
    let told = world.wallet.events();
    let change = told.iter().any(
        |event| matches!(event, LedgerEvent::NewOutput(event) if event.origin == Origin::Change && event.repaired),
    );
    let confirmed = told.iter().any(|event| {
        matches!(event, LedgerEvent::TransactionInclusion(event)
            if event.state == InclusionState::Confirmed && event.repaired)
    });
    assert!(change && confirmed, "{told:?}");
}

#[test]
fn invariant_6_a_payment_of_which_nothing_is_left_stays_open_and_is_an_incident() {
    let (world, _) = World::with(&[M]);
    let payment = world.pay(M);
    let (created, spent) = includes(&payment);
    let onward: Vec<_> = created.iter().map(|output| by(output, 90)).collect();
    let world = world.miss(|node| {
        node.ledger().milestone(created, spent);
        node.ledger().milestone(vec![], onward);
    });
    let report = world.repair();
    assert_eq!((report.confirmed, report.conflicting), (0, 0));
    assert!(!matches!(world.state(&payment), PaymentState::Confirmed | PaymentState::Dead));
    let text = payment.transaction_id.to_string();
    let told = world.wallet.events();
    assert!(told.iter().any(|event| matches!(event, LedgerEvent::Incident(event) if event.id.contains(&text))));
}

#[test]
fn invariant_6_a_payment_of_which_one_input_only_was_spent_is_dead() {
    let (world, _) = World::with(&[M, M]);
    let payment = world.pay(2 * M);
    assert_eq!(payment.inputs.len(), 2);
    let stolen = (payment.inputs[1].output_id, transaction_id(80));
    let world = world.miss(|node| {
        node.ledger().milestone(vec![], vec![stolen]);
    });
    let report = world.repair();
    assert_eq!((report.confirmed, report.conflicting), (0, 1));
    assert_eq!(world.state(&payment), PaymentState::Dead);
    assert_eq!(world.wallet.manager.balance(&world.alice).unwrap().available.units(), M, "the other input is free");
    let text = crate::ledger::AddressCodec::format(&crate::stardust::Stardust, &address(5), "rms");
    let again = world.wallet.manager.send_amount(&world.alice, vec![(text, Amount::new(M))], SendOptions::default());
    assert_eq!(kind(again), ErrorKind::ForeignSigner);
}

#[test]
fn what_was_submitted_is_answered_in_a_gap() {
    let (world, _) = World::with(&[2 * M, 2 * M]);
    let manager = &world.wallet.manager;
    let text = crate::ledger::AddressCodec::format(&crate::stardust::Stardust, &address(5), "rms");
    let prepare = || {
        let options = SendOptions { remainder: RemainderStrategy::ReuseAddress, ..SendOptions::default() };
        manager.prepare(&world.alice, vec![(text.clone(), Amount::new(M))], options, 60_000).unwrap()
    };
    let (submitted, waiting) = (prepare(), prepare());
    let paid = manager.submit_prepared(&submitted.id, Reviewed::No).unwrap();
    // in this order: the wallet follows while they are made
    world.node.set_pruned(manager.status().cursor.unwrap().0 + 2);
    world.node.ledger().empty_milestones(5);
    world.wallet.wait_until(|manager| manager.status().state == SyncState::Gap);
    let again = manager.submit_prepared(&submitted.id, Reviewed::No).unwrap();
    assert_eq!(again.transaction_id, paid.transaction_id);
    assert_eq!(kind(manager.submit_prepared(&waiting.id, Reviewed::No)), ErrorKind::Gap);
}

#[test]
fn withdrawals_of_a_list_that_are_known_are_answered_in_a_gap() {
    let (world, _) = World::with(&[9 * M]);
    let manager = &world.wallet.manager;
    let address = crate::ledger::AddressCodec::format(&crate::stardust::Stardust, &address(5), "rms");
    let ask = |keys: &[&str]| {
        let request = |key: &&str| WithdrawalRequest {
            key: (*key).to_owned(),
            address: address.clone(),
            amount: Amount::new(M),
            micro_amount: None,
        };
        manager.withdraw(&world.alice, keys.iter().map(request).collect())
    };
    let known = ask(&["a", "b"]).unwrap().into_iter().map(|one| one.unwrap().position).collect::<Vec<_>>();
    world.node.set_pruned(manager.status().cursor.unwrap().0 + 2);
    world.node.ledger().empty_milestones(5);
    world.wallet.wait_until(|manager| manager.status().state == SyncState::Gap);
    let answers = ask(&["b", "new", "a"]).unwrap();
    let answers: Vec<_> =
        answers.into_iter().map(|one| one.map(|one| one.position).map_err(|error| error.kind())).collect();
    assert_eq!(answers, [Ok(known[1]), Err(ErrorKind::Gap), Ok(known[0])]);
    assert_eq!(kind(ask(&["new"])), ErrorKind::Gap);
    assert_eq!(kind(manager.withdrawal("new")), ErrorKind::TransactionNotFound, "nothing of it was taken");
}

#[test]
fn a_payment_that_waits_through_the_gap_goes_on() {
    let (world, _) = World::with(&[3 * M]);
    let payment = world.pay(M);
    let world = world.miss(|_| ());
    assert_eq!(world.repair().confirmed, 0);
    assert_eq!(world.wallet.manager.balance(&world.alice).unwrap().locked.units(), 3 * M);
    let (created, spent) = includes(&payment);
    world.node.ledger().milestone(created, spent);
    world.wallet.sync();
    assert_eq!(world.state(&payment), PaymentState::Confirmed);
}

#[test]
fn a_node_that_fails_in_the_middle_leaves_the_gap_as_it_was() {
    let (world, before) = World::with(&[10, 20, 40]);
    let spent: Vec<_> = before.iter().map(|output| by(output, 70)).collect();
    let world = world.miss(|node| {
        node.ledger().milestone(vec![], spent);
    });
    let (gap, log) = (world.gap(), world.wallet.log());
    for answers in 0..3 {
        world.node.set_state_answers(answers);
        assert_eq!(world.wallet.manager.repair().unwrap_err().kind(), ErrorKind::NodeUnreachable);
        assert_eq!((world.gap(), world.wallet.log()), (gap, log.clone()));
        assert_eq!(world.wallet.manager.balance(&world.alice).unwrap().total.units(), 70);
    }
    world.node.set_index_answers(0);
    assert_eq!(world.wallet.manager.repair().unwrap_err().kind(), ErrorKind::NodeUnreachable);
    world.node.set_index_answers(9);
    world.node.set_state_answers(9);
    assert_eq!(world.repair().spent, 3);
    assert_eq!(world.wallet.manager.balance(&world.alice).unwrap(), Balance::default());
}

#[test]
fn a_node_that_is_not_healthy_or_behind_repairs_nothing() {
    let (world, _) = World::with(&[10]);
    let world = world.miss(|node| node.ledger().empty_milestones(2));
    world.node.set_healthy(false);
    assert_eq!(world.wallet.manager.repair().unwrap_err().kind(), ErrorKind::NodeUnhealthy);
    world.node.set_healthy(true);
    let cursor = world.gap().unwrap().cursor;
    let behind = world.node.clone().confirmed_to(cursor.0);
    assert_eq!(world.wallet.manager.repair().unwrap_err().kind(), ErrorKind::NodeUnhealthy);
    assert_eq!(world.gap().map(|gap| gap.cursor), Some(cursor));
    let caught_up = behind.confirmed_to(world.node.ledger().position().index.0);
    world.repair();
    assert_eq!(world.wallet.manager.status().cursor, Some(caught_up.ledger().position().index));
}

#[test]
fn invariant_10_a_crash_during_a_repair_leaves_the_gap_or_nothing_of_it() {
    let (world, before) = World::with(&[10, 20]);
    let (spent, came) = (by(&before[0], 70), OutputBuilder::plain(71, world.raw, 5).build());
    let world = world.miss(|node| {
        node.ledger().milestone(vec![came], vec![spent]);
    });
    let cursor = world.gap().unwrap().cursor;
    let report = world.repair();
    world.wallet.sync();
    let mut seen = BTreeMap::new();
    from_every_image(world.directory.path(), |image| {
        let status = image.manager.status();
        let Some(at) = status.cursor.filter(|at| *at >= cursor) else { return };
        let (total, gap) = (image.manager.total_balance().unwrap().total.units(), status.gap);
        *seen.entry(at).or_insert(0) += 1;
        match at {
            at if at == cursor => assert_eq!(total, 30),
            at if at == report.to => assert_eq!((total, gap), (25, None)),
            at => panic!("a cursor inside the gap: {at}"),
        }
    });
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), [cursor, report.to]);
}

/// A milestone: outputs to us or others with amounts, and which outputs of the ledger are spent.
type Happens = (Vec<(bool, u8)>, Vec<u8>);

fn arb_gap() -> impl Strategy<Value = Vec<Happens>> {
    let created = prop::collection::vec((any::<bool>(), 1..5_u8), 0..4);
    prop::collection::vec((created, prop::collection::vec(any::<u8>(), 0..3)), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn after_any_gap_the_wallet_holds_what_the_ledger_says(
        gap in arb_gap(), kept in 0..4_u32, later in arb_gap(), whole_set in any::<bool>()
    ) {
        let (world, before) = World::with(&[1, 2, 3, 4]);
        let mut ledger: Vec<LedgerOutput> = before;
        let mut number = 100;
        let raw = world.raw;
        let mut play = |node: &ScriptedFeed, milestones: &[Happens]| {
            for (created, consumed) in milestones {
                let mut outputs = Vec::new();
                for (ours, amount) in created {
                    number += 1;
                    let owner = if *ours { raw } else { address(9) };
                    outputs.push(OutputBuilder::plain(number, owner, u64::from(*amount)).build());
                }
                ledger.extend(outputs.clone());
                let mut spent = Vec::new();
                for choice in consumed {
                    if ledger.is_empty() {
                        break;
                    }
                    number += 1;
                    spent.push(by(&ledger.remove(usize::from(*choice) % ledger.len()), number));
                }
                node.ledger().milestone(outputs, spent);
            }
        };
        let world = world.miss(|node| play(node, &gap));
        // of what was spent in the gap the node still has the newest
        let pruned = world.node.ledger().position().index.0 - 1 - kept;
        let cursor = world.gap().unwrap().cursor;
        prop_assume!(pruned > cursor.0);
        world.node.set_pruned(pruned);
        let world = if whole_set { World { node: world.node.clone().with_whole_set(), ..world } } else { world };
        world.repair();
        play(&world.node, &later);
        world.wallet.sync();
        let mine: BTreeMap<OutputId, u64> = ledger
            .iter()
            .filter(|output| output.owner == raw)
            .map(|output| (output.id, output.amount.units()))
            .collect();
        let listed = world.wallet.manager.outputs(&world.alice, OutputFilter::Unspent, None, 1_000).unwrap().items;
        let listed: BTreeMap<OutputId, u64> =
            listed.into_iter().map(|output| (output.output_id, output.amount.units())).collect();
        prop_assert_eq!(&listed, &mine);
        prop_assert_eq!(world.wallet.manager.balance(&world.alice).unwrap().total.units(), mine.values().sum::<u64>());
        // the events tell the same, each output once
        let mut told: BTreeMap<OutputId, u64> = BTreeMap::new();
        for event in world.wallet.events() {
            match event {
                LedgerEvent::NewOutput(event) => {
                    prop_assert_eq!(told.insert(event.output_id, event.amount.units()), None);
                }
                LedgerEvent::SpentOutput(event) => prop_assert!(told.remove(&event.output_id).is_some()),
                _ => {}
            }
        }
        prop_assert_eq!(told, mine);
        prop_assert_eq!(world.wallet.manager.status().cursor, Some(world.node.ledger().position().index));
    }
}

#[test]
fn a_claim_whose_input_expired_in_the_gap_is_dead_and_nobody_is_suspected() {
    for spent in [false, true] {
        let (world, _) = World::with(&[M]);
        let now = world.node.ledger().position().time.0;
        let end = UnixTime(now + 10_000);
        let offered = OutputBuilder::plain(20, world.raw, M).expiring(end, address(5)).build();
        let given = OutputBuilder::plain(21, world.raw, M).returning(300_000, address(5)).build();
        world.node.ledger().milestone(vec![offered.clone(), given.clone()], vec![]);
        world.wallet.sync();
        let claim = world.wallet.manager.claim(&world.alice, &[]).unwrap().unwrap();
        assert_eq!(claim.inputs.len(), 2);
        let world = world.miss(|node| {
            node.ledger().milestone_at(end, vec![], if spent { vec![by(&offered, 80)] } else { vec![] });
        });
        let report = world.repair();
        assert_eq!(report.confirmed, 0);
        assert_eq!(world.state(&claim), PaymentState::Dead);
        world.pay(M);
        let again = world.wallet.manager.claim(&world.alice, &[]).unwrap().unwrap();
        assert_eq!(again.inputs[0].output_id, given.id);
    }
}
