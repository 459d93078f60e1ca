//! What the manager answers.

use crate::{
    events::SyncStatus,
    ledger::{Address, Amount, MilestoneIndex, NodeHealth, OutputId, OutputKind, TransactionId, UnixTime},
    payments::HotHealth,
    store::{
        AccountRow, AddressRow, Holdings, Origin, OutputClass, OutputDetails, OutputRow, Past, RepairedGap, StoreError,
    },
    sync::Reconciliation,
};

/// How a wallet is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Where it stands to its node.
    pub status: SyncStatus,
    /// The nodes in the order of preference, a witness last.
    pub nodes: Vec<NodeHealth>,
    /// Gaps that were repaired, oldest first.
    pub repaired_gaps: Vec<RepairedGap>,
    /// How much of the wallet was compared with the ledger.
    pub reconciliation: Reconciliation,
    /// Whether there are addresses in advance.
    pub pool: PoolHealth,
    /// How the hot wallet that looks after itself is.
    pub hot: HotHealth,
}

/// Whether the pools of addresses last. A chain that is short of addresses is filled when the vault is unlocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolHealth {
    /// How many addresses each chain should have in advance; 0: none.
    pub size: u32,
    /// Chains of which a quarter or less is there.
    pub low: u64,
    /// Chains of which nothing is there.
    pub empty: u64,
}

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, K> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page goes on; none: this was the last.
    pub next: Option<K>,
}

impl<T, K> Page<T, K> {
    /// A page of at most `limit` rows, whose last row's key `key` gives.
    pub(super) fn of(items: Vec<T>, limit: u32, key: impl FnOnce(&T) -> K) -> Self {
        let full = u32::try_from(items.len()).is_ok_and(|count| count >= limit);
        let next = if full { items.last().map(key) } else { None };
        Self { items, next }
    }
}

/// Names an account. An alias is never taken for an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountRef {
    /// By its index.
    Index(u32),
    /// By its alias.
    Alias(String),
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// Its index.
    pub index: u32,
    /// Its name.
    pub alias: String,
    /// How many public addresses are issued.
    pub public_count: u32,
    /// How many internal addresses are issued.
    pub internal_count: u32,
    /// Whether what the seed's addresses hold is still to be looked for.
    pub undiscovered: bool,
    /// When it was created, in milliseconds since 1970 by the wallet's clock.
    pub created_ms: u64,
}

impl From<AccountRow> for AccountInfo {
    fn from(row: AccountRow) -> Self {
        Self {
            index: row.account,
            alias: row.alias,
            public_count: row.public_next,
            internal_count: row.internal_next,
            undiscovered: row.discovery,
            created_ms: row.created_ms,
        }
    }
}

/// An issued address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountAddress {
    /// Index of its account.
    pub account: u32,
    /// Whether it is on the change chain.
    pub internal: bool,
    /// Its index on its chain.
    pub key_index: u32,
    /// As people write it (bech32).
    pub address: String,
    /// As on the ledger.
    pub raw: Address,
    /// The user's note.
    pub label: Option<String>,
    /// Whether an output of ours was booked on it.
    pub used: bool,
    /// Amount in its unspent outputs that are ours now.
    pub balance: Amount,
    /// The milestone after which all that happens on it is seen; none: before the first contact with a node.
    pub watched_from: Option<MilestoneIndex>,
    /// What is known of its time before that.
    pub past: Past,
}

impl AccountAddress {
    pub(super) fn new(row: AddressRow, address: String) -> Self {
        Self {
            account: row.key.account,
            internal: row.key.internal,
            key_index: row.key.key_index,
            address,
            raw: row.raw,
            label: row.label,
            used: row.used,
            balance: row.balance,
            watched_from: row.watched_from,
            past: row.past,
        }
    }
}

/// What an account, or all of them, hold; in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// All that is ours now: plain outputs, those under conditions and those with assets.
    pub total: Amount,
    /// What can be paid with now: plain outputs that no payment reserves.
    pub available: Amount,
    /// What signed, unconfirmed payments will bring back.
    pub incoming: Amount,
    /// Plain outputs that open payments reserve.
    pub locked: Amount,
    /// Outputs under conditions.
    pub held: Amount,
    /// The least amount that the unspent outputs must hold together (TIP-19).
    pub required_storage_deposit: Amount,
    /// How many unspent outputs.
    pub output_count: u64,
}

impl Balance {
    pub(super) fn new(holdings: &Holdings) -> Result<Self, StoreError> {
        let torn = || StoreError::corrupt("counters that contradict each other");
        Ok(Self {
            total: Amount::checked_sum([holdings.plain, holdings.held, holdings.assets]).ok_or_else(torn)?,
            available: holdings.plain.checked_sub(holdings.locked).ok_or_else(torn)?,
            incoming: holdings.incoming,
            locked: holdings.locked,
            held: holdings.held,
            required_storage_deposit: holdings.required_deposit,
            output_count: holdings.output_count,
        })
    }
}

/// Which outputs to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputFilter {
    /// Those that no milestone has spent, and that did not become somebody else's by their expiration.
    #[default]
    Unspent,
    /// All that were ever booked.
    All,
}

/// An output of the wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputInfo {
    /// The output.
    pub output_id: OutputId,
    /// The transaction that created it.
    pub transaction_id: TransactionId,
    /// Index of its account.
    pub account: u32,
    /// Whether its address is on the change chain.
    pub internal: bool,
    /// Index of its address on its chain.
    pub key_index: u32,
    /// Its address as people write it (bech32).
    pub address: String,
    /// The ledger's kind.
    pub kind: OutputKind,
    /// What it is to the wallet, or was when it was spent.
    pub class: OutputClass,
    /// Where it came from.
    pub origin: Origin,
    /// Its base coins.
    pub amount: Amount,
    /// The least amount it must hold (TIP-19).
    pub minimum_deposit: Amount,
    /// Conditions, assets, features.
    pub details: OutputDetails,
    /// The milestone it was booked at.
    pub milestone_index: MilestoneIndex,
    /// That milestone's time.
    pub milestone_time: UnixTime,
    /// The milestone that spent it.
    pub spent_index: Option<MilestoneIndex>,
    /// The transaction that spent it.
    pub spent_by: Option<TransactionId>,
    /// Whether an open payment reserves it.
    pub locked: bool,
}

impl OutputInfo {
    pub(super) fn new(row: OutputRow, address: String) -> Self {
        Self {
            output_id: row.output_id,
            transaction_id: row.transaction_id,
            account: row.key.account,
            internal: row.key.internal,
            key_index: row.key.key_index,
            address,
            kind: row.kind,
            class: row.class,
            origin: row.origin,
            amount: row.amount,
            minimum_deposit: row.minimum_deposit,
            details: row.details,
            milestone_index: row.milestone_index,
            milestone_time: row.milestone_time,
            spent_index: row.spent_index,
            spent_by: row.spent_by,
            locked: row.locked_by.is_some() && row.spent_index.is_none(),
        }
    }
}
