//! For benchmarks: parts of the path by themselves.

use super::{
    PaymentError,
    lease::Leased,
    pool::AccountPool,
    select::{Wish, select},
};
use crate::{ledger::Amount, store::Store};

/// Selects inputs for an amount among an account's outputs, as a payment does, and answers how many. Takes up to `limit`
/// inputs, and `fold` small ones along; what remains is nothing or at least `least_remainder`.
///
/// # Errors
/// Those of a selection.
pub fn select_inputs(
    store: &Store,
    account: u32,
    amount: Amount,
    least_remainder: Amount,
    (limit, fold): (usize, usize),
) -> Result<usize, PaymentError> {
    let leased = Leased::new();
    let wish = Wish { amount, least_remainder, limit, fold };
    let selection = store.readers().read(|conn| select(&wish, &AccountPool { conn, account, leased: &leased }))?;
    Ok(selection.inputs.len())
}
