//! Withdrawals that wait for people, and prepared transactions.

use super::{AccountManager, AccountRef, Page, WalletError};
use crate::{
    accounts::PAGE_LIMIT,
    ledger::Amount,
    payments::{Payment, Prepared, Reviewed, SendOptions, SendRequest, Withdrawal, WithdrawalStage},
};

impl AccountManager {
    /// Notes that a person approves a withdrawal; the second one lets it go on. The same person counts once.
    ///
    /// # Errors
    /// [`PaymentError`](crate::payments::PaymentError); nothing was changed then.
    pub fn approve(&self, key: &str, approver: &str) -> Result<Withdrawal, WalletError> {
        Ok(self.payments.approve(key, approver)?)
    }

    /// Refuses a withdrawal that no transaction pays yet.
    ///
    /// # Errors
    /// [`PaymentError`](crate::payments::PaymentError); nothing was changed then.
    pub fn refuse(&self, key: &str, approver: &str, reason: &str) -> Result<Withdrawal, WalletError> {
        Ok(self.payments.refuse(key, approver, reason)?)
    }

    /// The reviewer's answer to a withdrawal that waits for it: a veto with its reason, or none.
    ///
    /// # Errors
    /// [`PaymentError`](crate::payments::PaymentError); nothing was changed then.
    pub fn review(&self, key: &str, veto: Option<&str>) -> Result<Withdrawal, WalletError> {
        Ok(self.payments.review(key, veto)?)
    }

    /// Up to `limit` withdrawals (1 to 1,000) that wait in a stage, oldest first.
    ///
    /// # Errors
    /// [`WalletError::Payment`].
    pub fn waiting(
        &self,
        stage: WithdrawalStage,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Page<Withdrawal, i64>, WalletError> {
        let limit = limit.clamp(1, PAGE_LIMIT);
        let page = self.payments.waiting(stage, after, limit)?;
        Ok(Page::of(page, limit, |withdrawal| withdrawal.position))
    }

    /// Decides all of a payment and leases its inputs for so many milliseconds; nothing is signed or stored.
    ///
    /// # Errors
    /// [`WalletError::Gap`], [`PaymentError`](crate::payments::PaymentError); nothing is leased then.
    pub fn prepare(
        &self,
        which: &AccountRef,
        payees: Vec<(String, Amount)>,
        options: SendOptions,
        time_ms: u64,
    ) -> Result<Prepared, WalletError> {
        let row = self.row(which)?;
        let _at_work = self.ready(&row)?;
        Ok(self.payments.prepare(SendRequest { account: row.account, payees, options }, time_ms)?)
    }

    /// Signs, stores and submits what was prepared, exactly so.
    ///
    /// # Errors
    /// [`WalletError::Gap`], [`PaymentError`](crate::payments::PaymentError); nothing was signed then.
    pub fn submit_prepared(&self, id: &str, reviewed: Reviewed) -> Result<Payment, WalletError> {
        // what was submitted is answered without node and vault
        if let Some(paid) = self.payments.submitted(id)? {
            return Ok(paid);
        }
        self.no_gap()?;
        // what is vetoed is not signed
        let vetoed = matches!(reviewed, Reviewed::Vetoed(_));
        let keys = (!vetoed).then(|| self.unlocked.work()).transpose()?;
        Ok(self.payments.submit_prepared_at_work(id, reviewed, keys)?)
    }

    /// Gives the inputs of a prepared transaction back.
    ///
    /// # Errors
    /// [`PaymentError::PreparedNotFound`](crate::payments::PaymentError::PreparedNotFound).
    pub fn release_prepared(&self, id: &str) -> Result<(), WalletError> {
        Ok(self.payments.release_prepared(id)?)
    }

    /// What is prepared, the oldest first; of one account or of all.
    ///
    /// # Errors
    /// [`AccountError`](crate::accounts::AccountError) when there is no such account.
    pub fn prepared(&self, which: Option<&AccountRef>) -> Result<Vec<Prepared>, WalletError> {
        let account = which.map(|which| self.row(which)).transpose()?.map(|row| row.account);
        Ok(self.payments.prepared(account))
    }
}
