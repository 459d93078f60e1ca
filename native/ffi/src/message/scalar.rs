//! Single values as messages write them: amounts as decimal text, bytes and ids as `0x` and hexadecimal digits.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use stardust_wallet::ledger::{Amount, BlockId, MilestoneId, OutputId, TransactionId};

macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident, $title:literal, $pattern:literal, $description:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub(crate) String);

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $title.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "description": $description })
            }
        }
    };
}

text_value!(
    /// An amount of base units. What comes in is text until a method reads it, so that a wrong
    /// amount is an error of its own kind and not a broken message.
    AmountText, "Amount", "^(0|[1-9][0-9]*)$", "Base units as a decimal number without sign or point."
);
text_value!(
    /// Bytes or an id.
    Hex, "Hex", "^0x([0-9a-f]{2})*$", "Bytes as 0x and lower case hexadecimal digits."
);
text_value!(
    /// An unsigned 256-bit number, as native tokens have them.
    TokenAmount, "TokenAmount", "^0x(0|[1-9a-f][0-9a-f]*)$",
    "A number of up to 256 bits as 0x and lower case hexadecimal digits without leading zeros."
);

impl From<Amount> for AmountText {
    fn from(amount: Amount) -> Self {
        Self(amount.to_string())
    }
}

macro_rules! hex_of {
    ($($id:ty),+) => {
        $(impl From<&$id> for Hex {
            fn from(id: &$id) -> Self {
                Self::bytes(id.as_slice())
            }
        })+
    };
}
hex_of!(OutputId, TransactionId, BlockId, MilestoneId);

impl Hex {
    /// Writes bytes.
    pub(crate) fn bytes(bytes: &[u8]) -> Self {
        Self(format!("0x{}", hex::encode(bytes)))
    }

    /// A log's id as the engine writes it.
    pub(crate) fn of_log(id: &str) -> Self {
        Self(id.to_owned())
    }

    /// A log's id as the engine reads it.
    pub(crate) fn log_id(&self) -> &str {
        &self.0
    }

    /// Reads bytes; none when it is not `0x` and pairs of hexadecimal digits.
    pub(crate) fn decode(&self) -> Option<Vec<u8>> {
        hex::decode(self.0.strip_prefix("0x")?).ok()
    }
}

impl TokenAmount {
    /// Writes a 256-bit number from its big-endian bytes.
    pub(crate) fn big_endian(bytes: &[u8; 32]) -> Self {
        let digits = Hex::bytes(bytes).0;
        let digits = digits.trim_start_matches("0x").trim_start_matches('0');
        Self(format!("0x{}", if digits.is_empty() { "0" } else { digits }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Hex, TokenAmount};

    #[test]
    fn hex_there_and_back() {
        assert_eq!(Hex::bytes(&[0, 0xab, 0xff]).0, "0x00abff");
        assert_eq!(Hex("0x00ABff".into()).decode(), Some(vec![0, 0xab, 0xff]));
        assert_eq!(Hex("0x".into()).decode(), Some(vec![]));
        for text in ["", "00", "0x0", "0xzz", "0x+1", "0xé"] {
            assert_eq!(Hex(text.into()).decode(), None, "{text:?}");
        }
    }

    #[test]
    fn token_amounts_have_no_leading_zeros() {
        let mut bytes = [0; 32];
        assert_eq!(TokenAmount::big_endian(&bytes).0, "0x0");
        bytes[30] = 0x0a;
        assert_eq!(TokenAmount::big_endian(&bytes).0, "0xa00");
        assert_eq!(TokenAmount::big_endian(&[0xff; 32]).0.len(), 66);
    }
}
