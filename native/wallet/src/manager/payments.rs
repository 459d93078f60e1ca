//! Payments, and what they need of the rooms beside them.

use std::sync::Arc;

use super::{
    AccountManager, AccountRef, OutputInfo, Page, WalletError,
    unlocked::{AtWork, Unlocked},
};
use crate::{
    accounts::{AccountError, Accounts, PAGE_LIMIT},
    ledger::{Address, Amount, OutputId, TransactionId},
    payments::{
        self, Accepted, Cancelled, Outcome, Payment, PaymentError, PaymentHost, PaymentPolicy, PaymentPorts,
        PaymentRef, PaymentRules, Payments, RecoveredRow, Reviewed, SendOptions, SendRequest, SweepReport,
        SweepRequest, Withdrawal, WithdrawalRequest, settle,
    },
};

/// The payments of a wallet that is being opened, with their journal.
///
/// # Errors
/// [`WalletError::Journal`], [`WalletError::Payment`].
pub(super) fn open(
    ports: PaymentPorts,
    policy: PaymentPolicy,
    rules: PaymentRules,
) -> Result<Arc<Payments>, WalletError> {
    ports.journal.begin()?;
    let payments = Payments::new(ports, policy);
    // first: what was paid is not judged any more
    payments.recover_waiting()?;
    Ok(Arc::new(payments.with_rules(rules)?))
}

impl AccountManager {
    /// Pays from an account. Returns when the payment is signed, on disk, and a node answered its first submission, or
    /// after half a minute without an answer: it is the wallet's from then on, and is submitted until a milestone ends
    /// it. The same idempotency key with the same parameters answers the same payment, at any time.
    ///
    /// # Errors
    /// [`WalletError::Gap`], [`PaymentError`]; nothing was signed then.
    pub fn send_amount(
        &self,
        which: &AccountRef,
        payees: Vec<(String, Amount)>,
        options: SendOptions,
    ) -> Result<Payment, WalletError> {
        let row = self.row(which)?;
        let turn = self.payments.turn(options.idempotency_key.as_deref());
        let repeated = match &options.idempotency_key {
            Some(key) => match self.payments.find(&PaymentRef::Key(key.clone())) {
                Ok(_) | Err(PaymentError::Recovered { .. }) => true,
                Err(PaymentError::NotFound) => false,
                Err(error) => return Err(error.into()),
            },
            None => false,
        };
        // a payment that exists is answered without node and vault, and what is vetoed is not signed; a new one keeps the vault open
        // until it is
        let keys = if repeated {
            None
        } else {
            self.store.readers().read(settle::refuse_frozen)?;
            let vetoed = matches!(options.reviewed, Reviewed::Vetoed(_));
            (!vetoed).then(|| self.ready(&row)).transpose()?
        };
        Ok(self.payments.send_in_turn(SendRequest { account: row.account, payees, options }, turn, keys)?)
    }

    /// One payment.
    ///
    /// # Errors
    /// [`PaymentError::NotFound`], [`PaymentError::Store`].
    pub fn payment(&self, which: &PaymentRef) -> Result<Payment, WalletError> {
        Ok(self.payments.find(which)?)
    }

    /// Up to `limit` payments (1 to 1,000), oldest first; of one account or of all.
    ///
    /// # Errors
    /// [`AccountError::NoIndex`], [`AccountError::NoAlias`], [`PaymentError::Store`].
    pub fn payments(
        &self,
        which: Option<&AccountRef>,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Page<Payment, i64>, WalletError> {
        let limit = limit.clamp(1, PAGE_LIMIT);
        let account = which.map(|which| self.row(which)).transpose()?.map(|row| row.account);
        Ok(Page::of(self.payments.page(account, after, limit)?, limit, |payment| payment.position))
    }

    /// Takes withdrawals from an account: durable when this returns, and paid in batches from then on, also after a
    /// restart. Each request is answered by its own withdrawal or error. Neither node nor unlocked vault is needed: a
    /// request waits for them. The same key with the same parameters answers the same withdrawal, at any time.
    ///
    /// # Errors
    /// [`WalletError::Gap`] when none of the keys is known; [`PaymentError`]; nothing was taken then. Before a gap those whose keys
    /// are not known are answered with [`PaymentError::Gap`], each by itself.
    pub fn withdraw(&self, which: &AccountRef, requests: Vec<WithdrawalRequest>) -> Result<Vec<Accepted>, WalletError> {
        let row = self.row(which)?;
        self.met()?;
        if self.sync.status().gap.is_none() || requests.is_empty() {
            return Ok(self.payments.withdraw(row.account, requests)?);
        }
        let fresh = |request: &WithdrawalRequest| match self.payments.withdrawal(&request.key) {
            Ok(_) | Err(PaymentError::Recovered { .. }) => Ok(false),
            Err(PaymentError::NotFound | PaymentError::Frozen { .. }) => Ok(true),
            Err(error) => Err(error),
        };
        let fresh: Vec<bool> = requests.iter().map(fresh).collect::<Result<_, _>>()?;
        if fresh.iter().all(|fresh| *fresh) {
            return Err(WalletError::Gap);
        }
        let known =
            requests.into_iter().zip(&fresh).filter(|(_, fresh)| !**fresh).map(|(request, _)| request).collect();
        let mut answers = self.payments.withdraw(row.account, known)?.into_iter();
        let answer = |fresh: bool| if fresh { None } else { answers.next() };
        Ok(fresh.into_iter().map(answer).map(|answer| answer.unwrap_or(Err(PaymentError::Gap))).collect())
    }

    /// One withdrawal.
    ///
    /// # Errors
    /// [`PaymentError::NotFound`], [`PaymentError::Store`].
    pub fn withdrawal(&self, key: &str) -> Result<Withdrawal, WalletError> {
        Ok(self.payments.withdrawal(key)?)
    }

    /// Up to `limit` withdrawals (1 to 1,000), oldest first; of one account or of all.
    ///
    /// # Errors
    /// [`AccountError::NoIndex`], [`AccountError::NoAlias`], [`PaymentError::Store`].
    pub fn withdrawals(
        &self,
        which: Option<&AccountRef>,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Page<Withdrawal, i64>, WalletError> {
        let limit = limit.clamp(1, PAGE_LIMIT);
        let account = which.map(|which| self.row(which)).transpose()?.map(|row| row.account);
        let page = self.payments.withdrawals(account, after, limit)?;
        Ok(Page::of(page, limit, |withdrawal| withdrawal.position))
    }

    /// Up to `limit` transactions of this wallet's keys (1 to 1,000) that were found after a restore and that the backup did
    /// not know, in the order of finding.
    ///
    /// # Errors
    /// [`PaymentError::Store`].
    pub fn recovered_payments(&self, after: Option<i64>, limit: u32) -> Result<Page<RecoveredRow, i64>, WalletError> {
        let limit = limit.clamp(1, PAGE_LIMIT);
        Ok(Page::of(self.payments.recovered_page(after.unwrap_or(0), limit)?, limit, |found| found.row))
    }

    /// Takes a person's word on a recovered payment that does not say what it was made for: for this key, or, without one, for
    /// none that will be asked for. Durable when it returns.
    ///
    /// # Errors
    /// Those of [`Payments::resolve_recovered`](crate::payments::Payments::resolve_recovered).
    pub fn resolve_recovered(&self, id: &TransactionId, key: Option<&str>) -> Result<(), WalletError> {
        Ok(self.payments.resolve_recovered(id, key)?)
    }

    /// Takes a person's word on what became of a payment of which the ledger does not tell it any more, as after the repair of a
    /// gap, with how the person knows it (for the audit log). Durable when it returns.
    ///
    /// # Errors
    /// Those of [`Payments::resolve`](crate::payments::Payments::resolve).
    pub fn resolve_payment(&self, id: &TransactionId, outcome: Outcome, reason: &str) -> Result<Payment, WalletError> {
        Ok(self.payments.resolve(id, outcome, reason)?)
    }

    /// Lets the wallet pay again after another signer was seen ([`PaymentError::ForeignSigner`]), on the word of a person who
    /// repeats the evidence. What is seen later halts payments again. Does nothing when payments are not halted by it. Durable
    /// when it returns.
    ///
    /// # Errors
    /// [`PaymentError::Evidence`], [`PaymentError::Store`].
    pub fn release_foreign_signer(&self, evidence: &str) -> Result<(), WalletError> {
        Ok(self.payments.release_foreign_signer(evidence)?)
    }

    /// Begins to cancel a payment: another transaction spends one of its inputs back to ourselves, and a milestone decides
    /// which of the two is applied. Answers the payment as it is then.
    ///
    /// # Errors
    /// [`WalletError::Gap`], [`PaymentError`]; nothing was changed then.
    pub fn cancel(&self, which: &PaymentRef) -> Result<Payment, WalletError> {
        self.no_gap()?;
        Ok(self.payments.cancel(which)?)
    }

    /// Cancels a withdrawal: at once while no transaction pays it, also before a gap and with a locked vault; else by
    /// contesting the transaction.
    ///
    /// # Errors
    /// [`PaymentError`]; nothing was changed then.
    pub fn cancel_withdrawal(&self, key: &str) -> Result<Withdrawal, WalletError> {
        Ok(self.payments.cancel_withdrawal(key)?)
    }

    /// Cancels the withdrawal or the payment that has this key; keys of both are one space.
    ///
    /// # Errors
    /// [`PaymentError`], as of [`cancel_withdrawal`](Self::cancel_withdrawal) or [`cancel`](Self::cancel).
    pub fn cancel_key(&self, key: &str) -> Result<Cancelled, WalletError> {
        Ok(self.payments.cancel_key(key)?)
    }

    /// What [`cancel`](Self::cancel) answers where no transaction has to be contested: it waits for no node. None: one has to be, and
    /// nothing was changed.
    ///
    /// # Errors
    /// As [`cancel`](Self::cancel).
    pub fn cancel_at_once(&self, which: &PaymentRef) -> Result<Option<Payment>, WalletError> {
        self.no_gap()?;
        Ok(self.payments.cancel_at_once(which)?)
    }

    /// The same of [`cancel_withdrawal`](Self::cancel_withdrawal).
    ///
    /// # Errors
    /// As [`cancel_withdrawal`](Self::cancel_withdrawal).
    pub fn cancel_withdrawal_at_once(&self, key: &str) -> Result<Option<Withdrawal>, WalletError> {
        Ok(self.payments.cancel_withdrawal_at_once(key)?)
    }

    /// The same of [`cancel_key`](Self::cancel_key).
    ///
    /// # Errors
    /// As [`cancel_key`](Self::cancel_key).
    pub fn cancel_key_at_once(&self, key: &str) -> Result<Option<Cancelled>, WalletError> {
        Ok(self.payments.cancel_key_at_once(key)?)
    }

    /// Puts small outputs of other accounts, or of the same one, together; see [`Payments::sweep`](crate::payments::Payments::sweep).
    /// `request.into` is replaced by the account.
    ///
    /// # Errors
    /// [`WalletError::Gap`], [`PaymentError`]: transactions that were made before stay.
    pub fn sweep(&self, which: &AccountRef, request: SweepRequest) -> Result<SweepReport, WalletError> {
        let row = self.row(which)?;
        let _at_work = self.ready(&row)?;
        Ok(self.payments.sweep(&SweepRequest { into: row.account, ..request })?)
    }

    /// The index of an account.
    ///
    /// # Errors
    /// [`AccountError::NoIndex`], [`AccountError::NoAlias`].
    pub fn account_index(&self, which: &AccountRef) -> Result<u32, WalletError> {
        Ok(self.row(which)?.account)
    }

    /// Reserves outputs by hand, all or none, until [`unlock_outputs`](Self::unlock_outputs).
    ///
    /// # Errors
    /// [`PaymentError`]; nothing was reserved.
    pub fn lock_outputs(&self, ids: Vec<OutputId>) -> Result<(), WalletError> {
        Ok(self.payments.lock_outputs(ids)?)
    }

    /// Frees outputs that were reserved by hand, all or none.
    ///
    /// # Errors
    /// [`PaymentError`]; nothing was freed.
    pub fn unlock_outputs(&self, ids: Vec<OutputId>) -> Result<(), WalletError> {
        Ok(self.payments.unlock_outputs(ids)?)
    }

    /// Claims outputs under a storage deposit return or an expiration: these, or as many as one transaction takes when none
    /// are named. What is left of them goes to the address that they came to, and is credited when the claim is confirmed.
    /// None: there is nothing to claim. When the claim dies since an input of it expired, its death is final.
    ///
    /// # Errors
    /// [`WalletError::Gap`], [`PaymentError`]; nothing was signed then.
    pub fn claim(&self, which: &AccountRef, outputs: &[OutputId]) -> Result<Option<Payment>, WalletError> {
        self.claim_or_retry(which, outputs, false)
    }

    /// As [`claim`](Self::claim); a claim that dies since an input of it expired is made again, in another transaction, for
    /// what is left of it, also after a restart. [`Payment::retries`] names the dead one.
    ///
    /// # Errors
    /// As [`claim`](Self::claim).
    pub fn claim_retrying(&self, which: &AccountRef, outputs: &[OutputId]) -> Result<Option<Payment>, WalletError> {
        self.claim_or_retry(which, outputs, true)
    }

    fn claim_or_retry(
        &self,
        which: &AccountRef,
        outputs: &[OutputId],
        retry: bool,
    ) -> Result<Option<Payment>, WalletError> {
        let row = self.row(which)?;
        let keys = self.ready(&row)?;
        Ok(self.payments.claim_at_work(row.account, outputs, retry, keys)?)
    }

    /// Up to `limit` outputs (1 to 1,000) of an account that can be claimed now, in the order of booking.
    ///
    /// # Errors
    /// [`AccountError::NoIndex`], [`AccountError::NoAlias`], [`PaymentError::Store`].
    pub fn claimable(
        &self,
        which: &AccountRef,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Page<OutputInfo, i64>, WalletError> {
        let limit = limit.clamp(1, PAGE_LIMIT);
        let rows = self.payments.claimable(self.row(which)?.account, after.unwrap_or(0), limit)?;
        let rows = self.addressed(rows)?;
        Ok(self.output_page(rows, limit))
    }

    pub(super) fn no_gap(&self) -> Result<(), WalletError> {
        if self.sync.status().gap.is_some() { Err(WalletError::Gap) } else { Ok(()) }
    }

    /// An address of the ledger as people write it (bech32), as for a payment's outputs.
    #[must_use]
    pub fn address_text(&self, raw: &Address) -> String {
        self.text(raw)
    }
}

/// The rooms beside payments.
pub(super) struct Host {
    pub(super) accounts: Arc<Accounts>,
    pub(super) unlocked: Arc<Unlocked>,
}

impl payments::AtWork for AtWork {}

impl PaymentHost for Host {
    fn change_address(&self, account: u32) -> Result<Address, PaymentError> {
        let issued = self.accounts.change_address(account).map(|(_, address)| address);
        issued.map_err(|error| match error {
            AccountError::Store(error) => PaymentError::Store(error),
            AccountError::SeedMismatch => PaymentError::SeedMismatch,
            error => PaymentError::ChangeAddress { kind: error.kind(), source: Box::new(error) },
        })
    }

    fn work(&self) -> Result<Box<dyn payments::AtWork>, PaymentError> {
        Ok(Box::new(self.unlocked.work()?))
    }

    fn signed(&self, transaction: &TransactionId) {
        self.accounts.watch().expect([*transaction]);
    }
}
