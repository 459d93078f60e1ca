//! The node: ledger, tangle and milestones behind one door.

mod faucet;
mod follow;
mod issue;
mod submit;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use iota_sdk::crypto::hashes::{Digest, blake2b::Blake2b256};
use iota_sdk::types::block::{
    address::{Address, Ed25519Address},
    output::{BasicOutputBuilder, Output, OutputId, unlock_condition::AddressUnlockCondition},
    payload::{
        milestone::{MilestoneId, MilestonePayload},
        transaction::TransactionId,
    },
    protocol::ProtocolParameters,
};
use tokio::sync::watch;

pub use self::follow::Lag;
use self::{faucet::Faucet, follow::Following};
pub(crate) use self::{
    faucet::{EnqueueError, MAX_PAID_OUTPUTS},
    submit::SubmitError,
};
use crate::{
    config::{BELOW_MAX_DEPTH, Config, TOKEN_SUPPLY, WALLET_AMOUNT, WALLET_PUBLIC_KEY},
    ledger::{Ledger, Moment},
    tangle::Tangle,
};

/// A confirmed milestone.
#[derive(Debug)]
pub(crate) struct MilestoneRecord {
    pub(crate) at: Moment,
    pub(crate) id: MilestoneId,
    pub(crate) payload: MilestonePayload,
}

/// Everything that changes; one lock, so that every answer is of one ledger state.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) ledger: Ledger,
    pub(crate) tangle: Tangle,
    milestones: BTreeMap<u32, Arc<MilestoneRecord>>,
    milestone_ids: HashMap<MilestoneId, u32>,
    latest: Option<Arc<MilestoneRecord>>,
    /// Blocks attached since the last milestone, and at it.
    pub(crate) metrics: Metrics,
}

/// Figures of the last milestone, as `info` reports them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) blocks_per_second: f64,
    pub(crate) referenced_blocks_per_second: f64,
    pub(crate) referenced_rate: f64,
    new_blocks: u32,
}

impl State {
    pub(crate) fn milestone(&self, index: u32) -> Option<&Arc<MilestoneRecord>> {
        self.milestones.get(&index)
    }

    pub(crate) fn milestone_by_id(&self, id: &MilestoneId) -> Option<&Arc<MilestoneRecord>> {
        self.milestone_ids.get(id).and_then(|index| self.milestones.get(index))
    }

    /// The latest milestone; it is the confirmed one as well.
    pub(crate) fn latest(&self) -> Option<&Arc<MilestoneRecord>> {
        self.latest.as_ref()
    }

    fn prune(&mut self, target: u32) {
        self.ledger.prune(target);
        self.tangle.prune(target);
        let kept = self.milestones.split_off(&target.saturating_add(1));
        for record in std::mem::replace(&mut self.milestones, kept).into_values() {
            self.milestone_ids.remove(&record.id);
        }
    }
}

/// A node with its ledger in memory.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) config: Config,
    pub(crate) protocol: ProtocolParameters,
    state: RwLock<State>,
    /// Held while a milestone is made; the ledger changes under no other lock.
    issuing: Mutex<()>,
    faucet: Mutex<Faucet>,
    paused: AtomicBool,
    /// So many of the next submitted blocks stay out of the milestones.
    withhold: AtomicU32,
    /// The index of the latest milestone, for those who wait for the next one.
    confirmed: watch::Sender<u32>,
    /// How many milestones are kept; 0: all.
    keep: AtomicU32,
    followers: Mutex<Vec<Weak<Node>>>,
    following: Option<Following>,
}

impl Node {
    /// A node at milestone 1, which confirms nothing.
    ///
    /// # Errors
    /// When the network's name or human-readable part is not valid.
    pub(crate) fn new(config: Config) -> Result<Self, iota_sdk::types::block::Error> {
        let protocol = config.protocol()?;
        let faucet_output = genesis_output([0; 32], faucet::address(), TOKEN_SUPPLY - WALLET_AMOUNT)?;
        // the ids that Hornet's snapshot generator gives
        let mut second = [0; TransactionId::LENGTH];
        second[0] = 1;
        let wallet_address = Ed25519Address::new(Blake2b256::digest(WALLET_PUBLIC_KEY).into()).into();
        let wallet_output = genesis_output(second, wallet_address, WALLET_AMOUNT)?;
        let faucet = Faucet::new(faucet_output.clone(), config.faucet_amount);
        let keep = config.keep_milestones.unwrap_or(0);
        let node = Self {
            protocol,
            config,
            state: RwLock::new(State {
                ledger: Ledger::genesis([faucet_output, wallet_output]),
                tangle: Tangle::new(BELOW_MAX_DEPTH),
                milestones: BTreeMap::new(),
                milestone_ids: HashMap::new(),
                latest: None,
                metrics: Metrics::default(),
            }),
            issuing: Mutex::new(()),
            faucet: Mutex::new(faucet),
            paused: AtomicBool::new(false),
            withhold: AtomicU32::new(0),
            confirmed: watch::Sender::new(0),
            keep: AtomicU32::new(keep),
            followers: Mutex::new(Vec::new()),
            following: None,
        };
        if node.config.other_ledger {
            node.write().attach_marker()?;
        }
        node.issue_milestone()?;
        Ok(node)
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The index of the latest milestone, as it grows.
    pub(crate) fn confirmed(&self) -> watch::Receiver<u32> {
        self.confirmed.subscribe()
    }

    /// Forgets everything up to a milestone, at most the one before the latest. Returns the pruning index.
    pub(crate) fn prune(&self, target: u32) -> u32 {
        let _issuing = lock(&self.issuing);
        let mut state = self.write();
        let target = target.min(state.ledger.index().saturating_sub(1));
        state.prune(target);
        state.ledger.pruned()
    }

    /// Keeps the last `count` milestones from now on and forgets older ones as new ones come; 0: keeps all.
    pub(crate) fn set_keep(&self, count: u32) {
        let _issuing = lock(&self.issuing);
        self.keep.store(count, Ordering::Relaxed);
        let latest = self.read().ledger.index();
        self.prune_old(latest);
    }

    pub(crate) fn keep(&self) -> u32 {
        self.keep.load(Ordering::Relaxed)
    }

    fn prune_old(&self, latest: u32) {
        let keep = self.keep();
        if keep > 0 && latest > keep {
            self.write().prune(latest - keep);
        }
    }

    /// Stops and resumes milestones by timer. Once they are stopped, none comes any more.
    pub(crate) fn set_paused(&self, paused: bool) {
        if let Some(leader) = self.leader() {
            return leader.set_paused(paused);
        }
        self.paused.store(paused, Ordering::Relaxed);
        if paused {
            // one that the timer began before is waited for; the next one sees that it must not be
            drop(lock(&self.issuing));
        }
    }

    pub(crate) fn is_paused(&self) -> bool {
        if let Some(leader) = self.leader() {
            return leader.is_paused();
        }
        self.paused.load(Ordering::Relaxed)
    }

    /// Keeps the next `count` submitted blocks out of the milestones.
    pub(crate) fn set_withhold(&self, count: u32) {
        match self.leader() {
            Some(leader) => leader.set_withhold(count),
            None => self.withhold.store(count, Ordering::Relaxed),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn genesis_output(
    transaction_id: [u8; TransactionId::LENGTH],
    address: Address,
    amount: u64,
) -> Result<(OutputId, Output), iota_sdk::types::block::Error> {
    let output = BasicOutputBuilder::new_with_amount(amount)
        .add_unlock_condition(AddressUnlockCondition::new(address))
        .finish_output(TOKEN_SUPPLY)?;
    Ok((OutputId::new(TransactionId::new(transaction_id), 0)?, output))
}

#[cfg(test)]
mod tests;
