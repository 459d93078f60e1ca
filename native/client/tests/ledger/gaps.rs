//! A gap that a node's pruning made, and its repair.

use stardust_wallet::{error::ErrorKind, events::LedgerEvent, ledger::Amount, payments::PaymentState};

use crate::support::{Home, Net, Payer, eventually, named};

#[test]
fn what_came_and_went_in_milestones_that_the_node_has_pruned_is_repaired() {
    let net = Net::alone();
    let mut payer = Payer::funded(&net);
    let home = Home::new();
    let wallet = home.open(&net);
    let address = wallet.account("alice");
    let first = payer.pay(&net, vec![payer.plain(10_000_000, &address.raw)]).remove(0);
    eventually("the deposit", || (!wallet.deposits().is_empty()).then_some(()));
    wallet.send("alice", "withdrawal", &payer.bech32(), 1_000_000).unwrap();
    drop(wallet);

    // the wallet is away while it is paid, and for so long that its node forgets
    let second = payer.pay(&net, vec![payer.plain(2_000_000, &address.raw)]).remove(0);
    let (_, seen) = net.confirmed();
    net.milestones(60);
    net.prune(seen + 1);
    let wallet = home.start(&net);
    let gap = eventually("the gap", || wallet.manager.status().gap);
    let refused = wallet.manager.generate_addresses(&named("alice"), 1, false, None).unwrap_err();
    assert_eq!((gap.pruned_to.0 > seen, refused.kind()), (true, ErrorKind::Gap));
    assert_eq!(wallet.deposits(), [(first.ledger_id(), Amount::new(10_000_000))]);

    let report = wallet.manager.repair().unwrap().expect("a gap");
    assert!(report.found >= 1 && report.incidents == 0, "{report:?}");
    wallet.sync();
    assert_eq!(wallet.balance("alice").available.units(), 11_000_000);
    assert_eq!(wallet.payment("withdrawal").state, PaymentState::Confirmed);
    let deposits = [(first.ledger_id(), Amount::new(10_000_000)), (second.ledger_id(), Amount::new(2_000_000))];
    assert_eq!(wallet.deposits(), deposits);
    let repaired = |event: &LedgerEvent| matches!(event, LedgerEvent::Deposit(deposit) if deposit.repaired);
    assert_eq!(wallet.events().iter().filter(|event| repaired(event)).count(), 1);

    // and the ledger is followed as before
    payer.pay(&net, vec![payer.plain(3_000_000, &address.raw)]);
    eventually("the next deposit", || (wallet.deposits().len() == 3).then_some(()));
    assert_eq!(wallet.manager.status().gap, None);
}
