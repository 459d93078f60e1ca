//! Backup, life goes on, restore: no address is issued twice, and no deposit is missed.

mod contents;
mod payments;
mod statement;

use std::{collections::HashSet, time::Duration};

use super::*;
use crate::{
    accounts::{IssuedAccount, IssuedBefore},
    error::ErrorKind,
    events::{Start, SyncState},
    manager::{AccountRef, WalletError},
    payments::SendOptions,
    testing::{OutputBuilder, address, transaction_id},
};

fn kind<T>(result: Result<T, WalletError>) -> ErrorKind {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.kind(),
    }
}

fn exact(public: u32, internal: u32) -> IssuedBefore {
    IssuedBefore::Exact(vec![IssuedAccount { account: 0, alias: None, public, internal }])
}

fn issue(wallet: &TestWallet, account: &AccountRef, count: u32) -> Vec<Address> {
    let issued = wallet.manager.generate_addresses(account, count, false, None).unwrap();
    issued.into_iter().map(|address| address.raw).collect()
}

fn pay(wallet: &TestWallet, account: &AccountRef) -> Result<crate::payments::Payment, WalletError> {
    wallet.manager.send_amount(account, vec![(text(&address(9)), Amount::new(M))], SendOptions::default())
}

#[test]
fn invariant_3_nothing_is_issued_twice_and_no_deposit_is_missed_after_a_restore() {
    for (statement, next) in [(exact(1_010, 0), 1_010), (IssuedBefore::SkipAhead(1_500), 1_510)] {
        let place = Place::new();
        let old = place.start();
        old.sync();
        let account = old.account("alice");
        let before = issue(&old, &account, 10);
        let seen = OutputBuilder::plain(1, before[3], M).build();
        place.node.ledger().milestone(vec![seen.clone()], vec![]);
        old.sync();
        let info = old.manager.backup(&place.file(), &password("backup")).unwrap();
        assert_eq!((info.accounts, info.addresses, info.cursor), (1, 10, old.manager.status().cursor));
        assert_eq!(info.network.as_deref(), Some("testnet"));

        let later = issue(&old, &account, 1_000);
        let came: Vec<_> = [0, 1, 499, 998, 999].map(|at: usize| (at, later[at])).to_vec();
        for (at, owner) in &came {
            let output = OutputBuilder::plain(10 + u32::try_from(*at).unwrap(), *owner, M).build();
            place.node.ledger().milestone(vec![output], vec![]);
        }
        let again = OutputBuilder::plain(2, before[0], M).build();
        place.node.ledger().milestone(vec![again], vec![]);
        old.sync();
        // one of them is swept, which no backup knows of
        let swept = crate::testing::output_id(transaction_id(10), 0);
        place.node.ledger().milestone(vec![], vec![spent(swept, transaction_id(77))]);
        old.sync();
        let told = deposits(&old);
        assert_eq!(told.len(), 7);
        let old_log = old.manager.log_id().unwrap();
        old.manager.close();

        let wallet = place.start_restored();
        assert_ne!(wallet.manager.log_id().unwrap(), old_log);
        let state = wallet.manager.restored().unwrap().unwrap();
        assert_eq!(
            (state.restored_ms, state.cursor, state.log_id_before.as_str()),
            (5_000, info.cursor, old_log.as_str())
        );
        assert_eq!(kind(wallet.manager.generate_addresses(&account, 1, false, None)), ErrorKind::IssuingFrozen);
        assert_eq!(kind(wallet.manager.create_account("bob")), ErrorKind::IssuingFrozen);
        assert_eq!(kind(pay(&wallet, &account)), ErrorKind::PaymentsFrozen);
        assert_eq!(kind(wallet.manager.sync(Duration::from_secs(5))), ErrorKind::IssuingFrozen);
        assert_eq!(kind(wallet.manager.release_payments()), ErrorKind::PaymentsFrozen);
        assert_eq!(wallet.manager.cursor().unwrap().map(|at| at.index), info.cursor, "it is held");

        wallet.manager.release_issuing(&statement).unwrap();
        wallet.sync();
        assert_eq!(deposits(&wallet), told, "the log has them in the same order");
        let all: HashSet<Address> = before.iter().chain(&later).copied().collect();
        let new = wallet.manager.generate_addresses(&account, 20, false, None).unwrap();
        assert_eq!(new[0].key_index, next);
        assert!(new.iter().all(|address| !all.contains(&address.raw)));
        assert_eq!(incidents(&wallet).len(), 1, "the sweep");
        assert_eq!(kind(pay(&wallet, &account)), ErrorKind::PaymentsFrozen);
        wallet.manager.release_payments().unwrap();
        pay(&wallet, &account).unwrap();
        assert_eq!(kind(wallet.manager.release_issuing(&statement)), ErrorKind::InvalidArgument);
    }
}

#[test]
fn a_consumer_of_the_old_log_is_told_that_it_was_replaced() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    let to = issue(&old, &account, 1)[0];
    old.manager.open_consumer("credits", Start::First).unwrap();
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, to, M).build()], vec![]);
    old.sync();
    let batch = old.manager.poll_consumer("credits", 10).unwrap();
    old.manager.acknowledge("credits", &batch.log_id, 1).unwrap();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    old.manager.close();
    let wallet = place.start_restored();
    assert_eq!(kind(wallet.manager.poll_consumer("credits", 10)), ErrorKind::LogReplaced);
    let after = Start::After { log_id: batch.log_id, sequence: 1 };
    assert_eq!(kind(wallet.manager.seek_consumer("credits", after)), ErrorKind::LogReplaced);
}

#[test]
fn what_nodes_have_pruned_since_is_a_gap_as_ever() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    issue(&old, &account, 1);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    let later = issue(&old, &account, 1)[0];
    old.manager.close();
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, later, M).build()], vec![]);
    place.node.ledger().empty_milestones(10);
    place.node.set_pruned(place.node.ledger().position().index.0 - 2);
    let wallet = place.start_restored();
    assert!(matches!(wallet.manager.repair(), Err(error) if error.kind() == ErrorKind::IssuingFrozen));
    wallet.manager.release_issuing(&exact(2, 0)).unwrap();
    wallet.wait_until(|manager| manager.status().state == SyncState::Gap);
    assert_eq!(kind(pay(&wallet, &account)), ErrorKind::PaymentsFrozen);
    wallet.manager.repair().unwrap().unwrap();
    wallet.sync();
    assert_eq!(deposits(&wallet).len(), 1);
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    // what was paid in it, nobody knows
    assert_eq!(kind(pay(&wallet, &account)), ErrorKind::PaymentsFrozen);
    wallet.manager.release_payments().unwrap();
    assert!(wallet.manager.restored().unwrap().unwrap().payments_released);
}
