//! The less common parts of an output in one JSON column: conditions, assets, features.

use rusqlite::{
    ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use serde::{Deserialize, Serialize};

use crate::ledger::{Address, Amount, Conditions, DepositReturn, Expiration, LedgerOutput, NativeToken, UnixTime};

/// What an output carries beside base coins and an owner. Empty for a bare plain output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
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
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
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

impl From<OutputDetails> for Stored {
    fn from(details: OutputDetails) -> Self {
        let Conditions { deposit_return, expiration, timelock } = details.conditions;
        Self {
            deposit_return: deposit_return.map(|part| (part.address.to_string(), part.amount.units())),
            expiration: expiration.map(|part| (part.return_address.to_string(), part.time.0)),
            timelock: timelock.map(|time| time.0),
            native_tokens: details.native_tokens.iter().map(|token| (hex(&token.id), hex(&token.amount))).collect(),
            chain_id: details.chain_id.as_deref().map(hex),
            tag: details.tag.as_deref().map(hex),
            metadata: details.metadata.as_deref().map(hex),
            sender: details.sender.map(|sender| sender.to_string()),
        }
    }
}

impl TryFrom<Stored> for OutputDetails {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let address = |text: String| Address::from_hex(&text).map_err(|_| "not an address");
        let bytes = |text: String| unhex(&text).ok_or("not hexadecimal");
        let deposit_return = stored.deposit_return.map(|(to, amount)| {
            Ok::<_, Self::Error>(DepositReturn { address: address(to)?, amount: Amount::new(amount) })
        });
        let expiration = stored
            .expiration
            .map(|(to, time)| Ok::<_, Self::Error>(Expiration { return_address: address(to)?, time: UnixTime(time) }));
        let token = |(id, amount): (String, String)| {
            let amount = bytes(amount)?.try_into().map_err(|_| "not a 256-bit amount")?;
            Ok(NativeToken { id: bytes(id)?, amount })
        };
        Ok(Self {
            conditions: Conditions {
                deposit_return: deposit_return.transpose()?,
                expiration: expiration.transpose()?,
                timelock: stored.timelock.map(UnixTime),
            },
            native_tokens: stored.native_tokens.into_iter().map(token).collect::<Result<_, Self::Error>>()?,
            chain_id: stored.chain_id.map(bytes).transpose()?,
            tag: stored.tag.map(bytes).transpose()?,
            metadata: stored.metadata.map(bytes).transpose()?,
            sender: stored.sender.map(address).transpose()?,
        })
    }
}

impl ToSql for OutputDetails {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let text = serde_json::to_string(self).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))?;
        Ok(ToSqlOutput::from(text))
    }
}

impl FromSql for OutputDetails {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map_err(FromSqlError::other)
    }
}

/// Bytes as `0x` and hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    format!("0x{}", ::hex::encode(bytes))
}

/// The bytes of `0x` and hexadecimal digits.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    ::hex::decode(text.strip_prefix("0x")?).ok()
}
