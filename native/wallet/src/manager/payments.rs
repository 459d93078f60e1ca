//! Payments, and what they need of the rooms beside them.

use std::sync::Arc;

use super::{AccountManager, AccountRef, Page, WalletError};
use crate::{
    accounts::{AccountError, Accounts, PAGE_LIMIT},
    ledger::{Address, Amount, TransactionId},
    payments::{Payment, PaymentError, PaymentHost, PaymentRef, SendOptions, SendRequest},
};

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
        let repeated = options.idempotency_key.as_ref().map(|key| self.payments.find(&PaymentRef::Key(key.clone())));
        // a payment that exists is answered without node and vault
        if !matches!(repeated, Some(Ok(_))) {
            self.ready(&row)?;
        }
        Ok(self.payments.send(SendRequest { account: row.account, payees, options })?)
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

    /// An address of the ledger as people write it (bech32), as for a payment's outputs.
    #[must_use]
    pub fn address_text(&self, raw: &Address) -> String {
        self.text(raw)
    }
}

/// The rooms beside payments.
pub(super) struct Host {
    pub(super) accounts: Arc<Accounts>,
}

impl PaymentHost for Host {
    fn change_address(&self, account: u32) -> Result<Address, PaymentError> {
        let issued = self.accounts.change_address(account).map(|(_, address)| address);
        issued.map_err(|error| match error {
            AccountError::Store(error) => PaymentError::Store(error),
            AccountError::SeedMismatch => PaymentError::SeedMismatch,
            error => PaymentError::ChangeAddress { kind: error.kind(), source: Box::new(error) },
        })
    }

    fn signed(&self, transaction: &TransactionId) {
        self.accounts.watch().expect([*transaction]);
    }
}
