//! The seed record inside an opened snapshot, used where it lies.

use std::{
    convert::Infallible,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
};

use iota_stronghold::{
    LoadFromPath, Location, Provider, Snapshot, SnapshotState,
    engine::vault::{ClientId, DbView, Key, RecordHint, RecordId, VaultId},
};
use zeroize::Zeroizing;

use super::{
    super::{CoinType, KeyError, derive::Derivation, locked::with_wiped_stack, seed},
    shape,
    snapshot::Contents,
};

// where Stronghold applications of this ledger keep the seed
const CLIENT: &[u8] = b"iota_seed";
pub(super) const VAULT: &[u8] = b"iota-wallet-secret";
pub(super) const RECORD: &[u8] = b"iota-wallet-seed";

/// An opened snapshot's vault with a seed in it. The seed is encrypted in memory under a key in guarded pages,
/// and decrypted into a guarded page while keys are derived.
pub(super) struct SeedVault {
    /// Not a `RwLock`: Stronghold's guarded memory counts its borrows without atomics, so that even two
    /// readers at a time would be a data race.
    inner: Mutex<(DbView<Provider>, Key<Provider>)>,
}

impl SeedVault {
    /// The vault in a snapshot's contents, or `None` if no seed is stored there.
    ///
    /// # Errors
    /// What doesn't fit, when this isn't a snapshot's content.
    pub(super) fn open(contents: &Contents) -> Result<Option<Self>, &'static str> {
        // Stronghold panics on some contents that it didn't write; nothing of ours is in between
        with_wiped_stack(|| catch_unwind(|| Self::find(contents))).unwrap_or(Err("its content is not a snapshot's"))
    }

    fn find(contents: &Contents) -> Result<Option<Self>, &'static str> {
        let (vault, record) = place();
        let (mut keys, view, _) = parse(Some(contents))?.get_state(client()).map_err(|_| "a client can't be read")?;
        if !view.contains_record(vault, record) {
            return Ok(None);
        }
        let key = keys.remove(&vault).ok_or("the seed's key is missing")?;
        let length = view.get_guard(&key, vault, record, |seed| Ok::<_, Infallible>(seed.len()));
        match length {
            Ok(seed::LENGTH) => Ok(Some(Self { inner: Mutex::new((view, key)) })),
            Ok(_) => Err("the seed has not 64 bytes"),
            Err(_) => Err("the seed can't be decrypted"),
        }
    }

    /// Derives with the seed for the time of one call; only `work`'s answer leaves the vault.
    ///
    /// # Errors
    /// [`KeyError::Vault`] when Stronghold can't decrypt what it decrypted at opening, or panics. After a panic nobody
    /// knows how its guarded memory was left, so this vault is used no more: it has to be opened anew.
    pub(super) fn derive<T>(&self, coin: CoinType, work: impl FnOnce(&Derivation) -> T) -> Result<T, KeyError> {
        let broken = KeyError::Vault { what: "deriving; lock the vault and give the password again" };
        let (vault, record) = place();
        let derive = || {
            // inside, so that a panic poisons it
            let inner = self.inner.lock().map_err(|_| ())?;
            let (view, key) = &*inner;
            Ok(view.get_guard(key, vault, record, |seed| {
                let derivation = Derivation::new(&seed.borrow(), coin);
                Ok::<_, Infallible>(work(&derivation))
            }))
        };
        let derived = with_wiped_stack(|| catch_unwind(AssertUnwindSafe(derive)));
        match derived {
            Ok(Ok(derived)) => derived.map_err(|_| KeyError::Vault { what: "reading the seed record" }),
            Ok(Err(())) | Err(_) => Err(broken),
        }
    }
}

/// The contents of a snapshot with `seed` stored in it, and with all that was in `contents` before.
///
/// # Errors
/// What doesn't fit, when `contents` isn't a snapshot's content.
pub(super) fn with_seed(contents: Option<&Contents>, seed: &[u8]) -> Result<Contents, &'static str> {
    // as at opening: everything that is in between is dropped
    with_wiped_stack(|| catch_unwind(|| add_seed(contents, seed))).unwrap_or(Err("its content is not a snapshot's"))
}

fn add_seed(contents: Option<&Contents>, seed: &[u8]) -> Result<Contents, &'static str> {
    let (vault, record) = place();
    let mut snapshot = parse(contents)?;
    let (mut keys, mut view, store) = snapshot.get_state(client()).map_err(|_| "a client can't be read")?;
    let key = keys.entry(vault).or_insert_with(Key::random).clone();
    let hint = RecordHint::new("").expect("a hint may have 0 to 24 bytes");
    view.write(&key, vault, record, seed, hint).map_err(|_| "the seed can't be added")?;
    snapshot.add_data(client(), (keys, view, store)).map_err(|_| "a client can't be written")?;
    write(&snapshot)
}

/// The contents that a snapshot is written with.
///
/// # Errors
/// What doesn't fit.
pub(super) fn write(snapshot: &Snapshot) -> Result<Contents, &'static str> {
    let state = snapshot.get_snapshot_state().map_err(|_| "a client can't be read")?;
    // of its full size at once, so that growing leaves no copies behind
    let size = bincode::serialized_size(&state).ok().and_then(|size| usize::try_from(size).ok());
    let mut bytes = Zeroizing::new(Vec::with_capacity(size.ok_or("it is too large")?));
    bincode::serialize_into(&mut *bytes, &state).map_err(|_| "it can't be written")?;
    Ok(bytes)
}

/// An opened snapshot's contents as Stronghold's own type.
///
/// # Errors
/// What doesn't fit.
pub(super) fn parse(contents: Option<&Contents>) -> Result<Snapshot, &'static str> {
    let state = match contents {
        Some(bytes) if shape::is_whole(bytes) => {
            bincode::deserialize(bytes).map_err(|_| "its content is not a snapshot's")?
        }
        Some(_) => return Err("its content is not a snapshot's"),
        None => SnapshotState::default(),
    };
    // the key is not used: it would be kept inside only if a place for it were given
    Snapshot::from_state(state, &[0; 32], None).map_err(|_| "a client can't be read")
}

pub(super) fn client() -> ClientId {
    ClientId::load_from_path(CLIENT, CLIENT)
}

fn place() -> (VaultId, RecordId) {
    Location::generic(VAULT, RECORD).resolve()
}
