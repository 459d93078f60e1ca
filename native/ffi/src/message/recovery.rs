//! Methods `wallet.recoverAccounts` and `wallet.recoveryState`: a wallet out of its mnemonic alone.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stardust_wallet::manager;

use super::{
    Await, Call, LONGEST_MS, Lane, Params,
    counts::{IssuedAccount, stated},
    scalar::AmountText,
};
use crate::{
    error::{Fault, Outcome},
    session::{Session, guard},
};

/// Finds the accounts of a seed that was used elsewhere: by gap limits, or by exact counts. What is found is watched and
/// never issued. By gap limits issuing is frozen from now on until `wallet.releaseIssuing`, whatever is found: addresses that
/// were emptied are not seen. Exact counts are that statement. What was found before an error, a crash or the end of the
/// waiting (`request.cancel`) stays, and the next call with the same limits goes on there. Needs the unlocked vault.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RecoverAccounts {
    /// Where the search ends; one of this, `accounts` and `statement`.
    pub(crate) gap_limits: Option<GapLimits>,
    /// All accounts of the seed with the addresses that each had issued, up to 5,000,000 that the wallet does not have. Too
    /// much does no harm.
    pub(crate) accounts: Option<Vec<IssuedAccount>>,
    /// The same, where one message does not hold them: of `wallet.stateCounts`.
    pub(crate) statement: Option<i64>,
    #[serde(skip)]
    running: Option<Running>,
}

/// Where a search ends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct GapLimits {
    /// After so many unused accounts in a row: 1 to 1,000.
    pub(crate) accounts: i64,
    /// After so many unused addresses in a row of a chain: 1 to 100,000.
    pub(crate) addresses: i64,
}

/// A search that runs on a thread of the pool. It stops when nobody waits for it any more.
#[derive(Debug, Default)]
struct Running {
    stop: Arc<AtomicBool>,
    outcome: Arc<OnceLock<Outcome<manager::Recovery>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

/// How far the search of the seed's accounts has come.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recovery {
    /// It has come to its end.
    pub(crate) complete: bool,
    /// Nothing is issued by it: `wallet.releaseIssuing` is needed.
    pub(crate) issuing_frozen: bool,
    /// Accounts that are there, of those that it is done with.
    pub(crate) accounts: u32,
    /// Addresses that count as issued by it.
    pub(crate) addresses: u64,
    /// Addresses that it has looked at.
    pub(crate) looked_at: u64,
    /// What these accounts held when it was done with them.
    pub(crate) amount: AmountText,
}

impl From<manager::Recovery> for Recovery {
    fn from(state: manager::Recovery) -> Self {
        Self {
            complete: state.complete,
            issuing_frozen: !state.issuing_released,
            accounts: state.accounts,
            addresses: state.addresses,
            looked_at: state.looked_at,
            amount: state.amount.into(),
        }
    }
}

impl Params for RecoverAccounts {
    type Answer = Recovery;
    const NAME: &'static str = "wallet.recoverAccounts";
}

impl Await for RecoverAccounts {
    fn timeout(&self) -> Outcome<Duration> {
        Ok(Duration::from_millis(LONGEST_MS))
    }

    fn begin(&mut self, session: &Arc<Session>) -> Outcome<()> {
        let counts = stated(session, self.accounts.take(), self.statement.take())?;
        let by = match (self.gap_limits.take(), counts) {
            (Some(GapLimits { accounts, addresses }), None) => {
                let limit = |number| u32::try_from(number).map_err(|_| Fault::argument("a gap limit is 1 or more"));
                let (accounts, addresses) = (limit(accounts)?, limit(addresses)?);
                manager::RecoverBy::Gaps(manager::GapLimits { accounts, addresses })
            }
            (None, Some(counts)) => manager::RecoverBy::Exact(counts),
            _ => return Err(Fault::argument("give gapLimits, accounts or statement, one of them")),
        };
        let running = self.running.insert(Running::default());
        let (stop, outcome) = (Arc::clone(&running.stop), Arc::clone(&running.outcome));
        let worker = Arc::clone(session);
        let taken = session.on_node_pool(move || {
            let found = guard(|| Ok(worker.core.manager().recover_accounts(&by, &stop)?));
            outcome.get_or_init(|| found);
            worker.wake();
        });
        if taken { Ok(()) } else { Err(session.overload()) }
    }

    fn look(&mut self, _: &Session, _: bool) -> Outcome<Option<Recovery>> {
        let outcome = self.running.as_ref().and_then(|running| running.outcome.get());
        outcome.cloned().transpose().map(|found| found.map(Into::into))
    }
}

/// How far the search of the seed's accounts has come that was begun last, and whether issuing is frozen since.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecoveryState {}

/// Whether the seed's accounts were searched.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Recovered {
    /// The last search; absent: there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recovery: Option<Recovery>,
}

impl Params for RecoveryState {
    type Answer = Recovered;
    const NAME: &'static str = "wallet.recoveryState";
}

impl Call for RecoveryState {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(Recovered { recovery: session.core.manager().recovery()?.map(Into::into) })
    }
}
