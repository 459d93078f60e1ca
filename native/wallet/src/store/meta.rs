//! What the wallet is: facts that are written once and checked ever after.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::ledger::{Amount, DepositRule, MilestoneIndex, Network, Position};

/// Keys of the table `meta`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetaKey {
    /// Random bytes that name the event log; a restored log gets others.
    LogId,
    /// The coin type of all key paths: four bytes, big endian.
    CoinType,
    /// The kind of secret manager, UTF-8.
    SecretManager,
    /// The seed's first address (account 0, public, index 0): tells one seed from another.
    SeedAddress,
    /// Where the stored mnemonic came from: `existing`, or `new` and the seed's first address, of which alone it is said. Earlier
    /// versions wrote no address.
    SeedOrigin,
    /// The network, JSON.
    Network,
    /// What showed that somebody else spends with this seed, UTF-8; absent as long as nothing did.
    ForeignSigner,
    /// The gap that the wallet stands before, JSON; absent as long as there is none.
    Gap,
    /// When the wallet was made, by its clock: milliseconds, eight bytes, big endian; absent in wallets of earlier versions.
    Created,
    /// What a restore left to be done, JSON; absent in a wallet that was never restored.
    Restore,
    /// The key of the marks that payments carry, 32 bytes; absent before the first of them.
    MarkerKey,
    /// What a witness node and the serving node told differently, UTF-8; absent when they agree.
    WitnessDiffers,
    /// The search of a seed of which only the mnemonic was left, JSON; absent when there was none.
    Recovery,
    /// The payment rules and the hot wallet policy of the last opening, JSON as the audit log has it; absent: there were none.
    Rules,
    /// By how many addresses an import had each chain count as issued beyond what the file knew: four bytes, big endian;
    /// absent: by none.
    ImportSkip,
}

impl MetaKey {
    fn name(self) -> &'static str {
        match self {
            Self::LogId => "log_id",
            Self::CoinType => "coin_type",
            Self::SecretManager => "secret_manager",
            Self::SeedAddress => "seed_address",
            Self::SeedOrigin => "seed_origin",
            Self::Network => "network",
            Self::ForeignSigner => "foreign_signer",
            Self::Gap => "gap",
            Self::Created => "created",
            Self::Restore => "restore",
            Self::MarkerKey => "marker_key",
            Self::WitnessDiffers => "witness_differs",
            Self::Recovery => "recovery",
            Self::Rules => "rules",
            Self::ImportSkip => "import_skip",
        }
    }
}

/// The value of a key, if it was written.
///
/// # Errors
/// [`StoreError`].
pub fn get(conn: &Connection, key: MetaKey) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([key.name()], |row| row.get(0)).optional()?)
}

/// Writes a key, replacing its value.
///
/// # Errors
/// [`StoreError`].
pub fn put(tx: &Transaction<'_>, key: MetaKey, value: &[u8]) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?
        .execute(params![key.name(), value])?;
    Ok(())
}

/// Removes a key, if it is there.
///
/// # Errors
/// [`StoreError`].
pub fn remove(tx: &Transaction<'_>, key: MetaKey) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM meta WHERE key = ?1")?.execute([key.name()])?;
    Ok(())
}

/// Begins what is written of a new seed.
const NEW: &[u8] = b"new";

/// Notes that the seed with this first address is new. When another one comes into the vault, it is not said of that.
///
/// # Errors
/// [`StoreError`].
pub fn put_new_seed(tx: &Transaction<'_>, first: &[u8]) -> Result<(), StoreError> {
    put(tx, MetaKey::SeedOrigin, &[NEW, first].concat())
}

/// Whether the wallet's seed was made for it, so that nothing can have come to its addresses before.
///
/// # Errors
/// [`StoreError`].
pub fn seed_is_new(conn: &Connection) -> Result<bool, StoreError> {
    let Some(origin) = get(conn, MetaKey::SeedOrigin)? else { return Ok(false) };
    match origin.strip_prefix(NEW) {
        None => Ok(false),
        // of an earlier version
        Some([]) => Ok(true),
        Some(first) => Ok(get(conn, MetaKey::SeedAddress)?.is_some_and(|known| known == first)),
    }
}

/// Sixteen random bytes, for names that no other wallet has. SQLite's generator is seeded by the operating system; it is
/// not for secrets.
///
/// # Errors
/// [`StoreError`].
pub fn random(conn: &Connection) -> Result<Vec<u8>, StoreError> {
    Ok(conn.query_row("SELECT randomblob(16)", [], |row| row.get(0))?)
}

/// The network's stored form.
#[derive(Serialize, Deserialize)]
struct StoredNetwork {
    name: String,
    id: u64,
    protocol_version: u8,
    hrp: String,
    min_pow_score: u32,
    below_max_depth: u8,
    v_byte_cost: u32,
    v_byte_factor_data: u8,
    v_byte_factor_key: u8,
    token_supply: u64,
}

/// The wallet's network, if it ever met one.
///
/// # Errors
/// [`StoreError`].
pub fn network(conn: &Connection) -> Result<Option<Network>, StoreError> {
    let Some(bytes) = get(conn, MetaKey::Network)? else { return Ok(None) };
    let stored: StoredNetwork =
        serde_json::from_slice(&bytes).map_err(|error| StoreError::corrupt(format!("stored network: {error}")))?;
    Ok(Some(Network {
        name: stored.name,
        id: stored.id,
        protocol_version: stored.protocol_version,
        hrp: stored.hrp,
        min_pow_score: stored.min_pow_score,
        below_max_depth: stored.below_max_depth,
        deposit: DepositRule {
            v_byte_cost: stored.v_byte_cost,
            v_byte_factor_data: stored.v_byte_factor_data,
            v_byte_factor_key: stored.v_byte_factor_key,
        },
        token_supply: Amount::new(stored.token_supply),
    }))
}

/// Writes the wallet's network.
///
/// # Errors
/// [`StoreError`].
pub fn put_network(tx: &Transaction<'_>, network: &Network) -> Result<(), StoreError> {
    let stored = StoredNetwork {
        name: network.name.clone(),
        id: network.id,
        protocol_version: network.protocol_version,
        hrp: network.hrp.clone(),
        min_pow_score: network.min_pow_score,
        below_max_depth: network.below_max_depth,
        v_byte_cost: network.deposit.v_byte_cost,
        v_byte_factor_data: network.deposit.v_byte_factor_data,
        v_byte_factor_key: network.deposit.v_byte_factor_key,
        token_supply: network.token_supply.units(),
    };
    let bytes = serde_json::to_vec(&stored).expect("plain fields always become JSON");
    put(tx, MetaKey::Network, &bytes)
}

/// How far the ledger was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Everything up to and with this milestone is applied.
    pub position: Position,
    /// The milestone after which watching began.
    pub since: MilestoneIndex,
}

/// The cursor; none before the first contact with a node.
///
/// # Errors
/// [`StoreError`].
pub fn cursor(conn: &Connection) -> Result<Option<Cursor>, StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT milestone_index, milestone_id, milestone_time, since_index FROM cursor")?;
    let cursor = statement.query_row([], |row| {
        let position = Position { index: row.get(0)?, id: row.get(1)?, time: row.get(2)? };
        Ok(Cursor { position, since: row.get(3)? })
    });
    Ok(cursor.optional()?)
}

/// The milestone from which on nothing can be applied any more that was sent when `at` was the newest one: no node attaches to
/// blocks below the maximum depth.
///
/// # Errors
/// [`StoreError`].
pub fn out_of_flight(conn: &Connection, at: MilestoneIndex) -> Result<MilestoneIndex, StoreError> {
    let network = network(conn)?.ok_or_else(|| StoreError::corrupt("a cursor without network"))?;
    // a block that is at the maximum depth now may be in the next milestone
    Ok(MilestoneIndex(at.0.saturating_add(u32::from(network.below_max_depth)).saturating_add(1)))
}

/// Sets the first cursor; watching begins after it. Addresses issued before are watched from it.
///
/// # Errors
/// [`StoreError`], also when there is a cursor already.
pub fn begin_cursor(tx: &Transaction<'_>, at: &Position) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO cursor (one, milestone_index, milestone_id, milestone_time, since_index) VALUES (1, ?1, ?2, ?3, ?1)",
        params![at.index, at.id, at.time],
    )?;
    tx.execute("UPDATE address SET watched_from = ?1 WHERE watched_from IS NULL", [at.index])?;
    Ok(())
}

/// Moves the cursor over a gap, to the milestone at which it was repaired.
///
/// # Errors
/// [`StoreError`], also when the cursor is not at `from` or `to` is not beyond it.
pub fn jump_cursor(tx: &Transaction<'_>, from: MilestoneIndex, to: &Position) -> Result<(), StoreError> {
    let moved = tx.execute(
        "UPDATE cursor SET milestone_index = ?1, milestone_id = ?2, milestone_time = ?3
         WHERE milestone_index = ?4 AND ?4 < ?1",
        params![to.index, to.id, to.time, from],
    )?;
    if moved == 1 {
        Ok(())
    } else {
        Err(StoreError::corrupt(format!("the cursor cannot go from {from} to {}", to.index)))
    }
}

/// Moves the cursor to the milestone just applied. A gap before it is over then: a node had the milestone after all.
///
/// # Errors
/// [`StoreError`], also when `to` is not the next one: no milestone is skipped or applied twice.
pub fn advance_cursor(tx: &Transaction<'_>, to: &Position) -> Result<(), StoreError> {
    let moved = tx
        .prepare_cached(
            "UPDATE cursor SET milestone_index = ?1, milestone_id = ?2, milestone_time = ?3 WHERE milestone_index = ?1 - 1",
        )?
        .execute(params![to.index, to.id, to.time])?;
    if moved == 1 {
        remove(tx, MetaKey::Gap)
    } else {
        Err(StoreError::corrupt(format!("milestone {} does not follow the cursor", to.index)))
    }
}
