//! How the ledger's plain data lies in stored JSON: ids as hexadecimal, amounts as decimals.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::ledger::{
    Address, Amount, BlockId, MilestoneId, MilestoneIndex, OutputId, OutputKind, TransactionId, UnixTime,
};

macro_rules! text {
    ($($type:ident by $read:expr),+ $(,)?) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                $read(&text).map_err(D::Error::custom)
            }
        }
    )+};
}

text!(
    OutputId by OutputId::from_hex,
    TransactionId by TransactionId::from_hex,
    BlockId by BlockId::from_hex,
    MilestoneId by MilestoneId::from_hex,
    Address by Address::from_hex,
    Amount by str::parse::<Amount>,
);

macro_rules! number {
    ($($type:ident),+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                u32::deserialize(deserializer).map(Self)
            }
        }
    )+};
}

number!(MilestoneIndex, UnixTime);

/// Stored JSON of an enum with stable names.
macro_rules! named {
    ($($type:ty),+) => {$(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::from_name(&name).ok_or_else(|| serde::de::Error::custom("an unknown name"))
            }
        }
    )+};
}
pub(crate) use named;

named!(OutputKind, super::OutputClass, super::Origin, super::payment::OutputRole);
