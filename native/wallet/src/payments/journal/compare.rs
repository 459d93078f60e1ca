//! A journal beside the database that it belongs to: what the database does not know shows that it is an old copy, and what the
//! journal does not have is added to it.
//!
//! It may lack anything: it was made anew or was another file while its storage was away, or was replaced by an older copy.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use rusqlite::Connection;

use super::{
    JournalError,
    file::Opened,
    format::Identity,
    gather,
    record::{self, Record, Seen},
};
use crate::{
    ledger::TransactionId,
    store::{Store, StoreError, payment, restore, withdrawal},
};

/// What a database has for its journal.
pub(super) struct Expected {
    pub(super) identity: Identity,
    /// Its payments: the row, and whether the journal has it.
    payments: HashMap<TransactionId, (i64, bool)>,
    /// Those that are open.
    pub(super) open: HashSet<TransactionId>,
    /// Whether records wait for accounts that are not there.
    waits: bool,
    /// Whether these are in the journal at this place.
    pub(super) needed: bool,
    /// The withdrawals of which the journal has that they ended.
    ended: HashSet<String>,
    /// The first transaction of the journal that the database does not know.
    unknown: Option<TransactionId>,
}

/// What a journal lacks.
#[derive(Default)]
pub(super) struct Lacks {
    /// Payments, in the order of signing.
    payments: Vec<i64>,
    /// The withdrawals of which it has that they ended: it lacks the others.
    ended: HashSet<String>,
}

impl Expected {
    /// None: the wallet has no payment and cannot have one yet.
    pub(super) fn of(conn: &Connection) -> Result<Option<Self>, StoreError> {
        let Some(identity) = gather::identity(conn)? else { return Ok(None) };
        let (rows, restored) = (payment::transactions(conn)?, restore::present(conn)?);
        let waiting = restored.filter(|state| state.journal_waiting > 0);
        Ok(Some(Self {
            identity,
            payments: rows.into_iter().map(|(id, row)| (id, (row, false))).collect(),
            open: payment::open(conn)?.into_iter().map(|row| row.transaction_id).collect(),
            waits: waiting.is_some(),
            needed: waiting.is_some_and(|state| state.journal_found),
            ended: HashSet::new(),
            unknown: None,
        }))
    }

    /// Notes that the journal has this record.
    pub(super) fn meet(&mut self, content: &[u8]) {
        if let Some(id) = record::transaction(content) {
            match self.payments.get_mut(&id) {
                Some((_, found)) => *found = true,
                None => self.unknown = self.unknown.or(Some(id)),
            }
            return;
        }
        match Record::decode(content) {
            Some(Record::Ended(withdrawal)) => drop(self.ended.insert(withdrawal.key)),
            Some(Record::Signed(_) | Record::Seen(_)) | None => {}
        }
    }

    /// What the journal lacks, when all of it was met.
    ///
    /// # Errors
    /// [`JournalError::Ahead`]: a payment is in the database before it is in the journal.
    pub(super) fn lacks(self, path: &Path) -> Result<Lacks, JournalError> {
        if let Some(transaction) = self.unknown.filter(|_| !self.waits) {
            return Err(JournalError::Ahead { path: path.to_owned(), transaction });
        }
        let mut payments: Vec<i64> =
            self.payments.into_values().filter_map(|(row, met)| (!met).then_some(row)).collect();
        payments.sort_unstable();
        Ok(Lacks { payments, ended: self.ended })
    }
}

impl Lacks {
    /// Adds it. After an error some of it may be there, and it can be added again.
    pub(super) fn add(&self, store: &Store, path: &Path, opened: &mut Opened) -> Result<(), JournalError> {
        if !self.payments.is_empty() && store.readers().read(gather::is_old_copy)? {
            // before what would make it look whole
            opened.append(path, &[Record::Seen(Seen::NOTHING)])?;
        }
        let mut count = 0;
        for rows in self.payments.chunks(gather::WINDOW as usize) {
            let records: Vec<Record> = store.readers().read(|conn| {
                let missing = || StoreError::corrupt("a payment is gone");
                rows.iter()
                    .map(|row| gather::signed(conn, &payment::by_row(conn, *row)?.ok_or_else(missing)?))
                    .collect::<Result<_, StoreError>>()
            })?;
            count += records.len();
            opened.append(path, &records)?;
        }
        let mut after = 0;
        loop {
            let rows = store.readers().read(|conn| withdrawal::ended(conn, after, gather::WINDOW))?;
            let Some(last) = rows.last() else { break };
            after = last.row;
            let new = rows.into_iter().filter(|row| !self.ended.contains(&row.key));
            let records: Vec<Record> = new.map(gather::ended).collect();
            count += records.len();
            opened.append(path, &records)?;
        }
        if count > 0 {
            tracing::warn!(path = %path.display(), records = count, "the key journal lacked records and has them now");
        }
        Ok(())
    }
}
