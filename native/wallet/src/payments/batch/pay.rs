//! One look at the requests that wait: which of them one transaction pays, and why the others still wait.

use std::collections::HashSet;

use super::{
    super::{
        MicroAmount, Payer, PaymentError, Payments, RemainderStrategy,
        build::{Order, Terms},
        marker::Markers,
        micro::Loan,
        persist::{Made, Purpose, Refused},
        pool::AccountPool,
        request::batch_digest,
        select::Pool,
        settle::refuse_to_pay,
    },
    BatchPolicy, Shared, UnderWay, leave, put,
};
use crate::{
    error::chain,
    ledger::{Amount, Network, Payee},
    store::{
        account, meta,
        payment::OutputRole,
        withdrawal::{self, WithdrawalRow},
    },
};

/// Requests that are looked at to find those that can be paid.
const WINDOW: u32 = 1_000;
/// An amount that no request exceeds.
const EVERY: Amount = Amount::new(i64::MAX as u64);
/// Transactions that are made for one account before the others are looked at.
const IN_A_ROW: usize = 64;
/// Requests that are passed over in one look because not even alone they leave a remainder that can be.
const TRIES: usize = 32;

/// What one look at an account's requests came to.
enum Look {
    /// So many were put into a transaction; with `more`, others that could be paid by the next one at once.
    Paid { count: usize, more: bool },
    /// They are fewer than make a full transaction, and wait for company.
    Left,
    /// Some have changed meanwhile.
    Again,
    /// None can be paid now, and why; none: there are no funds.
    Stuck(Option<String>),
}

impl Look {
    fn stuck(error: &PaymentError) -> Self {
        Self::Stuck(Some(chain(error)))
    }
}

/// A request as a transaction pays it.
struct Due<'a> {
    row: &'a WithdrawalRow,
    /// Who gets how much, with what is lent.
    payee: Payee,
    /// The storage deposit in it that comes back.
    loan: Option<Loan>,
}

impl Payments {
    pub(super) fn pay_waiting(&self, shared: &Shared, policy: BatchPolicy) -> Result<(), PaymentError> {
        let mut more = true;
        let mut full = HashSet::new();
        while std::mem::take(&mut more) {
            for account in self.ports.store.readers().read(withdrawal::accounts_waiting)? {
                more |= self.pay_account(account, &mut full, shared, policy)?;
            }
        }
        Ok(())
    }

    /// Pays what an account can pay now; those that have made a full transaction are in `full`. True: there may be more, after the
    /// other accounts.
    fn pay_account(
        &self,
        account: u32,
        full: &mut HashSet<u32>,
        shared: &Shared,
        policy: BatchPolicy,
    ) -> Result<bool, PaymentError> {
        for _ in 0..IN_A_ROW {
            if put(shared, |signal| signal.stopped || signal.gap) {
                return Ok(false);
            }
            // requests that can never be paid as they are have a reason of their own
            let mut misfits = Vec::new();
            match self.pay_some(account, policy, full.contains(&account), shared, &mut misfits)? {
                Look::Paid { count, more } => {
                    tracing::debug!(account, count, "withdrawals are in a transaction");
                    if count < policy.count && !more {
                        // what is left, or comes meanwhile, waits for company
                        put(shared, |signal| signal.look = true);
                        return Ok(false);
                    }
                    full.insert(account);
                }
                Look::Left => return Ok(false),
                Look::Again => {}
                Look::Stuck(reason) => {
                    self.explain_waiting(account, reason, misfits)?;
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Writes why requests wait, where that is news.
    fn explain_waiting(
        &self,
        account: u32,
        reason: Option<String>,
        misfits: Vec<(i64, String)>,
    ) -> Result<(), PaymentError> {
        let all = self.ports.store.readers().read(|conn| withdrawal::waiting(conn, account, EVERY, WINDOW))?;
        let reason = match reason {
            Some(reason) => reason,
            None => {
                let needed = all.iter().map(|row| row.amount).min().unwrap_or(Amount::ZERO);
                chain(&PaymentError::InsufficientFunds { needed, available: self.available(account)? })
            }
        };
        let news = |row: &WithdrawalRow| {
            let own = misfits.iter().find(|(misfit, _)| *misfit == row.row).map(|(_, reason)| reason);
            let reason = own.unwrap_or(&reason);
            (row.reason.as_ref() != Some(reason)).then(|| (row.row, reason.clone()))
        };
        let rows: Vec<(i64, String)> = all.iter().filter_map(news).collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.ports.store.writer().commit(move |tx| {
            rows.iter().try_for_each(|(row, reason)| withdrawal::explain(tx, *row, reason))?;
            fail_point!("withdrawal:explaining");
            Ok::<_, PaymentError>(())
        })?;
        fail_point!("withdrawal:explained");
        Ok(())
    }

    /// Puts as many of the requests that are payable into one transaction as the funds and the ledger allow, the older ones
    /// first. One that does not fit does not hold up the others. Those that cannot be paid as they are come into `misfits`. After a
    /// `full` transaction fewer than make another one wait for company, if the policy says so.
    fn pay_some(
        &self,
        account: u32,
        policy: BatchPolicy,
        full: bool,
        shared: &Shared,
        misfits: &mut Vec<(i64, String)>,
    ) -> Result<Look, PaymentError> {
        let (payer, network) = match self.payer(account) {
            Ok(found) => found,
            Err(PaymentError::Store(error)) => return Err(error.into()),
            Err(error) => return Ok(Look::stuck(&error)),
        };
        let available = self.available(account)?;
        let read = |limit| self.ports.store.readers().read(|conn| withdrawal::waiting(conn, account, available, limit));
        // as many as one transaction pays and one behind them: mostly no more are to be looked at
        let most = policy.count;
        let few = u32::try_from(most).map_or(WINDOW, |most| most.saturating_add(1).min(WINDOW));
        let payable = read(few)?;
        if payable.is_empty() {
            return Ok(Look::Stuck(None));
        }
        if full && payable.len() < most && !policy.delay.is_zero() && leave(shared, policy, payable.len()) {
            return Ok(Look::Left);
        }
        // a vault that locks by itself does so before or after a transaction is made, not meanwhile
        let _at_work = match self.ports.host.work() {
            Ok(at_work) => at_work,
            Err(error) => return Ok(Look::stuck(&error)),
        };
        let mut pay_of = |rows: &[WithdrawalRow]| {
            misfits.clear();
            let mut dues = Vec::with_capacity(rows.len());
            for row in rows {
                match self.due(&network, row) {
                    Ok(due) => dues.push(due),
                    // the network's storage deposit may have grown since it was asked for
                    Err(reason) => misfits.push((row.row, chain(&reason))),
                }
            }
            self.pay_affordable(&payer, &network, dues, available, most, shared)
        };
        let all = payable.len() < usize::try_from(few).unwrap_or(usize::MAX);
        if all || plainly_fit(&payable, available) {
            let look = pay_of(&payable)?;
            if all || !matches!(look, Look::Stuck(_)) {
                return Ok(look);
            }
        }
        // some do not fit beside the others, or not at all, and what is behind them may
        pay_of(&read(WINDOW)?)
    }

    fn pay_affordable(
        &self,
        payer: &Payer,
        network: &Network,
        mut dues: Vec<Due<'_>>,
        available: Amount,
        most: usize,
        shared: &Shared,
    ) -> Result<Look, PaymentError> {
        let mut reason = None;
        for _ in 0..TRIES {
            let mut chosen = affordable(&dues, available, most);
            let Some(first) = chosen.first().map(|due| due.payee.amount) else {
                let needed = dues.iter().map(|due| due.payee.amount).min();
                let lack = needed.map(|needed| chain(&PaymentError::InsufficientFunds { needed, available }));
                return Ok(Look::Stuck(reason.or(lack)));
            };
            // beyond what one transaction pays, so that somebody waits for the next one anyway
            let queued = chosen.len() == most && affordable(&dues, available, most + 1).len() > most;
            let mut many = false;
            while !chosen.is_empty() {
                match self.pay(payer, network, &chosen, queued, shared) {
                    Ok(look) => return Ok(look),
                    Err(
                        error @ (PaymentError::InsufficientFunds { .. }
                        | PaymentError::TooManyInputs { .. }
                        | PaymentError::TooLarge { .. }
                        | PaymentError::Draft(_)),
                    ) => {
                        // what remains would be dust, is in too many outputs, or fits no block: fewer recipients may do
                        chosen.truncate(chosen.len() / 2);
                        many = matches!(error, PaymentError::TooManyInputs { .. });
                        reason = Some(chain(&error));
                    }
                    Err(PaymentError::Store(error)) => return Err(error.into()),
                    Err(error) => return Ok(Look::stuck(&error)),
                }
            }
            // not even alone, so neither does another one of that amount; and none that is larger has fewer inputs
            dues.retain(|due| if many { due.payee.amount < first } else { due.payee.amount != first });
        }
        Ok(Look::Stuck(reason))
    }

    /// Who pays and where, unless nothing may be paid now.
    pub(in super::super) fn payer(&self, account: u32) -> Result<(Payer, Network), PaymentError> {
        self.ports.store.readers().read(|conn| {
            refuse_to_pay(conn)?;
            let row = account::by_index(conn, account)?.ok_or(PaymentError::AccountNotFound(account))?;
            if row.discovery {
                return Err(PaymentError::Undiscovered);
            }
            let network = meta::network(conn)?.ok_or(PaymentError::NetworkUnknown)?;
            Ok((Payer { account, alias: row.alias, key: None }, network))
        })
    }

    /// A request as it is paid by the network's present rules.
    fn due<'a>(&self, network: &Network, row: &'a WithdrawalRow) -> Result<Due<'a>, PaymentError> {
        let micro = row.micro_expiration.map(|expires_after| MicroAmount { expires_after });
        let payee = Payee { address: row.address, amount: row.amount };
        let (payee, loan) = self.lift(network, 0, &payee, micro)?;
        Ok(Due { row, payee, loan })
    }

    /// The markers of the requests' keys.
    fn markers(&self, network: &Network, dues: &[&Due<'_>]) -> Result<Markers, PaymentError> {
        let key = self.marker_key()?;
        Ok(Markers::Withdrawals(dues.iter().map(|due| key.marker(network, &due.row.key)).collect()))
    }

    pub(in super::super) fn available(&self, account: u32) -> Result<Amount, PaymentError> {
        self.release_expired();
        self.leases
            .look(|leased| self.ports.store.readers().read(|conn| AccountPool { conn, account, leased }.available()))
    }

    /// Pays all of these, or, when others are `queued` behind them and outputs that can pay a batch are missing, as many as leave
    /// room for these outputs.
    fn pay(
        &self,
        payer: &Payer,
        network: &Network,
        dues: &[&Due<'_>],
        queued: bool,
        shared: &Shared,
    ) -> Result<Look, PaymentError> {
        if !self.may_pay(dues.iter().map(|due| due.row))? {
            return Ok(Look::Again);
        }
        let all: Vec<Payee> = dues.iter().map(|due| due.payee.clone()).collect();
        let wish = self.wish(network, &all[0].address, sum(&all));
        let lease = self.choose(payer.account, &wish, &[])?;
        let outputs = self.ports.drafter.limits().1;
        let parts = self.parts(payer.account, wish.amount, wish.least_remainder, lease.remainder(), outputs)?;
        // most of a transaction is for recipients, whatever is missing
        let room = if queued { outputs.saturating_sub(parts).max(outputs / 2) } else { dues.len() };
        let (dues, left) = dues.split_at(room.min(dues.len()));
        let (payees, unpaid) = all.split_at(dues.len());
        let parts = parts.min(outputs.saturating_sub(dues.len())).max(1);
        let rest = lease.remainder().checked_add(sum(unpaid)).unwrap_or(Amount::new(u64::MAX));
        let loans: Vec<Option<Loan>> = dues.iter().map(|due| due.loan).collect();
        let terms = Terms { conditions: self.conditions(payer.account, &loans, 0)?, ..Terms::default() };
        let order = Order {
            payer,
            digest: batch_digest(dues.iter().map(|due| &due.row.digest)),
            payees,
            role: OutputRole::Payee,
            remainder: RemainderStrategy::ChangeAddress,
            tagged_data: self.markers(network, dues)?.write(),
            contests: None,
            parts,
        };
        let new = self.build_on(&order, &terms, network, lease.inputs(), rest)?;
        fail_point!("withdrawal:signed");
        match self.persist(new, Purpose::Withdrawals(dues.iter().map(|due| due.row.row).collect())) {
            Ok(Made::New(signed)) => {
                fail_point!("withdrawal:assigned");
                self.drive.add(signed.position, Box::new(UnderWay::begin(shared)));
                Ok(Look::Paid { count: dues.len(), more: !left.is_empty() })
            }
            Ok(Made::Existing(_)) | Err(Refused::InputTaken | Refused::Outdated) => Ok(Look::Again),
            Err(Refused::Other(error)) => Err(error),
        }
    }
}

/// Whether the funds allow all of these requests together, and none of them lends anything beside.
fn plainly_fit(rows: &[WithdrawalRow], available: Amount) -> bool {
    let together = Amount::checked_sum(rows.iter().map(|row| row.amount));
    together.is_some_and(|together| together <= available) && rows.iter().all(|row| row.micro_expiration.is_none())
}

fn sum(payees: &[Payee]) -> Amount {
    Amount::checked_sum(payees.iter().map(|payee| payee.amount)).unwrap_or(Amount::new(u64::MAX))
}

/// The first requests that the funds allow together; one that is too large for what is left does not hold up the others.
fn affordable<'d, 'r>(dues: &'d [Due<'r>], available: Amount, most: usize) -> Vec<&'d Due<'r>> {
    let mut left = available;
    let mut chosen = Vec::new();
    for due in dues {
        if chosen.len() == most {
            break;
        }
        if let Some(rest) = left.checked_sub(due.payee.amount) {
            left = rest;
            chosen.push(due);
        }
    }
    chosen
}
