//! What the scan has to know by heart: our addresses, our unspent outputs, our transactions on their way.
//!
//! Three sets in memory, filled by one sequential read at start and changed only on the writer thread after a commit,
//! so they are never ahead of the database. A probe costs the same at a hundred and at a million addresses; an address
//! takes about 90 bytes.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::Connection;

use crate::{
    ledger::{Address, Interest, OutputId, TransactionId},
    store::{AddressKey, StoreError, address, output},
};

/// An [`AddressKey`] in eight bytes without alignment, since there are millions of them.
#[derive(Clone, Copy)]
struct Packed([u8; 8]);

const INTERNAL: u32 = 1 << 31;

impl From<AddressKey> for Packed {
    fn from(key: AddressKey) -> Self {
        // key indices are below 2^31: the last bit says which chain
        let index = key.key_index | if key.internal { INTERNAL } else { 0 };
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&key.account.to_le_bytes());
        bytes[4..].copy_from_slice(&index.to_le_bytes());
        Self(bytes)
    }
}

impl From<Packed> for AddressKey {
    fn from(Packed([a, b, c, d, e, f, g, h]): Packed) -> Self {
        let index = u32::from_le_bytes([e, f, g, h]);
        Self {
            account: u32::from_le_bytes([a, b, c, d]),
            internal: index & INTERNAL != 0,
            key_index: index & !INTERNAL,
        }
    }
}

/// Most addresses that room is made for in advance.
const RESERVE_LIMIT: usize = 1 << 22;

/// The three sets. Safe from any thread.
#[derive(Default)]
pub struct WatchSet {
    addresses: RwLock<HashMap<Address, Packed>>,
    unspent: RwLock<HashSet<OutputId>>,
    transactions: RwLock<HashSet<TransactionId>>,
    generation: AtomicU64,
}

impl WatchSet {
    /// Reads all addresses and unspent outputs, each in one sequential read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load(conn: &Connection) -> Result<Self, StoreError> {
        let set = Self::default();
        {
            let mut addresses = write(&set.addresses);
            // growing in steps would need old and new table at once; a count that lies must not exhaust the memory
            addresses.reserve(usize::try_from(address::count(conn)?).unwrap_or(0).min(RESERVE_LIMIT));
            address::for_each(conn, |raw, key| {
                addresses.insert(raw, key.into());
            })?;
            let mut unspent = write(&set.unspent);
            output::for_each_unspent(conn, |id| {
                unspent.insert(id);
            })?;
        }
        Ok(set)
    }

    /// Whose an address is, if it is the wallet's.
    #[must_use]
    pub fn find(&self, raw: &Address) -> Option<AddressKey> {
        read(&self.addresses).get(raw).copied().map(AddressKey::from)
    }

    /// Holds the sets as they are now, for many probes. Nobody can change them meanwhile: keep it for a scan and no longer,
    /// and ask the set itself nothing as long as it is there.
    #[must_use]
    pub fn look(&self) -> Look<'_> {
        Look { addresses: read(&self.addresses), unspent: read(&self.unspent), transactions: read(&self.transactions) }
    }

    /// Counts the changes that may make a scan's result another one.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// How many addresses are watched.
    #[must_use]
    pub fn len(&self) -> usize {
        read(&self.addresses).len()
    }

    /// All watched addresses, in no order: O(addresses), for what is done rarely.
    #[must_use]
    pub fn all_addresses(&self) -> Vec<Address> {
        read(&self.addresses).keys().copied().collect()
    }

    /// All unspent outputs, in no order: O(outputs), for what is done rarely.
    #[must_use]
    pub fn all_unspent(&self) -> Vec<OutputId> {
        read(&self.unspent).iter().copied().collect()
    }

    /// Whether no address is watched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Watches addresses; called after the commit that issued them.
    pub fn watch(&self, issued: impl IntoIterator<Item = (Address, AddressKey)>) {
        write(&self.addresses).extend(issued.into_iter().map(|(raw, key)| (raw, key.into())));
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Expects transactions; called after the commit that stored them.
    pub fn expect(&self, ids: impl IntoIterator<Item = TransactionId>) {
        write(&self.transactions).extend(ids);
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Takes outputs in and then out, and drops transactions that are decided; called after the milestones' commit.
    pub fn settle(&self, booked: &[OutputId], spent: &[OutputId], decided: &[TransactionId]) {
        let mut unspent = write(&self.unspent);
        unspent.extend(booked);
        for id in spent {
            unspent.remove(id);
        }
        drop(unspent);
        let mut transactions = write(&self.transactions);
        for id in decided {
            transactions.remove(id);
        }
        drop(transactions);
        self.generation.fetch_add(1, Ordering::Release);
    }
}

/// The three sets at one moment.
pub struct Look<'a> {
    addresses: RwLockReadGuard<'a, HashMap<Address, Packed>>,
    unspent: RwLockReadGuard<'a, HashSet<OutputId>>,
    transactions: RwLockReadGuard<'a, HashSet<TransactionId>>,
}

impl Look<'_> {
    /// Whose an address is, if it is the wallet's.
    #[must_use]
    pub fn find(&self, raw: &Address) -> Option<AddressKey> {
        self.addresses.get(raw).copied().map(AddressKey::from)
    }

    /// Whether an output is one of the wallet's unspent outputs.
    #[must_use]
    pub fn holds(&self, output: &OutputId) -> bool {
        self.unspent.contains(output)
    }

    /// Whether a transaction is one of ours on its way.
    #[must_use]
    pub fn expects(&self, transaction: &TransactionId) -> bool {
        self.transactions.contains(transaction)
    }
}

impl Interest for WatchSet {
    fn watches(&self, address: &Address) -> bool {
        read(&self.addresses).contains_key(address)
    }

    fn holds(&self, output: &OutputId) -> bool {
        read(&self.unspent).contains(output)
    }
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
