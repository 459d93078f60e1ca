//! Answers that look right and are not: of other milestones, networks, heights and times.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use stardust_devnet::Devnet;
use stardust_wallet::{
    clock::Clock,
    error::ErrorKind,
    events::{LedgerEvent, SyncState},
};

use crate::support::{
    liar::{Answer, Liar, Reply, Request, Truth},
    scene::Scene,
};

/// As a node that knows the ledger up to `known` only.
fn lagging(request: &Request, truth: &Truth<'_>, known: u32) -> Reply {
    if request.milestone().is_some_and(|(index, _)| index > known) {
        return Reply::Whole(Answer::error(404));
    }
    let Some(mut answer) = truth.ask(request) else { return Reply::Nothing };
    if request.path.ends_with("/info") {
        let there = truth.ask(&request.at(format!("/api/core/v2/milestones/by-index/{known}")));
        let mut info: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let confirmed = &mut info["status"]["confirmedMilestone"];
        let milestone: serde_json::Value = serde_json::from_slice(&there.unwrap().body).unwrap();
        confirmed["index"] = known.into();
        confirmed["timestamp"] = milestone["timestamp"].clone();
        // the id is the next milestone's link
        let next = truth.ask(&request.at(format!("/api/core/v2/milestones/by-index/{}", known + 1)));
        let next: serde_json::Value = serde_json::from_slice(&next.unwrap().body).unwrap();
        confirmed["milestoneId"] = next["previousMilestoneId"].clone();
        info["status"]["latestMilestone"] = confirmed.clone();
        answer.body = serde_json::to_vec(&info).unwrap();
    }
    Reply::Whole(answer)
}

#[test]
fn a_node_that_lags_behind_another_changes_nothing() {
    let mut scene = Scene::start();
    let early = scene.confirmed();
    for number in 0..5 {
        scene.deposit(1_000_000 + number);
    }
    scene.settles();
    let other = Liar::start(scene.devnet.node_url());
    other.lie(move |request, truth| lagging(request, truth, early));
    scene.liar.stop();
    scene.reopen(vec![scene.liar.url(), other.url()]);
    let cursor = scene.confirmed();
    scene.wait_until("it sees that the node is behind", |scene| {
        scene.wallet.manager.status().error.is_some_and(|(kind, _)| kind == ErrorKind::NodeUnhealthy)
    });
    assert_eq!(scene.wallet.manager.status().state, SyncState::Stalled);
    assert_eq!(scene.cursor(), cursor, "it does not go back");
    scene.books();
    // the other one is further by now, and still not where the wallet is
    other.lie(move |request, truth| lagging(request, truth, early + 2));
    scene.wait_until("it goes on waiting", |scene| {
        scene.wallet.manager.status().node_milestone.is_some_and(|index| index.0 >= early + 2)
    });
    scene.books();
    other.be_honest();
    scene.deposit(7_000_000);
    scene.settles();
}

#[test]
fn milestones_out_of_order_or_again_are_refused() {
    let mut scene = Scene::start();
    let wrong: [fn(u32) -> u32; 3] = [|index| index + 1, |index| index - 1, |_| 2];
    for instead in wrong {
        let at = scene.confirmed();
        scene.liar.lie(move |request, truth| match request.milestone() {
            Some((index, _)) if index > at => truth.tell(&request.of_milestone(instead(index))),
            _ => truth.tell(request),
        });
        for number in 0..4 {
            scene.deposit(1_000_000 + number);
        }
        scene.stalls(ErrorKind::NodeAnswerInvalid, SyncState::Stalled);
        scene.books_are_a_part();
        scene.liar.be_honest();
        scene.settles();
    }
}

#[test]
fn the_changes_of_another_milestone_are_refused() {
    let mut scene = Scene::start();
    let at = scene.confirmed();
    // the milestone is the right one, only what it did is that of another
    scene.liar.lie(move |request, truth| match request.path.ends_with("/utxo-changes") {
        true => truth.tell(&request.at(format!("/api/core/v2/milestones/by-index/{at}/utxo-changes"))),
        false => truth.tell(request),
    });
    scene.deposit(1_000_000);
    scene.stalls(ErrorKind::NodeAnswerInvalid, SyncState::Stalled);
    scene.liar.be_honest();
    scene.settles();
}

#[test]
fn a_pruned_ledger_is_a_gap_and_no_silence() {
    let mut scene = Scene::start();
    scene.liar.stop();
    for number in 0..5 {
        scene.deposit(1_000_000 + number);
    }
    let missed = scene.devnet.prune(scene.confirmed() - 1);
    assert!(missed > scene.cursor());
    scene.liar.restart();
    scene.stalls(ErrorKind::Gap, SyncState::Gap);
    let refused = scene.wallet.address().unwrap_err();
    let refused = refused.downcast_ref::<stardust_wallet::manager::WalletError>().unwrap();
    assert_eq!(refused.kind(), ErrorKind::Gap);
    assert_eq!(scene.wallet.log().unwrap().len(), 2, "the log can be read");
    // what came meanwhile is found, all of it, and told as repaired
    scene.wallet.manager.repair().unwrap().unwrap();
    let confirmed = scene.confirmed();
    scene.wait_until("the gap is closed", |scene| scene.cursor() == confirmed);
    let balance = scene.wallet.manager.balance(&scene.account).unwrap();
    assert_eq!(balance.total.units(), scene.sent.values().sum::<u64>());
    let repaired = scene.wallet.log().unwrap().into_iter().filter_map(|logged| match logged.event {
        LedgerEvent::NewOutput(event) if event.repaired => Some((event.output_id.to_string(), event.amount.units())),
        _ => None,
    });
    let repaired: Vec<_> = repaired.collect();
    assert_eq!(repaired.len(), 5);
    assert!(repaired.iter().all(|(output, amount)| scene.sent.get(output) == Some(amount)));
    scene.address = scene.wallet.address().unwrap();
    let before = scene.wallet.log().unwrap().len();
    scene.deposit(9_000_000);
    let confirmed = scene.confirmed();
    scene.wait_until("it goes on as ever", |scene| scene.cursor() == confirmed);
    assert_eq!(scene.wallet.log().unwrap().len(), before + 2);
}

#[test]
fn another_network_behind_the_same_address_is_refused() {
    let mut scene = Scene::start();
    let elsewhere = Devnet::builder().network_name("another-devnet").start().unwrap();
    elsewhere.issue_milestones(20).unwrap();
    scene.liar.turn_to(elsewhere.node_url());
    scene.stalls(ErrorKind::NodeWrongNetwork, SyncState::Stalled);
    // the same name, and another history
    let namesake = Devnet::builder().faucet_amount(7).start().unwrap();
    namesake.fund(&scene.address, 5_000_000).unwrap();
    namesake.issue_milestones(20).unwrap();
    scene.liar.turn_to(namesake.node_url());
    scene.stalls(ErrorKind::NodeAnswerInvalid, SyncState::Stalled);
    scene.books();
    scene.liar.turn_to(scene.devnet.node_url());
    scene.deposit(3_000_000);
    scene.settles();
}

/// A clock that is put forward and back.
#[derive(Debug)]
struct Jumping(AtomicU64);

impl Clock for Jumping {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn the_wallets_own_clock_decides_nothing() {
    let clock = Arc::new(Jumping(AtomicU64::new(1_700_000_000_000)));
    let mut scene = Scene::with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    let year = 365 * 24 * 3_600_000;
    for time in [1_700_000_000_000 + 20 * year, 0, 1_700_000_000_000 - year, 253_402_300_799_999, 1] {
        clock.0.store(time, Ordering::SeqCst);
        scene.deposit(1_000_000);
        scene.address = scene.wallet.address().unwrap();
        scene.deposit(2_000_000);
        scene.settles();
    }
}
