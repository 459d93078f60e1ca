use iota_sdk::types::block::{Block, BlockId, output::OutputId, payload::Payload};

use super::*;
use crate::{
    tangle::Inclusion,
    testing::{Owner, block, plain, tagged},
};

const MI: u64 = 1_000_000;

fn node() -> Node {
    Node::new(Config::default()).unwrap()
}

fn inclusion(node: &Node, id: &BlockId) -> Option<Inclusion> {
    node.read().tangle.get(id).unwrap().referenced.map(|referenced| referenced.inclusion)
}

/// Removes the only parent of a serialized block.
fn without_parents(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.splice(1..34, [0]);
    bytes
}

#[test]
fn milestones_are_chained_and_their_seconds_grow() {
    let node = node();
    assert_eq!(node.issue_milestones(5).unwrap(), 6);
    let state = node.read();
    for index in 2..=6 {
        let (previous, milestone) = (state.milestone(index - 1).unwrap(), state.milestone(index).unwrap());
        let essence = milestone.payload.essence();
        assert_eq!(*essence.previous_milestone_id(), previous.id);
        assert!(essence.timestamp() > previous.at.timestamp);
        assert_eq!((milestone.at.index, *essence.index()), (index, index));
        assert_eq!(milestone.id, milestone.payload.id());
        assert_eq!(state.milestone_by_id(&milestone.id).unwrap().at.index, index);
    }
    assert!(state.milestone(0).is_none() && state.milestone(7).is_none());
}

#[test]
fn the_milestone_block_is_confirmed_by_the_next_milestone() {
    let node = node();
    let block = node.read().tangle.select_tips()[0];
    assert_eq!(node.read().tangle.get(&block).unwrap().milestone, Some(1));
    assert_eq!(inclusion(&node, &block), None);
    node.issue_milestone().unwrap();
    assert_eq!(inclusion(&node, &block), Some(Inclusion::NoTransaction));
}

#[test]
fn submitted_blocks_are_confirmed_however_many_tips_there_are() {
    let node = node();
    let tip = node.read().tangle.select_tips();
    let ids: Vec<_> = (0..100).map(|number| node.submit(tagged(&tip, &format!("{number}"))).unwrap()).collect();
    assert_eq!(node.read().tangle.tip_count(), 100);
    let index = node.issue_milestone().unwrap();
    for id in &ids {
        let referenced = node.read().tangle.get(id).unwrap().referenced.unwrap();
        assert_eq!((referenced.milestone, referenced.inclusion), (index, Inclusion::NoTransaction));
    }
    assert_eq!(node.read().tangle.tip_count(), 1);
}

#[test]
fn the_node_completes_blocks_without_parents() {
    let node = node();
    let tips = node.read().tangle.select_tips();
    let id = node.submit(without_parents(tagged(&tips, "x"))).unwrap();
    assert_eq!(node.read().tangle.get(&id).unwrap().parents, tips);
    let mut with_nonce = without_parents(tagged(&tips, "x"));
    *with_nonce.last_mut().unwrap() = 1;
    let error = node.submit(with_nonce).unwrap_err();
    assert!(error.to_string().contains("nonce was != 0"), "{error}");
}

#[test]
fn blocks_that_break_the_rules_are_refused() {
    let node = node();
    let tips = node.read().tangle.select_tips();
    let good = tagged(&tips, "x");
    let mut other_version = good.clone();
    other_version[0] = 1;
    let error = node.submit(other_version).unwrap_err().to_string();
    assert!(error.contains("protocolVersion invalid: 1"), "{error}");
    assert!(matches!(node.submit(Vec::new()), Err(SubmitError::Malformed(_))));
    assert!(matches!(node.submit(vec![2]), Err(SubmitError::Malformed(_))));
    for length in 2..good.len() {
        assert!(node.submit(good[..length].to_vec()).is_err(), "{length}");
    }
    assert!(node.submit([good.as_slice(), &[0]].concat()).is_err());
    let unknown = tagged(&[BlockId::new([9; 32])], "x");
    let error = node.submit(unknown).unwrap_err().to_string();
    assert!(error.contains("block is not solid"), "{error}");
    assert!(node.submit(vec![0; 40_000]).is_err());
}

#[test]
fn transactions_of_another_network_are_refused() {
    let owner = Owner::new(1);
    let output = plain(&owner, MI);
    let elsewhere = Node::new(Config { network_name: "elsewhere".into(), ..Config::default() }).unwrap();
    let transaction = owner.transaction(&[(OutputId::null(), output.clone())], vec![output]);
    let bytes = block(&elsewhere.read().tangle.select_tips(), Payload::from(transaction));
    let error = elsewhere.submit(bytes).unwrap_err().to_string();
    assert!(error.contains("wrong networkID"), "{error}");
}

#[test]
fn outputs_below_their_storage_deposit_are_refused() {
    let node = node();
    let owner = Owner::new(1);
    let transaction = owner.transaction(&[(OutputId::null(), plain(&owner, MI))], vec![plain(&owner, 1)]);
    let tips = node.read().tangle.select_tips();
    assert!(node.submit(block(&tips, Payload::from(transaction))).is_err());
}

#[test]
fn proof_of_work_is_demanded_and_done() {
    let demanding = |node_pow| Node::new(Config { min_pow_score: 100, node_pow, ..Config::default() }).unwrap();
    let node = demanding(true);
    let tips = node.read().tangle.select_tips();
    let id = node.submit(tagged(&tips, "x")).unwrap();
    let bytes = node.read().tangle.get(&id).unwrap().bytes.clone();
    assert!(iota_sdk::pow::score::PowScorer::new().score(&bytes) >= 100.0);

    let strict = demanding(false);
    let tips = strict.read().tangle.select_tips();
    assert!(matches!(strict.submit(tagged(&tips, "x")), Err(SubmitError::NoPow)));
    let error = strict.submit(without_parents(tagged(&tips, "x"))).unwrap_err().to_string();
    assert!(error.contains("node PoW is disabled"), "{error}");
    let mut bad_nonce = tagged(&tips, "x");
    *bad_nonce.last_mut().unwrap() = 1;
    let error = strict.submit(bad_nonce).unwrap_err().to_string();
    assert!(error.contains("insufficient PoW score"), "{error}");
}

#[test]
fn the_later_of_two_conflicting_blocks_loses() {
    let node = node();
    let owner = Owner::new(1);
    let payment = node.pay(vec![plain(&owner, 10 * MI)], false).unwrap();
    node.issue_milestone().unwrap();
    let input = [(payment.output_ids[0], plain(&owner, 10 * MI))];
    let submit = |amount: u64| {
        let outputs = vec![plain(&owner, amount), plain(&owner, 10 * MI - amount)];
        let transaction = owner.transaction(&input, outputs);
        let tips = node.read().tangle.select_tips();
        node.submit(block(&tips, Payload::from(transaction))).unwrap()
    };
    let (first, second) = (submit(4 * MI), submit(5 * MI));
    node.issue_milestone().unwrap();
    let late = submit(4 * MI);
    node.issue_milestone().unwrap();
    use iota_sdk::types::block::semantic::ConflictReason::{
        InputUtxoAlreadySpent, InputUtxoAlreadySpentInThisMilestone,
    };
    assert_eq!(inclusion(&node, &first), Some(Inclusion::Included));
    assert_eq!(inclusion(&node, &second), Some(Inclusion::Conflicting(InputUtxoAlreadySpentInThisMilestone)));
    assert_eq!(inclusion(&node, &late), Some(Inclusion::Conflicting(InputUtxoAlreadySpent)));
}

#[test]
fn withheld_blocks_are_left_out() {
    let node = node();
    node.set_withhold(1);
    let tips = node.read().tangle.select_tips();
    let withheld = node.submit(tagged(&tips, "withheld")).unwrap();
    let other = node.submit(tagged(&tips, "other")).unwrap();
    node.issue_milestones(3).unwrap();
    assert_eq!(inclusion(&node, &withheld), None);
    assert_eq!(inclusion(&node, &other), Some(Inclusion::NoTransaction));
}

#[test]
fn the_faucet_pays_all_waiting_requests_with_the_next_milestone() {
    let node = node();
    let owners: Vec<_> = (0..=255).map(Owner::new).collect();
    for (number, owner) in (1..).zip(&owners) {
        assert_eq!(node.enqueue(&owner.bech32()).unwrap(), number);
    }
    assert!(matches!(node.enqueue(&owners[0].bech32()), Err(EnqueueError::AlreadyWaiting)));
    let before = node.faucet_info().1;
    node.issue_milestone().unwrap();
    assert_eq!(node.faucet_info().1, before);
    let state = node.read();
    for owner in &owners {
        let found = state.ledger.unspent().of_any_role(&owner.address()).unwrap();
        let amounts: Vec<_> = found.iter().map(|(_, id)| state.ledger.get(id).unwrap().output.amount()).collect();
        assert_eq!(amounts, [1_000_000_000]);
    }
    drop(state);
    assert_eq!(node.enqueue(&owners[0].bech32()).unwrap(), 1);
}

#[test]
fn the_faucet_refuses_what_it_cannot_pay() {
    let node = Node::new(Config { faucet_amount: TOKEN_SUPPLY, ..Config::default() }).unwrap();
    let owner = Owner::new(1);
    assert!(matches!(node.enqueue(&owner.bech32()), Err(EnqueueError::InsufficientFunds)));
    assert!(matches!(node.enqueue("tst1nonsense"), Err(EnqueueError::InvalidAddress)));
    assert!(matches!(
        node.enqueue("rms1qpszqzadsym6wpppd6z037dvlejmjuke7s24hm95s9fg9vpua7vluaw60xu"),
        Err(EnqueueError::WrongNetwork(_))
    ));
    assert!(node.pay(vec![plain(&owner, TOKEN_SUPPLY)], false).is_err());
}

#[test]
fn supply_is_conserved() {
    let node = node();
    let owner = Owner::new(1);
    node.pay(vec![plain(&owner, 3 * MI); 127], true).unwrap();
    node.enqueue(&owner.bech32()).unwrap();
    node.issue_milestone().unwrap();
    let state = node.read();
    let unspent = state.ledger.unspent().all().iter();
    let total: u64 = unspent.map(|(_, id)| state.ledger.get(id).unwrap().output.amount()).sum();
    assert_eq!(total, TOKEN_SUPPLY);
}

#[test]
fn pruning_keeps_the_latest_milestone() {
    let node = node();
    node.issue_milestones(4).unwrap();
    assert_eq!(node.prune(3), 3);
    assert!(node.read().milestone(3).is_none() && node.read().milestone(4).is_some());
    assert_eq!(node.prune(100), 4);
    assert!(node.read().milestone(5).is_some());
    assert_eq!(node.issue_milestone().unwrap(), 6);
    let tip = node.read().tangle.select_tips();
    let record = node.read().tangle.get(&tip[0]).cloned().unwrap();
    assert!(Block::unpack_strict(&record.bytes, &node.protocol).is_ok());
}
