//! The people who approve large withdrawals, or refuse them: late, twice, and again after each restart.

use std::{thread, time::Duration};

use stardust_proof::{Failure, Random};
use stardust_wallet::{manager::WalletError, payments::PaymentError};

use super::{client::Client, orders::Order};

const PERSONS: [&str; 3] = ["anna", "ben", "carl"];
/// Who refuses, and why.
const REFUSAL: (&str, &str) = ("dora", "nobody knows the recipient");

impl Client {
    /// Decides of something that waits now and then.
    pub(super) fn decide(&self) -> Result<(), Failure> {
        let mut random = Random::new(Random::fresh_seed().rotate_left(16));
        loop {
            thread::sleep(Duration::from_millis(random.below(30)));
            let waiting = self.waiting()?;
            if !waiting.is_empty() {
                self.decide_of(random.choose(&waiting), &mut random)?;
            }
        }
    }

    /// Has everybody decide of all that waits.
    pub(super) fn decide_of_all(&self) -> Result<(), Failure> {
        let mut random = Random::new(0);
        for order in self.waiting()? {
            for _ in 0..2 * PERSONS.len() {
                self.decide_of(&order, &mut random)?;
            }
        }
        Ok(())
    }

    fn waiting(&self) -> Result<Vec<Order>, Failure> {
        let mut open = self.all_open()?.1;
        open.retain(Order::needs_persons);
        Ok(open)
    }

    /// One person decides. What is to be refused may have been approved by one before, and by more only after it was refused.
    fn decide_of(&self, order: &Order, random: &mut Random) -> Result<(), Failure> {
        let key = order.key();
        match self.manager().withdrawal(&key) {
            Ok(withdrawal) if withdrawal.state.is_final() => return self.ended(order, withdrawal.state),
            Ok(_) => {}
            Err(WalletError::Payment(PaymentError::NotFound | PaymentError::Frozen { .. })) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let decided = if order.is_refused() && random.below(3) > 0 {
            self.manager().refuse(&key, REFUSAL.0, REFUSAL.1)
        } else {
            let person = if order.is_refused() { PERSONS[0] } else { *random.choose(&PERSONS) };
            // on disk before the wallet hears of it: it is never paid with fewer than are here
            self.orders().approving(order, person)?;
            self.manager().approve(&key, person)
        };
        let withdrawal = decided?;
        if withdrawal.state.is_final() { self.ended(order, withdrawal.state) } else { Ok(()) }
    }
}
