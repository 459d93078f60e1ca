//! The thread `hot-wallet`: moves outputs within the wallet by policy, so that nobody has to.
//!
//! **Payments come first.** It looks after applied milestones, makes at most one transaction at a time for an account, a claim
//! beside, and [`MOST`] for the wallet, takes nothing of an account whose withdrawals could use it, and at most half of what an
//! account has. What it does not spend is there for payments meanwhile.
//! **Nothing starves.** Claims, consolidations and sweeps have a slot each that no other kind takes, accounts take turns, and
//! what would be lost first is claimed first.
//! **Nothing to remember.** What is due is in the database's indexes, so a restart goes on where it was.
//! **Only when all is well.** With a locked vault, before a gap, while the wallet catches up or payments are refused for
//! another reason, it waits, and [`health`](Payments::hot_health) says for what.
//!
//! `policy` is what to do, `crowd` tells of accounts with too many outputs, `steps` does it as far as there is `room`. `late` takes
//! payments back that came too late, whatever the policy.

mod crowd;
mod late;
mod policy;
mod room;
mod steps;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
};

pub use self::policy::{ClaimPolicy, ConsolidationPolicy, HotWalletPolicy, SweepPolicy};
use self::{
    crowd::Crowd,
    room::{Room, Round},
    steps::Troubles,
};
use super::{PaymentError, Payments, settle::refuse_to_pay};
use crate::{
    error::chain,
    events::{Bus, InclusionState, LedgerEvent, LoggedEvent, Notice, SyncState},
    keys::VaultStatus,
    ledger::UnixTime,
    store::{OutputClass, Worker, hot},
};

/// Transactions of its own that are on their way at a time.
const MOST: usize = 8;

#[derive(Default)]
struct Signal {
    stopped: bool,
    look: bool,
    /// The wallet stands before a gap, or milestones are being applied that the node had for long.
    gap: bool,
    behind: bool,
    news: News,
}

/// What was heard since the last look.
#[derive(Debug, Default)]
struct News {
    /// Accounts whose payments needed too many inputs.
    strained: BTreeSet<u32>,
    /// Accounts that may have something to claim.
    claimants: BTreeSet<u32>,
}

type Shared = Arc<(Mutex<Signal>, Condvar)>;

/// What is known between two looks.
#[derive(Debug, Default)]
struct Known {
    crowd: Crowd,
    /// Accounts that may have something to claim, and those that may from a ledger time on.
    claimants: BTreeSet<u32>,
    later: BTreeMap<u32, UnixTime>,
    /// The accounts with outputs under conditions were listed since the start.
    listed: bool,
    /// The account that the last sweep ended with: the next one begins behind it.
    swept: Option<u32>,
    /// The last transaction of the account that is swept into put outputs of its own together.
    consolidated: bool,
    /// Whose claims and whose outputs had their turn.
    claims: Round,
    crowds: Round,
    /// What stands in the way of everything.
    reason: Option<String>,
}

/// How the hot wallet is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HotHealth {
    /// How many accounts have so many outputs that their payments may need too many inputs.
    pub crowded: u64,
    /// What it waits for before it does what its policy says, or the first thing that went wrong in the last look, which it
    /// tries again; none: nothing.
    pub reason: Option<String>,
}

/// The thread, what wakes it and what it knows.
pub(super) struct Hot {
    policy: HotWalletPolicy,
    shared: Shared,
    known: Mutex<Known>,
    thread: Worker,
}

impl Hot {
    pub(super) fn new(policy: HotWalletPolicy, bus: &Bus) -> Self {
        let shared = Shared::default();
        let (heard, claims) = (Arc::clone(&shared), policy.claims_at_sight());
        bus.subscribe(Box::new(move |notice| match &**notice {
            Notice::Sync(status) => {
                let gap = status.gap.is_some() || status.state == SyncState::Gap;
                let behind = status.state == SyncState::CatchingUp;
                put(&heard, |signal| {
                    signal.look |= (signal.gap && !gap) || (signal.behind && !behind);
                    (signal.gap, signal.behind) = (gap, behind);
                });
            }
            Notice::Events(events) if claims => {
                let accounts: BTreeSet<u32> = events.iter().filter_map(may_claim).collect();
                if !accounts.is_empty() {
                    put(&heard, |signal| signal.news.claimants.extend(accounts));
                }
            }
            _ => {}
        }));
        Self { policy, shared, known: Mutex::default(), thread: Worker::default() }
    }

    pub(super) fn start(&self, payments: &Arc<Payments>) -> Result<(), std::io::Error> {
        if put(&self.shared, |signal| signal.stopped) {
            return Ok(());
        }
        self.look();
        let (shared, halt) = (Arc::clone(&self.shared), Arc::clone(payments.ports.store.halt()));
        let payments = Arc::downgrade(payments);
        self.thread.start("hot-wallet", halt, move || run(&shared, &payments))
    }

    /// Tells that something may be due that was not.
    pub(super) fn look(&self) {
        put(&self.shared, |signal| signal.look = true);
    }

    /// Tells that a payment of an account needs more inputs than a transaction takes.
    pub(super) fn strained(&self, account: u32) {
        put(&self.shared, |signal| {
            // told with each attempt; the first one since the last look is enough
            signal.look |= signal.news.strained.insert(account);
        });
    }

    pub(super) fn close(&self) {
        put(&self.shared, |signal| signal.stopped = true);
        self.thread.join();
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The account that an event may have given something to claim.
fn may_claim(logged: &LoggedEvent) -> Option<u32> {
    match &logged.event {
        LedgerEvent::NewOutput(event) if event.class == OutputClass::Held => Some(event.own.account),
        LedgerEvent::OutputLapsed(event) if event.class == OutputClass::Held => Some(event.own.account),
        // what a claim held that died is free again
        LedgerEvent::TransactionInclusion(event) if event.state == InclusionState::Conflicting => Some(event.account),
        _ => None,
    }
}

fn put<T>(shared: &Shared, change: impl FnOnce(&mut Signal) -> T) -> T {
    let (signal, changed) = &**shared;
    let mut signal = signal.lock().unwrap_or_else(PoisonError::into_inner);
    let value = change(&mut signal);
    changed.notify_all();
    value
}

/// Waits until there is something to look at. False: the end.
fn wait(shared: &Shared) -> bool {
    let (signal, changed) = &**shared;
    let mut signal = signal.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if signal.stopped {
            return false;
        }
        if std::mem::take(&mut signal.look) {
            return true;
        }
        signal = changed.wait(signal).unwrap_or_else(PoisonError::into_inner);
    }
}

fn run(shared: &Shared, payments: &Weak<Payments>) {
    let mut told: Option<String> = None;
    while wait(shared) {
        let Some(payments) = payments.upgrade() else { return };
        if payments.ports.store.halt().reason().is_some() {
            return;
        }
        fail_point!("hot:begun");
        let failed = payments.tend().unwrap_or_else(|error| {
            let reason = chain(&error);
            payments.hot.known().reason = Some(reason.clone());
            Some(reason)
        });
        // said once, and tried again with the next milestone
        if let Some(error) = failed.as_ref().filter(|_| failed != told) {
            tracing::warn!(error, "the hot wallet cannot do what is due");
        }
        told = failed;
        fail_point!("hot:done");
    }
}

impl Payments {
    /// How the hot wallet is, as far as the last look found.
    #[must_use]
    pub fn hot_health(&self) -> HotHealth {
        let known = self.hot.known();
        let crowded = u64::try_from(known.crowd.len()).unwrap_or(u64::MAX);
        HotHealth { crowded, reason: known.reason.clone() }
    }

    /// One look: tells of accounts with too many outputs, and makes the transactions that are due. Answers the first thing
    /// that went wrong with an account.
    pub(super) fn tend(&self) -> Result<Option<String>, PaymentError> {
        let (news, behind) = put(&self.hot.shared, |signal| {
            let behind = if signal.gap {
                Some("a gap: repair first")
            } else {
                signal.behind.then_some("the wallet catches up with the ledger")
            };
            (std::mem::take(&mut signal.news), behind)
        });
        self.watch_crowds(&news.strained)?;
        let strained = news.strained;
        self.hot.known().claimants.extend(news.claimants);
        let mut troubles = Troubles::default();
        let reason = match behind {
            Some(reason) => Some(reason.to_owned()),
            None => {
                // what takes payments back pays only ourselves, and is held up by nobody else's doing
                self.contest_late(&mut troubles)?;
                self.obstacle()?
            }
        };
        let waits = reason.is_some();
        let policy = &self.hot.policy;
        self.hot.known().reason = troubles.reason().or(reason.filter(|_| policy.does_something()));
        if waits {
            // what is strained stays so until something was done about it
            put(&self.hot.shared, |signal| signal.news.strained.extend(strained));
            return Ok(None);
        }
        let Ok(_at_work) = self.ports.host.work() else {
            // its time is over, and whoever is still at work ends first
            self.hot.known().reason = Some("the vault is about to lock".to_owned()).filter(|_| policy.does_something());
            return Ok(None);
        };
        self.work(strained, &mut troubles)?;
        let trouble = troubles.reason();
        self.hot.known().reason.clone_from(&trouble);
        Ok(trouble)
    }

    /// Makes what is due; what one account's trouble is, is no other's.
    fn work(&self, strained: BTreeSet<u32>, troubles: &mut Troubles) -> Result<(), PaymentError> {
        let policy = &self.hot.policy;
        let mut room = Room::new(self.ports.store.readers().read(hot::moving)?);
        self.retry_claims(&mut room, troubles)?;
        if let Some(claim) = &policy.claim {
            self.claim_due(claim, &mut room, troubles)?;
        }
        // on the account that is swept into, sweeps and consolidations take turns
        let sweep_first = self.hot.known().consolidated;
        if sweep_first {
            self.sweep_due(&mut room, troubles);
        }
        if let Some(consolidation) = &policy.consolidation {
            let left = self.consolidate_due(consolidation, strained, &mut room, troubles)?;
            put(&self.hot.shared, |signal| signal.news.strained.extend(left));
        }
        if !sweep_first {
            self.sweep_due(&mut room, troubles);
        }
        Ok(())
    }

    /// Why nothing can be signed now.
    fn obstacle(&self) -> Result<Option<String>, PaymentError> {
        match self.ports.store.readers().read(refuse_to_pay) {
            Err(PaymentError::Store(error)) => return Err(error.into()),
            Err(error) => return Ok(Some(chain(&error))),
            Ok(()) => {}
        }
        Ok(match self.ports.keys.status() {
            VaultStatus::Unlocked => None,
            VaultStatus::Locked => Some("the vault is locked".to_owned()),
            VaultStatus::Empty => Some("the vault is empty".to_owned()),
        })
    }
}
