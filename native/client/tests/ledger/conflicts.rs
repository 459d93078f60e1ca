//! Two transactions that spend the same output: one of them counts, and nobody takes the other for it.

use stardust_client::NodeClient;
use stardust_wallet::{
    error::ErrorKind,
    events::{InclusionState, LedgerEvent, Origin},
    keys::KeyPath,
    ledger::{Amount, BlockId, BlockState, Lookup},
    payments::PaymentState,
};

use crate::support::{Home, Net, Payer, answer, config, created, eventually, ledger_address, submit};

#[test]
fn of_two_deposits_that_spend_the_same_output_one_is_credited() {
    let net = Net::start();
    let home = Home::new();
    let wallet = home.open(&net);
    let (alice, bob) = (wallet.account("alice"), wallet.account("bob"));
    let payer = Payer::funded(&net);
    let funds = payer.funds().clone();
    let rest = funds.output.amount() - 2_000_000;
    let own = ledger_address(&payer.address());
    let both = [&alice, &bob].map(|to| {
        let output = payer.plain(2_000_000, &to.raw);
        let payload = payer.transaction(std::slice::from_ref(&funds), vec![output.clone(), payer.plain(rest, &own)]);
        let made = created(&payload, 0, output);
        (payload, made)
    });
    let blocks = [submit(&net, &both[0].0), submit(&net, &both[1].0)];
    // which of them wins is the network's to choose
    let states = blocks.map(|block| {
        let id = BlockId::from_hex(&block).unwrap();
        eventually("a milestone", || match answer(|done| wallet.client.block_state(id, done)).unwrap() {
            BlockState::Pending { .. } => None,
            state => Some(state),
        })
    });
    wallet.sync();
    let won = states.iter().position(|state| matches!(state, BlockState::Included { .. })).unwrap();
    let lost = 1 - won;
    assert!(matches!(states[lost], BlockState::Conflicting { code: 1 | 2, .. }), "{states:?}");
    assert_eq!(wallet.deposits(), [(both[won].1.ledger_id(), Amount::new(2_000_000))]);
    let names = ["alice", "bob"];
    assert_eq!(wallet.balance(names[won]).total.units(), 2_000_000);
    assert_eq!(wallet.balance(names[lost]).total.units(), 0);
    assert_eq!(wallet.outputs(names[lost]), []);
}

#[test]
fn the_same_bytes_again_make_another_block_and_find_nothing_to_spend() {
    let net = Net::start();
    let payer = Payer::funded(&net);
    let own = ledger_address(&payer.address());
    let all = payer.plain(payer.funds().output.amount(), &own);
    let payload = payer.transaction(std::slice::from_ref(payer.funds()), vec![all]);
    let (first, second) = (payer.settle(&net, &payload), payer.settle(&net, &payload));
    assert_ne!(first.block, second.block);
    assert_eq!((first.included, second.included), (true, false));
    let client = NodeClient::open(config(&[net.node()]).build().unwrap()).unwrap();
    let state = |block| answer(|done| client.block_state(block, done)).unwrap();
    assert!(matches!(state(first.block), BlockState::Included { .. }));
    assert!(matches!(state(second.block), BlockState::Conflicting { code: 1, .. }));
}

#[test]
fn a_payment_whose_input_a_second_holder_of_the_seed_spends_is_dead_and_payments_stop() {
    let net = Net::alone();
    let mut payer = Payer::funded(&net);
    let home = Home::new();
    let wallet = home.open(&net);
    let address = wallet.account("alice");
    let deposit = payer.pay(&net, vec![payer.plain(10_000_000, &address.raw)]).remove(0);
    wallet.sync();

    // the wallet's block is kept out of milestones until the other transaction is in one; it must not get so old
    // meanwhile that the wallet attaches another
    net.pause();
    net.withhold(1);
    let sent = wallet.send("alice", "ours", &payer.bech32(), 1_000_000).unwrap();
    assert_eq!(sent.state, PaymentState::Submitted);
    let path = KeyPath::new(0, false, address.key_index).unwrap();
    let mut thief = Payer::of_seed(&net, home.mnemonic(), path, deposit.ledger_id());
    let theirs = ledger_address(&payer.address());
    net.resume();
    let stolen = thief.pay(&net, vec![thief.plain(4_000_000, &theirs)]).remove(0);

    let payment = wallet.decided("ours");
    assert_eq!(payment.state, PaymentState::Dead);
    assert!(payment.reason.is_some());
    let refused = wallet.send("alice", "another", &payer.bech32(), 1_000_000).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ForeignSigner);
    let inclusions: Vec<_> = wallet
        .events()
        .into_iter()
        .filter_map(|event| match event {
            LedgerEvent::TransactionInclusion(event) if event.state == InclusionState::Conflicting => {
                Some((event.transaction_id, event.milestone))
            }
            _ => None,
        })
        .collect();
    assert_eq!(inclusions, [(sent.transaction_id, payment.milestone)]);
    // what came back to the wallet's own address is no deposit
    assert_eq!(wallet.deposits(), [(deposit.ledger_id(), Amount::new(10_000_000))]);
    let spent = wallet.output("alice", deposit.ledger_id());
    assert_ne!(spent.spent_by, Some(sent.transaction_id));
    let back = wallet.output("alice", thief.funds().ledger_id());
    assert_eq!(back.origin, Origin::UnknownOwn);
    assert_eq!(spent.spent_by, Some(back.transaction_id));
    assert_ne!(stolen.ledger_id(), back.output_id);
}
