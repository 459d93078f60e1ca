//! The ledger over INX is the ledger over REST.

use stardust_client::{NodeClient, Route};
use stardust_wallet::{
    ledger::{Address, Amount, Feed, FeedAnswer, Interest, LedgerDiff, Lookup, OutputId},
    payments::PaymentState,
};

use crate::{
    follow::{Ours, follow},
    support::{Home, Net, Payer, answer, config, eventually, ledger_address},
};

/// A wallet that wants to know everything.
struct All;

impl Interest for All {
    fn watches(&self, _: &Address) -> bool {
        true
    }

    fn holds(&self, _: &OutputId) -> bool {
        true
    }
}

fn open(net: &Net) -> NodeClient {
    NodeClient::open(config(&[net.node()]).inx(net.inx()).build().unwrap()).unwrap()
}

#[test]
fn inx_and_rest_tell_the_same() {
    let net = Net::start();
    let mut payer = Payer::funded(&net);
    let client = open(&net);
    let (mut rest, mut inx) = (client.feed(), client.inx_feed());
    let begun = inx.status().unwrap();
    assert_eq!((&begun.network, begun.healthy), (net.network(), true));
    let other = Address::from_slice(&[&[0][..], &[7; 32]].concat()).unwrap();
    let (mut live, mut cursor, mut made) = (Vec::new(), begun.confirmed, Vec::new());
    for amount in [1_000_000, 2_000_000, 3_000_000] {
        made.extend(payer.pay(&net, vec![payer.plain(amount, &other), payer.plain(amount, &other)]));
        live.extend(follow(&mut inx, &mut cursor, &All, net.confirmed().1));
    }
    assert!(matches!(inx.next(&cursor, &All), Ok(FeedAnswer::Tip | FeedAnswer::Diffs(_))));
    let until = live.last().unwrap().position().index.0;
    for output in &made {
        let same = live.iter().flat_map(LedgerDiff::created).filter(|new| new.id == output.ledger_id());
        assert_eq!(same.count(), 1);
    }
    let spenders = || live.iter().flat_map(LedgerDiff::consumed).map(|consumed| consumed.spent_by);
    assert!(spenders().count() >= 3 && spenders().all(|spender| spender.is_some()));

    let over_rest = follow(&mut rest, &mut begun.confirmed.clone(), &All, until);
    assert!(live == over_rest, "over INX, as it happened: {live:#?}\nover REST: {over_rest:#?}");
    let history = follow(&mut client.inx_feed(), &mut begun.confirmed.clone(), &All, until);
    assert!(history == over_rest, "over INX, as history: {history:#?}\nover REST: {over_rest:#?}");
}

#[test]
fn pruned_history_is_a_gap_on_both_feeds() {
    let net = Net::alone();
    let client = open(&net);
    let begun = client.inx_feed().status().unwrap().confirmed;
    let mut open_before = client.inx_feed();
    let mut cursor = begun;
    // far more than a node keeps for itself
    net.milestones(60);
    follow(&mut open_before, &mut cursor, &All, begun.index.0 + 60);
    net.prune(begun.index.0 + 3);
    let feeds: [Box<dyn Feed>; 2] = [Box::new(client.inx_feed()), Box::new(client.feed())];
    for mut feed in feeds {
        match feed.next(&begun, &All) {
            Ok(FeedAnswer::Gap { pruned_to }) => assert!(pruned_to.0 >= begun.index.0 + 3),
            other => panic!("{other:?}"),
        }
    }
    // what comes after is not concerned
    net.milestones(1);
    follow(&mut open_before, &mut cursor.clone(), &All, cursor.index.0 + 1);
    follow(&mut client.inx_feed(), &mut cursor.clone(), &All, cursor.index.0 + 1);
}

#[test]
fn a_wallet_over_inx_is_credited_and_pays() {
    let net = Net::start();
    let mut payer = Payer::funded(&net);
    let home = Home::new();
    let wallet = home.open_over_inx(&net);
    let address = wallet.account("alice");
    let deposit = payer.pay(&net, vec![payer.plain(10_000_000, &address.raw)]).remove(0);
    eventually("the deposit", || (!wallet.deposits().is_empty()).then_some(()));
    assert_eq!(wallet.deposits(), [(deposit.ledger_id(), Amount::new(10_000_000))]);
    wallet.send("alice", "withdrawal", &payer.bech32(), 1_000_000).unwrap();
    assert_eq!(wallet.decided("withdrawal").state, PaymentState::Confirmed);
    assert_eq!(wallet.balance("alice").available.units(), 9_000_000);
    let counters = wallet.client.counters();
    assert_eq!((counters.of(Route::UtxoChanges), counters.of(Route::Milestone)), (0, 0));
    assert!(counters.of(Route::InxLedgerUpdates) >= 1 && counters.of(Route::SubmitBlock) >= 1);
    drop(wallet);

    // the other feed goes on where this one stopped
    payer.pay(&net, vec![payer.plain(2_000_000, &address.raw)]);
    let wallet = home.open_on(&[net.node()]);
    assert_eq!(wallet.balance("alice").available.units(), 11_000_000);
    drop(wallet);
    let wallet = home.open_over_inx(&net);
    assert_eq!(wallet.deposits().len(), 2);
}

#[test]
fn the_whole_set_of_unspent_outputs_is_what_the_index_lists() {
    let net = Net::start();
    let mut payer = Payer::funded(&net);
    let client = open(&net);
    let own = ledger_address(&payer.address());
    payer.pay(&net, vec![payer.plain(1_000_000, &own), payer.plain(2_000_000, &own)]);
    let at_least = client.feed().status().unwrap().confirmed.index;
    let listed = answer(|done| client.unspent(vec![own], at_least, done)).unwrap();
    let interest = std::sync::Arc::new(Ours { addresses: [own].into(), ..Ours::default() });
    let all = answer(|done| client.unspent_all(interest, at_least, done)).unwrap().unwrap();
    assert!(all.ledger_index >= at_least);
    assert_eq!(all.outputs.len(), 3);
    assert_eq!(all.outputs, listed.outputs);
}
