//! What is asked for: its canonical form, its digest, and the checks that need no funds.

use std::collections::HashSet;

use crypto::hashes::{Digest, blake2b::Blake2b256};

use super::{
    CONTEST_TAG, MARKER_TAG, MicroAmount, PaymentError, Payments, REASON_LIMIT, Refusal, error::AmountGiven,
    micro::check_micro, policy,
};
use crate::{
    ledger::{Address, AddressCodec, Amount, Drafter, Network, OutputId, Payee, TaggedData, TransactionId},
    store::hex,
};

/// The longest idempotency key, in bytes of UTF-8.
pub const KEY_LIMIT: usize = 256;
/// The longest note, in bytes of UTF-8.
pub const NOTE_LIMIT: usize = 1_024;

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
    /// The caller's words about the payment, up to [`NOTE_LIMIT`] bytes. They stay in the wallet's database; those of the first
    /// call with a key stay.
    pub note: Option<String>,
    /// Amounts below the storage deposit are sent so; none: they are refused.
    pub micro_amount: Option<MicroAmount>,
    /// Whether the reviewer has let it pass, where the rules want one: no parameter of the payment.
    pub reviewed: Reviewed,
}

/// Whether the reviewer has let a payment pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reviewed {
    /// Nobody has looked at it.
    #[default]
    No,
    /// The caller has asked, and it may be paid.
    Yes,
    /// The caller has asked, and it is not to be paid, for this reason of up to [`REASON_LIMIT`] bytes. One that exists is answered
    /// all the same.
    Vetoed(String),
}

impl Reviewed {
    /// Refuses what the reviewer has refused, whatever the rules are.
    ///
    /// # Errors
    /// `Refused`; `Words` for a reason that is empty or too long.
    pub(super) fn refuse(&self) -> Result<(), PaymentError> {
        let Self::Vetoed(reason) = self else { return Ok(()) };
        policy::words("a reason", reason, REASON_LIMIT)?;
        Err(PaymentError::Refused(Refusal::Review(reason.clone())))
    }
}

/// Where the remainder of a payment goes. Callers name an address as people write it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RemainderStrategy<A = String> {
    /// To the account's one internal address.
    #[default]
    ChangeAddress,
    /// Back to the address of the first input.
    ReuseAddress,
    /// To this address, whose ever it is. At somebody else's the remainder is gone; at one of ours it is change, whoever it was
    /// given to: never a deposit.
    CustomAddress(A),
}

impl RemainderStrategy {
    fn read(self, network: &Network, codec: &dyn AddressCodec) -> Result<RemainderStrategy<Address>, PaymentError> {
        Ok(match self {
            Self::ChangeAddress => RemainderStrategy::ChangeAddress,
            Self::ReuseAddress => RemainderStrategy::ReuseAddress,
            Self::CustomAddress(text) => {
                let address = codec.parse(&text, &network.hrp).map_err(PaymentError::RemainderAddress)?;
                RemainderStrategy::CustomAddress(address)
            }
        })
    }
}

/// A request whose addresses are read, with its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Canonical {
    pub(super) account: u32,
    pub(super) payees: Vec<Payee>,
    pub(super) remainder: RemainderStrategy<Address>,
    pub(super) tagged_data: Option<TaggedData>,
    /// In the caller's order.
    pub(super) custom_inputs: Vec<OutputId>,
    pub(super) micro: Option<MicroAmount>,
    pub(super) key: Option<String>,
    pub(super) note: Option<String>,
    pub(super) reviewed: Reviewed,
    /// Hash over everything above but the key, the note and the review.
    pub(super) digest: [u8; 32],
}

impl Canonical {
    /// Reads the addresses and checks what does not depend on amounts or funds.
    ///
    /// # Errors
    /// `OutputCount`, `Address`, `RemainderAddress`, `KeyLength`, `NoteLength`, `MicroExpiration`, `InputRepeated`.
    pub(super) fn read(
        request: SendRequest,
        network: &Network,
        codec: &dyn AddressCodec,
        drafter: &dyn Drafter,
    ) -> Result<Self, PaymentError> {
        let SendRequest { account, payees, options } = request;
        let SendOptions { remainder, tagged_data, custom_inputs, idempotency_key: key, note, micro_amount, reviewed } =
            options;
        let micro = micro_amount;
        if let Some(length) = key.as_ref().map(String::len).filter(|length| !(1..=KEY_LIMIT).contains(length)) {
            return Err(PaymentError::KeyLength { length, limit: KEY_LIMIT });
        }
        if let Some(length) = note.as_ref().map(String::len).filter(|length| *length > NOTE_LIMIT) {
            return Err(PaymentError::NoteLength { length, limit: NOTE_LIMIT });
        }
        check_micro(micro)?;
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
        let remainder = remainder.read(network, codec)?;
        let digest = digest(network, account, &payees, remainder, tagged_data.as_ref(), &custom_inputs, micro);
        Ok(Self { account, payees, remainder, tagged_data, custom_inputs, micro, key, note, reviewed, digest })
    }

    /// The sum of all amounts, after each was checked. Those below the storage deposit pass where the request allows them.
    ///
    /// # Errors
    /// `Amount`, `StorageDeposit`.
    pub(super) fn check(&self, network: &Network, drafter: &dyn Drafter) -> Result<Amount, PaymentError> {
        // after a restore they tell what the wallet itself has made
        let own = |data: &TaggedData| [MARKER_TAG, CONTEST_TAG].contains(&&*data.tag);
        if self.tagged_data.as_ref().is_some_and(own) {
            return Err(PaymentError::ReservedTag);
        }
        for (index, payee) in self.payees.iter().enumerate() {
            match check_amount(network, drafter, index, &payee.address, payee.amount) {
                Err(PaymentError::StorageDeposit { .. }) if self.micro.is_some() => {}
                checked => checked?,
            }
        }
        Payments::total(network, &self.payees)
    }

    /// Drafts it with what the wallet does by the way (small inputs taken along, outputs for later), and without that if it is too
    /// large for a block then.
    ///
    /// # Errors
    /// Those of `draft`.
    pub(super) fn fit<T>(&self, draft: impl Fn(bool) -> Result<T, PaymentError>) -> Result<T, PaymentError> {
        let drafted = match draft(true) {
            Err(PaymentError::TooLarge { .. }) => draft(false),
            drafted => drafted,
        };
        drafted.map_err(|error| self.blame(error))
    }

    /// The same error, but that what is too large for a block is the fault of the data that the caller wants to carry along, if
    /// there is some.
    fn blame(&self, error: PaymentError) -> PaymentError {
        match (&self.tagged_data, error) {
            (Some(TaggedData { tag, data }), PaymentError::TooLarge { .. }) => {
                PaymentError::TaggedData { tag: tag.len(), data: data.len() }
            }
            (_, error) => error,
        }
    }
}

/// Checks what one recipient is to get.
///
/// # Errors
/// `Amount`, `StorageDeposit`.
pub(super) fn check_amount(
    network: &Network,
    drafter: &dyn Drafter,
    index: usize,
    address: &Address,
    amount: Amount,
) -> Result<(), PaymentError> {
    let supply = network.token_supply;
    if amount == Amount::ZERO || amount > supply {
        return Err(PaymentError::Amount { given: AmountGiven::Units(amount), supply });
    }
    let needed = drafter.minimum_deposit(address, &network.deposit);
    if amount < needed { Err(PaymentError::StorageDeposit { index, needed, given: amount }) } else { Ok(()) }
}

/// Hash of a withdrawal's parameters, in the form of [`digest`].
pub(super) fn withdrawal_digest(
    network: &Network,
    account: u32,
    address: &Address,
    amount: Amount,
    micro: Option<MicroAmount>,
) -> [u8; 32] {
    hash(|part| {
        part(b"stardust-wallet withdrawal 1");
        part(&network.id.to_be_bytes());
        part(&account.to_be_bytes());
        part(address.as_slice());
        part(&amount.units().to_be_bytes());
        micro_parts(part, micro);
    })
}

/// Part of a digest only where it is asked for: those of earlier versions stay what they were.
fn micro_parts(part: &mut dyn FnMut(&[u8]), micro: Option<MicroAmount>) {
    if let Some(MicroAmount { expires_after }) = micro {
        part(b"micro amounts");
        part(&expires_after.to_be_bytes());
    }
}

/// What a contest has in place of a request's digest.
pub(super) fn contest_digest(contested: &TransactionId) -> [u8; 32] {
    hash(|part| {
        part(b"stardust-wallet contest 1");
        part(contested.as_slice());
    })
}

/// What a claim has in place of a request's digest.
pub(super) fn claim_digest<'a>(outputs: impl Iterator<Item = &'a OutputId>) -> [u8; 32] {
    hash(|part| {
        part(b"stardust-wallet claim 1");
        outputs.for_each(|id| part(id.as_slice()));
    })
}

/// What a batch has in place of a request's digest: that of its withdrawals' digests.
pub(super) fn batch_digest<'a>(withdrawals: impl Iterator<Item = &'a [u8; 32]>) -> [u8; 32] {
    hash(|part| {
        part(b"stardust-wallet batch 1");
        withdrawals.for_each(|digest| part(digest));
    })
}

/// What a recovered payment has in place of a request's digest, as long as nobody has asked for it again.
pub(super) fn recovered_digest(id: &TransactionId) -> [u8; 32] {
    hash(|part| {
        part(b"stardust-wallet recovered 1");
        part(id.as_slice());
    })
}

/// What a sweep has in place of a request's digest.
pub(super) fn sweep_digest<'a>(into: u32, inputs: impl Iterator<Item = &'a OutputId>) -> [u8; 32] {
    hash(|part| {
        part(b"stardust-wallet sweep 1");
        part(&into.to_be_bytes());
        inputs.for_each(|id| part(id.as_slice()));
    })
}

/// Hash of parts, each with its length before it.
fn hash(parts: impl FnOnce(&mut dyn FnMut(&[u8]))) -> [u8; 32] {
    let mut hash = Blake2b256::new();
    parts(&mut |bytes: &[u8]| {
        hash.update(length(bytes.len()));
        hash.update(bytes);
    });
    hash.finalize().into()
}

/// Hash of the parameters in one canonical form: every part has a fixed length or its length before it.
/// The order of custom inputs has no meaning and does not count.
fn digest(
    network: &Network,
    account: u32,
    payees: &[Payee],
    remainder: RemainderStrategy<Address>,
    tagged_data: Option<&TaggedData>,
    custom_inputs: &[OutputId],
    micro: Option<MicroAmount>,
) -> [u8; 32] {
    hash(|part| {
        part(b"stardust-wallet payment 1");
        part(&network.id.to_be_bytes());
        part(&account.to_be_bytes());
        match remainder {
            RemainderStrategy::ChangeAddress => part(&[0]),
            RemainderStrategy::ReuseAddress => part(&[1]),
            RemainderStrategy::CustomAddress(address) => {
                part(&[2]);
                part(address.as_slice());
            }
        }
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
        micro_parts(part, micro);
    })
}

fn length(length: usize) -> [u8; 8] {
    u64::try_from(length).expect("a usize has at most 64 bits").to_be_bytes()
}

impl PaymentError {
    /// A key that was used for a request of this digest is given with a request of another.
    pub(super) fn conflict(used: &[u8; 32], given: &[u8; 32]) -> Self {
        Self::IdempotencyConflict { used: hex(used), given: hex(given) }
    }
}

#[cfg(test)]
mod tests;
