//! What a snapshot's content looks like, read without keeping any of it.
//!
//! Stronghold sets aside memory for as many bytes as a length in the content says, before it looks whether they are
//! there. A content made to harm could so bring the whole process down; what was read here once cannot, because all that
//! its lengths announce is in it.

use std::{
    fmt,
    marker::PhantomData,
    time::{Duration, SystemTime},
};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

/// Ids of clients, vaults and records.
type Id = [u8; 24];
/// The key of a vault with what is sealed under it: transaction, revocation and data of each record.
type Vault = (Bytes, Map<Id, (Id, Bytes, Option<Bytes>, Bytes)>);
/// A client's values that are not in a vault, with the times of their ends.
type Cache = (Map<Bytes, (Bytes, Option<SystemTime>)>, Option<Duration>, SystemTime, Option<SystemTime>);
/// Of each client the keys, the vaults, the cache. Structures, tuples and arrays look alike in this encoding.
type Snapshot = Map<Id, (Map<Id, Bytes>, Map<Id, Vault>, Cache)>;

/// Whether `contents` are those of a snapshot and all there.
pub(super) fn is_whole(contents: &[u8]) -> bool {
    bincode::deserialize::<Snapshot>(contents).is_ok()
}

/// Bytes with their length before them.
struct Bytes;

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Self)
    }
}

impl<'de> Visitor<'de> for Bytes {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut bytes: A) -> Result<Self, A::Error> {
        while bytes.next_element::<u8>()?.is_some() {}
        Ok(self)
    }
}

/// Entries with their number before them.
struct Map<K, V>(PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Map<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self(PhantomData))
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Map<K, V> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entries")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self, A::Error> {
        while entries.next_entry::<K, V>()?.is_some() {}
        Ok(self)
    }
}
