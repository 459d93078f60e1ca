//! A mnemonic that was used before, in a wallet that knows nothing of it.

use std::collections::HashSet;

use stardust_wallet::{events::Origin, payments::PaymentState};

use crate::support::{Home, Net, Payer, named};

#[test]
fn a_wallet_restored_from_its_mnemonic_sees_its_funds_and_issues_fresh_addresses() {
    let net = Net::start();
    let mut payer = Payer::funded(&net);
    let home = Home::new();
    let wallet = home.open(&net);
    let first = wallet.account("alice");
    let mut issued = vec![first.address.clone()];
    issued.extend((0..4).map(|_| wallet.address("alice").address));
    let last = wallet.address("alice");
    issued.push(last.address.clone());
    payer.pay(&net, vec![payer.plain(10_000_000, &first.raw)]);
    wallet.sync();
    wallet.send("alice", "before", &payer.bech32(), 1_000_000).unwrap();
    assert_eq!(wallet.decided("before").state, PaymentState::Confirmed);
    // what marks how far addresses were issued: an index knows those only that hold something
    payer.pay(&net, vec![payer.plain(5_000_000, &last.raw)]);
    wallet.sync();
    let before = wallet.balance("alice");
    assert_eq!(before.total.units(), 14_000_000);
    let unspent = |outputs: Vec<stardust_wallet::manager::OutputInfo>| -> HashSet<_> {
        outputs.iter().filter(|output| output.spent_index.is_none()).map(|output| output.output_id).collect()
    };
    let held = unspent(wallet.outputs("alice"));
    drop(wallet);

    let restored = Home::restored(&home);
    let wallet = restored.open(&net);
    let fresh = wallet.account("alice");
    assert!(!issued.contains(&fresh.address), "{} was issued before", fresh.address);
    assert!(fresh.key_index > last.key_index);
    let after = wallet.balance("alice");
    assert_eq!((after.total, after.available), (before.total, before.available));
    assert_eq!(unspent(wallet.outputs("alice")), held);
    assert!(wallet.outputs("alice").iter().all(|output| output.origin == Origin::Discovered));
    assert_eq!(wallet.deposits(), [], "what was there before is no deposit");

    // and it goes on like any wallet
    let deposit = payer.pay(&net, vec![payer.plain(2_000_000, &fresh.raw)]).remove(0);
    wallet.sync();
    assert_eq!(wallet.deposits().iter().map(|(id, _)| *id).collect::<Vec<_>>(), [deposit.ledger_id()]);
    wallet.send("alice", "after", &payer.bech32(), 15_000_000).unwrap();
    assert_eq!(wallet.decided("after").state, PaymentState::Confirmed);
    wallet.sync();
    assert_eq!(wallet.balance("alice").total.units(), 1_000_000);
    let change = wallet.manager.addresses(&named("alice"), Some(true), None, 100).unwrap().items;
    assert!(change.iter().any(|address| address.balance.units() == 1_000_000));
}
