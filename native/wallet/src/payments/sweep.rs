//! Many small outputs, of many addresses and accounts, into one.

use super::{
    Payer, PaymentError, Payments, RemainderStrategy,
    build::{Order, split},
    lease::Lease,
    persist::{Made, Purpose, Refused},
    pool::candidate,
    request::sweep_digest,
    select::Selection,
    settle::refuse_to_pay,
};
use crate::{
    events::{Notice, ProgressStage, SweepProgress},
    ledger::{Amount, MilestoneIndex, Network, TransactionId},
    store::{
        account, meta,
        payment::OutputRole,
        sweep::{SweepFilter, SweepPlace, count, sweepable},
    },
};

/// Whose outputs are swept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SweepSource {
    /// Those of all other accounts.
    #[default]
    Others,
    /// Those of these accounts.
    Accounts(Vec<u32>),
}

/// What to sweep, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepRequest {
    /// The account that gets it, on its change address.
    pub into: u32,
    /// Whose outputs.
    pub from: SweepSource,
    /// Outputs of at least so many base units.
    pub least: Amount,
    /// Outputs of at most so many base units.
    pub most: Amount,
    /// Outputs booked at least so many milestones ago.
    pub min_age: u32,
    /// A transaction with fewer inputs is not made; 1 to 128.
    pub min_count: usize,
    /// At most so many transactions.
    pub max_transactions: usize,
}

impl SweepRequest {
    /// Everything of all other accounts, in at most 1,000 transactions.
    #[must_use]
    pub fn into(account: u32) -> Self {
        Self {
            into: account,
            from: SweepSource::Others,
            least: Amount::ZERO,
            most: Amount::new(u64::MAX),
            min_age: 0,
            min_count: 1,
            max_transactions: 1_000,
        }
    }

    /// The outputs of one account, the smallest first, into one transaction.
    #[must_use]
    pub fn consolidate(account: u32) -> Self {
        let from = SweepSource::Accounts(vec![account]);
        Self { from, min_count: 2, max_transactions: 1, ..Self::into(account) }
    }
}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// The transactions, in the order of signing; they are on disk and are submitted.
    pub transactions: Vec<TransactionId>,
    /// How many outputs they spend.
    pub outputs: usize,
    /// What they hold together.
    pub amount: Amount,
    /// Whether more could be swept when it ended.
    pub more: bool,
}

impl Payments {
    /// Puts outputs of many addresses and accounts together into outputs of one account, up to 128 in a transaction. Each
    /// transaction is on disk, with its inputs reserved, before the next is made: whenever it is interrupted, calling it again
    /// goes on with what is left. Live listeners hear of each ([`SweepProgress`]). Nothing of it is ever a deposit.
    ///
    /// # Errors
    /// [`PaymentError::SweepCount`], [`PaymentError::AccountNotFound`], [`PaymentError::NetworkUnknown`],
    /// [`PaymentError::ForeignSigner`], [`PaymentError::Keys`]: transactions that were made before stay.
    pub fn sweep(&self, request: &SweepRequest) -> Result<SweepReport, PaymentError> {
        let limit = self.ports.drafter.limits().0;
        if !(1..=limit).contains(&request.min_count) || request.max_transactions == 0 {
            return Err(PaymentError::SweepCount { limit });
        }
        let (row, network, until) = self.ports.store.readers().read(|conn| {
            refuse_to_pay(conn)?;
            let row = account::by_index(conn, request.into)?.ok_or(PaymentError::AccountNotFound(request.into))?;
            let at = meta::cursor(conn)?.map_or(0, |cursor| cursor.position.index.0);
            let network = meta::network(conn)?.ok_or(PaymentError::NetworkUnknown)?;
            Ok::<_, PaymentError>((row, network, MilestoneIndex(at.saturating_sub(request.min_age))))
        })?;
        let payer = Payer { account: request.into, alias: row.alias, key: None };
        let filter = SweepFilter {
            accounts: match &request.from {
                SweepSource::Others => None,
                SweepSource::Accounts(accounts) => Some(accounts.clone()),
            },
            except: request.into,
            least: request.least,
            most: request.most,
            until,
        };
        let most = u64::try_from(limit.saturating_mul(request.max_transactions)).unwrap_or(u64::MAX);
        let all = self.ports.store.readers().read(|conn| count(conn, &filter, most))?;
        let mut left = usize::try_from(all).unwrap_or(usize::MAX);
        let mut report = SweepReport::default();
        let mut place = (0, Amount::ZERO, 0);
        loop {
            let Some((lease, next)) = self.lease_sweep(&filter, place, request.min_count)? else { return Ok(report) };
            if report.transactions.len() == request.max_transactions {
                report.more = true;
                return Ok(report);
            }
            place = next;
            left = left.saturating_sub(lease.inputs().len());
            if let Some((id, amount)) = self.sweep_once(&payer, &network, &lease)? {
                report.transactions.push(id);
                report.outputs += lease.inputs().len();
                report.amount = report.amount.checked_add(amount).unwrap_or(Amount::new(u64::MAX));
                self.tell_sweep(&payer, id, &report, left);
            }
        }
    }

    fn tell_sweep(&self, payer: &Payer, transaction_id: TransactionId, report: &SweepReport, left: usize) {
        self.ports.bus.publish(Notice::Sweep(SweepProgress {
            account: payer.account,
            alias: payer.alias.clone(),
            transaction_id,
            transactions: report.transactions.len(),
            outputs: report.outputs,
            left,
            amount: report.amount,
        }));
    }

    /// The next outputs, and the place after them; none when there are too few for a transaction.
    fn lease_sweep(
        &self,
        filter: &SweepFilter,
        after: SweepPlace,
        min_count: usize,
    ) -> Result<Option<(Lease, SweepPlace)>, PaymentError> {
        let limit = self.ports.drafter.limits().0;
        let mut place = after;
        self.release_expired();
        let lease = self.leases.choose(|leased| {
            let rows = u32::try_from(limit + leased.len()).unwrap_or(u32::MAX);
            let rows = self.ports.store.readers().read(|conn| sweepable(conn, filter, after, rows))?;
            let free = rows.into_iter().filter(|row| !leased.contains_key(&row.output_id)).take(limit);
            let inputs = free
                .map(|row| {
                    place = (row.key.account, row.amount, row.row);
                    candidate(row)
                })
                .collect();
            Ok(Selection { inputs, remainder: Amount::ZERO })
        })?;
        Ok((lease.inputs().len() >= min_count.max(1)).then_some((lease, place)))
    }

    pub(super) fn sweep_once(
        &self,
        payer: &Payer,
        network: &Network,
        lease: &Lease,
    ) -> Result<Option<(TransactionId, Amount)>, PaymentError> {
        self.ports.tell(payer, None, ProgressStage::SelectingInputs);
        let inputs = lease.inputs();
        let amount = Amount::checked_sum(inputs.iter().map(|input| input.amount)).unwrap_or(Amount::new(u64::MAX));
        let own = inputs.iter().all(|input| input.key.account == payer.account);
        // each consolidation leaves at most half of the outputs that it found: it comes to an end
        let most = if own { inputs.len() / 2 } else { self.ports.drafter.limits().1 };
        let parts = self.ready_parts(payer.account, network, amount, most)?;
        let payees = split(self.change_address(payer.account)?, amount, parts);
        let order = Order {
            payer,
            digest: sweep_digest(payer.account, inputs.iter().map(|input| &input.id)),
            payees: &payees,
            role: if own { OutputRole::Consolidation } else { OutputRole::Sweep },
            remainder: RemainderStrategy::ChangeAddress,
            tagged_data: None,
            contests: None,
            parts: 1,
        };
        let mut new = self.build(&order, network, inputs, Amount::ZERO)?;
        // all of it comes back
        new.remainder = amount;
        match self.persist(new, Purpose::Payment) {
            Ok(Made::New(signed)) => {
                self.drive.add(signed.position, Box::new(()));
                Ok(Some((signed.transaction_id, amount)))
            }
            // somebody took one of them meanwhile: the next call takes the others
            Ok(Made::Existing(_)) | Err(Refused::InputTaken | Refused::Outdated) => Ok(None),
            Err(Refused::Other(error)) => Err(error),
        }
    }
}
