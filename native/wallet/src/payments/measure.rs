//! For benchmarks: parts of the path by themselves.

use rusqlite::Connection;

use super::{
    PaymentError,
    lease::Leased,
    pool::AccountPool,
    select::{Wish, select},
};
use crate::ledger::Amount;

/// Selects inputs of an account that cover an amount, as a payment with the usual policy does, and answers how many.
///
/// # Errors
/// [`PaymentError::InsufficientFunds`], [`PaymentError::TooManyInputs`], [`PaymentError::Store`].
pub fn count_inputs(conn: &Connection, account: u32, amount: Amount) -> Result<usize, PaymentError> {
    let pool = AccountPool { conn, account, leased: &Leased::new() };
    let wish = Wish { amount, least_remainder: Amount::new(50_000), limit: 128, fold: 8 };
    Ok(select(&wish, &pool)?.inputs.len())
}
