//! What payments and withdrawals leave in the audit log: each decision once, with what makes it true.

use super::world::{World, paying, stranger, transaction, with_key};
use crate::{
    audit::{self, AuditFilter, AuditRecord},
    error::ErrorKind,
    ledger::{AddressCodec, Amount},
    payments::{
        PaymentError, PaymentRef, PaymentRules, PaymentState, Reviewed, SendOptions, SendRequest, SweepRequest,
        WithdrawalState,
    },
    stardust::Stardust,
};

const M: u64 = 1_000_000;

fn records(world: &World, filter: &AuditFilter) -> Vec<AuditRecord> {
    let store = &world.wallet.store;
    assert_eq!(audit::verify(store, None).unwrap().broken, None);
    store.readers().read(|conn| audit::list(conn, filter, 0, 10_000)).unwrap()
}

fn kinds(records: &[AuditRecord]) -> Vec<&'static str> {
    records.iter().map(|record| record.kind.name()).collect()
}

fn of_key(world: &World, key: &str) -> Vec<&'static str> {
    kinds(&records(world, &AuditFilter { key: Some(key.to_owned()), ..AuditFilter::default() }))
}

fn all(world: &World) -> Vec<&'static str> {
    kinds(&records(world, &AuditFilter::default()))
}

fn cancel(world: &World, key: &str) {
    world.wallet.payments.cancel(&PaymentRef::Key(key.to_owned())).unwrap();
}

#[test]
fn a_payment_from_the_request_to_the_result() {
    let world = World::with(&[2 * M, 3 * M]);
    let payment = world.send(with_key(4 * M, "k")).unwrap();
    world.confirm(&payment);
    // asked for again, told again: no decision
    world.send(with_key(4 * M, "k")).unwrap();
    world.settle_again(&payment);
    let told = ["paymentRequested", "transactionSigned", "transactionSubmitted", "transactionConfirmed"];
    assert_eq!(of_key(&world, "k"), told);
    let found = records(&world, &AuditFilter { transaction: Some(payment.transaction_id), ..AuditFilter::default() });
    assert_eq!(kinds(&found), told);
    let digest = crate::store::hex(&payment.digest);
    assert_eq!(found[0].details, format!(r#"{{"amount":"4000000","digest":"{digest}","recipients":1}}"#));
    let signed: serde_json::Value = serde_json::from_str(&found[1].details).unwrap();
    let inputs: Vec<_> = payment.inputs.iter().map(|input| input.output_id.to_string()).collect();
    assert_eq!(signed["inputs"], serde_json::json!(inputs));
    let sums = (&signed["purpose"], &signed["inputAmount"], &signed["outputs"], &signed["remainder"]);
    assert_eq!(format!("{sums:?}"), r#"(String("payment"), String("5000000"), Number(2), String("1000000"))"#);
    assert!(found[2].details.contains(r#""attempt":1"#), "{}", found[2].details);
    let milestone = world.find(&payment).milestone.unwrap();
    assert_eq!(found[3].details, format!(r#"{{"milestone":{milestone}}}"#));
}

#[test]
fn what_cannot_be_asked_for_leaves_nothing() {
    let world = World::with(&[2 * M]);
    world.send(paying(9 * M)).unwrap_err();
    world.withdraw(&[("a", 0)]).remove(0).unwrap_err();
    assert_eq!(all(&world), [""; 0]);
}

#[test]
fn a_transaction_that_is_undone_leaves_no_record() {
    let world = World::stopped(&[5 * M]);
    world.withdraw(&[("a", M)]);
    let before = all(&world);
    let settled = world.wallet.store.writer().commit(|tx| {
        let row = crate::store::withdrawal::by_key(tx, "a")?.unwrap();
        crate::store::withdrawal::cancel_waiting(tx, row.row)?;
        audit::payments::withdrawal_left(tx, &row)?;
        Err::<(), _>(crate::store::StoreError::Busy)
    });
    assert!(settled.is_err());
    assert_eq!(all(&world), before);
}

#[test]
fn a_rejected_payment_is_written_once_and_each_block() {
    let world = World::stopped(&[5 * M]);
    world.node.set(|script| script.refuse = Some("no".to_owned()));
    world.wallet.payments.start().unwrap();
    let payment = world.send(with_key(M, "k")).unwrap();
    world.await_payment(&payment, |payment| {
        world.pass(60_000);
        payment.state == PaymentState::Rejected
    });
    world.node.set(|script| script.refuse = None);
    world.await_payment(&payment, |payment| {
        world.pass(600_000);
        payment.state == PaymentState::Submitted
    });
    let told = of_key(&world, "k");
    assert_eq!(told[..4], ["paymentRequested", "transactionSigned", "transactionRejected", "transactionSubmitted"]);
}

#[test]
fn a_contest_and_what_it_comes_to() {
    let world = World::with(&[2 * M, 3 * M, 2 * M]);
    let won = world.send(with_key(4 * M, "won")).unwrap();
    cancel(&world, "won");
    cancel(&world, "won");
    world.confirm(&world.contest_of(&won));
    let told = ["paymentRequested", "transactionSigned", "transactionSubmitted", "transactionContested"];
    assert_eq!(of_key(&world, "won")[..4], told);
    assert_eq!(of_key(&world, "won")[4..], ["transactionCancelled"]);
    let contest = world.contest_of(&won).transaction_id;
    let of_contest = records(&world, &AuditFilter { transaction: Some(contest), ..AuditFilter::default() });
    assert_eq!(kinds(&of_contest), ["transactionSigned", "transactionSubmitted", "transactionConfirmed"]);
    assert!(of_contest[0].details.contains(r#""purpose":"contest""#));
    assert!(of_contest[0].details.contains(&won.transaction_id.to_string()));

    let lost = world.send(with_key(M, "lost")).unwrap();
    cancel(&world, "lost");
    let contest = world.contest_of(&lost).transaction_id;
    world.confirm(&lost);
    assert_eq!(of_key(&world, "lost").last(), Some(&"transactionConfirmed"));
    let of_contest = records(&world, &AuditFilter { transaction: Some(contest), ..AuditFilter::default() });
    assert_eq!(kinds(&of_contest).last(), Some(&"transactionDead"));
    assert!(!all(&world).contains(&"foreignSigner"));
}

#[test]
fn withdrawals_each_and_their_transaction_once() {
    let world = World::stopped(&[9 * M]);
    world.withdraw(&[("a", M), ("b", M), ("c", M), ("d", M)]);
    world.withdraw(&[("a", M)]);
    world.wallet.payments.cancel_withdrawal("d").unwrap();
    assert_eq!(of_key(&world, "d"), ["withdrawalRequested", "withdrawalCancelled"]);
    world.wallet.payments.start().unwrap();
    world.await_withdrawal("c", WithdrawalState::Submitted);
    let batch = world.payment_of("a");
    for key in ["b", "c", "b"] {
        world.wallet.payments.cancel_withdrawal(key).unwrap();
    }
    world.confirm(&world.contest_of(&batch));
    world.await_withdrawal("a", WithdrawalState::Submitted);
    world.confirm(&world.payment_of("a"));
    let assigned = ["withdrawalRequested", "withdrawalAssigned"];
    assert_eq!(of_key(&world, "a"), [&assigned[..], &["withdrawalReleased", "withdrawalAssigned"]].concat());
    let cancelled = ["withdrawalCancelRequested", "withdrawalCancelled"];
    assert_eq!(of_key(&world, "b"), [&assigned[..], &cancelled].concat());
    assert_eq!(of_key(&world, "c"), [&assigned[..], &cancelled].concat());
    let of_batch = AuditFilter { transaction: Some(batch.transaction_id), ..AuditFilter::default() };
    let found = records(&world, &of_batch);
    let keys = found.iter().filter(|record| record.kind == audit::AuditKind::WithdrawalAssigned);
    let outputs = batch.outputs.iter().map(|output| format!(r#"{{"output":"{}"}}"#, output.output_id));
    assert!(keys.map(|record| record.details.clone()).eq(outputs.take(3)), "in the order of the outputs");
    let signed: serde_json::Value = serde_json::from_str(&found[0].details).unwrap();
    assert_eq!((signed["purpose"].as_str(), signed["recipients"].as_u64()), (Some("withdrawals"), Some(3)));
    assert_eq!(kinds(&found).iter().filter(|kind| **kind == "transactionCancelled").count(), 1);
    assert!(!all(&world).contains(&"paymentRequested"), "each withdrawal is a request");
}

#[test]
fn another_signer_is_written_once() {
    let world = World::with(&[2 * M, 3 * M]);
    let payment = world.send(with_key(M, "k")).unwrap();
    world.milestone(vec![], vec![(payment.inputs[0].output_id, transaction(0xfe))]);
    assert_eq!(all(&world)[4..], ["transactionDead", "foreignSigner"]);
}

#[test]
fn a_sweep_says_what_it_is() {
    let world = World::with(&[2 * M, 3 * M]);
    world.wallet.payments.sweep(&SweepRequest::consolidate(0)).unwrap();
    let found = records(&world, &AuditFilter::default());
    assert_eq!(kinds(&found)[..2], ["begun", "transactionSigned"]);
    assert!(found[1].details.contains(r#""purpose":"consolidation""#), "{}", found[1].details);
}

#[test]
fn many_recipients_are_one_request() {
    let world = World::with(&[9 * M]);
    let to = Stardust.format(&stranger(7), "rms");
    let payees = vec![(to.clone(), Amount::new(M)), (to, Amount::new(2 * M))];
    world.send(SendRequest { account: 0, payees, options: SendOptions::default() }).unwrap();
    let found = records(&world, &AuditFilter::default());
    assert!(found[1].details.starts_with(r#"{"amount":"3000000""#), "{}", found[1].details);
    assert!(found[1].details.ends_with(r#""recipients":2}"#), "{}", found[1].details);
    assert_eq!(found.iter().filter(|record| record.key.is_some()).count(), 0);
}

fn approval_from(coins: u64) -> PaymentRules {
    PaymentRules { approval_from: Some(Amount::new(coins * M)), ..PaymentRules::default() }
}

#[test]
fn what_is_in_force_is_written_when_it_changes() {
    let sets = |world: &World| {
        let found = records(world, &AuditFilter::default()).into_iter();
        found.filter(|record| record.kind.name() == "rulesSet").map(|record| record.details).collect::<Vec<_>>()
    };
    let world = World::stopped(&[9 * M]).ruled(PaymentRules::default());
    assert_eq!(all(&world), [""; 0], "there never were any");
    let world = world.ruled(approval_from(5)).ruled(approval_from(5));
    assert_eq!(sets(&world).len(), 1);
    assert!(sets(&world)[0].contains(r#""approvalFrom":"5000000""#), "{:?}", sets(&world));
    let world = world.ruled(PaymentRules { review: true, ..approval_from(5) });
    assert!(sets(&world)[1].contains(r#""review":true"#), "{:?}", sets(&world));
    let allow_list = Some([stranger(1), stranger(2)].into());
    let world = world.ruled(PaymentRules { allow_list, ..approval_from(5) });
    let allow_list = Some([stranger(1), stranger(3)].into());
    let world = world.ruled(PaymentRules { allow_list, ..approval_from(5) });
    let told = sets(&world);
    assert!(told[2].contains(r#""addresses":2"#) && told[3].contains(r#""addresses":2"#) && told[2] != told[3]);
    let world = world.ruled(PaymentRules::default());
    assert!(sets(&world)[4].contains(r#""allowList":null,"approvalFrom":null"#), "{:?}", sets(&world));
    assert_eq!(sets(&world).len(), 5);
}

#[test]
fn a_payment_that_rules_refuse_is_written() {
    let world =
        World::stopped(&[9 * M]).ruled(PaymentRules { per_payment: Some(Amount::new(4 * M)), ..approval_from(3) });
    world.send(with_key(5 * M, "k")).unwrap_err();
    world.send(paying(3 * M)).unwrap_err();
    // not the rules refuse this
    world.send(paying(0)).unwrap_err();
    let prepared = world.wallet.payments.prepare(with_key(5 * M, "p"), 60_000).unwrap();
    world.wallet.payments.submit_prepared(&prepared.id, Reviewed::No).unwrap_err();
    assert_eq!(all(&world)[1..], ["rulesSet", "paymentRefused", "paymentRefused", "paymentRefused"]);
    assert_eq!(of_key(&world, "k"), ["paymentRefused"]);
    let found = records(&world, &AuditFilter { key: Some("p".to_owned()), ..AuditFilter::default() });
    assert_eq!(found[0].account, Some(0));
    let details: serde_json::Value = serde_json::from_str(&found[0].details).unwrap();
    assert_eq!(details["rule"], "perPayment");
    assert!(details["reason"].as_str().unwrap().contains("5000000 base units, where at most 4000000"), "{details}");
    assert_eq!(details["digest"].as_str().unwrap().len(), 66);
    let found = records(&world, &AuditFilter::default());
    assert!(found[3].details.contains(r#""rule":"approvalFrom""#), "{}", found[3].details);
}

#[test]
fn what_the_reviewer_vetoes_is_written_and_never_signed() {
    for review in [true, false] {
        let world = World::stopped(&[9 * M, 9 * M]).ruled(PaymentRules { review, ..approval_from(5) });
        let payments = &world.wallet.payments;
        let saying = |request: SendRequest, reviewed: Reviewed| {
            let options = SendOptions { reviewed, ..request.options };
            SendRequest { options, ..request }
        };
        let veto = |why: &str| Reviewed::Vetoed(why.to_owned());
        let refused = world.send(saying(with_key(M, "k"), veto("sanctioned"))).unwrap_err();
        assert!(matches!(&refused, PaymentError::Refused(refusal) if refusal.rule() == "review"), "{refused}");
        assert!(refused.to_string().ends_with("the reviewer refused it: sanctioned"), "{refused}");
        world.send(saying(paying(M), veto("no name"))).unwrap_err();
        let prepared = payments.prepare(with_key(M, "p"), 60_000).unwrap();
        let submit = |reviewed| payments.submit_prepared(&prepared.id, reviewed);
        assert_eq!(submit(veto("sanctioned")).unwrap_err().kind(), ErrorKind::PolicyRefused);
        world.assert_untouched();
        for why in ["", &*"x".repeat(1_025)] {
            let wrong = world.send(saying(with_key(M, "k"), veto(why))).unwrap_err();
            assert_eq!(wrong.kind(), ErrorKind::InvalidArgument);
            assert_eq!(submit(veto(why)).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
        assert_eq!(all(&world).iter().filter(|kind| **kind == "paymentRefused").count(), 3);
        for key in ["k", "p"] {
            let found = records(&world, &AuditFilter { key: Some(key.to_owned()), ..AuditFilter::default() });
            assert_eq!(kinds(&found), ["paymentRefused"], "{key}");
            let details: serde_json::Value = serde_json::from_str(&found[0].details).unwrap();
            assert_eq!(details["rule"], "review");
            assert!(details["reason"].as_str().unwrap().contains("sanctioned"), "{details}");
        }
        // neither its key nor what is prepared is used up; what exists is answered, and nothing is written any more
        payments.start().unwrap();
        let paid = world.send(saying(with_key(M, "k"), Reviewed::Yes)).unwrap();
        assert_eq!(world.send(saying(with_key(M, "k"), veto("late"))).unwrap().transaction_id, paid.transaction_id);
        let sent = submit(Reviewed::Yes).unwrap();
        assert_eq!(submit(veto("late")).unwrap().transaction_id, sent.transaction_id);
        assert_eq!(all(&world).iter().filter(|kind| **kind == "paymentRefused").count(), 3);
    }
}

#[test]
fn who_allowed_a_withdrawal_is_written() {
    let world = World::stopped(&[9 * M]).ruled(PaymentRules { review: true, ..approval_from(3) });
    world.withdraw(&[("a", 3 * M), ("b", M)]);
    let payments = &world.wallet.payments;
    for key in ["a", "b"] {
        payments.review(key, None).unwrap();
    }
    payments.approve("a", "ann").unwrap();
    payments.approve("a", "bob").unwrap();
    let allowed = |key: &str| {
        let found = records(&world, &AuditFilter { key: Some(key.to_owned()), ..AuditFilter::default() });
        found.into_iter().find(|record| record.kind.name() == "withdrawalAllowed").unwrap().details
    };
    assert!(allowed("a").contains(r#""approvals":2"#), "{}", allowed("a"));
    assert!(allowed("b").contains(r#""approvals":0"#), "{}", allowed("b"));
}
