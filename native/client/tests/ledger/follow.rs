//! The client's ports alone: feed, look-ups and submission.

use std::{collections::HashSet, thread, time::Duration};

use iota_sdk::packable::PackableExt;
use stardust_client::NodeClient;
use stardust_wallet::ledger::{
    Address, BlockId, BlockState, Feed, FeedAnswer, Interest, LedgerDiff, Lookup, MilestoneIndex, OutputId, Position,
};

use crate::support::{Net, Payer, answer, config, eventually, ledger_address};

/// A wallet's interest in plain sets.
#[derive(Default)]
pub(crate) struct Ours {
    pub(crate) addresses: HashSet<Address>,
    pub(crate) outputs: HashSet<OutputId>,
}

impl Interest for Ours {
    fn watches(&self, address: &Address) -> bool {
        self.addresses.contains(address)
    }

    fn holds(&self, output: &OutputId) -> bool {
        self.outputs.contains(output)
    }
}

pub(crate) fn open(nodes: &[&str]) -> NodeClient {
    NodeClient::open(config(nodes).build().unwrap()).unwrap()
}

/// Everything beyond the cursor, up to and with the milestone `until`; moves the cursor.
pub(crate) fn follow(feed: &mut dyn Feed, cursor: &mut Position, ours: &dyn Interest, until: u32) -> Vec<LedgerDiff> {
    let mut all = Vec::new();
    while cursor.index.0 < until {
        eventually("the feed", || match feed.next(cursor, ours).unwrap() {
            FeedAnswer::Diffs(diffs) => {
                *cursor = *diffs.last().unwrap().position();
                all.extend(diffs);
                Some(())
            }
            FeedAnswer::Tip => None,
            FeedAnswer::Gap { pruned_to } => panic!("pruned to {pruned_to}"),
        });
    }
    all.retain(|diff| diff.position().index.0 <= until);
    all
}

fn created(diffs: &[LedgerDiff]) -> Vec<OutputId> {
    diffs.iter().flat_map(|diff| diff.created().iter().map(|output| output.id)).collect()
}

#[test]
fn every_milestone_comes_once_and_all_nodes_tell_the_same() {
    let net = Net::start();
    let mut payer = Payer::funded(&net);
    let before = open(&[net.node()]).feed().status().unwrap().confirmed;
    let other = Address::from_slice(&[&[0][..], &[7; 32]].concat()).unwrap();
    let mut made = Vec::new();
    for amount in [1_000_000, 2_000_000, 3_000_000] {
        let spent = payer.funds().clone();
        made.extend(payer.pay(&net, vec![payer.plain(amount, &other)]));
        assert_ne!(spent.id, payer.funds().id);
    }
    let (_, until) = net.confirmed();
    let mut told = Vec::new();
    for node in [net.node(), net.second()] {
        let client = open(&[node]);
        let (mut feed, mut cursor) = (client.feed(), before);
        let diffs = follow(&mut feed, &mut cursor, &Ours::default(), until);
        let indexes: Vec<u32> = diffs.iter().map(|diff| diff.position().index.0).collect();
        assert_eq!(indexes, (before.index.0 + 1..=until).collect::<Vec<_>>());
        let seen = created(&diffs);
        for output in &made {
            assert_eq!(seen.iter().filter(|id| **id == output.ledger_id()).count(), 1);
        }
        told.push(
            diffs
                .iter()
                .map(|diff| {
                    let consumed: Vec<_> = diff.consumed().iter().map(|consumed| consumed.id).collect();
                    (*diff.position(), diff.created().to_vec(), consumed)
                })
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(told[0], told[1]);
}

#[test]
fn what_is_ours_comes_with_its_spender() {
    let net = Net::start();
    let mut payer = Payer::funded(&net);
    let client = open(&[net.node()]);
    let (mut feed, mut cursor) = (client.feed(), client.feed().status().unwrap().confirmed);
    let own = ledger_address(&payer.address());
    let spent = payer.funds().ledger_id();
    let ours = Ours { addresses: [own].into(), outputs: [spent].into() };
    let made = payer.pay(&net, vec![payer.plain(1_000_000, &own)]).remove(0);
    let diffs = follow(&mut feed, &mut cursor, &ours, net.confirmed().1);
    let consumed = diffs.iter().flat_map(LedgerDiff::consumed).find(|consumed| consumed.id == spent).unwrap();
    let output = diffs.iter().flat_map(LedgerDiff::created).find(|output| output.id == made.ledger_id()).unwrap();
    assert_eq!(consumed.spent_by, Some(output.transaction_id));
    assert_eq!((output.owner, output.amount.units()), (own, 1_000_000));
    assert_eq!(output.raw, made.output.pack_to_vec());
    assert!(output.is_plain_at(cursor.time));

    let unspent = answer(|done| client.unspent(vec![own], cursor.index, done)).unwrap();
    assert!(unspent.ledger_index >= cursor.index);
    let mut ids: Vec<_> = unspent.outputs.iter().map(|output| output.id).collect();
    let mut expected = vec![made.ledger_id(), payer.funds().ledger_id()];
    ids.sort();
    expected.sort();
    assert_eq!(ids, expected);
}

#[test]
fn a_block_that_nobody_sent_is_unknown() {
    let net = Net::start();
    let client = open(&[net.node(), net.second()]);
    let nowhere = BlockId::from_slice(&[0xab; 32]).unwrap();
    assert_eq!(answer(|done| client.block_state(nowhere, done)), Ok(BlockState::Unknown));
    let nobody = Address::from_slice(&[&[0][..], &[0xcd; 32]].concat()).unwrap();
    let none = answer(|done| client.unspent(vec![nobody], MilestoneIndex(1), done)).unwrap();
    assert_eq!(none.outputs, []);
    assert!(none.ledger_index >= MilestoneIndex(1));
}

#[test]
fn at_the_tip_there_is_nothing_until_a_milestone_comes() {
    let net = Net::alone();
    net.pause();
    // one may be on its way
    thread::sleep(Duration::from_millis(500));
    let client = open(&[net.node()]);
    let mut feed = client.feed();
    let tip = feed.status().unwrap().confirmed;
    assert!(matches!(feed.next(&tip, &Ours::default()), Ok(FeedAnswer::Tip)));
    net.milestones(3);
    let mut cursor = tip;
    let diffs = follow(&mut feed, &mut cursor, &Ours::default(), tip.index.0 + 3);
    net.resume();
    assert_eq!(diffs.len(), 3);
    assert!(diffs.windows(2).all(|pair| pair[0].position().time < pair[1].position().time));
}
