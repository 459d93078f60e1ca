//! The configuration that `wallet_open` takes. It holds no secret.

pub(crate) mod hot_wallet;

use schemars::JsonSchema;
use serde::Deserialize;

use self::hot_wallet::HotWalletConfig;
use crate::message::{
    notifications::LogLevel,
    scalar::{AmountText, Hex},
};

/// How to open a wallet.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Config {
    /// The wallet's directory, absolute; made when it does not exist.
    pub(crate) storage_path: String,
    /// The coin type of the key paths (SLIP-44): 4218 IOTA, 4219 Shimmer.
    pub(crate) coin_type: u32,
    /// How the secret is kept.
    pub(crate) secret_manager: SecretManagerConfig,
    /// The nodes.
    pub(crate) client: ClientConfig,
    /// Which log records come as notifications `log`.
    #[serde(default = "Config::default_log_level")]
    pub(crate) log_level: LogLevel,
    /// What is kept of the event log once all consumers are past it; absent: everything.
    pub(crate) event_retention: Option<RetentionConfig>,
    /// The pause after the outputs of up to 100 addresses were compared with the ledger; 0: they never are. A minute
    /// when absent.
    pub(crate) reconciliation_interval_ms: Option<u64>,
    /// So many addresses of each account are derived in advance while the vault is unlocked, and issued without it: 0 to
    /// 1,000,000; none when absent.
    pub(crate) address_pool_size: Option<u32>,
    /// How withdrawals are put together; absent: at once, with what has come meanwhile.
    pub(crate) withdrawal_batches: Option<BatchConfig>,
    /// How many small outputs a payment with a remainder takes along at most: 0 to 127; 8 when absent.
    pub(crate) fold_small_outputs: Option<u32>,
    /// How many outputs that can each pay a batch of withdrawals are kept ready in an account that withdraws, by splitting
    /// what comes back to it: remainders, sweeps and consolidations: 1 to 64; 1 when absent. A batch with others behind it has
    /// fewer recipients for that, and 64 at least.
    pub(crate) ready_outputs: Option<u32>,
    /// The file in which each payment is kept beside the database, absolute: it should lie on other storage. Its directory must be
    /// there. A restore reads it. `payments.journal` in the wallet's directory when absent.
    pub(crate) key_journal_path: Option<String>,
    /// What may be paid; absent: everything.
    pub(crate) payment_rules: Option<PaymentRulesConfig>,
    /// Every new withdrawal waits until `withdrawal.review` answers it, and no other payment is made that is not `reviewed`;
    /// absent: nobody reviews.
    #[serde(default)]
    pub(crate) withdrawal_review: bool,
    /// What the wallet does with its outputs by itself; absent: nothing.
    pub(crate) hot_wallet: Option<HotWalletConfig>,
    /// Restore a backup into `storagePath`, which must be empty or not there, before the wallet is opened. Opening takes
    /// some seconds then. The next time, open it without.
    pub(crate) restore: Option<RestoreConfig>,
    /// Before the wallet is opened, forbid core dumps of the whole process, for the rest of its life: the limit becomes 0, and
    /// on Linux the process is no longer dumpable, so that debuggers of the same user cannot attach either. False when absent.
    #[serde(default)]
    pub(crate) disable_core_dumps: bool,
}

/// How withdrawals are put together into transactions.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BatchConfig {
    /// How long a withdrawal waits for others at most; up to 3,600,000.
    pub(crate) max_delay_ms: u64,
    /// So many are put into a transaction without waiting longer: 1 to 127.
    pub(crate) max_recipients: u32,
}

/// What may be paid to addresses that are not the wallet's own.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PaymentRulesConfig {
    /// The most of one payment or withdrawal; absent: any amount.
    pub(crate) per_payment: Option<AmountText>,
    /// Limits of what is paid in a time, all of which hold; up to 16.
    #[serde(default)]
    pub(crate) windows: Vec<WindowConfig>,
    /// The only addresses that may be paid (bech32), up to 100,000, all of the wallet's network; absent: all may.
    pub(crate) allow_list: Option<Vec<String>>,
    /// From this amount on two persons have to approve, so that only a withdrawal can be of it; absent: nobody has to.
    pub(crate) approval_from: Option<AmountText>,
}

/// A limit of what is paid in any time of a length, over all accounts. What waits to be paid counts as if it were paid now.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WindowConfig {
    /// How long: 1 to 2,678,400,000.
    pub(crate) duration_ms: u64,
    /// The most that leaves the wallet in it; absent: any amount.
    pub(crate) max_amount: Option<AmountText>,
    /// The most recipients that are paid in it; absent: any number.
    pub(crate) max_count: Option<u64>,
}

/// A backup to restore.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RestoreConfig {
    /// The file, absolute.
    pub(crate) backup_path: String,
    /// Reference of the backup's password: of a secret that was put for the handle 0.
    pub(crate) password: i32,
    /// Reference, of the same sort, of what the restored wallet is to be opened with afterwards: the password of its vault, or
    /// with the secret manager `mnemonic` the words. If it does not fit, nothing is restored. It opens nothing yet:
    /// `secret.setPassword` or `secret.storeMnemonic` does. Absent: whether it fits is seen then, when the wallet is restored.
    pub(crate) secret: Option<i32>,
}

/// What is kept of the event log at least: an event is pruned when all consumers are past it, and it is outside of each
/// part that is given. At least one is.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetentionConfig {
    /// The newest so many events.
    pub(crate) events: Option<u64>,
    /// The events of the newest so many applied milestones.
    pub(crate) milestones: Option<u32>,
    /// The events of so many days before the last applied milestone.
    pub(crate) days: Option<u32>,
}

impl Config {
    fn default_log_level() -> LogLevel {
        LogLevel::Warn
    }
}

/// How the secret is kept.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum SecretManagerConfig {
    /// In an encrypted Stronghold snapshot.
    #[serde(rename_all = "camelCase")]
    Stronghold {
        /// The snapshot file, absolute.
        snapshot_path: String,
    },
    /// In memory only: the mnemonic is given anew after each start.
    Mnemonic {},
}

/// The nodes and how to talk to them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ClientConfig {
    /// At least one; the first that works is used.
    pub(crate) nodes: Vec<NodeConfig>,
    /// Nodes whose INX gives the ledger; everything else goes to `nodes`. The first that works is used; absent or
    /// empty: the ledger comes from `nodes` too.
    #[serde(default)]
    pub(crate) inx: Vec<InxConfig>,
    /// For a whole request.
    pub(crate) request_timeout_ms: Option<u64>,
    /// For making a connection.
    pub(crate) connect_timeout_ms: Option<u64>,
    /// How many requests may be on their way at once.
    pub(crate) max_requests_in_flight: Option<u32>,
    /// At most so many requests in a second; absent: no limit.
    pub(crate) requests_per_second: Option<u32>,
    /// How often to ask for a new milestone once all are applied.
    pub(crate) poll_interval_ms: Option<u64>,
    /// Where proof of work is done, on networks that want it.
    pub(crate) proof_of_work: Option<ProofOfWorkConfig>,
    /// A node to compare the others with; absent: none.
    pub(crate) witness: Option<WitnessConfig>,
    /// A service that has what the nodes have pruned; absent: none.
    pub(crate) permanode: Option<NodeConfig>,
    /// The keys that sign the network's milestones; absent: signatures are not checked.
    pub(crate) milestone_keys: Option<MilestoneKeysConfig>,
}

/// A node.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeConfig {
    /// Its address, `http` or `https`, without credentials.
    pub(crate) url: String,
}

/// A second node, run by somebody else, that has to agree before anything is credited.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WitnessConfig {
    /// Its address, `http` or `https`, without credentials.
    pub(crate) url: String,
    /// From this amount on, an output is also compared with the block that carries its transaction; absent: none is.
    pub(crate) from_amount: Option<AmountText>,
}

/// Who signs the network's milestones.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MilestoneKeysConfig {
    /// How many of the keys have to sign each milestone, 1 to 255.
    pub(crate) threshold: u32,
    /// The keys.
    pub(crate) keys: Vec<MilestoneKeyConfig>,
}

/// A public key that signs milestones for a time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MilestoneKeyConfig {
    /// The Ed25519 public key, 32 bytes.
    pub(crate) public_key: Hex,
    /// The first milestone that it may sign.
    pub(crate) start: u32,
    /// The last one; absent: it has no end.
    pub(crate) end: Option<u32>,
}

/// A node's INX. It has neither encryption nor authentication: only for own nodes on a link that is trusted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InxConfig {
    /// Its address, `http`, without a path.
    pub(crate) url: String,
}

/// Where proof of work is done.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum ProofOfWorkConfig {
    /// Here.
    Local {
        /// On so many threads; absent: one for each core.
        threads: Option<u32>,
    },
    /// By the node.
    Node {},
}
