//! The table in `docs/recovery.md`, cell by cell.

use std::collections::BTreeMap;

use super::world::{World, paying, transaction, with_key};
use crate::{
    error::ErrorKind,
    ledger::{Amount, BlockState},
    payments::{Payment, PaymentRef, PaymentRules, Reviewed, SendOptions, SendRequest, WithdrawalState},
};

const TABLE: &str = include_str!("../../../../../docs/recovery.md");
const M: u64 = 1_000_000;
const KEY: &str = "k";
/// Rows of withdrawals that no transaction pays.
const WITHDRAWALS: [&str; 4] = ["requested", "awaitingReview", "awaitingApproval", "refused"];

/// Rules that bring a withdrawal into this state.
fn rules(disk: &str) -> PaymentRules {
    let mut rules = PaymentRules::default();
    match disk {
        "awaitingReview" => rules.review = true,
        "awaitingApproval" => rules.approval_from = Some(Amount::new(4 * M)),
        "refused" => rules.per_payment = Some(Amount::new(3 * M)),
        _ => {}
    }
    rules
}

/// Disk state and ledger, and what the table says of them.
fn cells() -> BTreeMap<(String, String), String> {
    let mut rows = TABLE.lines().filter(|line| line.starts_with('|')).map(|line| {
        let cells = line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned());
        cells.collect::<Vec<_>>()
    });
    let head = rows.next().unwrap();
    let mut cells = BTreeMap::new();
    for row in rows.skip(1) {
        assert_eq!(row.len(), head.len());
        for (column, cell) in head.iter().zip(&row).skip(1) {
            cells.insert((row[0].clone(), column.clone()), cell.clone());
        }
    }
    cells
}

/// A wallet whose payment has two inputs and is in this state, the driver stopped; and the payment, if there is one.
fn prepare(disk: &str) -> (World, Option<Payment>) {
    let world = World::stopped(&[2 * M, 3 * M]);
    if disk == "nothing" {
        return (world, None);
    }
    if WITHDRAWALS.contains(&disk) {
        let world = world.ruled(rules(disk));
        assert_eq!(world.withdraw(&[(KEY, 4 * M)]).remove(0).unwrap().state.name(), disk);
        return (world, None);
    }
    // stopped: a call does not wait for a node
    if disk == "signed" {
        let payment = world.send(with_key(4 * M, KEY)).unwrap();
        return (world, Some(payment));
    }
    world.wallet.payments.start().unwrap();
    let payment = world.send(with_key(4 * M, KEY)).unwrap();
    match disk {
        "submitted" => {}
        "cancelling, contest rejected" => {
            world.wallet.payments.cancel(&PaymentRef::Key(KEY.to_owned())).unwrap();
            world.node.set(|script| {
                script.default_state = Some(BlockState::Conflicting { code: 5, reason: "no".to_owned() });
            });
            world.milestone(vec![], vec![]);
            world.milestone(vec![], vec![]);
            let contest = world.contest_of(&payment);
            world.await_payment(&contest, |contest| contest.state.name() == "rejected");
            world.node.set(|script| *script = super::scripted::Script::default());
        }
        "rejected" => {
            // a node that lost the block asks for another one, and refuses it
            world.node.set(|script| {
                script.default_state = Some(BlockState::Pending { should_reattach: true });
                script.refuse = Some("no".to_owned());
            });
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
            while world.find(&payment).state.name() != "rejected" {
                assert!(std::time::Instant::now() < deadline);
                world.milestone(vec![], vec![]);
                // beyond the pauses between refusals, and far from the next try of what is rejected
                world.pass(10_000);
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            world.node.set(|script| *script = super::scripted::Script::default());
        }
        "confirmed" => drop(world.confirm(&payment)),
        "dead" => drop(world.milestone(vec![], vec![(payment.inputs[0].output_id, transaction(0xfe))])),
        "cancelling" | "cancelled" => {
            world.wallet.payments.cancel(&PaymentRef::Key(KEY.to_owned())).unwrap();
            if disk == "cancelled" {
                world.confirm(&world.contest_of(&payment));
            }
        }
        other => panic!("the table has a state {other}"),
    }
    assert_eq!(Some(world.find(&payment).state.name()), disk.split(',').next());
    (world, Some(payment))
}

/// What the ledger does while the wallet is down; it is applied after the start, before the driver gets to work.
fn ledger(world: &World, column: &str, payment: Option<&Payment>) {
    match (column, payment) {
        ("nothing", _) => drop(world.milestone(vec![], vec![])),
        // told once more, as when a second block of it is included
        ("applied", Some(payment)) if !world.find(payment).state.is_open() => drop(world.settle_again(payment)),
        ("contest", Some(payment)) if !world.find(payment).state.is_open() => {
            drop(world.settle_again(&world.contest_of(payment)));
        }
        ("applied", Some(payment)) => drop(world.confirm(payment)),
        ("contest", Some(payment)) => drop(world.confirm(&world.contest_of(payment))),
        ("stranger", Some(payment)) => {
            world.milestone(vec![], vec![(payment.inputs[1].output_id, transaction(0xfd))]);
        }
        other => panic!("the table has a cell for {other:?}"),
    }
}

fn state(world: &World, payment: Option<&Payment>, disk: &str) -> String {
    match payment {
        Some(payment) => world.find(payment).state.name().to_owned(),
        None if WITHDRAWALS.contains(&disk) => world.withdrawal(KEY).state.name().to_owned(),
        None => {
            assert_eq!(world.wallet.payments.page(None, None, 10).unwrap(), []);
            "nothing".to_owned()
        }
    }
}

fn exercise(disk: &str, column: &str, cell: &str) {
    let (world, payment) = prepare(disk);
    let world = world.ruled(rules(disk));
    ledger(&world, column, payment.as_ref());
    let payload = |world: &World| world.node.arrived().len();
    let before = payload(&world);
    world.wallet.payments.start().unwrap();
    let mut words = cell.split(' ');
    let expected = words.next().unwrap();
    let flags: Vec<&str> = words.collect();
    if WITHDRAWALS.contains(&disk) {
        world.await_withdrawal(KEY, WithdrawalState::from_name(expected).unwrap());
    } else if let Some(payment) = &payment {
        world.await_payment(payment, |payment| payment.state.name() == expected);
    }
    if let Some(payment) = payment.as_ref().filter(|_| disk.contains("contest") && flags.contains(&"+sent")) {
        world.await_payment(&world.contest_of(payment), |contest| contest.state.name() == "submitted");
    }
    world.milestone(vec![], vec![]);
    assert_eq!(state(&world, payment.as_ref(), disk), expected, "{disk} × {column}");
    // the contest of a payment that is being cancelled is sent again, the payment is not: the node got no other bytes
    let sent = payload(&world) > before && disk != "cancelling";
    assert_eq!(sent, flags.contains(&"+sent"), "{disk} × {column}: sent");
    if let Some(payment) = payment.as_ref().filter(|_| disk.starts_with("cancelling")) {
        let contest = world.contest_of(payment);
        let first = world.node.arrived()[0].clone();
        assert_eq!(world.node.arrived().iter().filter(|bytes| **bytes == first).count(), 1, "{:?}", contest.state);
    }
    let holdings = world.wallet.holdings(0);
    let free = (holdings.locked, holdings.incoming) == (Amount::ZERO, Amount::ZERO);
    assert_eq!(free, flags.contains(&"+free"), "{disk} × {column}: free, {holdings:?}");
    let options = SendOptions { reviewed: Reviewed::Yes, ..SendOptions::default() };
    let halted = match world.send(SendRequest { options, ..paying(M) }) {
        Err(error) if error.kind() == ErrorKind::ForeignSigner => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InsufficientFunds, "{disk} × {column}");
            false
        }
        Ok(_) => false,
    };
    assert_eq!(halted, flags.contains(&"+halted"), "{disk} × {column}: halted");
    for flag in flags {
        assert!(["+sent", "+free", "+halted"].contains(&flag), "{flag} is no word of the table");
    }
}

#[test]
fn invariant_6_every_cell_of_the_recovery_table_is_as_written() {
    let cells = cells();
    assert_eq!(cells.len(), 13 * 4);
    let possible = cells.iter().filter(|(_, cell)| *cell != "-");
    assert_eq!(possible.clone().count(), 28);
    for ((disk, column), cell) in possible {
        exercise(disk, column, cell);
    }
}

#[test]
fn invariant_7_the_key_answers_whatever_the_crash_left() {
    let disks = cells().into_keys().map(|(disk, _)| disk).filter(|disk| disk != "nothing");
    let mut disks: Vec<_> = disks.filter(|disk| !WITHDRAWALS.contains(&disk.as_str())).collect();
    disks.dedup();
    assert_eq!(disks.len(), 8);
    for disk in disks {
        let (world, payment) = prepare(&disk);
        let world = world.reopened_with(|_| {});
        let again = world.send(with_key(4 * M, KEY)).unwrap();
        assert_eq!(again.transaction_id, payment.unwrap().transaction_id, "{disk}");
        assert_eq!(Some(again.state.name()), disk.split(',').next());
    }
}
