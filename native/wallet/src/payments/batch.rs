//! The thread `withdrawals`: puts requested withdrawals together into transactions.
//!
//! A batch forms by itself: what is requested while one transaction is made waits and goes into the next. A policy can
//! make it wait longer for more company. What cannot be paid now (no funds, a locked vault, a gap) stays requested with its
//! reason, and is looked at again with each milestone and each request.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, PoisonError, Weak},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    Payer, PaymentError, Payments, RemainderStrategy,
    build::Order,
    marker::Markers,
    persist::{Made, Purpose, Refused},
    pool::AccountPool,
    request::{batch_digest, check_amount},
    select::{Pool, Wish},
    settle::{refuse_foreign_signer, refuse_frozen, refuse_gap},
};
use crate::{
    error::chain,
    events::{Bus, Notice, SyncState},
    ledger::{Amount, Network, Payee},
    store::{
        account, meta, panic_text,
        payment::OutputRole,
        withdrawal::{self, WithdrawalRow},
    },
};

/// Recipients of a transaction; one output is left for the remainder.
const MOST: usize = 127;
/// Requests that are looked at to find those that can be paid.
const WINDOW: u32 = 1_000;
/// An amount that no request exceeds.
const EVERY: Amount = Amount::new(i64::MAX as u64);
/// Requests that are passed over in one look because not even alone they leave a remainder that can be.
const TRIES: usize = 32;
/// A part of a split remainder holds at least so many times the storage deposit.
const LEAST_PART: u64 = 20;
/// Pause after a failure that the next milestone may not mend.
const PAUSE: Duration = Duration::from_secs(1);

/// How withdrawals are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchPolicy {
    /// How long a request waits for company at most; zero, the default: not at all beyond the transaction that is being
    /// made.
    pub delay: Duration,
    /// Requests that are enough company: 1 to 127.
    pub count: usize,
}

impl Default for BatchPolicy {
    fn default() -> Self {
        Self { delay: Duration::ZERO, count: MOST }
    }
}

#[derive(Default)]
struct Signal {
    stopped: bool,
    /// The wallet stands before a gap: nothing is paid.
    gap: bool,
    /// Something may be payable that was not.
    look: bool,
    /// Requests since the last look, and when the first of them came.
    fresh: usize,
    since: Option<Instant>,
}

type Shared = Arc<(Mutex<Signal>, Condvar)>;

/// The thread and what wakes it.
pub(super) struct Batches {
    policy: BatchPolicy,
    shared: Shared,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Batches {
    pub(super) fn new(policy: BatchPolicy, bus: &Bus) -> Self {
        let shared = Shared::default();
        let heard = Arc::clone(&shared);
        bus.subscribe(Box::new(move |notice| {
            if let Notice::Sync(status) = &**notice {
                let gap = status.gap.is_some() || status.state == SyncState::Gap;
                put(&heard, |signal| {
                    signal.look |= signal.gap && !gap;
                    signal.gap = gap;
                });
            }
        }));
        Self { policy, shared, thread: Mutex::default() }
    }

    pub(super) fn start(&self, payments: &Arc<Payments>) -> Result<(), std::io::Error> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_some() || put(&self.shared, |signal| signal.stopped) {
            return Ok(());
        }
        // those that wait since before the start
        put(&self.shared, |signal| signal.look = true);
        let (shared, policy, payments) = (Arc::clone(&self.shared), self.policy, Arc::downgrade(payments));
        let halt = payments.upgrade().map(|payments| Arc::clone(payments.ports.store.halt()));
        let span = tracing::Span::current();
        let spawned = thread::Builder::new().name("withdrawals".to_owned()).spawn(move || {
            let run = || span.in_scope(|| run(&shared, policy, &payments));
            if let Err(panic) = catch_unwind(AssertUnwindSafe(run))
                && let Some(halt) = halt
            {
                halt.halt(format!("the withdrawals thread panicked: {}", panic_text(panic.as_ref())));
            }
        });
        *thread = Some(spawned?);
        Ok(())
    }

    /// Tells that withdrawals are on disk.
    pub(super) fn requested(&self, count: usize) {
        if count > 0 {
            put(&self.shared, |signal| {
                signal.fresh += count;
                signal.since.get_or_insert_with(Instant::now);
            });
        }
    }

    /// Tells that a milestone may have made payable what was not.
    pub(super) fn applied(&self) {
        put(&self.shared, |signal| signal.look = true);
    }

    pub(super) fn close(&self) {
        put(&self.shared, |signal| signal.stopped = true);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // the last owner of the payments may be this very thread
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            // a panic in it is caught there
            drop(thread.join());
        }
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
fn wait(shared: &Shared, policy: BatchPolicy) -> bool {
    let (signal, changed) = &**shared;
    let mut signal = signal.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if signal.stopped {
            return false;
        }
        let left = signal.since.map(|since| policy.delay.saturating_sub(since.elapsed()));
        let enough = signal.fresh >= policy.count || left == Some(Duration::ZERO);
        if !signal.gap && (enough || (signal.look && signal.fresh == 0)) {
            *signal = Signal { stopped: signal.stopped, gap: signal.gap, ..Signal::default() };
            return true;
        }
        signal = match left.filter(|left| !left.is_zero()) {
            Some(left) => changed.wait_timeout(signal, left).unwrap_or_else(PoisonError::into_inner).0,
            None => changed.wait(signal).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

fn run(shared: &Shared, policy: BatchPolicy, payments: &Weak<Payments>) {
    while wait(shared, policy) {
        let Some(payments) = payments.upgrade() else { return };
        if payments.ports.store.halt().reason().is_some() {
            return;
        }
        if let Err(error) = payments.pay_waiting(shared, policy) {
            tracing::warn!(error = &error as &dyn std::error::Error, "withdrawals could not be read or stored");
            drop(payments);
            thread::sleep(PAUSE);
            put(shared, |signal| signal.look = true);
        }
    }
}

/// What one look at an account's requests came to.
enum Look {
    /// So many were put into a transaction.
    Paid(usize),
    /// Some have changed meanwhile.
    Again,
    /// None can be paid now, and why.
    Stuck(String),
}

impl Payments {
    fn pay_waiting(&self, shared: &Shared, policy: BatchPolicy) -> Result<(), PaymentError> {
        let most = policy.count.clamp(1, MOST);
        for account in self.ports.store.readers().read(withdrawal::accounts_waiting)? {
            loop {
                if put(shared, |signal| signal.stopped || signal.gap) {
                    return Ok(());
                }
                let available = self.available(account)?;
                let (payable, all) = self.ports.store.readers().read(|conn| {
                    let payable = withdrawal::waiting(conn, account, available, WINDOW)?;
                    Ok::<_, PaymentError>((payable, withdrawal::waiting(conn, account, EVERY, WINDOW)?))
                })?;
                if all.is_empty() {
                    break;
                }
                match self.pay_some(account, &payable, &all, available, most)? {
                    Look::Paid(count) => tracing::debug!(account, count, "withdrawals are in a transaction"),
                    Look::Again => {}
                    Look::Stuck(reason) => {
                        self.explain(&all, reason)?;
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes why requests wait, where that is news.
    fn explain(&self, rows: &[WithdrawalRow], reason: String) -> Result<(), PaymentError> {
        let told = |row: &&WithdrawalRow| row.reason.as_deref() != Some(&*reason);
        let rows: Vec<i64> = rows.iter().filter(told).map(|row| row.row).collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.ports.store.writer().commit(move |tx| {
            rows.iter().try_for_each(|row| withdrawal::explain(tx, *row, &reason))?;
            fail_point!("withdrawal:explaining");
            Ok::<_, PaymentError>(())
        })?;
        fail_point!("withdrawal:explained");
        Ok(())
    }

    /// Puts as many of the requests that are payable into one transaction as the funds and the ledger allow, the older ones
    /// first. One that does not fit does not hold up the others.
    fn pay_some(
        &self,
        account: u32,
        payable: &[WithdrawalRow],
        all: &[WithdrawalRow],
        available: Amount,
        most: usize,
    ) -> Result<Look, PaymentError> {
        let (payer, network) = match self.payer(account) {
            Ok(found) => found,
            Err(PaymentError::Store(error)) => return Err(error.into()),
            Err(error) => return Ok(Look::Stuck(chain(&error))),
        };
        let needed = all.iter().map(|row| row.amount).min().unwrap_or(Amount::ZERO);
        let mut reason = PaymentError::InsufficientFunds { needed, available };
        let fits = |row: &&WithdrawalRow| {
            check_amount(&network, &*self.ports.drafter, 0, &row.address, row.amount).map_err(|error| chain(&error))
        };
        let mut rows: Vec<&WithdrawalRow> = payable.iter().collect();
        // the network's storage deposit may have grown since it was asked for
        for row in &rows {
            if let Err(reason) = fits(row) {
                self.explain(std::slice::from_ref(*row), reason)?;
            }
        }
        rows.retain(|row| fits(row).is_ok());
        for _ in 0..TRIES {
            let mut chosen = affordable(&rows, available, most);
            let Some(first) = chosen.first().map(|row| row.amount) else { break };
            while !chosen.is_empty() {
                match self.pay(&payer, &network, &chosen) {
                    Ok(look) => return Ok(look),
                    Err(
                        error @ (PaymentError::InsufficientFunds { .. }
                        | PaymentError::TooManyInputs { .. }
                        | PaymentError::Draft(_)),
                    ) => {
                        // what remains would be dust, or is in too many outputs: fewer recipients may do
                        chosen.truncate(chosen.len() / 2);
                        reason = error;
                    }
                    Err(PaymentError::Store(error)) => return Err(error.into()),
                    Err(error) => return Ok(Look::Stuck(chain(&error))),
                }
            }
            // not even alone, so neither does another one of that amount; and none that is larger has fewer inputs
            let many = matches!(reason, PaymentError::TooManyInputs { .. });
            rows.retain(|row| if many { row.amount < first } else { row.amount != first });
        }
        Ok(Look::Stuck(chain(&reason)))
    }

    /// Who pays and where, unless nothing may be paid now.
    fn payer(&self, account: u32) -> Result<(Payer, Network), PaymentError> {
        self.ports.store.readers().read(|conn| {
            refuse_foreign_signer(conn)?;
            refuse_frozen(conn)?;
            refuse_gap(conn)?;
            let row = account::by_index(conn, account)?.ok_or(PaymentError::AccountNotFound(account))?;
            if row.discovery {
                return Err(PaymentError::Undiscovered);
            }
            let network = meta::network(conn)?.ok_or(PaymentError::NetworkUnknown)?;
            Ok((Payer { account, alias: row.alias, key: None }, network))
        })
    }

    /// Into how many outputs a batch's remainder is split, so that as many outputs as the policy wants can each pay a batch
    /// like this one: then the next batches do not wait for this one's remainder.
    fn parts(&self, account: u32, wish: &Wish, remainder: Amount, recipients: usize) -> Result<usize, PaymentError> {
        let wanted = self.policy.ready_outputs;
        if wanted <= 1 {
            return Ok(1);
        }
        let least = wish.amount.max(Amount::new(wish.least_remainder.units().saturating_mul(LEAST_PART)));
        let ready = self.leases.look(|leased| {
            self.ports.store.readers().read(|conn| AccountPool { conn, account, leased }.count(least, wanted))
        })?;
        let affordable = usize::try_from(remainder.units() / least.units().max(1)).unwrap_or(usize::MAX);
        let room = self.ports.drafter.limits().1.saturating_sub(recipients);
        Ok(wanted.saturating_sub(ready).min(affordable).min(room).max(1))
    }

    /// The markers of the requests' keys.
    fn markers(&self, network: &Network, rows: &[&WithdrawalRow]) -> Result<Markers, PaymentError> {
        let key = self.marker_key()?;
        Ok(Markers::Withdrawals(rows.iter().map(|row| key.marker(network, &row.key)).collect()))
    }

    fn available(&self, account: u32) -> Result<Amount, PaymentError> {
        self.release_expired();
        self.leases
            .look(|leased| self.ports.store.readers().read(|conn| AccountPool { conn, account, leased }.available()))
    }

    fn pay(&self, payer: &Payer, network: &Network, rows: &[&WithdrawalRow]) -> Result<Look, PaymentError> {
        let payees: Vec<Payee> = rows.iter().map(|row| Payee { address: row.address, amount: row.amount }).collect();
        let sum = Amount::checked_sum(payees.iter().map(|payee| payee.amount)).unwrap_or(Amount::new(u64::MAX));
        let wish = self.wish(network, &payees[0].address, sum);
        let lease = self.choose(payer.account, &wish, &[])?;
        let order = Order {
            payer,
            digest: batch_digest(rows.iter().map(|row| &row.digest)),
            payees: &payees,
            role: OutputRole::Payee,
            remainder: RemainderStrategy::ChangeAddress,
            tagged_data: self.markers(network, rows)?.write(),
            contests: None,
            parts: self.parts(payer.account, &wish, lease.remainder(), payees.len())?,
        };
        let new = self.build(&order, network, lease.inputs(), lease.remainder())?;
        fail_point!("withdrawal:signed");
        match self.persist(new, Purpose::Withdrawals(rows.iter().map(|row| row.row).collect())) {
            Ok(Made::New(signed)) => {
                fail_point!("withdrawal:assigned");
                self.drive.add(signed.position);
                Ok(Look::Paid(rows.len()))
            }
            Ok(Made::Existing(_)) | Err(Refused::InputTaken | Refused::Outdated) => Ok(Look::Again),
            Err(Refused::Other(error)) => Err(error),
        }
    }
}

/// The first requests that the funds allow together; one that is too large for what is left does not hold up the others.
fn affordable<'a>(rows: &[&'a WithdrawalRow], available: Amount, most: usize) -> Vec<&'a WithdrawalRow> {
    let mut left = available;
    let mut chosen = Vec::new();
    for row in rows.iter().copied() {
        if chosen.len() == most {
            break;
        }
        if let Some(rest) = left.checked_sub(row.amount) {
            left = rest;
            chosen.push(row);
        }
    }
    chosen
}
