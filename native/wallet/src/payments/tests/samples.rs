//! Outputs as on the wire, strangers, and what is asked for.

use crate::{
    ledger::{Address, AddressCodec, Amount, OutputId, TransactionId},
    payments::{SendOptions, SendRequest, WithdrawalRequest},
    stardust::Stardust,
};

/// A basic output with one address, as on the wire.
pub(super) fn basic(owner: &Address, amount: u64) -> Vec<u8> {
    [&[3][..], &amount.to_le_bytes(), &[0, 1, 0], owner.as_slice(), &[0]].concat()
}

/// The same, not spendable before a time.
pub(super) fn timelocked(owner: &Address, amount: u64) -> Vec<u8> {
    [&[3][..], &amount.to_le_bytes(), &[0, 2, 0], owner.as_slice(), &[2], &2_000_000_000u32.to_le_bytes(), &[0]]
        .concat()
}

/// The same, somebody else's from a time on.
pub(super) fn expiring(owner: &Address, amount: u64, time: u32) -> Vec<u8> {
    let condition = [&[3][..], stranger(9).as_slice(), &time.to_le_bytes()].concat();
    [&[3][..], &amount.to_le_bytes(), &[0, 2, 0], owner.as_slice(), &condition, &[0]].concat()
}

/// The same, of which so much has to be given back.
pub(super) fn returning(owner: &Address, amount: u64, back: u64) -> Vec<u8> {
    let condition = [&[1][..], stranger(9).as_slice(), &back.to_le_bytes()].concat();
    [&[3][..], &amount.to_le_bytes(), &[0, 2, 0], owner.as_slice(), &condition, &[0]].concat()
}

/// Somebody outside of the wallet.
pub(super) fn stranger(byte: u8) -> Address {
    let mut bytes = [byte; 33];
    bytes[0] = 0;
    Address::from_slice(&bytes).unwrap()
}

pub(super) fn transaction(byte: u8) -> TransactionId {
    TransactionId::from_slice(&[byte; 32]).unwrap()
}

/// Account 0 pays a stranger.
pub(super) fn paying(amount: u64) -> SendRequest {
    let payees = vec![(Stardust.format(&stranger(7), "rms"), Amount::new(amount))];
    SendRequest { account: 0, payees, options: SendOptions::default() }
}

/// A stranger is to get so much.
pub(super) fn request(key: &str, amount: u64) -> WithdrawalRequest {
    let address = Stardust.format(&stranger(8), "rms");
    WithdrawalRequest { key: key.to_owned(), address, amount: Amount::new(amount), micro_amount: None }
}

pub(super) fn with_key(amount: u64, key: &str) -> SendRequest {
    let options = SendOptions { idempotency_key: Some(key.to_owned()), ..SendOptions::default() };
    SendRequest { options, ..paying(amount) }
}

pub(super) fn spending(amount: u64, inputs: &[OutputId]) -> SendRequest {
    let options = SendOptions { custom_inputs: inputs.to_vec(), ..SendOptions::default() };
    SendRequest { options, ..paying(amount) }
}
