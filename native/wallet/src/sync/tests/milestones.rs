//! Milestones become outputs, balances and events.

use std::{thread, time::Instant};

use super::*;
use crate::{
    events::{IncidentKind, Origin},
    manager::{AccountRef, OutputFilter, SeedOrigin},
    payments::{PaymentState, SendOptions},
    testing::{OutputBuilder, ScriptedFeed, TestWallet, address},
};

#[test]
fn a_deposit_becomes_output_balance_and_events() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(3);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    let raw = wallet.address(&alice);
    let output = OutputBuilder::plain(1, raw, 1_000_000).with_features().build();
    let at = node.ledger().milestone(vec![output.clone()], vec![]);
    assert_eq!(wallet.sync(), at.index);

    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(1_000_000, 1));
    assert_eq!(wallet.manager.total_balance().unwrap(), plain_balance(1_000_000, 1));
    let listed = wallet.manager.addresses(&alice, None, None, 10).unwrap().items;
    assert!(listed[0].used);
    assert_eq!(listed[0].balance, Amount::new(1_000_000));
    let log = wallet.log();
    assert_eq!(log.iter().map(|logged| logged.sequence).collect::<Vec<_>>(), [1, 2]);
    assert!(log.iter().all(|logged| logged.milestone_index == at.index && logged.milestone_time == at.time));
    let [LedgerEvent::NewOutput(new), LedgerEvent::Deposit(deposit)] = [&log[0].event, &log[1].event] else {
        panic!("{log:?}")
    };
    assert_eq!((new.own.alias.as_str(), new.own.account, new.own.key_index, new.own.internal), ("alice", 0, 0, false));
    assert_eq!(new.own.address, listed[0].address);
    assert!(new.own.address.starts_with("rms1"));
    assert_eq!((new.own.address_balance, new.own.account_balance), (Amount::new(1_000_000), Amount::new(1_000_000)));
    assert_eq!((new.origin, new.creditable), (Origin::External, Amount::new(1_000_000)));
    assert_eq!(new.details.tag.as_deref(), Some(&b"tag"[..]));
    assert_eq!(deposit.id, format!("73c83a0def445cfb:{}:deposit", output.id));
    assert_eq!(deposit.amount, Amount::new(1_000_000));
}

#[test]
fn an_output_that_comes_and_goes_in_one_milestone_is_seen() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    let output = OutputBuilder::plain(1, wallet.address(&alice), 5).build();
    node.ledger().milestone(vec![output.clone()], vec![by(&output, 2)]);
    wallet.sync();
    let id = output.id.to_string();
    let expected = [("newOutput", id.clone()), ("spentOutput", id.clone()), ("deposit", id)];
    let told = short(&wallet.events());
    assert_eq!(told[..3], expected);
    assert!(told.len() == 4 && told[3].1.ends_with("foreignSigner"), "{told:?}");
    assert_eq!(wallet.manager.balance(&alice).unwrap(), Balance::default());
}

#[test]
fn a_feed_that_tells_of_news_need_not_be_asked() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::open_polling(directory.path(), &node, Duration::from_secs(86_400)).unwrap();
    wallet.run(SeedOrigin::New);
    wallet.sync();
    for _ in 0..3 {
        // it says so when the loop rests, or just before
        let at = node.ledger().milestone(vec![], vec![]);
        node.tell();
        let end = Instant::now() + SOON;
        while wallet.manager.status().cursor != Some(at.index) {
            assert!(Instant::now() < end, "not woken: {:?}", wallet.manager.status());
            thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn a_restart_resumes_at_the_cursor() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    let raw = wallet.address(&alice);
    let first = OutputBuilder::plain(1, raw, 5).build();
    node.ledger().milestone(vec![first.clone()], vec![]);
    wallet.sync();
    drop(wallet);
    let second = OutputBuilder::plain(2, raw, 7).build();
    node.ledger().milestone(vec![second], vec![]);
    node.ledger().milestone(vec![], vec![by(&first, 3)]);
    let before = node.calls().1;
    let wallet = TestWallet::start(directory.path(), &node);
    wallet.sync();
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(7, 1));
    assert_eq!(wallet.events().len(), 6, "two created, two deposits, one spent, by a stranger");
    assert!(node.calls().1 > before);
}

#[test]
fn invariant_4_events_have_contiguous_positions_and_the_same_order_on_every_node() {
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let straight = ScriptedFeed::with_milestones(1);
    let reversed = straight.sibling().reversed();
    let wallets =
        [TestWallet::start(directories[0].path(), &straight), TestWallet::start(directories[1].path(), &reversed)];
    // the same seed gives both wallets the same address
    let raw = wallets.each_ref().map(|wallet| wallet.address(&wallet.account("alice")))[0];
    wallets[1].sync();
    let old = OutputBuilder::plain(9, raw, 1).build();
    straight.ledger().milestone(vec![old.clone()], vec![]);
    let created: Vec<_> = [5, 2, 8, 3].map(|number| OutputBuilder::plain(number, raw, 10).build()).into();
    let consumed = vec![by(&created[0], 20), by(&old, 21), by(&created[2], 20)];
    straight.ledger().milestone(created, consumed);
    let logs = wallets.each_ref().map(|wallet| {
        wallet.sync();
        wallet.log()
    });
    assert_eq!(logs[0], logs[1]);
    let sequences: Vec<u64> = logs[0].iter().map(|logged| logged.sequence).collect();
    assert_eq!(sequences, (1..=15).collect::<Vec<_>>());
    let second: Vec<_> = logs[0][2..].iter().map(|logged| logged.event.clone()).collect();
    let kinds: Vec<_> = short(&second).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [vec!["newOutput"; 4], vec!["spentOutput"; 3], vec!["deposit"; 4], vec!["incident"; 2]].concat());
    for part in [&second[..4], &second[4..7], &second[7..]] {
        let ids: Vec<_> = short(part).into_iter().map(|(_, id)| id).collect();
        assert!(ids.is_sorted(), "{ids:?}");
    }
}

#[test]
fn a_payment_to_ourselves_is_confirmed_with_its_origins() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let (alice, bob) = (wallet.account("alice"), wallet.account("bob"));
    let funds = OutputBuilder::plain(1, wallet.address(&alice), 10_000_000);
    let funds = funds.build();
    node.ledger().milestone(vec![funds.clone()], vec![]);
    wallet.sync();
    let to = wallet.manager.generate_addresses(&bob, 1, false, None).unwrap()[0].address.clone();
    let options = SendOptions { idempotency_key: Some("k1".to_owned()), ..SendOptions::default() };
    let payees = vec![(to, Amount::new(3_000_000))];
    let payment = wallet.manager.send_amount(&alice, payees.clone(), options.clone()).unwrap();
    let balance = wallet.manager.balance(&alice).unwrap();
    assert_eq!(balance.available, Amount::ZERO);
    assert_eq!((balance.locked, balance.incoming), (Amount::new(10_000_000), Amount::new(7_000_000)));

    let outputs = payment.outputs.iter().map(|output| {
        let built = OutputBuilder::plain(0, output.address, output.amount.units());
        built.id(payment.transaction_id, output.output_id).build()
    });
    let outputs: Vec<_> = outputs.collect();
    let at = node.ledger().milestone(outputs, vec![(funds.id, payment.transaction_id)]);
    wallet.sync();
    let again = wallet.manager.send_amount(&alice, payees, options).unwrap();
    assert_eq!(again.transaction_id, payment.transaction_id, "the same key is the same payment");
    assert_eq!((again.state, again.milestone), (PaymentState::Confirmed, Some(at.index)));
    assert_eq!(wallet.manager.balance(&alice).unwrap().available, Amount::new(7_000_000));
    assert_eq!(wallet.manager.balance(&bob).unwrap().available, Amount::new(3_000_000));
    let events = wallet.events();
    let origins: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            LedgerEvent::NewOutput(event) => Some((event.own.account, event.origin, event.creditable.units())),
            _ => None,
        })
        .collect();
    let expected =
        [(0, Origin::External, 10_000_000), (1, Origin::PaymentRecipient, 3_000_000), (0, Origin::Change, 0)];
    assert_eq!(origins, expected);
    let deposits = events.iter().filter(|event| matches!(event, LedgerEvent::Deposit(_))).count();
    assert_eq!(deposits, 2, "the funds and bob's, not the change");
    assert_eq!(short(&events).last().unwrap(), &("transactionInclusion", "confirmed".to_owned()));
}

#[test]
fn an_unknown_transaction_that_spends_ours_is_an_incident_and_no_deposit() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    let raw = wallet.address(&alice);
    let first = OutputBuilder::plain(1, raw, 5).build();
    node.ledger().milestone(vec![first.clone()], vec![]);
    node.ledger().milestone(vec![OutputBuilder::plain(2, raw, 4).build()], vec![by(&first, 2)]);
    wallet.sync();
    let outputs = wallet.manager.outputs(&alice, OutputFilter::Unspent, None, 10).unwrap().items;
    assert_eq!(outputs[0].origin, Origin::UnknownOwn);
    let deposits = wallet.events().iter().filter(|event| matches!(event, LedgerEvent::Deposit(_))).count();
    assert_eq!(deposits, 1, "the first one only");
    let events = wallet.events();
    let [.., LedgerEvent::Incident(incident), LedgerEvent::Incident(stranger)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((stranger.kind, stranger.output_id), (IncidentKind::ForeignSigner, Some(first.id)));
    let expected = (IncidentKind::UnknownOwn, Some(0), Some(outputs[0].output_id));
    assert_eq!((incident.kind, incident.account, incident.output_id), expected);
    assert!(incident.text.contains(&transaction_id(2).to_string()), "{}", incident.text);
}

#[test]
fn pages_go_on_where_they_ended() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    wallet.manager.generate_addresses(&alice, 5, false, Some("shop")).unwrap();
    wallet.manager.generate_addresses(&alice, 3, true, None).unwrap();
    let outputs = (0..5).map(|n| OutputBuilder::plain(n, address(0), 1).build());
    node.ledger().milestone(outputs.collect(), vec![]);
    wallet.sync();
    let mut after = None;
    let mut seen = Vec::new();
    loop {
        let page = wallet.manager.addresses(&alice, None, after, 3).unwrap();
        seen.extend(page.items.iter().map(|address| (address.internal, address.key_index)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..5).map(|n| (false, n)).chain((0..3).map(|n| (true, n))).collect();
    assert_eq!(seen, expected);
    let internal = wallet.manager.addresses(&alice, Some(true), Some((true, 0)), 10).unwrap().items;
    assert_eq!(internal.len(), 2);
    assert!(wallet.manager.outputs(&alice, OutputFilter::All, None, 10).unwrap().items.is_empty(), "none was ours");
    let found = wallet.manager.find_address(&internal[0].address).unwrap();
    assert_eq!(found, internal[0]);
    let labelled = wallet.manager.set_address_label(&internal[0].address, Some("change")).unwrap();
    assert_eq!(labelled.label.as_deref(), Some("change"));
    assert_eq!(wallet.manager.find_address(&internal[0].address).unwrap(), labelled);
    assert_eq!(kind(wallet.manager.account(&AccountRef::Alias("0".to_owned()))), ErrorKind::AccountNotFound);
}
