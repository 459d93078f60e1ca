//! Methods around backups: `wallet.backup`, and what a restored wallet still needs.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stardust_wallet::{keys::Password, ledger::UnixTime, manager};

use super::{
    Call, Lane, Params,
    counts::{IssuedAccount, stated},
    scalar::Hex,
    types::Nothing,
};
use crate::{
    error::{Fault, Outcome},
    session::Session,
};

/// Writes the whole wallet, database and vault, into one encrypted file, while the wallet goes on. Durable when it is
/// answered; nothing is ever overwritten. Takes about two seconds and 512 MiB for the password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Backup {
    /// The file, absolute; nothing may be there.
    pub(crate) path: String,
    /// Reference of the backup's own password. The vault inside keeps the vault's.
    pub(crate) password: i32,
}

/// What a backup has in it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BackupInfo {
    /// The file's format.
    pub(crate) format_version: u16,
    /// The network's name; absent before the first contact with a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network: Option<String>,
    /// When the wallet was made; absent for one of an early version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_ms: Option<u64>,
    /// When the backup was made.
    pub(crate) backup_ms: u64,
    /// The last applied milestone in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) milestone_index: Option<u32>,
    /// That milestone's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) milestone_time_ms: Option<u64>,
    /// The event log's id.
    pub(crate) log_id: Hex,
    /// How many accounts.
    pub(crate) accounts: u32,
    /// How many addresses.
    pub(crate) addresses: u64,
    /// Bytes of the vault file; 0: there is none.
    pub(crate) vault_bytes: u64,
    /// Bytes of the database.
    pub(crate) database_bytes: u64,
}

impl From<manager::BackupInfo> for BackupInfo {
    fn from(info: manager::BackupInfo) -> Self {
        Self {
            format_version: info.format_version,
            network: info.network,
            created_ms: info.created_ms,
            backup_ms: info.backup_ms,
            milestone_index: info.cursor.map(|index| index.0),
            milestone_time_ms: info.cursor_time.map(UnixTime::millis),
            log_id: Hex::of_log(&info.log_id),
            accounts: info.accounts,
            addresses: info.addresses,
            vault_bytes: info.vault_bytes,
            database_bytes: info.database_bytes,
        }
    }
}

impl Params for Backup {
    type Answer = BackupInfo;
    const NAME: &'static str = "wallet.backup";
}

impl Call for Backup {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let path = Path::new(&self.path);
        if !path.is_absolute() {
            return Err(Fault::argument("path must be absolute"));
        }
        let password = Password::new(session.secret(self.password)?)?;
        Ok(session.core.manager().backup(path, &password)?.into())
    }
}

/// Whether this wallet came out of a backup, and what it still needs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestoreState {}

/// Whether a wallet came out of a backup.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Restored {
    /// How; absent: it was never restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) restore: Option<Restore>,
}

/// How a wallet came out of a backup, and what it still needs.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Restore {
    /// When the backup was made.
    pub(crate) backup_ms: u64,
    /// When it was restored.
    pub(crate) restored_ms: u64,
    /// The last milestone in the backup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) milestone_index: Option<u32>,
    /// That milestone's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) milestone_time_ms: Option<u64>,
    /// The event log's id before.
    pub(crate) previous_log_id: Hex,
    /// Nothing is issued and the ledger is not followed: `wallet.releaseIssuing` is needed.
    pub(crate) issuing_frozen: bool,
    /// Nothing is paid: the ledger was not followed to its tip yet; or, without the key journal or with an old copy of it, what the
    /// lost wallet had sent may still be included, which ends by itself some 16 milestones later; or `wallet.releasePayments` is
    /// needed.
    pub(crate) payments_frozen: bool,
    /// The ledger was followed to its tip since issuing was released.
    pub(crate) checked: bool,
    /// The first sign of a transaction of this wallet that the backup does not know and of which nobody has the bytes; with it
    /// payments are not released by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unknown_own: Option<String>,
    /// The key journal was there when the backup was restored.
    pub(crate) journal_found: bool,
    /// Payments that the backup did not know and the key journal did.
    pub(crate) journal_payments: u32,
    /// Records of the key journal that wait for accounts which are not made again yet; with any, payments are not released by
    /// themselves.
    pub(crate) journal_waiting: u32,
    /// Transactions of the key journal of which a key was used for another payment meanwhile. They are not submitted, and their
    /// inputs stay reserved until they are cancelled; with any of them payments are not released by themselves.
    pub(crate) disputed: Vec<Hex>,
    /// Milestones since the backup that nobody has shown to this wallet. What was paid in them is not known; with any of them
    /// payments are not released by themselves.
    pub(crate) unseen: Vec<UnseenMilestones>,
}

/// Milestones that nobody has shown.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UnseenMilestones {
    /// The first of them.
    pub(crate) from_index: u32,
    /// The last.
    pub(crate) to_index: u32,
    /// The time of the last one before them that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from_time_ms: Option<u64>,
    /// The time of the last of them.
    pub(crate) to_time_ms: u64,
}

impl From<manager::Window> for UnseenMilestones {
    fn from(window: manager::Window) -> Self {
        Self {
            from_index: window.from.0,
            to_index: window.to.0,
            from_time_ms: window.from_time.map(UnixTime::millis),
            to_time_ms: window.to_time.millis(),
        }
    }
}

impl Params for RestoreState {
    type Answer = Restored;
    const NAME: &'static str = "wallet.restoreState";
}

impl Call for RestoreState {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let restore = session.core.manager().restored()?.map(|state| Restore {
            backup_ms: state.backup_ms,
            restored_ms: state.restored_ms,
            milestone_index: state.cursor.map(|index| index.0),
            milestone_time_ms: state.cursor_time.map(UnixTime::millis),
            previous_log_id: Hex::of_log(&state.log_id_before),
            issuing_frozen: !state.issuing_released,
            payments_frozen: !state.payments_released,
            checked: state.checked,
            unknown_own: state.unknown_own,
            journal_found: state.journal_found,
            journal_payments: state.journal_payments,
            journal_waiting: state.journal_waiting,
            disputed: state.disputed.iter().map(Hex::from).collect(),
            unseen: state.windows.into_iter().map(UnseenMilestones::from).collect(),
        });
        Ok(Restored { restore })
    }
}

/// States how far a restored wallet had issued addresses before it was lost: one of the three. The addresses since the backup
/// are watched and never issued, and the ledger is followed from the backup's milestone on. The same after
/// `wallet.recoverAccounts`. Needs the unlocked vault. Up to 5,000,000 addresses, which are registered in steps: after an error
/// or a crash issuing is frozen still, what was registered stays, and the same call goes on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReleaseIssuing {
    /// All accounts, those made since the backup too, which are made anew. Too much does no harm.
    pub(crate) accounts: Option<Vec<IssuedAccount>>,
    /// The same, where one message does not hold them: of `wallet.stateCounts`.
    pub(crate) statement: Option<i64>,
    /// Fewer addresses than this were issued on each chain of each account since the backup: 1 or more, and twice this for
    /// each account not more than 5,000,000.
    pub(crate) skip_ahead: Option<u32>,
}

/// Issuing is free again.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Released {
    /// Addresses that are watched from now on and never issued.
    pub(crate) skipped: u64,
    /// Accounts that were made anew.
    pub(crate) accounts: u32,
}

impl Params for ReleaseIssuing {
    type Answer = Released;
    const NAME: &'static str = "wallet.releaseIssuing";
}

impl Call for ReleaseIssuing {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let issued = match (stated(session, self.accounts, self.statement)?, self.skip_ahead) {
            (Some(counts), None) => manager::IssuedBefore::Exact(counts),
            (None, Some(by)) => manager::IssuedBefore::SkipAhead(by),
            _ => return Err(Fault::argument("give accounts, statement or skipAhead, one of them")),
        };
        let manager::Released { skipped, accounts } = session.core.manager().release_issuing(&issued)?;
        Ok(Released { skipped, accounts })
    }
}

/// Lets a restored wallet pay although it is not known of everything that was paid after the backup what it was made for. Compare
/// the withdrawals since the backup with the incidents `unknownOwn`, and those of the times of unseen milestones with the
/// ledger, before: what is paid a second time is lost. Without the key journal, what the lost wallet had sent may still be included
/// for some 16 milestones after the newest one is reached.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleasePayments {}

impl Params for ReleasePayments {
    type Answer = Nothing;
    const NAME: &'static str = "wallet.releasePayments";
}

impl Call for ReleasePayments {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        session.core.manager().release_payments()?;
        Ok(Nothing {})
    }
}
