//! What is prepared, by its id.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    super::{
        build::{Drafted, Terms},
        turns::{Turn, Turns},
    },
    Canonical, Lease, PREPARED_LIMIT, Payer, PaymentError, Prepared,
};
use crate::ledger::{Network, Payee, TransactionId};

/// So many submitted ones are remembered.
const MEMORY: usize = 1_000;

/// A prepared transaction; its inputs are free when it is dropped.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) shown: Prepared,
    pub(super) request: Canonical,
    pub(super) payer: Payer,
    pub(super) payees: Vec<Payee>,
    pub(super) terms: Terms,
    pub(super) drafted: Drafted,
    /// The network that it was decided for.
    pub(super) network: Network,
    pub(super) lease: Lease,
}

/// What an id names.
pub(super) enum Found {
    /// It is prepared; it is the caller's now.
    Here(Box<Entry>),
    /// It was submitted as this.
    Submitted(TransactionId),
}

#[derive(Default)]
struct Inner {
    entries: BTreeMap<String, Entry>,
    submitted: VecDeque<(String, TransactionId)>,
}

impl Inner {
    fn submitted_as(&self, id: &str) -> Option<TransactionId> {
        self.submitted.iter().find(|(submitted, _)| submitted == id).map(|(_, transaction)| *transaction)
    }
}

/// All that is prepared in a wallet. Safe to use from any thread.
#[derive(Default)]
pub(in crate::payments) struct PreparedSet {
    turns: Turns,
    inner: Mutex<Inner>,
}

impl PreparedSet {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One thread at a time for an id.
    pub(super) fn turn(&self, id: &str) -> Turn {
        self.turns.take(Some(id))
    }

    pub(super) fn check_room(&self) -> Result<(), PaymentError> {
        let full = self.inner().entries.len() >= PREPARED_LIMIT;
        if full { Err(PaymentError::PreparedLimit { limit: PREPARED_LIMIT }) } else { Ok(()) }
    }

    /// Adds one; without room it is dropped.
    pub(super) fn add(&self, entry: Entry) -> Result<Prepared, PaymentError> {
        let shown = entry.shown.clone();
        let mut inner = self.inner();
        if inner.entries.len() >= PREPARED_LIMIT {
            return Err(PaymentError::PreparedLimit { limit: PREPARED_LIMIT });
        }
        inner.entries.insert(shown.id.clone(), entry);
        Ok(shown)
    }

    /// Takes one out.
    pub(super) fn take(&self, id: &str) -> Result<Found, PaymentError> {
        let mut inner = self.inner();
        if let Some(entry) = inner.entries.remove(id) {
            return Ok(Found::Here(Box::new(entry)));
        }
        inner.submitted_as(id).map(Found::Submitted).ok_or_else(|| PaymentError::PreparedNotFound(id.to_owned()))
    }

    /// All that is prepared with this idempotency key.
    pub(super) fn with_key(&self, key: &str) -> Vec<String> {
        let inner = self.inner();
        let entries = inner.entries.values().filter(|entry| entry.request.key.as_deref() == Some(key));
        entries.map(|entry| entry.shown.id.clone()).collect()
    }

    /// The idempotency key of one that is prepared.
    pub(super) fn key(&self, id: &str) -> Option<String> {
        self.inner().entries.get(id)?.request.key.clone()
    }

    /// What one has become.
    pub(super) fn submitted_as(&self, id: &str) -> Option<TransactionId> {
        self.inner().submitted_as(id)
    }

    /// Gives one back that could not be submitted now.
    pub(super) fn put_back(&self, entry: Entry) {
        self.inner().entries.insert(entry.shown.id.clone(), entry);
    }

    /// Remembers what one has become.
    pub(super) fn submitted(&self, id: &str, transaction: TransactionId) {
        let mut inner = self.inner();
        if inner.submitted.len() >= MEMORY {
            inner.submitted.pop_front();
        }
        inner.submitted.push_back((id.to_owned(), transaction));
    }

    /// Takes out what has expired.
    pub(super) fn expired(&self, now_ms: u64) -> Vec<Entry> {
        let mut inner = self.inner();
        let expired = inner.entries.values().filter(|entry| entry.shown.expires_ms <= now_ms);
        let ids: Vec<String> = expired.map(|entry| entry.shown.id.clone()).collect();
        ids.iter().filter_map(|id| inner.entries.remove(id)).collect()
    }

    pub(super) fn list(&self, account: Option<u32>) -> Vec<Prepared> {
        let inner = self.inner();
        let of_account = |entry: &&Entry| account.is_none_or(|account| entry.shown.account == account);
        let mut shown: Vec<Prepared> =
            inner.entries.values().filter(of_account).map(|entry| entry.shown.clone()).collect();
        shown.sort_by(|a, b| (a.created_ms, &a.id).cmp(&(b.created_ms, &b.id)));
        shown
    }
}
