//! What a payment can say beyond payees and amounts.

use super::world::{World, paying, stranger, with_key};
use crate::{
    error::ErrorKind,
    ledger::{AddressCodec, Amount, UnixTime},
    payments::{
        MICRO_EXPIRATION, MicroAmount, NOTE_LIMIT, Payment, PaymentError, RemainderStrategy, SendOptions, SendRequest,
    },
    stardust::{Stardust, decode_output},
    store::payment::{self, OutputRole},
};

const M: u64 = 1_000_000;

fn with(options: SendOptions, amount: u64) -> SendRequest {
    SendRequest { options, ..paying(amount) }
}

#[test]
fn the_rest_can_go_to_any_address() {
    let world = World::with(&[5 * M, 5 * M, 5 * M]);
    let to = |text: String| {
        let remainder = RemainderStrategy::CustomAddress(text);
        SendOptions { remainder, ..SendOptions::default() }
    };
    let text = |address| Stardust.format(&address, "rms");
    // to somebody else: nothing comes back
    let payment = world.send(with(to(text(stranger(9))), M)).unwrap();
    let rest = &payment.outputs[1];
    assert_eq!((rest.role, rest.address, rest.ours), (OutputRole::Remainder, stranger(9), None));
    assert_eq!((rest.amount, payment.remainder), (Amount::new(4 * M), Amount::ZERO));
    assert_eq!(world.wallet.holdings(0).incoming, Amount::ZERO);
    // to another account
    let payment = world.send(with(to(text(world.address(1))), M)).unwrap();
    assert_eq!((payment.outputs[1].ours, payment.remainder), (Some(1), Amount::ZERO));
    // to the account itself
    let payment = world.send(with(to(text(world.address(0))), M)).unwrap();
    assert_eq!((payment.outputs[1].ours, payment.remainder), (Some(0), Amount::new(4 * M)));
    assert_eq!(world.wallet.holdings(0).incoming, Amount::new(4 * M));
}

#[test]
fn the_address_for_the_rest_is_checked_and_counts_for_the_key() {
    let world = World::with(&[5 * M]);
    let to = |text: &str| {
        let remainder = RemainderStrategy::CustomAddress(text.to_owned());
        with(SendOptions { remainder, idempotency_key: Some("k".to_owned()), ..SendOptions::default() }, M)
    };
    assert_eq!(world.send(to("rms1nonsense")).unwrap_err().kind(), ErrorKind::AddressInvalid);
    let other = Stardust.format(&stranger(9), "smr");
    assert_eq!(world.send(to(&other)).unwrap_err().kind(), ErrorKind::AddressWrongNetwork);
    world.assert_untouched();
    let first = world.send(to(&Stardust.format(&stranger(9), "rms"))).unwrap();
    let again = world.send(to(&Stardust.format(&stranger(9), "rms"))).unwrap();
    assert_eq!(again.transaction_id, first.transaction_id);
    for other in [to(&Stardust.format(&stranger(8), "rms")), with_key(M, "k")] {
        assert_eq!(world.send(other).unwrap_err().kind(), ErrorKind::IdempotencyConflict);
    }
}

#[test]
fn a_note_is_kept_and_changes_nothing() {
    let world = World::with(&[5 * M]);
    let noted = |note: &str| {
        let (note, key) = (Some(note.to_owned()), Some("k".to_owned()));
        with(SendOptions { note, idempotency_key: key, ..SendOptions::default() }, M)
    };
    let long = "é".repeat(NOTE_LIMIT / 2 + 1);
    let error = world.send(noted(&long)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    world.assert_untouched();
    let text = "é".repeat(NOTE_LIMIT / 2);
    let first = world.send(noted(&text)).unwrap();
    assert_eq!(first.note.as_deref(), Some(&*text));
    for again in [noted("other words"), with_key(M, "k")] {
        let again = world.send(again).unwrap();
        assert_eq!((again.transaction_id, again.note.as_deref()), (first.transaction_id, Some(&*text)));
    }
    let payload = &world.node.arrived()[0];
    assert!(!payload.windows(4).any(|window| window == "éé".as_bytes()));
    let world = world.restarted();
    assert_eq!(world.find(&first).note, Some(text));
}

fn micro() -> SendOptions {
    SendOptions { micro_amount: Some(MicroAmount::default()), ..SendOptions::default() }
}

fn outputs(payment: &Payment) -> Vec<(u64, Option<u64>)> {
    payment
        .outputs
        .iter()
        .map(|output| (output.amount.units(), output.deposit_return.map(|part| part.units())))
        .collect()
}

#[test]
fn a_small_amount_is_sent_with_a_deposit_that_comes_back() {
    let world = World::with(&[5 * M]);
    assert_eq!(world.send(paying(10)).unwrap_err().kind(), ErrorKind::StorageDepositTooLow);
    let payment = world.send(with(micro(), 10)).unwrap();
    let [given, rest] = &payment.outputs[..] else { panic!("{payment:?}") };
    let deposit = given.deposit_return.unwrap();
    assert_eq!((given.address, given.amount), (stranger(7), Amount::new(10 + deposit.units())));
    // the reference types' own figure for this network: 426 + 42 + 37 virtual bytes more than nothing
    assert!(deposit.units() > 213_000 && deposit.units() < 300_000, "{deposit}");
    assert_eq!((rest.deposit_return, rest.amount), (None, Amount::new(5 * M - 10 - deposit.units())));
    // what the ledger sees
    let payload = world.node.arrived()[0].clone();
    let start = payload.windows(33).position(|bytes| bytes == stranger(7).as_slice()).unwrap() - 12;
    let length = 12 + 33 + 1 + 33 + 8 + 1 + 33 + 4 + 1;
    let sent = decode_output(&given.output_id, &payload[start..start + length], &super::world::testnet()).unwrap();
    let (back, end) = (sent.conditions.deposit_return.unwrap(), sent.conditions.expiration.unwrap());
    let change = world.wallet.read(|conn| payment::address_key(conn, &back.address)).unwrap();
    assert!(change.internal);
    assert_eq!((back.amount, end.return_address), (deposit, back.address));
    assert_eq!(sent.minimum_deposit, deposit);
    // the ledger's time is ahead of the test's clock
    assert_eq!((end.time, given.expiration), (UnixTime(1_700_000_001 + 86_400), Some(end.time)));
    assert_eq!(world.find(&payment), payment);
}

#[test]
fn only_small_amounts_need_a_deposit() {
    let world = World::with(&[5 * M, 9 * M]);
    let payees = [10, M, 20].map(|amount| (Stardust.format(&stranger(7), "rms"), Amount::new(amount))).to_vec();
    let payment = world.send(SendRequest { payees, options: micro(), ..paying(1) }).unwrap();
    let made = outputs(&payment);
    let deposit = made[0].1.unwrap();
    assert_eq!(made[..3], [(10 + deposit, Some(deposit)), (M, None), (20 + deposit, Some(deposit))]);
    // an allowed option that was not needed leaves the payment as it is
    assert_eq!(outputs(&world.send(with(micro(), M)).unwrap())[0], (M, None));
    assert_eq!(world.send(with(micro(), 0)).unwrap_err().kind(), ErrorKind::AmountInvalid);
}

#[test]
fn the_time_to_claim_is_bounded_and_counts_for_the_key() {
    let world = World::with(&[5 * M]);
    let after = |expires_after, key: Option<&str>| {
        let micro_amount = Some(MicroAmount { expires_after });
        with(SendOptions { micro_amount, idempotency_key: key.map(str::to_owned), ..SendOptions::default() }, 10)
    };
    for wrong in [MICRO_EXPIRATION.start() - 1, MICRO_EXPIRATION.end() + 1] {
        let error = world.send(after(wrong, None)).unwrap_err();
        assert!(matches!(error, PaymentError::MicroExpiration { .. }), "{error}");
    }
    let first = world.send(after(3_600, Some("k"))).unwrap();
    assert_eq!(first.outputs[0].expiration, Some(UnixTime(1_700_000_001 + 3_600)));
    assert_eq!(world.send(after(3_600, Some("k"))).unwrap().transaction_id, first.transaction_id);
    assert_eq!(world.send(after(7_200, Some("k"))).unwrap_err().kind(), ErrorKind::IdempotencyConflict);
}
