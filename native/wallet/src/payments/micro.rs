//! Amounts below the storage deposit: sent with the deposit that their outputs need, which comes back.
//!
//! The output holds the amount and a storage deposit; its conditions say that who spends it gives the deposit back to our
//! change address, and that all of it is ours again when nobody did so in time. What comes back is ours and never a deposit of
//! a customer (`ownReturn`), whichever way it comes.

use std::ops::RangeInclusive;

use super::{
    PaymentError, Payments,
    build::Terms,
    error::AmountGiven,
    request::{Canonical, check_amount},
};
use crate::{
    ledger::{Address, Amount, Conditions, DepositReturn, Expiration, Network, Payee, UnixTime},
    store::{Cursor, meta},
};

/// How long a recipient may have to claim, in seconds: an hour to a year.
pub const MICRO_EXPIRATION: RangeInclusive<u32> = 3_600..=31_536_000;

/// How amounts below the storage deposit are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MicroAmount {
    /// So long the recipient can claim, in seconds: one of [`MICRO_EXPIRATION`].
    pub expires_after: u32,
}

impl Default for MicroAmount {
    fn default() -> Self {
        Self { expires_after: 86_400 }
    }
}

impl Payments {
    /// What the transaction pays for a request, and on what terms: as asked for, or, where an amount is too small for an output
    /// and the request allows it, with a storage deposit that comes back.
    pub(super) fn terms(&self, request: &Canonical, network: &Network) -> Result<(Vec<Payee>, Terms), PaymentError> {
        let drafter = &self.ports.drafter;
        let small = |index: usize, payee: &Payee| {
            let checked = check_amount(network, &**drafter, index, &payee.address, payee.amount);
            matches!(checked, Err(PaymentError::StorageDeposit { .. }))
        };
        let small: Vec<bool> = request.payees.iter().enumerate().map(|(index, payee)| small(index, payee)).collect();
        let (Some(micro), true) = (request.micro, small.contains(&true)) else {
            return Ok((request.payees.clone(), Terms::default()));
        };
        let back_to = self.change_address(request.account)?;
        let cursor = self.ports.store.readers().read(meta::cursor)?;
        let time = self.until(cursor.as_ref(), micro);
        let expiration = Some(Expiration { return_address: back_to, time });
        let mut payees = Vec::with_capacity(small.len());
        let mut conditions = Vec::with_capacity(small.len());
        for (payee, small) in request.payees.iter().zip(small) {
            let deposit = drafter.offer_deposit(&payee.address, &network.deposit);
            let (amount, bound) = if small {
                let supply = network.token_supply;
                let sum = payee.amount.checked_add(deposit);
                let amount = sum.ok_or(PaymentError::Amount { given: AmountGiven::Overflow, supply })?;
                let deposit_return = Some(DepositReturn { address: back_to, amount: deposit });
                (amount, Conditions { deposit_return, expiration, timelock: None })
            } else {
                (payee.amount, Conditions::default())
            };
            payees.push(Payee { address: payee.address, amount });
            conditions.push(bound);
        }
        Ok((payees, Terms { conditions, ..Terms::default() }))
    }

    /// When the offer ends. A wallet that catches up does not know the ledger's time, and must not offer what has expired.
    fn until(&self, cursor: Option<&Cursor>, micro: MicroAmount) -> UnixTime {
        let here = u32::try_from(self.ports.clock.now_ms() / 1_000).unwrap_or(u32::MAX);
        let ledger = cursor.map_or(0, |cursor| cursor.position.time.0);
        UnixTime(here.max(ledger).saturating_add(micro.expires_after))
    }

    /// The account's change address, durable and watched.
    pub(super) fn change_address(&self, account: u32) -> Result<Address, PaymentError> {
        let _turn = self.change_turns.take(Some(&account.to_string()));
        self.ports.host.change_address(account)
    }

    /// The sum of what is paid.
    pub(super) fn total(network: &Network, payees: &[Payee]) -> Result<Amount, PaymentError> {
        let supply = network.token_supply;
        let sum = Amount::checked_sum(payees.iter().map(|payee| payee.amount));
        let sum = sum.ok_or(PaymentError::Amount { given: AmountGiven::Overflow, supply })?;
        let given = AmountGiven::Units(sum);
        if sum > supply { Err(PaymentError::Amount { given, supply }) } else { Ok(sum) }
    }
}
