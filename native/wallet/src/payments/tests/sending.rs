use std::{
    collections::HashSet,
    sync::{Arc, Barrier},
    thread,
};

use super::{
    scripted::block,
    world::{World, paying, stranger, with_key},
};
use crate::{
    error::ErrorKind,
    events::{InclusionState, ProgressStage},
    ledger::{AddressCodec, Amount, TaggedData},
    payments::{
        CONTEST_TAG, MARKER_TAG, PaymentError, PaymentRef, PaymentState, RemainderStrategy, SendOptions, SendRequest,
        query::Payment,
    },
    stardust::Stardust,
    store::payment::{self, OutputRole},
};

const M: u64 = 1_000_000;

#[test]
fn pays_and_sends_the_rest_to_the_change_address() {
    let world = World::with(&[5 * M, 3 * M]);
    let payment = world.send(paying(M)).unwrap();
    assert_eq!((payment.state, payment.attachments), (PaymentState::Submitted, 1));
    assert_eq!(payment.block, Some(block(1)));
    // the smaller output suffices
    assert_eq!(payment.inputs.len(), 1);
    assert_eq!((payment.inputs[0].amount, payment.remainder), (Amount::new(3 * M), Amount::new(2 * M)));
    let [payee, rest] = &payment.outputs[..] else { panic!("{payment:?}") };
    assert_eq!((payee.role, payee.address, payee.ours), (OutputRole::Payee, stranger(7), None));
    assert_eq!((rest.role, rest.amount, rest.ours), (OutputRole::Remainder, Amount::new(2 * M), Some(0)));
    let change = world.wallet.read(|conn| payment::address_key(conn, &rest.address)).unwrap();
    assert!(change.internal && change.key_index == 0);
    let holdings = world.wallet.holdings(0);
    assert_eq!((holdings.locked, holdings.incoming), (Amount::new(3 * M), Amount::new(2 * M)));
    assert_eq!(world.told(&payment), [InclusionState::Pending]);
    assert_eq!(world.wallet.signed(), [payment.transaction_id]);
    let second = world.send(paying(M)).unwrap();
    assert_eq!(second.outputs[1].address, rest.address, "one change address an account");
}

#[test]
fn tells_of_every_stage_in_order() {
    let world = World::with(&[5 * M]);
    world.send(paying(M)).unwrap();
    let stages = world.wallet.stages.lock().unwrap().clone();
    let expected = [
        ProgressStage::SelectingInputs,
        ProgressStage::Prepared,
        ProgressStage::Signing,
        ProgressStage::ProofOfWork,
        ProgressStage::Broadcasting,
    ];
    assert_eq!(stages, expected);
}

#[test]
fn the_rest_can_go_back_where_it_came_from() {
    let world = World::with(&[5 * M]);
    let options = SendOptions { remainder: RemainderStrategy::ReuseAddress, ..SendOptions::default() };
    let payment = world.send(SendRequest { options, ..paying(M) }).unwrap();
    assert_eq!(payment.outputs[1].address, world.address(0));
}

#[test]
fn an_exact_sum_leaves_no_rest() {
    let world = World::with(&[5 * M, 2 * M]);
    let payment = world.send(paying(2 * M)).unwrap();
    assert_eq!((payment.outputs.len(), payment.remainder), (1, Amount::ZERO));
    assert_eq!(world.wallet.holdings(0).incoming, Amount::ZERO);
}

#[test]
fn pays_127_with_a_rest_and_128_without() {
    let world = World::with(&[200 * M, 128 * M]);
    let to = |count: u8| {
        let payee = |byte| (Stardust.format(&stranger(byte), "rms"), Amount::new(M));
        SendRequest { payees: (0..count).map(payee).collect(), ..paying(M) }
    };
    assert_eq!(world.send(to(128)).unwrap().outputs.len(), 128);
    let error = world.send(to(128)).unwrap_err();
    assert!(matches!(error, PaymentError::OutputCount { got: 129, limit: 128 }), "{error}");
    assert_eq!(world.send(to(127)).unwrap().outputs.len(), 128);
}

#[test]
fn small_outputs_are_not_taken_along_where_they_make_it_too_large() {
    let tagged = |data: usize| {
        let tagged_data = Some(TaggedData { tag: vec![b't'], data: vec![b'd'; data] });
        SendRequest { options: SendOptions { tagged_data, ..SendOptions::default() }, ..paying(M) }
    };
    let world = World::stopped(&[50 * M, 50 * M, 50 * M]);
    let payments = &world.wallet.payments;
    let inputs = |data: usize| {
        let prepared = payments.prepare(tagged(data), 60_000)?;
        payments.release_prepared(&prepared.id)?;
        Ok::<_, PaymentError>(prepared.inputs.len())
    };
    let (mut most, mut too_much) = (0, 32_768);
    while too_much - most > 1 {
        let data = usize::midpoint(most, too_much);
        match inputs(data) {
            Ok(_) => most = data,
            Err(_) => too_much = data,
        }
    }
    world.scatter(8, 300_000);
    assert_eq!(inputs(0).unwrap(), 9);
    assert_eq!(inputs(most).unwrap(), 1);
    assert_eq!(inputs(too_much).unwrap_err().kind(), ErrorKind::TaggedDataInvalid);
    world.wallet.payments.start().unwrap();
    assert_eq!(world.send(tagged(most)).unwrap().inputs.len(), 1);
    assert_eq!(world.send(tagged(0)).unwrap().inputs.len(), 9);
}

#[test]
fn carries_tagged_data() {
    let world = World::with(&[5 * M, 5 * M]);
    let tagged = |tag: usize, data: usize| {
        let tagged_data = Some(TaggedData { tag: vec![b't'; tag], data: vec![b'd'; data] });
        SendRequest { options: SendOptions { tagged_data, ..SendOptions::default() }, ..paying(M) }
    };
    for (tag, data) in [(65, 0), (1, 40_000)] {
        assert_eq!(world.send(tagged(tag, data)).unwrap_err().kind(), ErrorKind::TaggedDataInvalid);
    }
    // by these the wallet tells its own after a restore
    for tag in [MARKER_TAG, CONTEST_TAG] {
        let tagged_data = Some(TaggedData { tag: tag.to_vec(), data: [&[1, 1][..], &[7; 16]].concat() });
        let forged = SendRequest { options: SendOptions { tagged_data, ..SendOptions::default() }, ..paying(M) };
        assert_eq!(world.send(forged.clone()).unwrap_err().kind(), ErrorKind::TaggedDataInvalid);
        let prepared = world.wallet.payments.prepare(forged, 60_000);
        assert_eq!(prepared.unwrap_err().kind(), ErrorKind::TaggedDataInvalid);
    }
    world.assert_untouched();
    let sent = world.send(tagged(64, 1_000)).unwrap();
    assert_eq!(sent.tagged_data, Some(TaggedData { tag: vec![b't'; 64], data: vec![b'd'; 1_000] }));
    assert_eq!(world.send(paying(M)).unwrap().tagged_data, None);
    let payload = &world.node.arrived()[0];
    assert!(payload.windows(1_000).any(|window| window == [b'd'; 1_000]));
}

#[test]
fn sign_persist_submit() {
    let world = World::with(&[5 * M]);
    let store = Arc::clone(&world.wallet.store);
    // what arrives at a node is on disk, with its inputs locked
    *world.node.on_arrival.lock().unwrap() = Some(Box::new(move |payload| {
        let (open, locked) = store
            .readers()
            .read(|conn| {
                let open = payment::open(conn)?;
                let stored = payment::payload(conn, open[0].row)?;
                assert_eq!(stored, payload);
                Ok::<_, PaymentError>((open, payment::inputs(conn, 1)?))
            })
            .unwrap();
        assert_eq!((open.len(), locked.len()), (1, 1));
    }));
    assert_eq!(world.send(paying(M)).unwrap().state, PaymentState::Submitted);
    assert_eq!(world.node.arrived().len(), 1);
}

#[test]
fn same_idempotency_key_same_payment() {
    let world = World::with(&[5 * M, 5 * M]);
    let first = world.send(with_key(M, "order 1")).unwrap();
    assert_eq!(world.send(with_key(M, "order 1")).unwrap(), first);
    assert_eq!(world.wallet.payments.find(&PaymentRef::Key("order 1".to_owned())).unwrap(), first);
    let error = world.send(with_key(M + 1, "order 1")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IdempotencyConflict);
    let shown = error.to_string();
    assert_eq!(shown.matches("0x").count(), 2, "both digests: {shown}");
    world.confirm(&first);
    let again = world.send(with_key(M, "order 1")).unwrap();
    assert_eq!((again.transaction_id, again.state), (first.transaction_id, PaymentState::Confirmed));
    assert_eq!(world.node.arrived().len(), 1);

    let world = world.restarted();
    let again = world.send(with_key(M, "order 1")).unwrap();
    assert_eq!(again.transaction_id, first.transaction_id);
    assert_eq!(world.send(with_key(2 * M, "order 1")).unwrap_err().kind(), ErrorKind::IdempotencyConflict);
    assert_eq!(world.wallet.payments.page(None, None, 10).unwrap().len(), 1);
}

/// Runs the same thing on many threads that begin together.
fn at_once<T: Send>(threads: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(threads);
    thread::scope(|scope| {
        let spawn = |number| {
            let (barrier, run) = (&barrier, &run);
            scope.spawn(move || {
                barrier.wait();
                run(number)
            })
        };
        let running: Vec<_> = (0..threads).map(spawn).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn same_idempotency_key_same_payment_on_many_threads() {
    // money for one payment only: the others must find it, not fail for lack of funds
    let world = World::with(&[2 * M]);
    let sent = at_once(8, |_| world.send(with_key(M, "k")).map(|payment| payment.transaction_id));
    let ids: HashSet<_> = sent.into_iter().map(Result::unwrap).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(world.node.arrived().len(), 1);
}

#[test]
fn two_threads_never_spend_one_output() {
    let world = World::with(&[2 * M]);
    let sent = at_once(2, |_| world.send(paying(M)));
    assert_eq!(sent.iter().filter(|result| result.is_ok()).count(), 1, "{sent:?}");
    let refused = sent.into_iter().find_map(Result::err).unwrap();
    assert_eq!(refused.kind(), ErrorKind::InsufficientFunds);
}

#[test]
fn many_threads_spend_different_outputs() {
    let world = World::with(&[2 * M; 12]);
    let sent: Vec<Payment> = at_once(12, |_| world.send(paying(M)).unwrap());
    let inputs: HashSet<_> = sent.iter().flat_map(|payment| &payment.inputs).map(|input| input.output_id).collect();
    assert_eq!(inputs.len(), 12);
    assert_eq!(world.wallet.holdings(0).locked, Amount::new(24 * M));
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::InsufficientFunds);
    assert_eq!(world.node.arrived().len(), 12);
}

#[test]
fn pages_go_on_after_a_position() {
    let world = World::with(&[2 * M; 5]);
    let sent: Vec<_> = (0..5).map(|_| world.send(paying(M)).unwrap().transaction_id).collect();
    let mut after = None;
    let mut seen = vec![];
    loop {
        let page = world.wallet.payments.page(Some(0), after, 2).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.position);
        seen.extend(page.iter().map(|payment| payment.transaction_id));
    }
    assert_eq!(seen, sent);
    assert_eq!(world.wallet.payments.page(Some(1), None, 10).unwrap(), []);
    let error = world.wallet.payments.find(&PaymentRef::Key("none".to_owned())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionNotFound);
}
