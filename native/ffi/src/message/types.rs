//! The things that messages speak of, as they are written on the wire.

mod audit;
mod consumer;
mod live;
mod transaction;
mod withdrawal;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stardust_wallet::manager;

pub(crate) use self::audit::{AuditHead, AuditProblem, AuditRecord, AuditVerdict};
pub(crate) use self::consumer::{Consumer, Filter, LogPlace};
pub(crate) use self::live::{AddressPoolEvent, ConsolidationRequiredEvent, RecoveryProgressEvent, SweepProgressEvent};
pub(crate) use self::transaction::{OutputRole, TaggedData, Transaction, TransactionInput, TransactionOutput};
pub(crate) use self::withdrawal::{Approval, Withdrawal, WithdrawalAnswer, WithdrawalEvent};
use super::{
    mirror::mirror,
    scalar::{AmountText, Hex, TokenAmount},
};

/// Names an account: by its index or by its alias. The alias "7" is not the index 7.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum AccountRef {
    /// The account's index. One that no account can have names none, and is answered with `ACCOUNT_NOT_FOUND`.
    Index(i64),
    /// The account's alias.
    Alias(String),
}

/// An answer without content.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Nothing {}

/// A part of a longer list, in the list's own order.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub(crate) struct Page<T, N = String> {
    /// The items of this part.
    pub(crate) items: Vec<T>,
    /// Give this as `after` to get the next part; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<N>,
}

impl<T> Page<T> {
    /// A part of a list whose places are row numbers.
    pub(crate) fn of_rows<R>(rows: manager::Page<R, i64>, item: impl FnMut(R) -> T) -> Self {
        Self { items: rows.items.into_iter().map(item).collect(), next: rows.next.map(|row| row.to_string()) }
    }
}

/// The network that the wallet belongs to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Network {
    /// Its name, such as `shimmer`.
    pub(crate) name: String,
    /// The id that transactions commit to: 8 bytes.
    pub(crate) network_id: Hex,
    /// The human-readable part of its addresses.
    pub(crate) bech32_hrp: String,
    /// Version of the protocol.
    pub(crate) protocol_version: u8,
    /// Least proof of work that a block needs; 0: none.
    pub(crate) min_pow_score: u32,
    /// All base units there are.
    pub(crate) token_supply: AmountText,
}

/// A place in the ledger: everything up to and with this milestone.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Position {
    /// Height.
    pub(crate) index: u32,
    /// The milestone's id.
    pub(crate) id: Hex,
    /// The ledger's own time.
    pub(crate) time_ms: u64,
}

/// An account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountInfo {
    /// Its index, from 0.
    pub(crate) index: u32,
    /// Its unique name.
    pub(crate) alias: String,
    /// How many public addresses were issued.
    pub(crate) public_address_count: u32,
    /// How many internal (change) addresses were issued.
    pub(crate) internal_address_count: u32,
}

/// An address of the wallet.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountAddress {
    /// The address as people write it (bech32).
    pub(crate) address: String,
    /// The address as the ledger writes it: a kind byte and 32 bytes.
    pub(crate) raw: Hex,
    /// The account that it belongs to.
    pub(crate) account_index: u32,
    /// Its index on its chain, from 0.
    pub(crate) key_index: u32,
    /// Whether it is on the chain of change addresses.
    pub(crate) internal: bool,
    /// A text that the application gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    /// Whether an output ever named it.
    pub(crate) used: bool,
    /// The unspent amount on it.
    pub(crate) balance: AmountText,
    /// The milestone after which all that happens on it is seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) watched_from: Option<u32>,
    /// What is known of its time before that.
    pub(crate) past: AddressPast,
}

mirror! {
    /// What is known of an address's time before the wallet watched it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub(crate) enum AddressPast of stardust_wallet::store::Past {
        /// This wallet issued it: it was watched before anybody knew it.
        New,
        /// It may have been used before; what it held is asked for in the background and not booked yet.
        Unchecked,
        /// What it held is booked.
        Checked,
    }
}

/// What an account or the whole wallet holds, as of the last applied milestone.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Balance {
    /// All unspent base coins.
    pub(crate) total: AmountText,
    /// What can be spent now.
    pub(crate) available: AmountText,
    /// Change of payments that are not confirmed yet; not part of the total.
    pub(crate) incoming: AmountText,
    /// Reserved by payments that are not confirmed yet; part of the total.
    pub(crate) locked: AmountText,
    /// Held by unlock conditions (timelock, expiration, storage deposit return); part of the total.
    pub(crate) held: AmountText,
    /// What the outputs must hold at least (TIP-19).
    pub(crate) required_storage_deposit: AmountText,
    /// Count of unspent outputs.
    pub(crate) output_count: u64,
}

mirror! {
    /// The ledger's kinds of outputs.
    #[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub(crate) enum OutputKind of stardust_wallet::ledger::OutputKind {
        /// Base coins, perhaps with native tokens.
        Basic,
        /// An alias.
        Alias,
        /// A foundry of native tokens.
        Foundry,
        /// An NFT.
        Nft,
    }
}

mirror! {
    /// Where an output comes from. Only `external`, `paymentRecipient` and `claim` are ever credited.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub(crate) enum Origin of stardust_wallet::events::Origin {
        /// From outside the wallet.
        External,
        /// A payment of this wallet to an address of this wallet.
        PaymentRecipient,
        /// The rest of a payment.
        Change,
        /// Swept into a central account.
        Sweep,
        /// Many outputs made one.
        Consolidation,
        /// One output made many.
        FanOut,
        /// A payment that was cancelled.
        Cancel,
        /// Spent outputs of this wallet, but is not in its records: an incident, never credited by itself.
        UnknownOwn,
        /// Offered to somebody else who let it expire, so that it came to the wallet, or the storage deposit of such an offer;
        /// never a deposit.
        OwnReturn,
        /// Claimed for the address that conditional outputs came to, without what had to be given back.
        Claim,
        /// Found on the seed's addresses when the wallet was made; never a deposit.
        Discovered,
    }
}

/// Part of the amount goes back when the output is spent.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct DepositReturn {
    /// Who gets it back.
    pub(crate) address: String,
    /// How much.
    pub(crate) amount: AmountText,
}

/// From `timeMs` on the output belongs to the return address.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Expiration {
    /// Who owns it from then on.
    pub(crate) return_address: String,
    /// The first ledger time at which that is so.
    pub(crate) time_ms: u64,
}

/// What restricts an output beside its owner's signature.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Conditions {
    /// Storage deposit return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deposit_return: Option<DepositReturn>,
    /// Expiration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expiration: Option<Expiration>,
    /// Not spendable before this ledger time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timelock_ms: Option<u64>,
}

/// A native token inside an output.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct NativeToken {
    /// The token's id.
    pub(crate) id: Hex,
    /// How much of it.
    pub(crate) amount: TokenAmount,
}

/// An output that is or was the wallet's.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Output {
    /// Its id.
    pub(crate) output_id: Hex,
    /// The transaction that created it.
    pub(crate) transaction_id: Hex,
    /// What it is.
    pub(crate) output_kind: OutputKind,
    /// Its base coins, storage deposit included.
    pub(crate) amount: AmountText,
    /// The wallet's address that it names.
    pub(crate) address: String,
    /// The account of that address.
    pub(crate) account_index: u32,
    /// The index of that address.
    pub(crate) key_index: u32,
    /// Whether that address is on the chain of change addresses.
    pub(crate) internal: bool,
    /// Where it comes from.
    pub(crate) origin: Origin,
    /// How much of it may be credited to a customer: the amount, or 0.
    pub(crate) creditable: AmountText,
    /// Whether it is a basic output without assets on which no condition is left but its owner's address.
    pub(crate) plain: bool,
    /// What restricts it.
    pub(crate) conditions: Conditions,
    /// Native tokens in it.
    pub(crate) native_tokens: Vec<NativeToken>,
    /// Id of the NFT, alias or foundry that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chain_id: Option<Hex>,
    /// Tag feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tag: Option<Hex>,
    /// Metadata feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata: Option<Hex>,
    /// Verified sender feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sender: Option<String>,
    /// The milestone that created it.
    pub(crate) milestone_index: u32,
    /// Its time.
    pub(crate) milestone_time_ms: u64,
    /// Whether it was spent.
    pub(crate) spent: bool,
    /// The transaction that spent it, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) spent_by: Option<Hex>,
    /// The milestone that spent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) spent_milestone_index: Option<u32>,
    /// Whether a payment that is not confirmed yet has reserved it.
    pub(crate) locked: bool,
}

/// What the wallet's view of the ledger is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SyncState {
    /// Not in touch with a node yet.
    Starting,
    /// Behind the node, applying milestones.
    CatchingUp,
    /// Everything that the node has confirmed is applied.
    Synced,
    /// The node cannot be reached or used; tried again.
    Stalled,
    /// The node has pruned milestones that the wallet has not seen; paying and issuing are refused.
    Gap,
    /// The wallet stopped itself after a fault; only reading goes on.
    Halted,
    /// Another signer spends with this seed; paying is refused.
    #[expect(dead_code, reason = "callers have to know it before the engine says it")]
    ForeignSigner,
}

/// An error in a status.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct StatusError {
    /// Its kind.
    pub(crate) kind: String,
    /// What happened.
    pub(crate) message: String,
}

/// Milestones that the wallet has not seen and that the nodes have pruned.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gap {
    /// The last applied milestone.
    pub(crate) cursor_index: u32,
    /// The last one that is pruned, as first heard.
    pub(crate) pruned_to: u32,
}

/// How the wallet's view of the ledger stands.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SyncStatus {
    /// What it is doing.
    pub(crate) state: SyncState,
    /// The last applied milestone; absent before the first contact with a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cursor: Option<Position>,
    /// What the node had confirmed when it was last asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node_milestone_index: Option<u32>,
    /// How many milestones the wallet is behind that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lag: Option<u32>,
    /// How many seconds of ledger time the wallet is behind that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lag_seconds: Option<u32>,
    /// The node, without credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) node_url: Option<String>,
    /// The gap that the wallet stands before, until a node has the milestones or it is repaired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gap: Option<Gap>,
    /// What is wrong now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<StatusError>,
}
