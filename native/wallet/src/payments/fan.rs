//! Outputs that are kept ready: in an account that withdraws, so many outputs that can each pay a batch are there, so that one
//! batch does not wait for another one's remainder.
//!
//! What is made anyway restores them: a batch, a payment and what a sweep or a consolidation brings are split as far as ready
//! ones are missing, on their way ones counted. A batch with others behind it leaves room for them. No transaction is made for
//! it alone, so nothing that they are split into can make the wallet busy.

use super::{PaymentError, Payments, pool::AccountPool};
use crate::{
    ledger::{Address, Amount, Network},
    store::hot,
};

/// A part holds at least so many times the storage deposit.
const LEAST_PART: u64 = 20;

impl Payments {
    /// Into how many outputs an amount is split, up to `most`, so that as many outputs as the policy wants can each pay a batch
    /// of so much. The outputs that are leased do not count, those that open payments bring back do: several batches that are on
    /// their way at a time would each restore what all of them spend.
    pub(super) fn parts(
        &self,
        account: u32,
        batch: Amount,
        least_output: Amount,
        amount: Amount,
        most: usize,
    ) -> Result<usize, PaymentError> {
        let wanted = self.policy.ready_outputs;
        if wanted <= 1 {
            return Ok(1);
        }
        let least = batch.max(Amount::new(least_output.units().saturating_mul(LEAST_PART)));
        let affordable = usize::try_from(amount.units() / least.units().max(1)).unwrap_or(usize::MAX);
        if affordable <= 1 {
            return Ok(1);
        }
        let ready = self.leases.look(|leased| {
            self.ports.store.readers().read(|conn| AccountPool { conn, account, leased }.count(least, wanted))
        })?;
        let missing = wanted.saturating_sub(ready);
        if missing <= 1 {
            return Ok(1);
        }
        let coming = self.ports.store.readers().read(|conn| hot::coming(conn, account, least, missing))?;
        Ok(missing.saturating_sub(coming).min(affordable).min(most).max(1))
    }

    /// The same for what comes to an account that does not withdraw at the moment: by its last batch. One that never did is
    /// left alone.
    pub(super) fn ready_parts(
        &self,
        account: u32,
        network: &Network,
        amount: Amount,
        most: usize,
    ) -> Result<usize, PaymentError> {
        if self.policy.ready_outputs <= 1 {
            return Ok(1);
        }
        let batch = self.ports.store.readers().read(|conn| hot::last_batch(conn, account))?;
        let Some(batch) = batch.filter(|batch| amount > *batch) else { return Ok(1) };
        let to: Address = self.change_address(account)?;
        let least_output = self.ports.drafter.minimum_deposit(&to, &network.deposit);
        self.parts(account, batch, least_output, amount, most)
    }
}
