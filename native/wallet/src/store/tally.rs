//! What a milestone changes in balances, summed up so that each account and each address is written once.

use std::collections::HashMap;

use rusqlite::Transaction;

use super::{
    AddressKey, OutputClass, StoreError,
    account::{self, AccountTotal, HoldingsChange},
    address,
};
use crate::ledger::{Address, Amount};

/// Changes of holdings and address balances that are not written yet. Dropping it with changes loses them: the
/// transaction that filled it must [`write`](Self::write) it.
#[derive(Debug, Default)]
#[must_use = "what it holds counts only once it is written"]
pub struct Tally {
    accounts: HashMap<u32, HoldingsChange>,
    addresses: HashMap<AddressKey, i64>,
}

/// The accounts and addresses that a [`Tally`] changed, as they are now.
#[derive(Debug, Default)]
pub struct Balances {
    /// By index.
    pub accounts: HashMap<u32, AccountTotal>,
    /// Each address as on the ledger, and its balance.
    pub addresses: HashMap<AddressKey, (Address, Amount)>,
}

/// An output's part in holdings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) key: AddressKey,
    pub(super) class: OutputClass,
    pub(super) amount: Amount,
    pub(super) minimum_deposit: Amount,
    /// Whether a payment reserves it.
    pub(super) locked: bool,
}

impl Tally {
    /// Counts an output that is ours from now on. Somebody else's counts nothing.
    pub(super) fn add(&mut self, part: &Part) -> Result<(), StoreError> {
        self.count(part, 1)
    }

    /// No longer counts an output.
    pub(super) fn remove(&mut self, part: &Part) -> Result<(), StoreError> {
        self.count(part, -1)
    }

    fn count(&mut self, part: &Part, sign: i64) -> Result<(), StoreError> {
        if part.class == OutputClass::Foreign {
            return Ok(());
        }
        let amount = sign * signed(part.amount)?;
        let account = self.accounts.entry(part.key.account).or_default();
        let holding = match part.class {
            OutputClass::Plain => &mut account.plain,
            OutputClass::Held => &mut account.held,
            OutputClass::Asset | OutputClass::Foreign => &mut account.assets,
        };
        let torn = || StoreError::corrupt("amounts beyond what there is");
        *holding = holding.checked_add(amount).ok_or_else(torn)?;
        if part.locked && part.class == OutputClass::Plain {
            account.locked = account.locked.checked_add(amount).ok_or_else(torn)?;
        }
        let deposit = sign * signed(part.minimum_deposit)?;
        account.required_deposit = account.required_deposit.checked_add(deposit).ok_or_else(torn)?;
        account.output_count += sign;
        let balance = self.addresses.entry(part.key).or_default();
        *balance = balance.checked_add(amount).ok_or_else(torn)?;
        Ok(())
    }

    /// Writes the changes and answers what they came to. Every address in it counts as used from now on.
    ///
    /// # Errors
    /// [`StoreError`], also when a balance would fall below zero, which the schema refuses.
    pub fn write(self, tx: &Transaction<'_>) -> Result<Balances, StoreError> {
        let mut balances = Balances { accounts: account::change_all(tx, &self.accounts)?, ..Balances::default() };
        balances.addresses.reserve(self.addresses.len());
        for (key, by) in self.addresses {
            balances.addresses.insert(key, address::change(tx, key, by)?);
        }
        Ok(balances)
    }
}

fn signed(amount: Amount) -> Result<i64, StoreError> {
    i64::try_from(amount.units()).map_err(|_| StoreError::corrupt(format!("an amount of {amount} base units")))
}
