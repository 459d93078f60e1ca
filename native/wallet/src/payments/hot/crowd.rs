//! Accounts with so many outputs that a payment may need more inputs than a transaction takes.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{PaymentError, Payments, pool::AccountPool, select::Pool};
use crate::{
    events::{ConsolidationStatus, Notice},
    store::{account, hot},
};

/// The accounts that were told of, each with the number of spendable outputs at which it is over.
#[derive(Debug, Default)]
pub(super) struct Crowd(BTreeMap<u32, u64>);

impl Crowd {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether an account with so many spendable outputs is to be told of, and as what.
    fn note(&mut self, account: u32, free: u64, limit: u64, over: Option<u64>) -> Option<bool> {
        match (self.0.get(&account), over) {
            (Some(known), _) if free <= *known => {
                self.0.remove(&account);
                Some(false)
            }
            (None, Some(over)) => {
                self.0.insert(account, over);
                Some(true)
            }
            (None, None) if free > limit => {
                self.0.insert(account, limit / 2);
                Some(true)
            }
            _ => None,
        }
    }
}

impl Payments {
    /// Tells of accounts that have too many outputs now, `strained` ones among them, and of those that no longer have.
    /// Costs as much as there are such accounts.
    pub(super) fn watch_crowds(&self, strained: &BTreeSet<u32>) -> Result<(), PaymentError> {
        let most = u64::try_from(self.ports.drafter.limits().0).unwrap_or(u64::MAX);
        let limit = u64::try_from(self.hot.policy.crowded).unwrap_or(u64::MAX).max(most);
        let crowded = self.ports.store.readers().read(|conn| hot::crowded(conn, limit))?;
        let known: Vec<u32> = self.hot.known().crowd.0.keys().copied().collect();
        let accounts: BTreeSet<u32> = crowded.into_iter().chain(known).chain(strained.iter().copied()).collect();
        for account in accounts {
            let free = self.ports.store.readers().read(|conn| hot::free(conn, account, limit.saturating_add(1)))?;
            let over = strained.contains(&account).then_some(most);
            let told = self.hot.known().crowd.note(account, free, limit, over);
            if let Some(required) = told {
                self.tell_crowd(account, required)?;
            }
        }
        Ok(())
    }

    fn tell_crowd(&self, account: u32, required: bool) -> Result<(), PaymentError> {
        let most = u32::try_from(self.ports.drafter.limits().0).unwrap_or(u32::MAX);
        let status = self.leases.look(|leased| {
            self.ports.store.readers().read(|conn| {
                let Some(row) = account::by_index(conn, account)? else { return Ok(None) };
                Ok::<_, PaymentError>(Some(ConsolidationStatus {
                    account,
                    alias: row.alias,
                    required,
                    outputs: row.holdings.output_count,
                    available: AccountPool { conn, account, leased }.available()?,
                    payable: hot::reach(conn, account, most)?,
                }))
            })
        })?;
        if let Some(status) = status {
            if required {
                tracing::warn!(account, outputs = status.outputs, "payments may need too many inputs: consolidate");
            }
            self.ports.bus.publish(Notice::Consolidation(status));
            // those who wait for the wallet's health look again
            self.ports.store.pulse().beat();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_told_of_when_it_has_too_many_and_when_half_are_left() {
        let mut crowd = Crowd::default();
        assert_eq!(crowd.note(1, 1_000, 1_000, None), None);
        assert_eq!(crowd.note(1, 1_001, 1_000, None), Some(true));
        for free in [1_001, 501, 900, 1_001] {
            assert_eq!(crowd.note(1, free, 1_000, None), None, "{free}");
        }
        assert_eq!((crowd.note(1, 500, 1_000, None), crowd.len()), (Some(false), 0));
        assert_eq!(crowd.note(1, 500, 1_000, None), None);
    }

    #[test]
    fn one_whose_payment_failed_is_told_of_until_no_payment_can_fail() {
        let mut crowd = Crowd::default();
        assert_eq!(crowd.note(1, 300, 1_000, Some(128)), Some(true));
        assert_eq!(crowd.note(1, 300, 1_000, Some(128)), None);
        assert_eq!(crowd.note(1, 129, 1_000, None), None);
        assert_eq!(crowd.note(1, 128, 1_000, None), Some(false));
    }
}
