use super::*;
use crate::{error::ErrorKind, ledger::Address, stardust::Stardust};

/// A network with few coins.
fn testnet() -> Network {
    Network { min_pow_score: 1500, token_supply: Amount::new(10_000_000), ..crate::testing::testnet() }
}

fn bech32(byte: u8, hrp: &str) -> String {
    let mut bytes = [byte; 33];
    bytes[0] = 0;
    Stardust.format(&Address::from_slice(&bytes).unwrap(), hrp)
}

fn paying(amounts: &[u64]) -> SendRequest {
    let payees = amounts.iter().map(|amount| (bech32(1, "rms"), Amount::new(*amount))).collect();
    SendRequest { account: 0, payees, options: SendOptions::default() }
}

fn check(request: SendRequest) -> Result<Amount, PaymentError> {
    Canonical::read(request, &testnet(), &Stardust, &Stardust)?.check(&testnet(), &Stardust)
}

fn refused(request: SendRequest) -> ErrorKind {
    check(request).unwrap_err().kind()
}

fn digest_of(request: SendRequest) -> [u8; 32] {
    Canonical::read(request, &testnet(), &Stardust, &Stardust).unwrap().digest
}

#[test]
fn amounts_are_checked_one_by_one_and_together() {
    assert_eq!(check(paying(&[213_000, 1_000_000])).unwrap(), Amount::new(1_213_000));
    assert_eq!(refused(paying(&[1_000_000, 0])), ErrorKind::AmountInvalid);
    assert_eq!(refused(paying(&[10_000_001])), ErrorKind::AmountInvalid);
    assert_eq!(refused(paying(&[u64::MAX])), ErrorKind::AmountInvalid);
    assert_eq!(refused(paying(&[10_000_000, 213_000])), ErrorKind::AmountInvalid);
    let error = check(paying(&[1_000_000, 212_999])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageDepositTooLow);
    assert_eq!(error.to_string(), "output 1 needs a storage deposit of 213000 base units, 212999 are given");
}

#[test]
fn counts_are_limited() {
    assert_eq!(refused(paying(&[])), ErrorKind::OutputCountInvalid);
    assert_eq!(refused(paying(&[1_000; 129])), ErrorKind::OutputCountInvalid);
    let id = |byte: u8| OutputId::from_slice(&[byte; 34]).unwrap();
    let spending = |inputs: Vec<OutputId>| {
        let options = SendOptions { custom_inputs: inputs, ..SendOptions::default() };
        SendRequest { options, ..paying(&[213_000]) }
    };
    assert!(check(spending((0..128).map(id).collect())).is_ok());
    assert_eq!(refused(spending((0..129).map(id).collect())), ErrorKind::TooManyInputs);
    assert_eq!(refused(spending(vec![id(1), id(2), id(1)])), ErrorKind::InvalidArgument);
}

#[test]
fn addresses_are_those_of_this_network() {
    let to = |text: String| SendRequest { payees: vec![(text, Amount::new(213_000))], ..paying(&[]) };
    assert_eq!(refused(to(bech32(1, "smr"))), ErrorKind::AddressWrongNetwork);
    assert_eq!(refused(to(bech32(1, "rms").replace('q', "p"))), ErrorKind::AddressInvalid);
    assert_eq!(refused(to(String::new())), ErrorKind::AddressInvalid);
    assert!(check(to(bech32(1, "rms"))).is_ok());
}

fn with_key(key: &str) -> SendRequest {
    let options = SendOptions { idempotency_key: Some(key.to_owned()), ..SendOptions::default() };
    SendRequest { options, ..paying(&[213_000]) }
}

#[test]
fn keys_have_1_to_256_bytes() {
    assert_eq!(refused(with_key("")), ErrorKind::IdempotencyKeyInvalid);
    assert_eq!(refused(with_key(&"x".repeat(257))), ErrorKind::IdempotencyKeyInvalid);
    assert_eq!(refused(with_key(&"ä".repeat(129))), ErrorKind::IdempotencyKeyInvalid);
    assert!(check(with_key(&"ä".repeat(128))).is_ok());
    assert!(check(with_key("k")).is_ok());
}

#[test]
fn the_digest_tells_requests_apart() {
    let base = || paying(&[300_000, 400_000]);
    let options = |options: SendOptions| SendRequest { options, ..base() };
    let tagged = |tag: &[u8], data: &[u8]| {
        let tagged_data = Some(TaggedData { tag: tag.to_vec(), data: data.to_vec() });
        options(SendOptions { tagged_data, ..SendOptions::default() })
    };
    let inputs = |bytes: &[u8]| {
        let custom_inputs = bytes.iter().map(|byte| OutputId::from_slice(&[*byte; 34]).unwrap()).collect();
        options(SendOptions { custom_inputs, ..SendOptions::default() })
    };
    let other_address = SendRequest {
        payees: vec![(bech32(2, "rms"), Amount::new(300_000)), (bech32(1, "rms"), Amount::new(400_000))],
        ..base()
    };
    let all = [
        base(),
        SendRequest { account: 1, ..base() },
        paying(&[400_000, 300_000]),
        paying(&[300_000]),
        other_address,
        options(SendOptions { remainder: RemainderStrategy::ReuseAddress, ..SendOptions::default() }),
        options(SendOptions {
            remainder: RemainderStrategy::CustomAddress(bech32(1, "rms")),
            ..SendOptions::default()
        }),
        options(SendOptions {
            remainder: RemainderStrategy::CustomAddress(bech32(2, "rms")),
            ..SendOptions::default()
        }),
        options(SendOptions { micro_amount: Some(MicroAmount::default()), ..SendOptions::default() }),
        options(SendOptions { micro_amount: Some(MicroAmount { expires_after: 3_600 }), ..SendOptions::default() }),
        tagged(b"", b""),
        tagged(b"ab", b"c"),
        tagged(b"a", b"bc"),
        inputs(&[1]),
        inputs(&[1, 2]),
    ];
    let digests: std::collections::HashSet<_> = all.iter().cloned().map(digest_of).collect();
    assert_eq!(digests.len(), all.len());
}

#[test]
fn the_digest_is_the_same_for_the_same_request() {
    assert_eq!(digest_of(with_key("a")), digest_of(with_key("b")), "the key is not part of it");
    let inputs = |bytes: [u8; 2]| {
        let custom_inputs = bytes.iter().map(|byte| OutputId::from_slice(&[*byte; 34]).unwrap()).collect();
        SendRequest { options: SendOptions { custom_inputs, ..SendOptions::default() }, ..paying(&[213_000]) }
    };
    assert_eq!(digest_of(inputs([1, 2])), digest_of(inputs([2, 1])));
    let upper = || {
        let mut request = paying(&[213_000]);
        request.payees[0].0 = request.payees[0].0.to_uppercase();
        request
    };
    assert_eq!(digest_of(upper()), digest_of(paying(&[213_000])), "an address is read, not compared as text");
}
