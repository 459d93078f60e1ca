//! Markers: a payment carries, for nobody else to read, the keys that it was made for.
//!
//! A marker is a keyed hash of an idempotency key. Whoever has the seed can tell of a key whether a transaction was made for
//! it, also when no record of it is left; nobody else can, and nobody can read a key from its marker. The key of the hash
//! comes from a public key of the seed that no address is ever made of: signing and asking for public keys is all that a
//! secret manager does, and what is not an address is never on the ledger.
//!
//! They travel as tagged data with the tag [`MARKER_TAG`], where the caller has given none. The data:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | form: 1, a payment with one key; 2, withdrawals with a key each |
//! | 1 | how many outputs, the first ones, are paid for these keys: 1 to 128 |
//! | 16 each | form 1: the marker; form 2: a marker for each of these outputs, in their order |

use crypto::hashes::{Digest, blake2b::Blake2b256};

use super::{PaymentError, Payments};
use crate::{
    keys::KeyPath,
    ledger::{Network, TaggedData},
    store::{
        MetaKey, StoreError, meta,
        recovered::{self, MARKER},
    },
};

/// The tag of a payment that carries markers.
pub const MARKER_TAG: &[u8] = b"stardust-wallet keys";
/// The account and the key index, on its change chain, of the public key behind the markers: the last ones there are.
const RESERVED: u32 = (1 << 31) - 1;
const PAYMENT: u8 = 1;
const WITHDRAWALS: u8 = 2;
/// The most outputs of a transaction.
const MOST: usize = 128;

/// A keyed hash of an idempotency key.
pub(super) type Marker = [u8; MARKER];

/// The key of the hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct MarkerKey([u8; 32]);

impl MarkerKey {
    fn of_public_key(public_key: &[u8; 32]) -> Self {
        let mut hash = Blake2b256::new();
        hash.update(b"stardust-wallet marker key 1");
        hash.update(public_key);
        Self(hash.finalize().into())
    }

    /// The marker of a key. On another network it is another one.
    pub(super) fn marker(&self, network: &Network, key: &str) -> Marker {
        let mut hash = Blake2b256::new();
        hash.update(self.0);
        hash.update(network.id.to_be_bytes());
        hash.update(key.as_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        let mut marker = [0; MARKER];
        marker.copy_from_slice(&hash[..MARKER]);
        marker
    }
}

/// What a transaction says of the keys that it was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Markers {
    /// One key for its first so many outputs.
    Payment {
        /// How many.
        payees: u8,
        /// The key's.
        marker: Marker,
    },
    /// A key for each of its first outputs.
    Withdrawals(Vec<Marker>),
}

impl Markers {
    /// How many outputs are paid for the keys.
    pub(super) fn payees(&self) -> usize {
        match self {
            Self::Payment { payees, .. } => usize::from(*payees),
            Self::Withdrawals(markers) => markers.len(),
        }
    }

    /// What the transaction carries; none: there are more outputs than a transaction has.
    pub(super) fn write(&self) -> Option<TaggedData> {
        let count = u8::try_from(self.payees()).ok().filter(|count| (1..=MOST).contains(&usize::from(*count)))?;
        let data = match self {
            Self::Payment { marker, .. } => [&[PAYMENT, count], marker.as_slice()].concat(),
            Self::Withdrawals(markers) => [&[WITHDRAWALS, count], markers.as_flattened()].concat(),
        };
        Some(TaggedData { tag: MARKER_TAG.to_vec(), data })
    }

    /// What a transaction carried; none: it says nothing of keys.
    pub(super) fn read(carried: &TaggedData) -> Option<Self> {
        let TaggedData { tag, data } = carried;
        let ([form, payees], markers) = data.split_first_chunk()?;
        let count = usize::from(*payees);
        if tag != MARKER_TAG || !(1..=MOST).contains(&count) {
            return None;
        }
        match *form {
            PAYMENT => Some(Self::Payment { payees: *payees, marker: markers.try_into().ok()? }),
            WITHDRAWALS if markers.len() == count * MARKER => {
                let markers = markers.chunks_exact(MARKER).map(|chunk| chunk.try_into().ok());
                Some(Self::Withdrawals(markers.collect::<Option<_>>()?))
            }
            _ => None,
        }
    }
}

impl Payments {
    /// The key of the markers: asked of the vault once, and then in the database.
    ///
    /// # Errors
    /// [`PaymentError::Keys`] when it was never asked for and the vault is locked; [`PaymentError::SeedMismatch`];
    /// [`PaymentError::Store`].
    pub(super) fn marker_key(&self) -> Result<MarkerKey, PaymentError> {
        if let Some(known) = self.ports.store.readers().read(stored)? {
            return Ok(known);
        }
        let paths = [KeyPath::new(0, false, 0)?, KeyPath::new(RESERVED, true, RESERVED)?];
        let public_keys = self.ports.keys.public_keys(&paths)?;
        let [first, reserved] = public_keys.as_slice() else {
            return Err(StoreError::corrupt("a secret manager that answers fewer keys than were asked for").into());
        };
        let first = self.ports.codec.of_public_key(first);
        let key = MarkerKey::of_public_key(reserved);
        self.ports.store.writer().commit(move |tx| match meta::get(tx, MetaKey::SeedAddress)? {
            Some(seed) if seed != first.as_slice() => Err(PaymentError::SeedMismatch),
            _ => Ok(meta::put(tx, MetaKey::MarkerKey, &key.0)?),
        })?;
        Ok(key)
    }

    /// Makes sure that requests can be compared with what a restored wallet finds, also while its vault is locked.
    ///
    /// # Errors
    /// [`PaymentError::Keys`], [`PaymentError::SeedMismatch`], [`PaymentError::Store`].
    pub fn prepare_markers(&self) -> Result<(), PaymentError> {
        self.marker_key().map(drop)
    }
}

/// The key of the markers, if a recovered payment has a key that nobody has asked for again.
///
/// # Errors
/// [`PaymentError::Contention`] when such a payment came since it was looked for and the key was never asked for; [`PaymentError::Store`].
pub(super) fn in_use(conn: &rusqlite::Connection) -> Result<Option<MarkerKey>, PaymentError> {
    if !recovered::has_keys(conn)? {
        return Ok(None);
    }
    stored(conn)?.map(Some).ok_or(PaymentError::Contention)
}

/// The key of the markers, if it was ever asked for.
pub(super) fn stored(conn: &rusqlite::Connection) -> Result<Option<MarkerKey>, StoreError> {
    let Some(bytes) = meta::get(conn, MetaKey::MarkerKey)? else { return Ok(None) };
    let key = bytes.try_into().map_err(|_| StoreError::corrupt("a marker key of another length than 32 bytes"))?;
    Ok(Some(MarkerKey(key)))
}

#[cfg(test)]
mod tests;
