//! What is asked for: its canonical form, its digest, and the checks that need no funds.

use std::collections::HashSet;

use crypto::hashes::{Digest, blake2b::Blake2b256};

use super::{PaymentError, error::AmountGiven};
use crate::ledger::{AddressCodec, Amount, Drafter, Network, OutputId, Payee, TaggedData};

/// The longest idempotency key, in bytes of UTF-8.
pub const KEY_LIMIT: usize = 256;

/// A payment as a caller asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendRequest {
    /// The account that pays.
    pub account: u32,
    /// Bech32 addresses and what each gets, in base units; the order is kept in the transaction.
    pub payees: Vec<(String, Amount)>,
    /// The rest.
    pub options: SendOptions,
}

/// How a payment is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendOptions {
    /// Where the remainder goes.
    pub remainder: RemainderStrategy,
    /// A tagged data payload to carry.
    pub tagged_data: Option<TaggedData>,
    /// Spend exactly these outputs; empty: the wallet selects.
    pub custom_inputs: Vec<OutputId>,
    /// The caller's name for this payment: the same key never pays twice.
    pub idempotency_key: Option<String>,
}

/// Where the remainder of a payment goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RemainderStrategy {
    /// To the account's one internal address.
    #[default]
    ChangeAddress,
    /// Back to the address of the first input.
    ReuseAddress,
}

/// A request whose addresses are read, with its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Canonical {
    pub(super) account: u32,
    pub(super) payees: Vec<Payee>,
    pub(super) remainder: RemainderStrategy,
    pub(super) tagged_data: Option<TaggedData>,
    /// In the caller's order.
    pub(super) custom_inputs: Vec<OutputId>,
    pub(super) key: Option<String>,
    /// Hash over everything above but the key.
    pub(super) digest: [u8; 32],
}

impl Canonical {
    /// Reads the addresses and checks what does not depend on amounts or funds.
    ///
    /// # Errors
    /// `OutputCount`, `Address`, `KeyLength`, `InputRepeated`.
    pub(super) fn read(
        request: SendRequest,
        network: &Network,
        codec: &dyn AddressCodec,
        drafter: &dyn Drafter,
    ) -> Result<Self, PaymentError> {
        let SendRequest { account, payees, options } = request;
        let SendOptions { remainder, tagged_data, custom_inputs, idempotency_key: key } = options;
        if let Some(length) = key.as_ref().map(String::len).filter(|length| !(1..=KEY_LIMIT).contains(length)) {
            return Err(PaymentError::KeyLength { length, limit: KEY_LIMIT });
        }
        let (input_limit, limit) = drafter.limits();
        if payees.is_empty() || payees.len() > limit {
            return Err(PaymentError::OutputCount { got: payees.len(), limit });
        }
        if custom_inputs.len() > input_limit {
            return Err(PaymentError::TooManyInputs { limit: input_limit });
        }
        let mut seen = HashSet::new();
        if let Some(id) = custom_inputs.iter().find(|id| !seen.insert(**id)) {
            return Err(PaymentError::InputRepeated(*id));
        }
        let read = |(index, (text, amount)): (usize, (String, Amount))| {
            let address = codec.parse(&text, &network.hrp).map_err(|source| PaymentError::Address { index, source })?;
            Ok(Payee { address, amount })
        };
        let payees = payees.into_iter().enumerate().map(read).collect::<Result<Vec<_>, PaymentError>>()?;
        let digest = digest(network, account, &payees, remainder, tagged_data.as_ref(), &custom_inputs);
        Ok(Self { account, payees, remainder, tagged_data, custom_inputs, key, digest })
    }

    /// The sum of all amounts, after each was checked.
    ///
    /// # Errors
    /// `Amount`, `StorageDeposit`, `TaggedData`.
    pub(super) fn check(&self, network: &Network, drafter: &dyn Drafter) -> Result<Amount, PaymentError> {
        let supply = network.token_supply;
        let refuse = |given| PaymentError::Amount { given, supply };
        for (index, payee) in self.payees.iter().enumerate() {
            if payee.amount == Amount::ZERO || payee.amount > supply {
                return Err(refuse(AmountGiven::Units(payee.amount)));
            }
            let needed = drafter.minimum_deposit(&payee.address, &network.deposit);
            if payee.amount < needed {
                return Err(PaymentError::StorageDeposit { index, needed, given: payee.amount });
            }
        }
        let sum = Amount::checked_sum(self.payees.iter().map(|payee| payee.amount));
        let sum = sum.ok_or_else(|| refuse(AmountGiven::Overflow))?;
        if sum > supply {
            return Err(refuse(AmountGiven::Units(sum)));
        }
        Ok(sum)
    }
}

/// Hash of the parameters in one canonical form: every part has a fixed length or its length before it.
/// The order of custom inputs has no meaning and does not count.
fn digest(
    network: &Network,
    account: u32,
    payees: &[Payee],
    remainder: RemainderStrategy,
    tagged_data: Option<&TaggedData>,
    custom_inputs: &[OutputId],
) -> [u8; 32] {
    let mut hash = Blake2b256::new();
    let mut part = |bytes: &[u8]| {
        hash.update(length(bytes.len()));
        hash.update(bytes);
    };
    part(b"stardust-wallet payment 1");
    part(&network.id.to_be_bytes());
    part(&account.to_be_bytes());
    part(&[match remainder {
        RemainderStrategy::ChangeAddress => 0,
        RemainderStrategy::ReuseAddress => 1,
    }]);
    part(&length(payees.len()));
    for payee in payees {
        part(payee.address.as_slice());
        part(&payee.amount.units().to_be_bytes());
    }
    match tagged_data {
        None => part(b"no tagged data"),
        Some(data) => {
            part(b"tagged data");
            part(&data.tag);
            part(&data.data);
        }
    }
    let mut inputs: Vec<&OutputId> = custom_inputs.iter().collect();
    inputs.sort_unstable();
    inputs.into_iter().for_each(|id| part(id.as_slice()));
    hash.finalize().into()
}

fn length(length: usize) -> [u8; 8] {
    u64::try_from(length).expect("a usize has at most 64 bits").to_be_bytes()
}

/// A digest for people.
pub(super) fn digest_hex(digest: &[u8; 32]) -> String {
    use std::fmt::Write;
    digest.iter().fold("0x".to_owned(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes any text");
        text
    })
}

#[cfg(test)]
mod tests;
