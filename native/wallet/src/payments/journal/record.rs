//! What the journal keeps of a payment: enough to make its rows anew.
//!
//! A record's content is its kind, the length and the bytes of its transaction's id, and JSON. So the journal can be
//! looked through without reading the JSON; and a later version may add to it.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::{
    ledger::{Address, Amount, MilestoneIndex, OutputId, TaggedData, TransactionId, UnixTime},
    store::payment::{NewPaymentRow, OutputRole, PaymentInputRow, PaymentOutputRow},
};

const SIGNED: u8 = 1;
const ENDED: u8 = 2;
const SEEN: u8 = 3;

/// Bytes that are hexadecimal in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digit = |value: u8| char::from_digit(u32::from(value), 16).expect("four bits");
        let digits: String = self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
        serializer.serialize_str(&digits)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
            [high, low] => Some(value(*high)? << 4 | value(*low)?),
            _ => None,
        });
        pairs.collect::<Option<_>>().map(Self).ok_or_else(|| D::Error::custom("no hexadecimal digits"))
    }
}

/// Something that must be known of a key for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// A transaction was signed.
    Signed(Box<Signed>),
    /// A withdrawal is not to be paid any more: at once when it waits, else when its transaction does not win against its
    /// contest.
    Ended(Paid),
    /// All that was paid up to a milestone is in the journal.
    Seen(Seen),
}

/// How far the journal has all that was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) milestone: MilestoneIndex,
}

impl Seen {
    /// It has not: an older copy of it was in use, and what was on its way then is missing.
    pub(crate) const NOTHING: Self = Self { milestone: MilestoneIndex(0) };
}

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Signed {
    pub(crate) transaction: TransactionId,
    pub(crate) account: u32,
    pub(crate) created_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    pub(crate) digest: Bytes,
    /// The signed bytes.
    pub(crate) payload: Bytes,
    pub(crate) remainder: Amount,
    /// Tag and data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tagged_data: Option<(Bytes, Bytes)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// The transaction that it is to stop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contests: Option<TransactionId>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) outputs: Vec<Output>,
    /// The withdrawals that it pays.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) withdrawals: Vec<Paid>,
    /// The keys of the withdrawals that are cancelled when it wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) cancels: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Input {
    id: OutputId,
    address: Address,
    amount: Amount,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Output {
    id: OutputId,
    address: Address,
    amount: Amount,
    role: OutputRole,
    #[serde(skip_serializing_if = "Option::is_none")]
    ours: Option<u32>,
    #[serde(rename = "return", skip_serializing_if = "Option::is_none")]
    deposit_return: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<UnixTime>,
}

/// A withdrawal, in a batch or by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Paid {
    pub(crate) key: String,
    pub(crate) digest: Bytes,
    pub(crate) account: u32,
    pub(crate) address: Address,
    pub(crate) amount: Amount,
    pub(crate) created_ms: u64,
    /// Seconds that its recipient has to claim an amount below the storage deposit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) micro_expiration: Option<u32>,
    /// Its output in the transaction; 0 for one that is in none.
    #[serde(default)]
    pub(crate) position: u32,
    /// Why it was refused; none: it is paid, or was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<String>,
}

impl From<PaymentInputRow> for Input {
    fn from(row: PaymentInputRow) -> Self {
        Self { id: row.output_id, address: row.address, amount: row.amount }
    }
}

impl From<PaymentOutputRow> for Output {
    fn from(row: PaymentOutputRow) -> Self {
        let PaymentOutputRow { output_id, address, amount, role, ours, deposit_return, expiration } = row;
        Self { id: output_id, address, amount, role, ours, deposit_return, expiration }
    }
}

impl Signed {
    /// The rows of the payment. `key` is the caller's if no other payment has it; `contests` the row of the one that it is to stop.
    pub(crate) fn rows(self, key: Option<String>, contests: Option<i64>) -> Option<NewPaymentRow> {
        let input =
            |input: Input| PaymentInputRow { output_id: input.id, address: input.address, amount: input.amount };
        let output = |output: Output| {
            let Output { id, address, amount, role, ours, deposit_return, expiration } = output;
            PaymentOutputRow { output_id: id, address, amount, role, ours, deposit_return, expiration }
        };
        Some(NewPaymentRow {
            transaction_id: self.transaction,
            account: self.account,
            key,
            digest: self.digest.0.try_into().ok()?,
            payload: self.payload.0,
            tagged_data: self.tagged_data.map(|(tag, data)| TaggedData { tag: tag.0, data: data.0 }),
            remainder: self.remainder,
            contests,
            note: self.note,
            created_ms: self.created_ms,
            inputs: self.inputs.into_iter().map(input).collect(),
            outputs: self.outputs.into_iter().map(output).collect(),
            // a claim that dies after a restore is asked for again by whoever wants it
            retry: false,
            retries: None,
        })
    }
}

impl Record {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let (mut bytes, json) = match self {
            Self::Signed(signed) => (head(SIGNED, signed.transaction.as_slice()), serde_json::to_vec(signed)),
            Self::Ended(withdrawal) => (head(ENDED, &[]), serde_json::to_vec(withdrawal)),
            Self::Seen(seen) => (head(SEEN, &[]), serde_json::to_vec(seen)),
        };
        bytes.extend(json.expect("plain fields always become JSON"));
        bytes
    }

    /// None: it is none that this version knows.
    pub(crate) fn decode(content: &[u8]) -> Option<Self> {
        let (kind, id, json) = split(content)?;
        match kind {
            SIGNED => {
                let signed: Signed = serde_json::from_slice(json).ok()?;
                (signed.transaction.as_slice() == id).then(|| Self::Signed(Box::new(signed)))
            }
            ENDED => serde_json::from_slice(json).ok().map(Self::Ended),
            SEEN => serde_json::from_slice(json).ok().map(Self::Seen),
            _ => None,
        }
    }
}

/// The transaction that a record is about, without reading the record.
pub(crate) fn transaction(content: &[u8]) -> Option<TransactionId> {
    let (kind, id, _) = split(content)?;
    if kind == SIGNED { TransactionId::from_slice(id).ok() } else { None }
}

fn head(kind: u8, id: &[u8]) -> Vec<u8> {
    let length = u8::try_from(id.len()).expect("an id is short");
    [&[kind, length], id].concat()
}

fn split(content: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[kind, length], rest) = content.split_first_chunk::<2>()?;
    let (id, json) = rest.split_at_checked(usize::from(length))?;
    Some((kind, id, json))
}
