//! A backup that is older than what the node still has, without and with a permanode.

use stardust_client::ClientConfig;
use stardust_wallet::{
    error::ErrorKind,
    events::SyncState,
    ledger::{Amount, NodeRole},
    manager::{IssuedAccount, IssuedBefore},
    payments::{RecoveredState, WithdrawalRequest, WithdrawalState},
};

use crate::support::{Home, Net, Payer, Wallet, config, eventually, named};

const M: u64 = 1_000_000;

fn withdraw(wallet: &Wallet, to: &str) -> Vec<(WithdrawalState, Option<String>)> {
    let request = |number: u64| WithdrawalRequest {
        key: format!("withdrawal-{number}"),
        address: to.to_owned(),
        amount: Amount::new(M + number),
        micro_amount: None,
    };
    let answers = wallet.manager.withdraw(&named("alice"), (1..=5).map(request).collect()).unwrap();
    let answers = answers.into_iter().map(|answer| answer.unwrap());
    answers.map(|one| (one.state, one.output_id.map(|id| id.to_string()))).collect()
}

fn restored(home: &Home, client: ClientConfig) -> Wallet {
    let wallet = home.start_with(client);
    let counts = IssuedAccount { account: 0, alias: None, public: 1, internal: 1 };
    wallet.manager.release_issuing(&IssuedBefore::Exact(vec![counts])).unwrap();
    wallet
}

#[test]
fn what_the_node_has_pruned_comes_from_the_permanode_and_nothing_is_paid_twice() {
    let net = Net::alone();
    let archive = net.archive();
    let mut payer = Payer::funded(&net);
    let home = Home::new();
    let wallet = home.open(&net);
    let address = wallet.account("alice");
    payer.pay(&net, vec![payer.plain(20 * M, &address.raw)]);
    eventually("the deposit", || (!wallet.deposits().is_empty()).then_some(()));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("wallet.backup");
    wallet.back_up(&file);

    // each payment spends the change of the one before
    let mut sent = Vec::new();
    for number in 1..=3 {
        let key = format!("send-{number}");
        wallet.send("alice", &key, &payer.bech32(), M + number).unwrap();
        sent.push(wallet.decided(&key).transaction_id);
    }
    withdraw(&wallet, &payer.bech32());
    let paid = eventually("the withdrawals", || {
        let all = withdraw(&wallet, &payer.bech32());
        all.iter().all(|(state, _)| *state == WithdrawalState::Confirmed).then_some(all)
    });
    let balance = wallet.balance("alice");
    drop(wallet);
    let (_, seen) = net.confirmed();
    net.milestones(60);
    net.prune(seen + 1);

    // without: a gap, and what is repaired leaves a window that a person has to look at
    let alone = Home::from_backup(&home, &file);
    let wallet = restored(&alone, config(&[net.node()]).build().unwrap());
    eventually("the gap", || (wallet.manager.status().state == SyncState::Gap).then_some(()));
    wallet.manager.repair().unwrap().expect("a gap");
    wallet.sync();
    eventually("the tip", || wallet.manager.restored().unwrap().unwrap().checked.then_some(()));
    assert_eq!(wallet.manager.restored().unwrap().unwrap().windows.len(), 1);
    let refused = wallet.send("alice", "send-1", &payer.bech32(), M + 1).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PaymentsFrozen);
    drop(wallet);

    // with: no gap at all, whichever way the ledger comes
    let permanode = || config(&[net.node()]).permanode(Some(archive.url.clone()));
    for client in [permanode(), permanode().inx(net.inx())] {
        let full = Home::from_backup(&home, &file);
        let wallet = restored(&full, client.build().unwrap());
        eventually("the tip", || wallet.manager.restored().unwrap().unwrap().checked.then_some(()));
        // what the lost wallet may have had on its way is out of it then
        net.milestones(16);
        eventually("payments to be released", || {
            wallet.manager.restored().unwrap().unwrap().payments_released.then_some(())
        });
        assert!(wallet.manager.health().unwrap().repaired_gaps.is_empty());
        assert_eq!(wallet.balance("alice").total, balance.total);
        for (number, transaction) in (1..).zip(&sent) {
            let again = wallet.send("alice", &format!("send-{number}"), &payer.bech32(), M + number).unwrap();
            assert_eq!(again.transaction_id, *transaction);
        }
        assert_eq!(withdraw(&wallet, &payer.bech32()), paid);
        let found = wallet.manager.recovered_payments(None, 100).unwrap().items;
        assert!(found.iter().all(|one| (one.state, one.keys) == (RecoveredState::Marked, 0)), "{found:?}");
        assert_eq!(wallet.manager.payments(None, None, 100).unwrap().items.len(), found.len(), "nothing was signed");
        let health = wallet.client.health();
        let archive = health.iter().find(|node| node.role == NodeRole::Permanode).unwrap();
        assert!(archive.requests > 0 && archive.errors == 0, "{archive:?}");
    }
}
