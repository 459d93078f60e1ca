//! What the hot wallet does, one transaction at a time.

use std::collections::{BTreeSet, HashSet};

use super::{
    super::{
        CLAIM_MARGIN, PaymentError, Payments, SweepSource,
        claim::{Pick, kept_of},
        lease::Leased,
        pool::{AccountPool, candidate, is_free},
        select::{Pool, Selection},
    },
    ClaimPolicy, ConsolidationPolicy, MOST, SweepPolicy,
    room::{Room, alternate},
};
use crate::{
    error::chain,
    ledger::{Amount, MilestoneIndex, OutputId, UnixTime},
    store::{
        OutputRow, hot, meta,
        payment::{self, OutputRole},
        withdrawal,
    },
};

/// Dead claims of one look.
const RETRIES: u32 = 100;

/// What went wrong in one look. An account that cannot be helped does not hold up the others.
#[derive(Debug, Default)]
pub(super) struct Troubles(Option<(u32, PaymentError)>);

impl Troubles {
    /// Keeps the first error. An account that is not there or not searched yet just waits.
    pub(super) fn note(&mut self, account: u32, error: PaymentError) {
        if !matches!(error, PaymentError::AccountNotFound(_) | PaymentError::Undiscovered) && self.0.is_none() {
            self.0 = Some((account, error));
        }
    }

    /// The first error, in words.
    pub(super) fn reason(&self) -> Option<String> {
        self.0.as_ref().map(|(account, error)| format!("account {account}: {}", chain(error)))
    }
}

impl Payments {
    /// Makes dead claims again that are to be, for what is left of them.
    pub(super) fn retry_claims(&self, room: &mut Room, troubles: &mut Troubles) -> Result<(), PaymentError> {
        for dead in self.ports.store.readers().read(|conn| payment::to_retry(conn, RETRIES))? {
            if !room.is_free(dead.account, OutputRole::Claim) {
                continue;
            }
            let inputs = self.ports.store.readers().read(|conn| payment::inputs(conn, dead.row))?;
            let ids: HashSet<OutputId> = inputs.into_iter().map(|input| input.output_id).collect();
            let wanted = |row: &OutputRow| ids.contains(&row.output_id);
            let pick = Pick { retry: true, retries: Some(dead.row), ..Pick::those(&wanted) };
            match self.claim_quietly(dead.account, &pick) {
                Ok(true) => room.take(dead.account, OutputRole::Claim),
                Ok(false) => {
                    self.ports.store.writer().commit(move |tx| payment::end_retry(tx, dead.row))?;
                }
                Err(error) => troubles.note(dead.account, error),
            }
        }
        Ok(())
    }

    /// Claims what the policy says.
    pub(super) fn claim_due(
        &self,
        policy: &ClaimPolicy,
        room: &mut Room,
        troubles: &mut Troubles,
    ) -> Result<(), PaymentError> {
        let Some(cursor) = self.ports.store.readers().read(meta::cursor)? else { return Ok(()) };
        let now = cursor.position.time;
        let until = policy.within.map(|within| UnixTime(now.0.saturating_add(within)));
        let due = match until {
            Some(until) => self.expiring(now, until)?,
            None => self.claimants(now)?,
        };
        // every other one in its turn: who sends what expires very soon, again and again, does not keep the others waiting
        let turns = self.hot.known().claims.order(&due);
        let wanted = |row: &OutputRow| {
            let end = row.details.conditions.expiration.map(|end| end.time);
            kept_of(row) >= policy.least && until.is_none_or(|until| end.is_some_and(|end| end <= until))
        };
        for account in alternate(&turns, &due) {
            if !room.is_free(account, OutputRole::Claim) {
                // one that nodes refuse may be on its way for ever: the others take turns all the same
                if room.is_busy(account, OutputRole::Claim) {
                    self.hot.known().claims.had(account);
                }
                continue;
            }
            self.hot.known().claims.had(account);
            match self.payer(account).map(drop).and_then(|()| self.claim_quietly(account, &Pick::those(&wanted))) {
                Ok(true) => room.take(account, OutputRole::Claim),
                Ok(false) => self.claim_later(account, now)?,
                Err(error) => troubles.note(account, error),
            }
        }
        Ok(())
    }

    /// Looks at an account's claims no more before the next output under conditions comes, which is told, or a timelock ends.
    fn claim_later(&self, account: u32, now: UnixTime) -> Result<(), PaymentError> {
        // after the time of this look: a timelock that has ended since was not seen by it
        let next = self.next_unlock(account, now)?;
        let mut known = self.hot.known();
        known.claimants.remove(&account);
        match next {
            Some(time) => known.later.insert(account, time),
            None => known.later.remove(&account),
        };
        Ok(())
    }

    /// The accounts with outputs that can be claimed and are lost by a time, the first to be lost first.
    fn expiring(&self, now: UnixTime, until: UnixTime) -> Result<Vec<u32>, PaymentError> {
        let after = UnixTime(now.0.saturating_add(CLAIM_MARGIN));
        Ok(self.ports.store.readers().read(|conn| hot::expiring(conn, after, until))?)
    }

    /// The accounts that may have something to claim: those with outputs under conditions at the start, those that got one
    /// since, and those of which a timelock has ended. When they are many, those that have something to lose come first.
    fn claimants(&self, now: UnixTime) -> Result<Vec<u32>, PaymentError> {
        if !self.hot.known().listed {
            let holding = self.ports.store.readers().read(hot::holding)?;
            let mut known = self.hot.known();
            known.claimants.extend(holding);
            known.listed = true;
        }
        let mut known = self.hot.known();
        let unlocked: Vec<u32> =
            known.later.iter().filter(|(_, time)| **time <= now).map(|(account, _)| *account).collect();
        known.claimants.extend(unlocked);
        let all = known.claimants.clone();
        drop(known);
        if all.len() <= MOST {
            return Ok(all.into_iter().collect());
        }
        let mut due = self.expiring(now, UnixTime(u32::MAX))?;
        due.retain(|account| all.contains(account));
        let first: BTreeSet<u32> = due.iter().copied().collect();
        due.extend(all.difference(&first));
        Ok(due)
    }

    /// Puts outputs of accounts together that have too many, and answers the `strained` ones for which nothing was done.
    pub(super) fn consolidate_due(
        &self,
        policy: &ConsolidationPolicy,
        strained: BTreeSet<u32>,
        room: &mut Room,
        troubles: &mut Troubles,
    ) -> Result<BTreeSet<u32>, PaymentError> {
        let above = policy.above(self.policy.ready_outputs);
        let accounts: BTreeSet<u32> = match policy.account {
            Some(account) => BTreeSet::from([account]),
            None => {
                let crowded = self.ports.store.readers().read(|conn| hot::crowded(conn, above))?;
                crowded.into_iter().chain(strained.iter().copied()).collect()
            }
        };
        let turns = self.hot.known().crowds.order(&accounts.into_iter().collect::<Vec<_>>());
        let into = self.hot.policy.sweep.as_ref().map(|sweep| sweep.into);
        let mut left = BTreeSet::new();
        for account in turns {
            let strained = strained.contains(&account);
            if !room.is_free(account, OutputRole::Consolidation) {
                if room.is_busy(account, OutputRole::Consolidation) {
                    self.hot.known().crowds.had(account);
                }
                left.extend(strained.then_some(account));
                continue;
            }
            self.hot.known().crowds.had(account);
            match self.consolidate_one(account, above, strained) {
                Ok(true) => {
                    room.take(account, OutputRole::Consolidation);
                    self.hot.known().consolidated |= into == Some(account);
                }
                Ok(false) => {}
                Err(error) => {
                    left.extend(strained.then_some(account));
                    troubles.note(account, error);
                }
            }
        }
        Ok(left)
    }

    /// Puts the smallest outputs of an account together: at most half of what it has, so that the rest is there for payments
    /// meanwhile.
    fn consolidate_one(&self, account: u32, above: u64, strained: bool) -> Result<bool, PaymentError> {
        let free = self.ports.store.readers().read(|conn| hot::free(conn, account, above.saturating_add(1)))?;
        if free <= above && !strained {
            return Ok(false);
        }
        let (payer, network) = self.payer(account)?;
        let limit = self.ports.drafter.limits().0;
        let lease = self.leases.choose(|leased| {
            self.ports.store.readers().read(|conn| {
                let pool = AccountPool { conn, account, leased };
                let available = pool.available()?;
                // withdrawals that can be paid are, first
                let payable = !withdrawal::waiting(conn, account, available, 1)?.is_empty();
                let most = Amount::new(available.units() / 2);
                let mut selection = Selection { inputs: Vec::new(), remainder: Amount::ZERO };
                if payable && !strained {
                    return Ok(selection);
                }
                let mut sum = Amount::ZERO;
                for one in pool.smallest(limit)? {
                    let Some(with) = sum.checked_add(one.amount).filter(|with| *with <= most) else { break };
                    sum = with;
                    selection.inputs.push(one);
                }
                Ok::<_, PaymentError>(selection)
            })
        })?;
        Ok(lease.inputs().len() > 1 && self.sweep_once(&payer, &network, &lease)?.is_some())
    }

    /// Sweeps what the policy says.
    pub(super) fn sweep_due(&self, room: &mut Room, troubles: &mut Troubles) {
        let Some(policy) = &self.hot.policy.sweep else { return };
        if room.is_free(policy.into, OutputRole::Sweep)
            && let Err(error) = self.sweep_idle(policy, room)
        {
            troubles.note(policy.into, error);
        }
    }

    fn sweep_idle(&self, policy: &SweepPolicy, room: &mut Room) -> Result<(), PaymentError> {
        let (payer, network) = self.payer(policy.into)?;
        let Some(cursor) = self.ports.store.readers().read(meta::cursor)? else { return Ok(()) };
        let at = cursor.position;
        let filter = hot::IdleFilter {
            least: policy.least,
            until: MilestoneIndex(at.index.0.saturating_sub(policy.min_age)),
            until_time: UnixTime(at.time.0.saturating_sub(policy.min_age_seconds)),
        };
        let most = policy.max_count.clamp(1, self.ports.drafter.limits().0);
        // payments choose meanwhile: what they have leased comes on top
        let found = self.idle(policy, &filter, most + self.leases.look(Leased::len))?;
        let lease = self.leases.choose(|leased| {
            self.ports.store.readers().read(|conn| {
                let mut inputs = Vec::with_capacity(found.len().min(most));
                for row in found {
                    if inputs.len() < most && !leased.contains_key(&row.output_id) && is_free(conn, &row.output_id)? {
                        inputs.push(candidate(row));
                    }
                }
                Ok::<_, PaymentError>(Selection { inputs, remainder: Amount::ZERO })
            })
        })?;
        let enough = lease.inputs().len() >= policy.min_count.max(1);
        if enough && self.sweep_once(&payer, &network, &lease)?.is_some() {
            room.take(policy.into, OutputRole::Sweep);
            let mut known = self.hot.known();
            known.swept = lease.inputs().last().map(|input| input.key.account);
            known.consolidated = false;
        }
        Ok(())
    }

    /// Up to `most` outputs that lie idle, account by account, from behind the one that the last sweep ended with and round to it:
    /// each account has its turn. Reads what is to be swept, and one entry of an index for each account beside.
    fn idle(
        &self,
        policy: &SweepPolicy,
        filter: &hot::IdleFilter,
        most: usize,
    ) -> Result<Vec<OutputRow>, PaymentError> {
        let mut listed = match &policy.from {
            SweepSource::Others => Vec::new(),
            SweepSource::Accounts(all) => all.clone(),
        };
        listed.sort_unstable();
        let begin = self.hot.known().swept;
        let (mut place, mut round, mut found) = (begin, begin.is_some(), Vec::new());
        while found.len() < most {
            let left = most - found.len();
            let step = self.ports.store.readers().read(|conn| {
                let next = match &policy.from {
                    SweepSource::Others => hot::next_holder(conn, place)?,
                    SweepSource::Accounts(_) => listed.get(listed.partition_point(|one| Some(*one) <= place)).copied(),
                };
                let Some(account) = next else { return Ok::<_, PaymentError>(None) };
                let own = account == policy.into;
                let rows = if own { Vec::new() } else { hot::idle(conn, account, filter, left)? };
                Ok(Some((account, rows)))
            })?;
            match step {
                Some((account, rows)) if round || begin.is_none_or(|begin| account <= begin) => {
                    place = Some(account);
                    found.extend(rows);
                }
                None if round => (place, round) = (None, false),
                _ => break,
            }
        }
        Ok(found)
    }
}
