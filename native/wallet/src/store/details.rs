//! The less common parts of an output in one JSON column: conditions, assets, features.

use rusqlite::{
    ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use serde::{Deserialize, Serialize};

use crate::ledger::{Address, Amount, Conditions, DepositReturn, Expiration, LedgerOutput, NativeToken, UnixTime};

/// What an output carries beside base coins and an owner. Empty for a bare plain output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputDetails {
    /// Restrictions.
    pub conditions: Conditions,
    /// Native tokens.
    pub native_tokens: Vec<NativeToken>,
    /// Id of the NFT, alias or foundry that it is.
    pub chain_id: Option<Vec<u8>>,
    /// Tag feature.
    pub tag: Option<Vec<u8>>,
    /// Metadata feature.
    pub metadata: Option<Vec<u8>>,
    /// Verified sender feature.
    pub sender: Option<Address>,
}

/// The details of an output; none when there are none, so that a bare output costs no column.
pub(super) fn of(output: &LedgerOutput) -> Option<OutputDetails> {
    let details = OutputDetails::from(output);
    (details != OutputDetails::default()).then_some(details)
}

impl From<&LedgerOutput> for OutputDetails {
    fn from(output: &LedgerOutput) -> Self {
        Self {
            conditions: output.conditions,
            native_tokens: output.native_tokens.clone(),
            chain_id: output.chain_id.clone(),
            tag: output.tag.clone(),
            metadata: output.metadata.clone(),
            sender: output.sender,
        }
    }
}

/// The stored form; bytes as hexadecimal, absent parts left out.
#[derive(Serialize, Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Stored {
    #[serde(skip_serializing_if = "Option::is_none")]
    deposit_return: Option<(String, u64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<(String, u32)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timelock: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    native_tokens: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chain_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender: Option<String>,
}

impl OutputDetails {
    /// The stored form, as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Conditions { deposit_return, expiration, timelock } = self.conditions;
        let stored = Stored {
            deposit_return: deposit_return.map(|part| (part.address.to_string(), part.amount.units())),
            expiration: expiration.map(|part| (part.return_address.to_string(), part.time.0)),
            timelock: timelock.map(|time| time.0),
            native_tokens: self.native_tokens.iter().map(|token| (hex(&token.id), hex(&token.amount))).collect(),
            chain_id: self.chain_id.as_deref().map(hex),
            tag: self.tag.as_deref().map(hex),
            metadata: self.metadata.as_deref().map(hex),
            sender: self.sender.map(|sender| sender.to_string()),
        };
        serde_json::to_string(&stored).expect("plain fields always become JSON")
    }

    /// Reads the stored form; none when it is not one.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        let stored: Stored = serde_json::from_str(text).ok()?;
        let address = |text: String| Address::from_hex(&text).ok();
        let deposit_return = match stored.deposit_return {
            Some((to, amount)) => Some(DepositReturn { address: address(to)?, amount: Amount::new(amount) }),
            None => None,
        };
        let expiration = match stored.expiration {
            Some((to, time)) => Some(Expiration { return_address: address(to)?, time: UnixTime(time) }),
            None => None,
        };
        let token = |(id, amount): (String, String)| {
            Some(NativeToken { id: unhex(&id)?, amount: unhex(&amount)?.try_into().ok()? })
        };
        Some(Self {
            conditions: Conditions { deposit_return, expiration, timelock: stored.timelock.map(UnixTime) },
            native_tokens: stored.native_tokens.into_iter().map(token).collect::<Option<_>>()?,
            chain_id: some_bytes(stored.chain_id)?,
            tag: some_bytes(stored.tag)?,
            metadata: some_bytes(stored.metadata)?,
            sender: match stored.sender {
                Some(sender) => Some(address(sender)?),
                None => None,
            },
        })
    }
}

impl ToSql for OutputDetails {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.to_json()))
    }
}

impl FromSql for OutputDetails {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::from_json(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}

/// Bytes as `0x` and hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(2 + bytes.len() * 2);
    text.push_str("0x");
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a string can't fail");
    }
    text
}

/// The bytes of `0x` and hexadecimal digits.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    if digits.len() % 2 != 0 {
        return None;
    }
    digits.chunks_exact(2).map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect()
}

#[expect(clippy::option_option, reason = "the outer says whether the text could be read")]
fn some_bytes(text: Option<String>) -> Option<Option<Vec<u8>>> {
    match text {
        Some(text) => unhex(&text).map(Some),
        None => Some(None),
    }
}
