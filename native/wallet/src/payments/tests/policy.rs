//! Rules before signing: each refusal, what counts, people, and two who want the same room.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use proptest::prelude::*;

use super::world::{World, basic, paying, request, spending, stranger, testnet, with_key};
use crate::{
    error::ErrorKind,
    events::ProgressStage,
    ledger::{Address, AddressCodec, Amount},
    payments::{
        MicroAmount, PaymentError, PaymentRef, PaymentRules, PaymentState, RemainderStrategy, Reviewed, SendOptions,
        SendRequest, Window, WithdrawalRequest, WithdrawalStage, WithdrawalState,
    },
    stardust::Stardust,
    store::{
        meta::{self, MetaKey},
        outgoing::{self, Outgoing},
        withdrawal,
    },
};
use WithdrawalState::{AwaitingApproval, AwaitingReview, Cancelled, Refused, Requested, Submitted};

const M: u64 = 1_000_000;
const HOUR: u64 = 3_600_000;

fn amount(coins: u64) -> Amount {
    Amount::new(coins * M)
}

fn per_payment(coins: u64) -> PaymentRules {
    PaymentRules { per_payment: Some(amount(coins)), ..PaymentRules::default() }
}

/// In an hour.
fn window(coins: Option<u64>, recipients: Option<u64>) -> PaymentRules {
    let window = Window { length: Duration::from_millis(HOUR), amount: coins.map(amount), recipients };
    PaymentRules { windows: vec![window], ..PaymentRules::default() }
}

fn approval(coins: u64) -> PaymentRules {
    PaymentRules { approval_from: Some(amount(coins)), ..PaymentRules::default() }
}

fn review() -> PaymentRules {
    PaymentRules { review: true, ..PaymentRules::default() }
}

fn started(world: World) -> World {
    world.wallet.payments.start().unwrap();
    world
}

fn text(address: &Address) -> String {
    Stardust.format(address, "rms")
}

/// Account 0 withdraws to this address.
fn withdraw_to(world: &World, key: &str, address: &Address, coins: u64) -> WithdrawalState {
    let request =
        WithdrawalRequest { key: key.to_owned(), address: text(address), amount: amount(coins), micro_amount: None };
    world.wallet.payments.withdraw(0, vec![request]).unwrap().remove(0).unwrap().state
}

fn states(world: &World, requests: &[(&str, u64)]) -> Vec<WithdrawalState> {
    world.withdraw(requests).into_iter().map(|answer| answer.unwrap().state).collect()
}

/// What counts for limits, from the sums; and the same from the withdrawals and payments themselves.
fn assert_counts(world: &World) -> (Outgoing, Outgoing) {
    let sums = world.wallet.read(|conn| Ok((outgoing::waiting(conn)?, outgoing::signed_within(conn, 0, u64::MAX)?)));
    let (mut waiting, mut signed) = (Outgoing::default(), Outgoing::default());
    let own = |address: &Address| (0..2).any(|account| *address == world.address(account));
    for one in world.wallet.payments.withdrawals(None, None, 1_000).unwrap() {
        let counted = Outgoing { amount: one.amount, recipients: 1 };
        match one.state {
            _ if own(&one.address) => {}
            Requested | AwaitingReview | AwaitingApproval => waiting = waiting.and(counted),
            WithdrawalState::Dead | Cancelled | Refused => {}
            _ => signed = signed.and(counted),
        }
    }
    for payment in world.wallet.payments.page(None, None, 1_000).unwrap() {
        let over = matches!(payment.state, PaymentState::Dead | PaymentState::Cancelled);
        let of_withdrawals = payment.idempotency_key.is_none() && payment.note.is_none();
        if !over && !of_withdrawals {
            for output in payment.outputs.iter().filter(|output| output.ours.is_none()) {
                signed = signed.and(Outgoing { amount: output.amount, recipients: 1 });
            }
        }
    }
    assert_eq!(sums, (waiting, signed));
    sums
}

#[test]
fn what_is_too_much_for_one_payment_is_refused() {
    let world = started(World::stopped(&[50 * M]).ruled(per_payment(5)));
    let refused = world.send(with_key(5 * M + 1, "k")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PolicyRefused);
    assert!(matches!(refused, PaymentError::Refused(refusal) if refusal.rule() == "perPayment"));
    world.assert_untouched();
    // the key was not used
    world.send(with_key(5 * M, "k")).unwrap();

    let refused = world.withdraw(&[("w", 6 * M)]).remove(0).unwrap();
    assert_eq!(refused.state, Refused);
    assert!(refused.reason.unwrap().contains("at most 5000000"));
    assert_eq!(world.told_withdrawal("w"), [Refused]);
    // it is an end: its key stays used, and is answered by it, also after a restart without the rule
    let world = world.restarted();
    assert_eq!(states(&world, &[("w", 6 * M)]), [Refused]);
    assert_eq!(world.withdraw(&[("w", M)]).remove(0).unwrap_err().kind(), ErrorKind::IdempotencyConflict);
    assert_eq!(world.wallet.payments.cancel_withdrawal("w").unwrap().state, Refused);
    assert_eq!(world.wallet.payments.approve("w", "ann").unwrap().state, Refused);
    assert_eq!(world.told_withdrawal("w"), [Refused]);
}

#[test]
fn only_listed_addresses_are_paid_and_a_remainder_is_a_payment_too() {
    let allow_list = Some([stranger(7)].into());
    let world = started(World::stopped(&[50 * M]).ruled(PaymentRules { allow_list, ..PaymentRules::default() }));
    assert_eq!(withdraw_to(&world, "8", &stranger(8), 1), Refused);
    let options = SendOptions { remainder: RemainderStrategy::CustomAddress(text(&stranger(9))), ..Default::default() };
    let elsewhere = SendRequest { options, ..paying(M) };
    assert_eq!(world.send(elsewhere).unwrap_err().kind(), ErrorKind::PolicyRefused);
    world.assert_untouched();
    world.send(paying(M)).unwrap();
    // the wallet's own addresses need no place in the list
    assert_eq!(withdraw_to(&world, "own", &world.address(1), 1), Requested);
}

#[test]
fn a_burst_does_not_pass_a_window_at_once_and_a_restart_forgets_nothing() {
    let world = World::stopped(&[50 * M]).ruled(window(Some(3), None));
    let keys: Vec<String> = (0..10).map(|number| format!("k{number}")).collect();
    let requests: Vec<(&str, u64)> = keys.iter().map(|key| (&**key, M)).collect();
    let first = states(&world, &requests);
    assert_eq!(first.iter().filter(|state| **state == Requested).count(), 3);
    assert_eq!(first[3..], [Refused; 7]);
    assert!(world.withdrawal("k3").reason.unwrap().contains("after 3000000 in 3600 seconds"));
    // what waits counts however long it waits
    world.clock.0.fetch_add(5 * HOUR, Ordering::SeqCst);
    let world = started(world.ruled(window(Some(3), None)));
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::PolicyRefused);
    world.await_withdrawal("k2", Submitted);
    // an hour from signing on it counts, and then no longer
    world.clock.0.fetch_add(HOUR - 1, Ordering::SeqCst);
    assert_eq!(states(&world, &[("early", M)]), [Refused]);
    let world = started(world.ruled(window(Some(3), None)));
    assert_eq!(states(&world, &[("early too", M)]), [Refused]);
    world.confirm(&world.payment_of("k2"));
    world.clock.0.fetch_add(1, Ordering::SeqCst);
    assert_eq!(states(&world, &[("late", 3 * M), ("late too", M)]), [Requested, Refused]);
    // nothing moves while it is counted
    world.wallet.payments.close();
    assert_counts(&world);
}

#[test]
fn recipients_are_counted_in_a_window() {
    let world = started(World::stopped(&[50 * M, 50 * M]).ruled(window(None, Some(3))));
    let payees = vec![(text(&stranger(1)), amount(1)), (text(&stranger(2)), amount(1))];
    world.send(SendRequest { payees, ..with_key(M, "two") }).unwrap();
    assert_eq!(states(&world, &[("third", M), ("fourth", M)]), [Requested, Refused]);
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::PolicyRefused);
}

#[test]
fn what_stays_in_the_wallet_is_not_limited() {
    let rules = PaymentRules { per_payment: Some(Amount::ZERO), ..window(Some(0), Some(0)) };
    let world =
        started(World::stopped(&[20 * M, 3 * M]).ruled(PaymentRules { approval_from: Some(amount(1)), ..rules }));
    let payees = vec![(text(&world.address(1)), amount(2))];
    let payment = world.send(SendRequest { payees, ..paying(M) }).unwrap();
    world.confirm(&payment);
    assert_eq!(withdraw_to(&world, "own", &world.address(1), 2), Requested);
    world.await_withdrawal("own", Submitted);
    assert_eq!(assert_counts(&world), (Outgoing::default(), Outgoing::default()));
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::PolicyRefused);
}

#[test]
fn what_is_cancelled_or_dead_does_not_count() {
    let world = started(World::stopped(&[20 * M, 20 * M, 20 * M]).ruled(window(Some(3), None)));
    let payment = world.send(with_key(3 * M, "paid")).unwrap();
    assert_eq!(states(&world, &[("no", M)]), [Refused]);
    // while it may still be confirmed it counts
    world.wallet.payments.cancel(&PaymentRef::Key("paid".to_owned())).unwrap();
    assert_eq!(states(&world, &[("still no", M)]), [Refused]);
    world.confirm(&world.contest_of(&payment));
    assert_eq!(world.find(&payment).state, PaymentState::Cancelled);
    assert_eq!(assert_counts(&world), (Outgoing::default(), Outgoing::default()));
    // a batch that is cancelled waits again in part, and is signed again
    assert_eq!(states(&world, &[("a", M), ("b", 2 * M)]), [Requested, Requested]);
    world.await_withdrawal("a", Submitted);
    let batch = world.payment_of("a");
    world.await_withdrawal("b", Submitted);
    assert_eq!(assert_counts(&world).1, Outgoing { amount: amount(3), recipients: 2 });
    world.wallet.payments.cancel_withdrawal("a").unwrap();
    world.confirm(&world.contest_of(&batch));
    assert_eq!(world.withdrawal("a").state, Cancelled);
    world.await_withdrawal("b", Submitted);
    assert_eq!(states(&world, &[("c", M + 1), ("d", M)]), [Refused, Requested]);
    world.await_withdrawal("d", Submitted);
    assert_counts(&world);
    // another signer's transaction ends it
    let paid = world.payment_of("d");
    world.milestone(vec![], vec![(paid.inputs[0].output_id, super::world::transaction(0xfe))]);
    world.await_withdrawal("d", WithdrawalState::Dead);
    assert_counts(&world);
}

#[test]
fn of_two_threads_that_race_for_a_limit_one_passes() {
    for _ in 0..10 {
        let world = World::stopped(&[20 * M, 20 * M, 20 * M, 20 * M]).ruled(window(Some(3), None));
        let outcomes: Vec<Result<(), ErrorKind>> = std::thread::scope(|scope| {
            let world = &world;
            let calls: Vec<_> = (0..4)
                .map(|number| {
                    scope.spawn(move || {
                        if number % 2 == 0 {
                            world.send(paying(2 * M)).map(drop).map_err(|error| error.kind())
                        } else {
                            let withdrawal = world.withdraw(&[(&format!("k{number}"), 2 * M)]).remove(0).unwrap();
                            if withdrawal.state == Requested { Ok(()) } else { Err(ErrorKind::PolicyRefused) }
                        }
                    })
                })
                .collect();
            calls.into_iter().map(|call| call.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(ErrorKind::PolicyRefused))));
        assert_eq!(world.wallet.holdings(0).locked > Amount::ZERO, world.wallet.signed().len() == 1);
    }
}

#[test]
fn two_persons_approve_and_one_is_not_two() {
    let world = started(World::stopped(&[50 * M]).ruled(approval(5)));
    let payments = &world.wallet.payments;
    assert_eq!(world.send(paying(5 * M)).unwrap_err().kind(), ErrorKind::ApprovalRequired);
    world.assert_untouched();
    assert_eq!(states(&world, &[("small", 4 * M), ("large", 5 * M)]), [Requested, AwaitingApproval]);
    assert_eq!(payments.approve("large", "ann").unwrap().state, AwaitingApproval);
    let again = payments.approve("large", "ann").unwrap();
    assert_eq!((again.state, again.approvals.len()), (AwaitingApproval, 1));
    // what is approved stays so, and nothing was paid
    let world = started(world.ruled(approval(5)));
    let payments = &world.wallet.payments;
    world.await_withdrawal("small", Submitted);
    let waiting = payments.waiting(WithdrawalStage::AwaitingApproval, None, 10).unwrap();
    assert_eq!(waiting.iter().map(|one| &*one.idempotency_key).collect::<Vec<_>>(), ["large"]);
    assert_eq!(waiting[0].approvals[0].approver, "ann");
    world.confirm(&world.payment_of("small"));
    let approved = payments.approve("large", "bob").unwrap();
    assert_eq!(approved.approvals.len(), 2);
    world.await_withdrawal("large", Submitted);
    assert_eq!(world.told_withdrawal("large")[..2], [AwaitingApproval, Requested]);
    // a third one changes nothing
    assert_eq!(payments.approve("large", "eve").unwrap().approvals.len(), 2);
    for (approver, kind) in [("", ErrorKind::InvalidArgument), (&*"x".repeat(65), ErrorKind::InvalidArgument)] {
        assert_eq!(payments.approve("large", approver).unwrap_err().kind(), kind);
    }
    assert_eq!(payments.approve("unknown", "ann").unwrap_err().kind(), ErrorKind::TransactionNotFound);
}

#[test]
fn a_person_refuses_or_cancels_what_waits() {
    let world = started(
        World::stopped(&[50 * M]).ruled(PaymentRules { approval_from: Some(amount(5)), ..window(Some(20), None) }),
    );
    let payments = &world.wallet.payments;
    assert_eq!(
        states(&world, &[("a", 10 * M), ("b", 10 * M), ("c", 10 * M)]),
        [AwaitingApproval, AwaitingApproval, Refused]
    );
    payments.approve("a", "ann").unwrap();
    let refused = payments.refuse("a", "bob", "not known to us").unwrap();
    assert_eq!((refused.state, refused.reason.as_deref()), (Refused, Some("bob refused it: not known to us")));
    assert_eq!(payments.approve("a", "eve").unwrap().state, Refused);
    assert_eq!(payments.cancel_withdrawal("b").unwrap().state, Cancelled);
    assert_eq!(payments.refuse("b", "bob", "late").unwrap().state, Cancelled);
    assert_eq!(world.told_withdrawal("a"), [AwaitingApproval, Refused]);
    assert_eq!(world.told_withdrawal("b"), [AwaitingApproval, Cancelled]);
    // and makes room
    assert_eq!(states(&world, &[("d", 20 * M)]), [AwaitingApproval]);
    assert_counts(&world);
    assert_eq!(payments.refuse("d", "bob", "").unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(payments.refuse("d", "bob", &"x".repeat(1_025)).unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[test]
fn a_reviewer_is_asked_until_there_is_an_answer() {
    let world = started(World::stopped(&[50 * M]).ruled(PaymentRules { approval_from: Some(amount(5)), ..review() }));
    assert_eq!(states(&world, &[("a", M), ("b", M), ("c", 5 * M)]), [AwaitingReview; 3]);
    let offered = |world: &World, after| {
        let waiting = world.wallet.payments.waiting(WithdrawalStage::AwaitingReview, after, 10).unwrap();
        waiting.into_iter().map(|one| (one.position, one.idempotency_key)).collect::<Vec<_>>()
    };
    let all = offered(&world, None);
    assert_eq!(all.len(), 3);
    assert_eq!(offered(&world, Some(all[1].0)), all[2..]);
    // what waited at a crash is offered again; and without a reviewer it is not let pass
    let world = started(world.ruled(PaymentRules::default()));
    assert_eq!(offered(&world, None), all);
    let world = started(world.ruled(PaymentRules { approval_from: Some(amount(5)), ..review() }));
    let payments = &world.wallet.payments;
    payments.review("a", None).unwrap();
    world.await_withdrawal("a", Submitted);
    let vetoed = payments.review("b", Some("sanctioned")).unwrap();
    assert_eq!((vetoed.state, vetoed.reason.as_deref()), (Refused, Some("the reviewer refused it: sanctioned")));
    // the first answer counts
    assert_eq!(payments.review("b", None).unwrap().state, Refused);
    // persons can answer before the reviewer does, and both have to
    payments.approve("c", "ann").unwrap();
    assert_eq!(payments.approve("c", "bob").unwrap().state, AwaitingReview);
    payments.review("c", None).unwrap();
    world.confirm(&world.payment_of("a"));
    world.await_withdrawal("c", Submitted);
    assert_eq!(world.told_withdrawal("c")[..2], [AwaitingReview, Requested]);
    assert_eq!(offered(&world, None), []);
}

#[test]
fn a_payment_that_nobody_reviewed_is_not_made() {
    let world = started(World::stopped(&[50 * M, 50 * M]).ruled(review()));
    let payments = &world.wallet.payments;
    let reviewed = |request: SendRequest| {
        let options = SendOptions { reviewed: Reviewed::Yes, ..request.options };
        SendRequest { options, ..request }
    };
    assert_eq!(world.send(with_key(M, "k")).unwrap_err().kind(), ErrorKind::ReviewRequired);
    world.assert_untouched();
    let made = world.send(reviewed(with_key(M, "k"))).unwrap();
    // what exists is answered, and nobody has to look at it again
    assert_eq!(world.send(with_key(M, "k")).unwrap().transaction_id, made.transaction_id);
    assert_eq!(world.send(with_key(2 * M, "k")).unwrap_err().kind(), ErrorKind::IdempotencyConflict);

    let prepared = payments.prepare(reviewed(with_key(M, "p")), 60_000).unwrap();
    let submit = |reviewed| payments.submit_prepared(&prepared.id, reviewed);
    assert_eq!(submit(Reviewed::No).unwrap_err().kind(), ErrorKind::ReviewRequired);
    assert_eq!(payments.prepared(None), std::slice::from_ref(&prepared));
    let sent = submit(Reviewed::Yes).unwrap();
    assert_eq!(submit(Reviewed::No).unwrap().transaction_id, sent.transaction_id);
    assert_eq!(world.wallet.signed().len(), 2);
}

#[test]
fn nobody_is_asked_to_review_what_cannot_be_paid() {
    let rules = PaymentRules { review: true, approval_from: Some(amount(5)), ..per_payment(8) };
    let world = started(World::stopped(&[50 * M]).ruled(rules));
    for (coins, kind) in
        [(9, ErrorKind::PolicyRefused), (5, ErrorKind::ApprovalRequired), (4, ErrorKind::ReviewRequired)]
    {
        assert_eq!(world.send(paying(coins * M)).unwrap_err().kind(), kind);
    }
    world.assert_untouched();
}

#[test]
fn one_person_with_two_spellings_is_not_two() {
    let world = World::stopped(&[50 * M]).ruled(approval(5));
    let payments = &world.wallet.payments;
    assert_eq!(states(&world, &[("large", 5 * M)]), [AwaitingApproval]);
    for name in [
        " ann",
        "ann ",
        "ann\u{a0}",
        "an\nn",
        "\tann",
        "ann\u{200b}",
        "a\u{ad}nn",
        "\u{feff}ann",
        "ann\u{e0020}",
        "ann\u{2800}",
        "\u{200d}",
    ] {
        assert_eq!(payments.approve("large", name).unwrap_err().kind(), ErrorKind::InvalidArgument, "{name:?}");
        assert_eq!(payments.refuse("large", name, "why").unwrap_err().kind(), ErrorKind::InvalidArgument, "{name:?}");
    }
    // in capitals, and with accents of their own
    for name in [
        "Zo\u{eb} Strau\u{df}",
        "zo\u{eb} strau\u{df}",
        "ZO\u{cb} STRAUSS",
        "Zoe\u{308} Strau\u{df}",
        "Zo\u{eb}  Strau\u{df}",
        "Zo\u{eb}\u{2003}\u{ff33}trau\u{df}",
        "Zo\u{eb}\u{200c} Str\u{200d}au\u{df}",
    ] {
        let approved = payments.approve("large", name).unwrap();
        assert_eq!((approved.state, approved.approvals.len()), (AwaitingApproval, 1), "{name:?}");
        assert_eq!(approved.approvals[0].approver, "Zo\u{eb} Strau\u{df}");
    }
    assert_eq!(payments.approve("large", "Zoe Strauss").unwrap().state, Requested);
}

#[test]
fn a_list_of_another_network_judges_nothing() {
    let world = World::stopped(&[50 * M]);
    assert_eq!(states(&world, &[("w", M)]), [Requested]);
    let other = || PaymentRules {
        allow_list: Some([stranger(7)].into()),
        allow_list_hrp: Some("smr".to_owned()),
        ..PaymentRules::default()
    };
    let world = world.reopened_with(|_| {});
    let (payments, store) = (Arc::into_inner(world.wallet.payments).unwrap(), world.wallet.store);
    let refused = payments.with_rules(other()).err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfiguration);
    let kept = store.readers().read(|conn| withdrawal::by_key(conn, "w")).unwrap().unwrap();
    assert_eq!(kept.stage, WithdrawalStage::Requested);
}

#[test]
fn a_list_of_another_network_is_found_when_the_network_is_met() {
    let world = World::stopped(&[50 * M]);
    world.wallet.store.writer().commit(|tx| meta::remove(tx, MetaKey::Network)).unwrap();
    let rules = PaymentRules {
        allow_list: Some([stranger(7)].into()),
        allow_list_hrp: Some("smr".to_owned()),
        ..PaymentRules::default()
    };
    let world = started(world.ruled(rules));
    world.wallet.store.writer().commit(|tx| meta::put_network(tx, &testnet())).unwrap();
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::InvalidConfiguration);
    let refused = world.wallet.payments.withdraw(0, vec![request("w", M)]).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidConfiguration);
    world.assert_untouched();
}

#[test]
fn new_rules_judge_what_waits() {
    let world = World::stopped(&[50 * M]);
    assert_eq!(states(&world, &[("small", M), ("middle", 5 * M), ("large", 9 * M)]), [Requested; 3]);
    let world = world.ruled(PaymentRules { approval_from: Some(amount(5)), ..per_payment(8) });
    assert_eq!(world.withdrawal("small").state, Requested);
    assert_eq!(world.withdrawal("middle").state, AwaitingApproval);
    assert_eq!(world.withdrawal("large").state, Refused);
    assert_eq!(world.told_withdrawal("large"), [Requested, Refused]);
    // laxer ones free nothing
    let world = started(world.ruled(PaymentRules::default()));
    world.await_withdrawal("small", Submitted);
    assert_eq!(world.withdrawal("middle").state, AwaitingApproval);
    assert_eq!(world.withdrawal("large").state, Refused);
}

#[test]
fn what_is_taken_out_of_a_batch_is_judged_by_the_rules_of_now_before_it_is_signed_again() {
    let world = World::stopped(&[50 * M]);
    let requests = [("no", M), ("small", M), ("middle", 5 * M), ("large", 9 * M)];
    assert_eq!(states(&world, &requests), [Requested; 4]);
    assert_eq!(withdraw_to(&world, "own", &world.address(1), 9), Requested);
    let world = started(world);
    world.await_withdrawal("own", Submitted);
    let batch = world.payment_of("no");
    assert_eq!(world.payment_of("own").transaction_id, batch.transaction_id);
    // what is signed may be confirmed, whatever the rules
    let world = started(world.ruled(PaymentRules { approval_from: Some(amount(5)), ..per_payment(8) }));
    assert_eq!(world.withdrawal("large").state, Submitted);
    world.wallet.payments.cancel_withdrawal("no").unwrap();
    world.confirm(&world.contest_of(&batch));
    world.await_withdrawal("small", Submitted);
    world.await_withdrawal("own", Submitted);
    let large = world.withdrawal("large");
    assert_eq!(large.state, Refused);
    assert!(large.reason.unwrap().contains("at most 8000000"));
    assert_eq!(world.told_withdrawal("large").last(), Some(&Refused));
    let payments = &world.wallet.payments;
    assert_eq!(payments.approve("middle", "ann").unwrap().state, AwaitingApproval);
    world.confirm(&world.payment_of("small"));
    payments.approve("middle", "bob").unwrap();
    world.await_withdrawal("middle", Submitted);
}

#[test]
fn an_opening_with_laxer_rules_frees_nothing_that_waits_for_people() {
    let world = World::stopped(&[50 * M]).ruled(approval(5));
    assert_eq!(states(&world, &[("large", 9 * M)]), [AwaitingApproval]);
    let mut world = world;
    for lax in [PaymentRules::default(), approval(50), review(), per_payment(40)] {
        world = world.ruled(lax);
        assert_eq!(world.withdrawal("large").state, AwaitingApproval);
    }
    let world = started(world.ruled(PaymentRules::default()));
    let payments = &world.wallet.payments;
    assert_eq!(payments.approve("large", "ann").unwrap().state, AwaitingApproval, "one is not two");
    assert_eq!(world.told_withdrawal("large"), [AwaitingApproval]);
    payments.approve("large", "bob").unwrap();
    world.await_withdrawal("large", Submitted);

    // nor does the reviewer alone where persons were to be asked after him
    let both = PaymentRules { approval_from: Some(amount(5)), ..review() };
    let world = World::stopped(&[50 * M]).ruled(both);
    assert_eq!(states(&world, &[("large", 9 * M), ("small", M)]), [AwaitingReview; 2]);
    let world = started(world.ruled(PaymentRules::default()));
    let payments = &world.wallet.payments;
    assert_eq!(payments.review("small", None).unwrap().state, Requested);
    assert_eq!(payments.review("large", None).unwrap().state, AwaitingApproval);
    payments.approve("large", "ann").unwrap();
    assert_eq!(payments.approve("large", "bob").unwrap().state, Requested);
}

#[test]
fn stricter_rules_ask_for_persons_where_nobody_had_to_be_asked() {
    let world = World::stopped(&[50 * M]).ruled(review());
    assert_eq!(states(&world, &[("reviewed", 9 * M), ("waits", 9 * M)]), [AwaitingReview; 2]);
    world.wallet.payments.review("reviewed", None).unwrap();
    let world = world.ruled(PaymentRules { approval_from: Some(amount(5)), ..review() });
    assert_eq!(world.withdrawal("reviewed").state, AwaitingApproval);
    assert_eq!(world.withdrawal("waits").state, AwaitingReview);
    let world = world.ruled(review());
    assert_eq!(world.wallet.payments.review("waits", None).unwrap().state, AwaitingApproval);
}

fn small(key: &str) -> WithdrawalRequest {
    let micro_amount = Some(MicroAmount { expires_after: 31_536_000 });
    WithdrawalRequest { micro_amount, ..super::world::request(key, 7) }
}

fn small_payment(amount: u64) -> SendRequest {
    let options = SendOptions { micro_amount: Some(MicroAmount::default()), ..SendOptions::default() };
    SendRequest { options, ..paying(amount) }
}

#[test]
fn what_is_lent_leaves_the_wallet_and_is_limited() {
    let limits = [
        PaymentRules { per_payment: Some(Amount::new(100_000)), ..PaymentRules::default() },
        PaymentRules {
            windows: vec![Window {
                length: Duration::from_secs(60),
                amount: Some(Amount::new(100_000)),
                recipients: None,
            }],
            ..PaymentRules::default()
        },
    ];
    for rules in limits {
        let world = started(World::stopped(&[9 * M]).ruled(rules));
        let refused = world.wallet.payments.withdraw(0, vec![small("small")]).unwrap().remove(0).unwrap();
        assert_eq!(refused.state, Refused);
        assert_eq!(world.send(small_payment(7)).unwrap_err().kind(), ErrorKind::PolicyRefused);
        assert!(!world.wallet.stages.lock().unwrap().contains(&ProgressStage::Signing), "it is not signed");
        world.assert_untouched();
    }
    let rules = PaymentRules { approval_from: Some(Amount::new(100_000)), ..PaymentRules::default() };
    let world = started(World::stopped(&[9 * M, 9 * M]).ruled(rules));
    let payments = &world.wallet.payments;
    assert_eq!(payments.withdraw(0, vec![small("small")]).unwrap().remove(0).unwrap().state, AwaitingApproval);
    assert_eq!(world.send(small_payment(7)).unwrap_err().kind(), ErrorKind::ApprovalRequired);
    payments.approve("small", "ann").unwrap();
    let waiting = world.wallet.read(outgoing::waiting);
    payments.approve("small", "bob").unwrap();
    world.await_withdrawal("small", Submitted);
    let sums = world.wallet.read(|conn| Ok((outgoing::waiting(conn)?, outgoing::signed_within(conn, 0, u64::MAX)?)));
    let paid = world.payment_of("small").outputs[0].amount;
    assert_eq!(sums, (Outgoing::default(), Outgoing { amount: paid, recipients: 1 }));
    assert_eq!(waiting, sums.1, "as much as it was before it was signed");
}

#[test]
fn a_remainder_that_goes_away_is_judged_before_anything_is_signed() {
    let world = started(World::stopped(&[9 * M]).ruled(per_payment(5)));
    let id = world.book(0, basic(&world.address(0), 8 * M), crate::events::OutputClass::Plain);
    let remainder = RemainderStrategy::CustomAddress(text(&stranger(9)));
    let request = spending(M, &[id]);
    let request = SendRequest { options: SendOptions { remainder, ..request.options }, ..request };
    assert_eq!(world.send(request).unwrap_err().kind(), ErrorKind::PolicyRefused);
    assert!(!world.wallet.stages.lock().unwrap().contains(&ProgressStage::Signing));
    world.assert_untouched();
}

#[derive(Clone, Debug)]
enum Op {
    Withdraw(u64),
    Pay(u64),
    Confirm(usize),
    Cancel(usize),
    CancelPayment(usize),
    Approve(usize),
    Refuse(usize),
    Restart,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        5 => (1u64..8).prop_map(Op::Withdraw),
        2 => (1u64..5).prop_map(Op::Pay),
        3 => (0usize..6).prop_map(Op::Confirm),
        2 => (0usize..6).prop_map(Op::Cancel),
        1 => (0usize..6).prop_map(Op::CancelPayment),
        2 => (0usize..6).prop_map(Op::Approve),
        1 => (0usize..6).prop_map(Op::Refuse),
        1 => Just(Op::Restart),
    ];
    prop::collection::vec(op, 1..20)
}

fn one<T: Clone>(all: &[T], number: usize) -> Option<T> {
    if all.is_empty() { None } else { all.get(number % all.len()).cloned() }
}

fn apply(world: World, number: usize, op: Op) -> World {
    let payments = &world.wallet.payments;
    let withdrawals = payments.withdrawals(None, None, 1_000).unwrap();
    let all = payments.page(None, None, 1_000).unwrap();
    let key = |wanted| one(&withdrawals, wanted).map(|one| one.idempotency_key);
    match op {
        Op::Withdraw(coins) => drop(world.withdraw(&[(&format!("w{number}"), coins * M)])),
        Op::Pay(coins) => drop(world.send(with_key(coins * M, &format!("p{number}")))),
        Op::Confirm(wanted) => {
            let open: Vec<_> = all.into_iter().filter(|payment| payment.state.is_open()).collect();
            if let Some(payment) = one(&open, wanted) {
                world.confirm(&payment);
            }
        }
        Op::Cancel(wanted) => drop(key(wanted).map(|key| payments.cancel_withdrawal(&key))),
        Op::CancelPayment(wanted) => {
            let own: Vec<_> = all.into_iter().filter_map(|payment| payment.idempotency_key).collect();
            drop(one(&own, wanted).map(|key| payments.cancel(&PaymentRef::Key(key))));
        }
        Op::Approve(wanted) => drop(key(wanted).map(|key| {
            payments.approve(&key, "ann").unwrap();
            payments.approve(&key, "bob").unwrap();
        })),
        Op::Refuse(wanted) => drop(key(wanted).map(|key| payments.refuse(&key, "bob", "no").unwrap())),
        Op::Restart => return started(world.ruled(approval(6))),
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn the_sums_follow_every_history(history in ops()) {
        let mut world = started(World::stopped(&[30 * M, 30 * M, 30 * M]).ruled(approval(6)));
        for (number, op) in history.into_iter().enumerate() {
            world = apply(world, number, op);
        }
        // nothing moves while it is counted
        world.wallet.payments.close();
        assert_counts(&world);
    }
}

#[test]
fn a_remainder_that_goes_away_counts() {
    let world = started(World::stopped(&[9 * M]).ruled(window(Some(10), None)));
    let id = world.book(0, basic(&world.address(0), 5 * M), crate::events::OutputClass::Plain);
    let remainder = RemainderStrategy::CustomAddress(text(&stranger(9)));
    let request = spending(M, &[id]);
    let options = SendOptions { remainder, idempotency_key: Some("k".to_owned()), ..request.options };
    world.send(SendRequest { options, ..request }).unwrap();
    assert_eq!(assert_counts(&world).1, Outgoing { amount: amount(5), recipients: 2 });
    assert_eq!(states(&world, &[("more", 5 * M + 1), ("enough", 5 * M)]), [Refused, Requested]);
}
