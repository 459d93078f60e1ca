//! Amounts below the storage deposit: sent with the deposit that their outputs need, which comes back.
//!
//! The output holds the amount and a storage deposit; its conditions say that who spends it gives the deposit back to our
//! change address, and that all of it is ours again when nobody did so in time. What comes back is ours and never a deposit of
//! a customer (`ownReturn`), whichever way it comes.
//!
//! **The time to claim begins with the signature**, which is part of what is signed. What cannot be submitted meanwhile (no node,
//! no journal, a wallet that is closed) loses of it. With less than [`LEAST_TO_CLAIM`] left it is submitted no more, and contested
//! (`hot::late`): what is signed can be applied for ever, and that no block with it is on record does not show that nobody has
//! it.

use std::ops::RangeInclusive;

use rusqlite::Connection;

use super::{
    PaymentError, Payments,
    build::Terms,
    error::AmountGiven,
    request::{Canonical, check_amount},
};
use crate::{
    ledger::{Address, Amount, Conditions, DepositReturn, Expiration, Network, Payee, UnixTime},
    store::{StoreError, meta},
};

/// How long a recipient may have to claim, in seconds: an hour to a year.
pub const MICRO_EXPIRATION: RangeInclusive<u32> = 3_600..=31_536_000;

/// What would leave a recipient less time to claim, in seconds, is submitted no more: half an hour.
pub const LEAST_TO_CLAIM: u32 = 1_800;

/// Whether an offer that ends at a time leaves too little of it.
pub(super) fn is_late(end: UnixTime, now: UnixTime) -> bool {
    end < UnixTime(now.0.saturating_add(LEAST_TO_CLAIM))
}

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

/// Refuses a time to claim that is out of its range.
pub(super) fn check_micro(micro: Option<MicroAmount>) -> Result<(), PaymentError> {
    match micro.map(|micro| micro.expires_after).filter(|after| !MICRO_EXPIRATION.contains(after)) {
        None => Ok(()),
        Some(got) => {
            let (least, most) = (*MICRO_EXPIRATION.start(), *MICRO_EXPIRATION.end());
            Err(PaymentError::MicroExpiration { got, least, most })
        }
    }
}

/// A storage deposit that a recipient gets on top, and gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Loan {
    /// How much.
    deposit: Amount,
    /// How long.
    terms: MicroAmount,
}

impl Loan {
    /// How much is lent.
    pub(super) const fn deposit(self) -> Amount {
        self.deposit
    }
}

impl Payments {
    /// What the transaction pays for a request, and on what terms: as asked for, or, where an amount is too small for an output
    /// and the request allows it, with a storage deposit that comes back.
    /// The time to claim begins `held` seconds from now: as late as it may be signed.
    pub(super) fn terms(
        &self,
        request: &Canonical,
        network: &Network,
        held: u32,
    ) -> Result<(Vec<Payee>, Terms), PaymentError> {
        let lift = |(index, payee): (usize, &Payee)| self.lift(network, index, payee, request.micro);
        let lifted = request.payees.iter().enumerate().map(lift).collect::<Result<Vec<_>, _>>()?;
        let (payees, loans): (Vec<Payee>, Vec<Option<Loan>>) = lifted.into_iter().unzip();
        let conditions = self.conditions(request.account, &loans, held)?;
        Ok((payees, Terms { conditions, ..Terms::default() }))
    }

    /// What a payee's output holds: what the payee is to get, and where that is too little for an output and `micro` allows it, a
    /// storage deposit on top.
    ///
    /// # Errors
    /// [`PaymentError::Amount`], [`PaymentError::StorageDeposit`].
    pub(super) fn lift(
        &self,
        network: &Network,
        index: usize,
        payee: &Payee,
        micro: Option<MicroAmount>,
    ) -> Result<(Payee, Option<Loan>), PaymentError> {
        let drafter = &self.ports.drafter;
        match (check_amount(network, &**drafter, index, &payee.address, payee.amount), micro) {
            (Ok(()), _) => Ok((payee.clone(), None)),
            (Err(PaymentError::StorageDeposit { .. }), Some(terms)) => {
                let deposit = drafter.offer_deposit(&payee.address, &network.deposit);
                let supply = network.token_supply;
                let sum = payee.amount.checked_add(deposit);
                let amount = sum.ok_or(PaymentError::Amount { given: AmountGiven::Overflow, supply })?;
                Ok((Payee { address: payee.address, amount }, Some(Loan { deposit, terms })))
            }
            (Err(error), _) => Err(error),
        }
    }

    /// What binds the outputs of payees, those with a loan: it goes back to the account's change address, and all of it does
    /// when nobody claims it in time, which begins `held` seconds from now. Empty: there is no loan.
    pub(super) fn conditions(
        &self,
        account: u32,
        loans: &[Option<Loan>],
        held: u32,
    ) -> Result<Vec<Conditions>, PaymentError> {
        if loans.iter().all(Option::is_none) {
            return Ok(Vec::new());
        }
        let back_to = self.change_address(account)?;
        let from = UnixTime(self.ports.store.readers().read(|conn| self.latest(conn))?.0.saturating_add(held));
        let bound = |loan: &Option<Loan>| {
            loan.map_or_else(Conditions::default, |Loan { deposit, terms }| Conditions {
                deposit_return: Some(DepositReturn { address: back_to, amount: deposit }),
                expiration: Some(Expiration {
                    return_address: back_to,
                    time: UnixTime(from.0.saturating_add(terms.expires_after)),
                }),
                timelock: None,
            })
        };
        Ok(loans.iter().map(bound).collect())
    }

    /// What time it is at most. A wallet that catches up does not know the ledger's time, and must not offer what has expired.
    fn latest(&self, conn: &Connection) -> Result<UnixTime, StoreError> {
        let here = u32::try_from(self.ports.clock.now_ms() / 1_000).unwrap_or(u32::MAX);
        let ledger = meta::cursor(conn)?.map_or(0, |cursor| cursor.position.time.0);
        Ok(UnixTime(here.max(ledger)))
    }

    /// Whether one of the offers leaves less than the least time to claim: what was lent could be gone for good.
    pub(super) fn is_late(&self, conn: &Connection, terms: &Terms) -> Result<bool, StoreError> {
        let least = self.latest(conn)?.0.saturating_add(*MICRO_EXPIRATION.start());
        let ends = terms.conditions.iter().filter_map(|conditions| conditions.expiration);
        Ok(ends.into_iter().any(|end| end.time.0 < least))
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
