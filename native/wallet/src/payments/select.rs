//! Choosing inputs. Pure: the same pool and the same wish give the same choice.
//!
//! **Few.** The smallest single output that suffices, else the largest first.
//! **No dust.** What remains is nothing or at least the storage deposit of its output.
//! **Room is used.** What is spent with a remainder anyway takes some small outputs along, so that a flood of them goes away
//! by itself.
//! **No scan.** It asks the pool for one output of some size and for at most as many as a
//! transaction takes; the pool answers from an index.

use std::collections::HashSet;

use super::PaymentError;
use crate::{
    ledger::{Amount, OutputId},
    store::AddressKey,
};

/// An output that could be spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Which.
    pub(crate) id: OutputId,
    /// Its base units.
    pub(crate) amount: Amount,
    /// The address of ours that unlocks it.
    pub(crate) key: AddressKey,
    /// The output's bytes.
    pub(crate) raw: Vec<u8>,
}

/// The spendable outputs of one account: plain, booked, unspent, neither locked nor leased.
pub(crate) trait Pool {
    /// The smallest output of at least this amount.
    fn at_least(&self, amount: Amount) -> Result<Option<Candidate>, PaymentError>;
    /// Up to `count` outputs, the smallest first.
    fn smallest(&self, count: usize) -> Result<Vec<Candidate>, PaymentError>;
    /// Up to `count` outputs, the largest first.
    fn largest(&self, count: usize) -> Result<Vec<Candidate>, PaymentError>;
    /// The sum of all of them.
    fn available(&self) -> Result<Amount, PaymentError>;
}

/// What is to be covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    /// The sum of the payees' amounts.
    pub(crate) amount: Amount,
    /// The least remainder that can be an output.
    pub(crate) least_remainder: Amount,
    /// The greatest number of inputs.
    pub(crate) limit: usize,
    /// How many small outputs are taken along at most.
    pub(crate) fold: usize,
}

/// An output is small when it holds less than so many times the least remainder.
const SMALL: u64 = 4;

/// Inputs, and what remains of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    /// At least one, each once.
    pub(crate) inputs: Vec<Candidate>,
    /// Nothing, or at least [`Wish::least_remainder`].
    pub(crate) remainder: Amount,
}

impl Wish {
    /// What remains of `total`, if it covers the wish without leaving dust.
    fn remainder(&self, total: Amount) -> Option<Amount> {
        total.checked_sub(self.amount).filter(|rest| *rest == Amount::ZERO || *rest >= self.least_remainder)
    }

    fn with_remainder(&self) -> Amount {
        self.amount.checked_add(self.least_remainder).unwrap_or(Amount::new(u64::MAX))
    }

    /// What to say when `available` does not do.
    fn insufficient(&self, available: Amount) -> PaymentError {
        let needed = if available < self.amount { self.amount } else { self.with_remainder() };
        PaymentError::InsufficientFunds { needed, available }
    }
}

/// Chooses inputs from the pool.
///
/// # Errors
/// `InsufficientFunds`, `TooManyInputs`, and those of the pool.
pub(crate) fn select(wish: &Wish, pool: &dyn Pool) -> Result<Selection, PaymentError> {
    fold(wish, pool, fewest(wish, pool)?)
}

/// Takes small outputs along, where a remainder takes them up and there is room.
fn fold(wish: &Wish, pool: &dyn Pool, mut selection: Selection) -> Result<Selection, PaymentError> {
    let room = wish.limit.saturating_sub(selection.inputs.len()).min(wish.fold);
    if room == 0 || selection.remainder == Amount::ZERO {
        return Ok(selection);
    }
    let below = wish.least_remainder.units().saturating_mul(SMALL);
    // those that were chosen may be among the smallest
    let smallest = pool.smallest(room + selection.inputs.len())?;
    let chosen: HashSet<OutputId> = selection.inputs.iter().map(|input| input.id).collect();
    for small in smallest.into_iter().filter(|one| one.amount.units() < below && !chosen.contains(&one.id)).take(room) {
        let Some(remainder) = selection.remainder.checked_add(small.amount) else { break };
        selection.remainder = remainder;
        selection.inputs.push(small);
    }
    Ok(selection)
}

fn fewest(wish: &Wish, pool: &dyn Pool) -> Result<Selection, PaymentError> {
    for least in [wish.amount, wish.with_remainder()] {
        if let Some(single) = pool.at_least(least)?
            && let Some(remainder) = wish.remainder(single.amount)
        {
            return Ok(Selection { inputs: vec![single], remainder });
        }
    }
    let mut total = Amount::ZERO;
    let mut inputs = Vec::new();
    for candidate in pool.largest(wish.limit)? {
        total = total.checked_add(candidate.amount).ok_or_else(|| wish.insufficient(total))?;
        inputs.push(candidate);
        if let Some(remainder) = wish.remainder(total) {
            return Ok(Selection { inputs, remainder });
        }
    }
    let available = pool.available()?;
    // More outputs than a transaction takes, and together they would do.
    if inputs.len() == wish.limit && available > total && wish.remainder(available).is_some() {
        return Err(PaymentError::TooManyInputs { limit: wish.limit });
    }
    Err(wish.insufficient(available))
}

/// Takes exactly these inputs.
///
/// # Errors
/// `InsufficientFunds` when they do not cover the wish or would leave dust.
pub(crate) fn take(wish: &Wish, inputs: Vec<Candidate>) -> Result<Selection, PaymentError> {
    let total = Amount::checked_sum(inputs.iter().map(|input| input.amount)).unwrap_or(Amount::new(u64::MAX));
    match wish.remainder(total) {
        Some(remainder) => Ok(Selection { inputs, remainder }),
        None => Err(wish.insufficient(total)),
    }
}

#[cfg(test)]
mod tests;
