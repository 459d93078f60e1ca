//! What an index said, dealt with when the cursor stands at just the height that it holds for.

use std::{collections::HashSet, sync::Arc};

use super::Run;
use crate::{
    accounts::Look,
    ledger::{LedgerOutput, OutputId, Position, UnixTime},
    store::{AddressKey, address, output},
    sync::{
        Located, Outcome, Purpose, SyncError, apply,
        reconcile::Difference,
        scan::{Found, classify},
    },
};

impl Run {
    /// Deals with what is for the height at which the wallet is now; it is too late for what is for an earlier one.
    pub(super) fn deal(&mut self, cursor: &Position) -> Result<(), SyncError> {
        let located = std::mem::take(&mut self.located);
        for Located { height, outputs, purpose, reply } in located {
            if height > cursor.index {
                self.located.push(Located { height, outputs, purpose, reply });
                continue;
            }
            let outcome = if height < cursor.index {
                Ok(Outcome::TooLate)
            } else {
                match purpose {
                    Purpose::Book(keys) => self.book(*cursor, outputs, keys).map(|()| Outcome::Booked),
                    Purpose::Compare(keys) => self.compare(cursor, &outputs, &keys).map(Outcome::Compared),
                }
            };
            // whoever asked may be gone
            drop(reply.send(outcome));
        }
        Ok(())
    }

    /// Books what late addresses held, and that their past is known; in one commit.
    fn book(&self, at: Position, outputs: Vec<LedgerOutput>, keys: Vec<AddressKey>) -> Result<(), SyncError> {
        let watched = self.core.watch.look();
        let late: HashSet<AddressKey> = keys.iter().copied().collect();
        let found: Vec<Found> = outputs
            .into_iter()
            .filter_map(|output| {
                let (key, class) = classify(&output, at.time, &watched)?;
                // an answer about the whole ledger speaks of others of our addresses too, whose outputs diffs book
                let is_late = |raw| watched.find(raw).is_some_and(|key| late.contains(&key));
                output.addresses().any(is_late).then_some(())?;
                Some(Found { output, key, class })
            })
            .collect();
        drop(watched);
        let core = Arc::clone(&self.core);
        let network = core.network()?;
        let memory = Arc::clone(&core.watch);
        self.core.store.writer().commit_then(
            move |tx| {
                let booked = apply::book_discovered(tx, &*core.codec, &network, at, &found)?;
                address::set_checked(tx, &keys)?;
                fail_point!("discovery:written");
                Ok::<_, SyncError>(booked)
            },
            move |applied: &apply::Applied| {
                memory.settle(&applied.booked, &[], &applied.decided);
            },
        )?;
        fail_point!("discovery:durable");
        Ok(())
    }

    /// Where the wallet's unspent outputs on these addresses and an index's differ.
    fn compare(
        &self,
        at: &Position,
        outputs: &[LedgerOutput],
        keys: &[AddressKey],
    ) -> Result<Vec<Difference>, SyncError> {
        let mut differences = missing(outputs, at.time, keys, &self.core.watch.look());
        let listed: HashSet<OutputId> = outputs.iter().map(|output| output.id).collect();
        self.core.store.readers().read(|conn| {
            for key in keys {
                let held = output::unspent_on(conn, *key)?.into_iter().filter(|id| !listed.contains(id));
                differences.extend(held.map(|id| Difference::Gone { account: key.account, id }));
            }
            Ok::<_, SyncError>(())
        })?;
        Ok(differences)
    }
}

/// What is unspent by an index, belongs on these addresses, and is not among the wallet's outputs. What belongs on another
/// address of ours is compared with that one: its past may be unchecked.
fn missing(outputs: &[LedgerOutput], time: UnixTime, keys: &[AddressKey], watched: &Look<'_>) -> Vec<Difference> {
    let keys: HashSet<&AddressKey> = keys.iter().collect();
    let unknown = outputs.iter().filter(|output| !watched.holds(&output.id));
    unknown
        .filter_map(|output| {
            let (key, _) = classify(output, time, watched)?;
            keys.contains(&key).then_some(Difference::Missing { account: key.account, id: output.id })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        accounts::WatchSet,
        testing::{OutputBuilder, address},
    };

    #[test]
    fn only_what_belongs_on_the_addresses_that_were_asked_for_is_missing() {
        let key = |key_index| AddressKey { account: 3, internal: false, key_index };
        let watched = WatchSet::default();
        watched.watch([(address(1), key(1)), (address(2), key(2))]);
        let held = OutputBuilder::plain(1, address(1), 5).build();
        watched.settle(&[held.id], &[], &[]);
        let new = OutputBuilder::plain(2, address(1), 5).build();
        // owned by an address that was not asked for, and returned to one that was
        let late = OutputBuilder::plain(3, address(2), 5).expiring(UnixTime(100), address(1)).build();
        let foreign = OutputBuilder::plain(4, address(9), 5).build();
        let id = new.id;
        let found = missing(&[held, new, late, foreign], UnixTime(50), &[key(1)], &watched.look());
        assert_eq!(found, [Difference::Missing { account: 3, id }]);
    }
}
