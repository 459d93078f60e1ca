use iota_sdk::types::block::{
    output::{
        BasicOutputBuilder, InputsCommitment, NativeToken, NftId, NftOutputBuilder, TokenId,
        feature::{IssuerFeature, SenderFeature},
        unlock_condition::{
            AddressUnlockCondition, ExpirationUnlockCondition, StorageDepositReturnUnlockCondition,
            TimelockUnlockCondition, UnlockCondition,
        },
    },
    payload::transaction::TransactionPayload,
    semantic::ConflictReason,
};

use super::*;
use crate::{
    config::TOKEN_SUPPLY,
    testing::{Owner, ledger_of, output_id, plain},
};

const NOW: Moment = Moment { index: 1, timestamp: 1_000 };
const MI: u64 = 1_000_000;

fn ledger(outputs: Vec<Output>) -> Ledger {
    Ledger::genesis(ledger_of(outputs))
}

/// What becomes of a transaction at a time, on the ledger alone.
fn result(ledger: &Ledger, transaction: &TransactionPayload, at: Moment) -> ConflictReason {
    let lookup = |id: &_| ledger.get(id).cloned();
    Mutations::new(at).apply(BlockId::null(), transaction, false, lookup)
}

/// Applies transactions as one milestone.
fn commit(ledger: &mut Ledger, at: Moment, transactions: &[&TransactionPayload]) -> Vec<ConflictReason> {
    let mut mutations = Mutations::new(at);
    let apply = |transaction: &&TransactionPayload| {
        mutations.apply(BlockId::null(), transaction, false, |id| ledger.get(id).cloned())
    };
    let results = transactions.iter().map(apply).collect();
    ledger.commit(mutations);
    results
}

fn conditional(owner: &Owner, amount: u64, condition: impl Into<UnlockCondition>) -> Output {
    BasicOutputBuilder::new_with_amount(amount)
        .add_unlock_condition(AddressUnlockCondition::new(owner.address()))
        .add_unlock_condition(condition)
        .finish_output(TOKEN_SUPPLY)
        .unwrap()
}

fn first(ledger: &Ledger) -> [(OutputId, Output); 1] {
    [(output_id(1), ledger.get(&output_id(1)).unwrap().output.as_ref().clone())]
}

#[test]
fn a_valid_transaction_moves_funds() {
    let (alice, bob) = (Owner::new(1), Owner::new(2));
    let mut ledger = ledger(vec![plain(&alice, 10 * MI)]);
    let input = first(&ledger);
    let transaction = alice.transaction(&input, vec![plain(&bob, 4 * MI), plain(&alice, 6 * MI)]);
    assert_eq!(commit(&mut ledger, NOW, &[&transaction]), [ConflictReason::None]);

    let created: Vec<_> = created_ids(&transaction);
    let diff = ledger.diff(1).unwrap();
    assert_eq!(diff.consumed, [output_id(1)]);
    let mut sorted = created.clone();
    sorted.sort();
    assert_eq!(diff.created, sorted);
    let spent = ledger.get(&output_id(1)).unwrap().spent.unwrap();
    assert_eq!((spent.at, spent.transaction_id), (NOW, transaction.id()));
    let of_bob = ledger.unspent().of_address(Role::Owner, &bob.address()).unwrap();
    assert_eq!(of_bob.iter().copied().collect::<Vec<_>>(), [(NOW.timestamp, created[0])]);
    let of_alice = ledger.unspent().of_address(Role::Owner, &alice.address()).unwrap();
    assert_eq!(of_alice.iter().copied().collect::<Vec<_>>(), [(NOW.timestamp, created[1])]);
}

fn created_ids(transaction: &TransactionPayload) -> Vec<OutputId> {
    super::mutations::created_outputs(transaction).map(|(id, _)| id).collect()
}

#[test]
fn spent_inputs_conflict_with_their_reason() {
    let (alice, bob) = (Owner::new(1), Owner::new(2));
    let mut ledger = ledger(vec![plain(&alice, 10 * MI)]);
    let input = first(&ledger);
    let to_bob = alice.transaction(&input, vec![plain(&bob, 10 * MI)]);
    let to_self = alice.transaction(&input, vec![plain(&alice, 10 * MI)]);
    let unknown = alice.transaction(&[(output_id(9), plain(&alice, MI))], vec![plain(&bob, MI)]);
    assert_eq!(
        commit(&mut ledger, NOW, &[&to_bob, &to_self, &unknown]),
        [ConflictReason::None, ConflictReason::InputUtxoAlreadySpentInThisMilestone, ConflictReason::InputUtxoNotFound]
    );
    let later = Moment { index: 2, timestamp: 1_001 };
    assert_eq!(result(&ledger, &to_self, later), ConflictReason::InputUtxoAlreadySpent);
    assert_eq!(result(&ledger, &to_bob, later), ConflictReason::InputUtxoAlreadySpent);
}

#[test]
fn outputs_created_and_spent_within_a_milestone_are_in_both_lists() {
    let (alice, bob) = (Owner::new(1), Owner::new(2));
    let mut ledger = ledger(vec![plain(&alice, 10 * MI)]);
    let to_bob = alice.transaction(&first(&ledger), vec![plain(&bob, 10 * MI)]);
    let middle = created_ids(&to_bob)[0];
    let back = bob.transaction(&[(middle, plain(&bob, 10 * MI))], vec![plain(&alice, 10 * MI)]);
    assert_eq!(commit(&mut ledger, NOW, &[&to_bob, &back]), [ConflictReason::None; 2]);
    let diff = ledger.diff(1).unwrap();
    assert!(diff.created.contains(&middle) && diff.consumed.contains(&middle));
    assert!(ledger.unspent().of_address(Role::Owner, &bob.address()).is_none());
    assert_eq!(ledger.unspent().all().len(), 1);
}

#[test]
fn amounts_commitment_and_signature_are_checked() {
    let (alice, bob) = (Owner::new(1), Owner::new(2));
    let ledger = ledger(vec![plain(&alice, 10 * MI)]);
    let input = first(&ledger);
    let too_much = alice.transaction(&input, vec![plain(&bob, 11 * MI)]);
    assert_eq!(result(&ledger, &too_much, NOW), ConflictReason::CreatedConsumedAmountMismatch);
    let other = InputsCommitment::new(std::iter::once(&plain(&alice, MI)));
    let committed = alice.transaction_with(other, [output_id(1)].into_iter(), vec![plain(&bob, 10 * MI)]);
    assert_eq!(result(&ledger, &committed, NOW), ConflictReason::InputsCommitmentsMismatch);
    let stolen = bob.transaction(&input, vec![plain(&bob, 10 * MI)]);
    assert_eq!(result(&ledger, &stolen, NOW), ConflictReason::InvalidSignature);
}

#[test]
fn timelocks_end_with_milestone_time() {
    let alice = Owner::new(1);
    let lock = TimelockUnlockCondition::new(1_000).unwrap();
    let ledger = ledger(vec![conditional(&alice, 10 * MI, lock)]);
    let spend = alice.transaction(&first(&ledger), vec![plain(&alice, 10 * MI)]);
    for (timestamp, expected) in
        [(999, ConflictReason::TimelockNotExpired), (1_000, ConflictReason::None), (1_001, ConflictReason::None)]
    {
        assert_eq!(result(&ledger, &spend, Moment { index: 1, timestamp }), expected, "{timestamp}");
    }
}

#[test]
fn expiration_changes_who_may_unlock() {
    let (alice, bob) = (Owner::new(1), Owner::new(2));
    let expiration = ExpirationUnlockCondition::new(bob.address(), 1_000).unwrap();
    let ledger = ledger(vec![conditional(&alice, 10 * MI, expiration)]);
    let input = first(&ledger);
    let by_alice = alice.transaction(&input, vec![plain(&alice, 10 * MI)]);
    let by_bob = bob.transaction(&input, vec![plain(&bob, 10 * MI)]);
    for (timestamp, expected) in [(999, true), (1_000, false), (1_001, false)] {
        let at = Moment { index: 1, timestamp };
        assert_eq!(result(&ledger, &by_alice, at) == ConflictReason::None, expected, "{timestamp}");
        assert_eq!(result(&ledger, &by_bob, at) == ConflictReason::None, !expected, "{timestamp}");
    }
}

#[test]
fn storage_deposits_are_returned() {
    let (alice, bob) = (Owner::new(1), Owner::new(2));
    let condition = StorageDepositReturnUnlockCondition::new(bob.address(), MI, TOKEN_SUPPLY).unwrap();
    let ledger = ledger(vec![conditional(&alice, 10 * MI, condition)]);
    let input = first(&ledger);
    let kept = alice.transaction(&input, vec![plain(&alice, 10 * MI)]);
    assert_eq!(result(&ledger, &kept, NOW), ConflictReason::StorageDepositReturnUnfulfilled);
    let returned = alice.transaction(&input, vec![plain(&alice, 9 * MI), plain(&bob, MI)]);
    assert_eq!(result(&ledger, &returned, NOW), ConflictReason::None);
}

#[test]
fn native_tokens_and_senders_cannot_be_made_up_but_minted() {
    let (alice, bob) = (Owner::new(1), Owner::new(2));
    let ledger = ledger(vec![plain(&alice, 10 * MI)]);
    let input = first(&ledger);
    let base = || {
        BasicOutputBuilder::new_with_amount(10 * MI).add_unlock_condition(AddressUnlockCondition::new(alice.address()))
    };
    let token = NativeToken::new(TokenId::new([7; 38]), 5u8).unwrap();
    let tokens = base().add_native_token(token).finish_output(TOKEN_SUPPLY).unwrap();
    let sent = base().add_feature(SenderFeature::new(bob.address())).finish_output(TOKEN_SUPPLY).unwrap();
    for (output, expected) in [(tokens, ConflictReason::InvalidNativeTokens), (sent, ConflictReason::UnverifiedSender)]
    {
        let transaction = alice.transaction(&input, vec![output]);
        assert_eq!(result(&ledger, &transaction, NOW), expected);
        let minted = Mutations::new(NOW).apply(BlockId::null(), &transaction, true, |id| ledger.get(id).cloned());
        assert_eq!(minted, ConflictReason::None);
    }
}

#[test]
fn chains_are_found_by_id_after_every_transition() {
    let alice = Owner::new(1);
    let nft = |id: NftId| {
        NftOutputBuilder::new_with_amount(10 * MI, id)
            .add_unlock_condition(AddressUnlockCondition::new(alice.address()))
            .add_immutable_feature(IssuerFeature::new(alice.address()))
            .finish_output(TOKEN_SUPPLY)
            .unwrap()
    };
    let mut ledger = ledger(vec![plain(&alice, 10 * MI)]);
    let create = alice.transaction(&first(&ledger), vec![nft(NftId::null())]);
    let created = created_ids(&create)[0];
    let id = NftId::from(&created);
    let moved = alice.transaction(&[(created, nft(NftId::null()))], vec![nft(id)]);
    let moved_again = alice.transaction(&[(created_ids(&moved)[0], nft(id))], vec![nft(id)]);
    assert_eq!(commit(&mut ledger, NOW, &[&create]), [ConflictReason::None]);
    let kind = kind_of("nft").unwrap();
    assert_eq!(ledger.unspent().chain(kind, id.as_ref()), Some(&created));
    let at = Moment { index: 2, timestamp: 1_001 };
    assert_eq!(commit(&mut ledger, at, &[&moved, &moved_again]), [ConflictReason::None; 2]);
    assert_eq!(ledger.unspent().chain(kind, id.as_ref()), Some(&created_ids(&moved_again)[0]));
    let wrong = alice.transaction(&[(created_ids(&moved_again)[0], nft(id))], vec![nft(NftId::new([3; 32]))]);
    let at = Moment { index: 3, timestamp: 1_002 };
    assert_eq!(result(&ledger, &wrong, at), ConflictReason::InvalidChainStateTransition);
}

#[test]
fn pruning_forgets_diffs_and_spent_outputs() {
    let alice = Owner::new(1);
    let mut ledger = ledger(vec![plain(&alice, 10 * MI)]);
    let transaction = alice.transaction(&first(&ledger), vec![plain(&alice, 10 * MI)]);
    commit(&mut ledger, NOW, &[&transaction]);
    commit(&mut ledger, Moment { index: 2, timestamp: 1_001 }, &[]);
    assert!(ledger.diff(0).is_none() && ledger.diff(3).is_none());
    assert_eq!(ledger.diff(2).map(|diff| (diff.created.len(), diff.consumed.len())), Some((0, 0)));
    ledger.prune(1);
    assert_eq!(ledger.pruned(), 1);
    assert!(ledger.diff(1).is_none() && ledger.diff(2).is_some());
    assert!(ledger.get(&output_id(1)).is_none());
    assert!(ledger.get(&created_ids(&transaction)[0]).is_some());
    let at = Moment { index: 3, timestamp: 1_002 };
    assert_eq!(result(&ledger, &transaction, at), ConflictReason::InputUtxoNotFound);
}
