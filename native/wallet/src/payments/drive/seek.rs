//! By which block a milestone applied a payment, where the record does not tell: nodes are asked for it, a few at a time and after
//! all else. Nobody waits for it, and nothing but what callers are shown depends on it.

use std::{collections::BTreeMap, mem};

use super::{Driver, IN_FLIGHT, requests::seek};
use crate::{
    ledger::{BlockId, MilestoneIndex, NodeError, TransactionId},
    payments::PaymentError,
    store::payment,
};

/// Questions on their way at a time.
const AT_A_TIME: usize = 4;
/// Payments that are read at a time.
const PAGE: usize = 64;
/// Milestones at which nobody could tell, before nobody is asked any more: nodes prune, and the block is gone for good.
const TRIES: u32 = 3;

/// What is asked for.
#[derive(Default)]
pub(super) struct Seeking {
    rows: BTreeMap<i64, Sought>,
    asking: usize,
    /// Found, or given up, and not stored yet.
    found: Vec<(i64, Option<BlockId>)>,
    /// There may be others in the database.
    pub(super) look: bool,
}

struct Sought {
    transaction: TransactionId,
    tries: u32,
    from: MilestoneIndex,
    asked: bool,
}

impl Seeking {
    /// Takes in what nodes said.
    pub(super) fn heard(&mut self, answers: Vec<(i64, Result<Option<BlockId>, NodeError>)>) {
        for (row, answer) in answers {
            self.asking = self.asking.saturating_sub(1);
            let Some(sought) = self.rows.get_mut(&row) else { continue };
            // that nobody could be asked is no answer
            let Ok(block) = answer else {
                sought.asked = false;
                continue;
            };
            sought.tries += 1;
            if block.is_some() || sought.tries >= TRIES {
                // it stays on the list until that is stored
                self.found.push((row, block));
            } else {
                sought.asked = false;
            }
        }
    }
}

impl Driver {
    /// Stores what was found, and reads what else is to be asked for.
    pub(super) fn find_blocks(&mut self) -> Result<(), PaymentError> {
        let found = self.seeking.found.clone();
        if !found.is_empty() {
            self.ports
                .store
                .writer()
                .commit(move |tx| found.iter().try_for_each(|(row, block)| payment::found(tx, *row, block.as_ref())))?;
            for (row, _) in mem::take(&mut self.seeking.found) {
                self.seeking.rows.remove(&row);
            }
        }
        let known = self.seeking.rows.len();
        if !self.seeking.look || known >= PAGE {
            return Ok(());
        }
        // those that are known are among them
        let read = self.ports.store.readers().read(|conn| payment::sought(conn, known + PAGE))?;
        self.seeking.look = read.len() == known + PAGE;
        for (row, transaction) in read {
            let new = Sought { transaction, tries: 0, from: self.milestone, asked: false };
            self.seeking.rows.entry(row).or_insert(new);
        }
        Ok(())
    }

    /// Asks, where there is room.
    pub(super) fn ask_for_blocks(&mut self) {
        let Seeking { rows, asking, .. } = &mut self.seeking;
        for (row, sought) in rows.iter_mut().filter(|(_, sought)| !sought.asked && sought.from <= self.milestone) {
            if *asking >= AT_A_TIME || self.in_flight >= IN_FLIGHT {
                return;
            }
            *asking += 1;
            sought.asked = true;
            sought.from = MilestoneIndex(self.milestone.0.saturating_add(1));
            seek(&self.ports, &self.inbox, *row, sought.transaction);
        }
    }
}
