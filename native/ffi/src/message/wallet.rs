//! Methods `wallet.*`: the wallet as a whole.

use std::{sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Await, Call, Lane, Params,
    scalar::Hex,
    types::{AccountRef, Balance, Network, Nothing, SyncStatus},
};
use crate::{
    convert,
    error::{Fault, Outcome},
    session::{CaughtUp, Session},
};

/// What this wallet is. Answered from memory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Info {}

/// What a wallet is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WalletInfo {
    /// Version of the core.
    pub(crate) version: String,
    /// Version of the C ABI.
    pub(crate) abi_version: u32,
    /// The coin type of its key paths (SLIP-44): 4218 IOTA, 4219 Shimmer.
    pub(crate) coin_type: u32,
    /// How it keeps its secret.
    pub(crate) secret_manager: SecretManagerKind,
    /// Its event log.
    pub(crate) log_id: Hex,
    /// Its network; absent before the first contact with a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network: Option<Network>,
    /// Its directory.
    pub(crate) storage_path: String,
}

/// How a wallet keeps its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SecretManagerKind {
    /// In an encrypted Stronghold snapshot.
    Stronghold,
    /// In memory only.
    Mnemonic,
}

impl Params for Info {
    type Answer = WalletInfo;
    const NAME: &'static str = "wallet.info";
}

impl Call for Info {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(session.core.info())
    }
}

/// Starts the threads: from now on the wallet follows the ledger. Before it, set node credentials and password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Start {}

impl Params for Start {
    type Answer = Nothing;
    const NAME: &'static str = "wallet.start";
}

impl Call for Start {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        session.core.manager().start()?;
        Ok(Nothing {})
    }
}

/// How the wallet's view of the ledger stands.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Status {}

impl Params for Status {
    type Answer = SyncStatus;
    const NAME: &'static str = "wallet.status";
}

impl Call for Status {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(convert::sync_status(&session.core, &session.core.manager().status()))
    }
}

/// Waits until the wallet has applied what the node has confirmed now, and answers the balance after that.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Sync {
    /// How long to wait: 1 to 86,400,000.
    #[serde(default = "Sync::default_timeout")]
    pub(crate) timeout_ms: u64,
    /// Answer the balance of this account, not of the whole wallet.
    pub(crate) account: Option<AccountRef>,
    #[serde(skip)]
    caught_up: Option<CaughtUp>,
}

impl Sync {
    fn balance(&self, session: &Session) -> Outcome<Balance> {
        let manager = session.core.manager();
        Ok(match &self.account {
            Some(account) => manager.balance(&account.into())?.into(),
            None => manager.total_balance()?.into(),
        })
    }

    fn default_timeout() -> u64 {
        60_000
    }
}

/// The wallet has caught up.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Synced {
    /// The milestone that is applied.
    pub(crate) milestone_index: u32,
    /// The balance after it or a later one.
    pub(crate) balance: Balance,
}

impl Params for Sync {
    type Answer = Synced;
    const NAME: &'static str = "wallet.sync";
}

impl Await for Sync {
    fn timeout(&self) -> Outcome<Duration> {
        if (1..=super::LONGEST_MS).contains(&self.timeout_ms) {
            Ok(Duration::from_millis(self.timeout_ms))
        } else {
            Err(Fault::argument("timeoutMs must be 1 to 86400000"))
        }
    }

    fn begin(&mut self, session: &Arc<Session>) -> Outcome<()> {
        // an account that does not exist is told at once, not after the ledger was read
        self.balance(session)?;
        self.caught_up = Some(session.catch_up(self.timeout()?)?);
        Ok(())
    }

    fn look(&mut self, session: &Session, _: bool) -> Outcome<Option<Synced>> {
        let Some(outcome) = self.caught_up.as_ref().and_then(|cell| cell.get()) else { return Ok(None) };
        let milestone_index = outcome.clone()?;
        if let Some(account) = &self.account {
            session.core.manager().check_discovered(&account.into())?;
        }
        Ok(Some(Synced { milestone_index, balance: self.balance(session)? }))
    }
}

/// The balance over all accounts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TotalBalance {}

impl Params for TotalBalance {
    type Answer = Balance;
    const NAME: &'static str = "wallet.balance";
}

impl Call for TotalBalance {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(session.core.manager().total_balance()?.into())
    }
}
