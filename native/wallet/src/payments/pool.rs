//! The spendable outputs of an account, from the database's index.

use rusqlite::Connection;

use super::{
    PaymentError,
    lease::Leased,
    select::{Candidate, Pool},
};
use crate::{
    ledger::{Amount, OutputId},
    store::{OutputClass, OutputRow, StoreError, account, output, payment},
};

/// The spendable outputs of an account in one read transaction, without those leased.
pub(super) struct AccountPool<'a> {
    pub(super) conn: &'a Connection,
    pub(super) account: u32,
    pub(super) leased: &'a Leased,
}

impl AccountPool<'_> {
    /// Rows to read so that `count` free ones are among them.
    fn rows(&self, count: usize) -> u32 {
        let leased = self.leased.values().filter(|(account, _)| *account == self.account).count();
        u32::try_from(count + leased).unwrap_or(u32::MAX)
    }

    /// How many outputs of at least this amount are free, counted up to `most`.
    pub(super) fn count(&self, amount: Amount, most: usize) -> Result<usize, PaymentError> {
        let rows = payment::spendable_from(self.conn, self.account, amount, self.rows(most))?;
        Ok(self.free(rows).take(most).count())
    }

    fn free(&self, rows: Vec<OutputRow>) -> impl Iterator<Item = Candidate> {
        rows.into_iter().filter(|row| !self.leased.contains_key(&row.output_id)).map(candidate)
    }

    /// The caller's choice, each checked.
    pub(super) fn custom(&self, ids: &[OutputId]) -> Result<Vec<Candidate>, PaymentError> {
        ids.iter().map(|id| self.checked(id)).collect()
    }

    fn checked(&self, id: &OutputId) -> Result<Candidate, PaymentError> {
        let row = output::by_id(self.conn, id)?.ok_or(PaymentError::InputUnknown(*id))?;
        if row.key.account != self.account {
            return Err(PaymentError::InputNotOurs(*id));
        }
        if row.spent_index.is_some() {
            return Err(PaymentError::InputSpent(*id));
        }
        match row.class {
            OutputClass::Plain => {}
            OutputClass::Held | OutputClass::Asset => return Err(PaymentError::InputNotPlain(*id)),
            OutputClass::Foreign => return Err(PaymentError::InputNotOurs(*id)),
        }
        if row.locked_by.is_some() || self.leased.contains_key(id) {
            return Err(PaymentError::InputLocked(*id));
        }
        Ok(candidate(row))
    }
}

impl Pool for AccountPool<'_> {
    fn at_least(&self, amount: Amount) -> Result<Option<Candidate>, PaymentError> {
        let rows = payment::spendable_from(self.conn, self.account, amount, self.rows(1))?;
        Ok(self.free(rows).next())
    }

    fn smallest(&self, count: usize) -> Result<Vec<Candidate>, PaymentError> {
        let rows = payment::spendable_from(self.conn, self.account, Amount::ZERO, self.rows(count))?;
        Ok(self.free(rows).take(count).collect())
    }

    fn largest(&self, count: usize) -> Result<Vec<Candidate>, PaymentError> {
        let rows = output::spendable(self.conn, self.account, self.rows(count))?;
        Ok(self.free(rows).take(count).collect())
    }

    fn available(&self) -> Result<Amount, PaymentError> {
        let row = account::by_index(self.conn, self.account)?.ok_or(PaymentError::AccountNotFound(self.account))?;
        let mut taken = Some(row.holdings.locked);
        for (id, (account, amount)) in self.leased {
            // between a payment's commit and the end of its lease an output is both, and counts once
            let free =
                *account == self.account && output::by_id(self.conn, id)?.is_some_and(|row| row.locked_by.is_none());
            taken = if free { taken.and_then(|sum| sum.checked_add(*amount)) } else { taken };
        }
        Ok(taken.and_then(|taken| row.holdings.plain.checked_sub(taken)).unwrap_or(Amount::ZERO))
    }
}

/// Whether an output can be spent: plain, unspent and not reserved. Those that are leased count as free.
pub(super) fn is_free(conn: &Connection, id: &OutputId) -> Result<bool, StoreError> {
    let row = output::by_id(conn, id)?;
    Ok(row.is_some_and(|row| row.spent_index.is_none() && row.locked_by.is_none() && row.class == OutputClass::Plain))
}

pub(super) fn candidate(row: OutputRow) -> Candidate {
    Candidate { id: row.output_id, amount: row.amount, key: row.key, raw: row.raw }
}
