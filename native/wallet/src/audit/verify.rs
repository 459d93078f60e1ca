//! Whether the log is as it was written.

use serde::Deserialize;

use super::{
    AuditFilter, AuditHead, AuditKind,
    chain::{hash_after, log_id},
};
use crate::store::{
    Store, StoreError,
    audit::{self, AuditRow},
    hex,
    sql::stored_enum,
};

/// Records read at a time.
const PAGE: u32 = 1_000;

/// What is wrong with a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BreakKind {
    /// A record is missing, or is where none can be.
    Gap,
    /// A record is not what its hash says, or not what followed the record before it.
    Altered,
    /// The newest record is not the one that the log's end names: records at the end are missing, or were added or made anew.
    End,
    /// The log is of another wallet than the database.
    Foreign,
    /// The head that was expected is not in the log.
    Expected,
}
stored_enum!(BreakKind {
    Gap = "gap",
    Altered = "altered",
    End = "end",
    Foreign = "foreign",
    Expected = "expected",
});

/// The first thing that is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The record that shows it.
    pub sequence: u64,
    /// What it is.
    pub kind: BreakKind,
    /// The same for people.
    pub text: String,
}

/// What a verification came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Records that are right, from the first one on.
    pub records: u64,
    /// Where the log ended when it was begun.
    pub head: AuditHead,
    /// The newest record that says that the wallet came out of a backup, among those that are right.
    pub restored: Option<u64>,
    /// What is wrong; none: nothing.
    pub broken: Option<Break>,
}

/// Verifies all records that there were when it was called: that they follow each other without a hole, that each is what its
/// hash says, that the last one is where the log ends, and that the log is this wallet's; and with `expected` that this head,
/// noted earlier, is in the log as it was noted. Only that tells a log that was made anew from its first record on. Reads a
/// thousand records at a time, holds nothing up, and ends with [`StoreError::Closed`] when the store is closed meanwhile.
///
/// # Errors
/// [`StoreError`]: it could not be read to the end. That a log is wrong is no error.
pub fn verify(store: &Store, expected: Option<AuditHead>) -> Result<Verdict, StoreError> {
    Walk::begin(store, expected)?.finish(store)
}

/// A verification under way.
pub(super) struct Walk {
    /// The last record that is right.
    at: AuditHead,
    head: AuditHead,
    /// The greatest sequence of the table.
    last: u64,
    /// The event log's name.
    log_id: Option<String>,
    expected: Option<AuditHead>,
    restored: Option<u64>,
    /// The newest record that names an event log, and that name.
    owner: Option<(u64, Option<String>)>,
}

#[derive(Deserialize)]
struct Owner {
    #[serde(rename = "logId")]
    log_id: Option<String>,
}

type Step = Result<(), Break>;

fn broken(sequence: u64, kind: BreakKind, text: String) -> Step {
    Err(Break { sequence, kind, text })
}

impl Walk {
    /// Notes where the log ends now.
    pub(super) fn begin(store: &Store, expected: Option<AuditHead>) -> Result<Self, StoreError> {
        store.readers().read(|conn| {
            Ok(Self {
                at: AuditHead { sequence: 0, hash: [0; 32] },
                head: audit::head(conn)?,
                last: audit::last(conn)?,
                log_id: log_id(conn)?,
                expected,
                restored: None,
                owner: None,
            })
        })
    }

    /// Looks at all up to there.
    pub(super) fn finish(mut self, store: &Store) -> Result<Verdict, StoreError> {
        let broken = self.run(store)?.err();
        let Self { at, head, restored, .. } = self;
        Ok(Verdict { records: at.sequence, head, restored, broken })
    }

    fn run(&mut self, store: &Store) -> Result<Step, StoreError> {
        let until = self.head.sequence.max(self.last);
        while self.at.sequence < until {
            let after = self.at.sequence;
            let rows = store.readers().read(|conn| audit::page(conn, &AuditFilter::default(), after, PAGE))?;
            for row in rows.into_iter().filter(|row| row.sequence <= until) {
                if let Err(found) = self.look(&row) {
                    return Ok(Err(found));
                }
            }
            // those at the end are missing, and what follows them came meanwhile
            if self.at.sequence == after {
                break;
            }
        }
        Ok(self.end())
    }

    fn look(&mut self, row: &AuditRow) -> Step {
        let next = self.at.sequence + 1;
        let AuditRow { sequence, .. } = *row;
        if sequence != next {
            return broken(next, BreakKind::Gap, format!("record {next} is missing; record {sequence} is the next"));
        }
        let hash = hash_after(&self.at, row);
        if row.hash != hash {
            let text = format!("record {sequence} was changed, or the record before it was: its hash is another");
            return broken(sequence, BreakKind::Altered, text);
        }
        if row.kind == AuditKind::Begun.name().as_bytes() || row.kind == AuditKind::Restored.name().as_bytes() {
            let owner = serde_json::from_slice::<Owner>(&row.details).ok().and_then(|owner| owner.log_id);
            self.owner = Some((sequence, owner));
            if row.kind == AuditKind::Restored.name().as_bytes() {
                self.restored = Some(sequence);
            }
        }
        self.expect(AuditHead { sequence, hash })?;
        self.at = AuditHead { sequence, hash };
        Ok(())
    }

    /// Whether the record is the one that was expected at its place.
    fn expect(&self, found: AuditHead) -> Step {
        match self.expected {
            Some(expected) if expected.sequence == found.sequence && expected.hash != found.hash => {
                let text = format!(
                    "record {} has the hash {}, where {} was expected: {}",
                    found.sequence,
                    hex(&found.hash),
                    hex(&expected.hash),
                    self.why()
                );
                broken(found.sequence, BreakKind::Expected, text)
            }
            _ => Ok(()),
        }
    }

    fn why(&self) -> String {
        match self.restored {
            Some(restored) => format!(
                "the wallet came out of a backup at record {restored}, and what the wallet before decided after that \
                 backup is not in this log; or the log was made anew"
            ),
            None => "the log was made anew, or is another wallet's".to_owned(),
        }
    }

    fn end(&self) -> Step {
        let (at, head) = (self.at.sequence, self.head.sequence);
        if at != head || self.at.hash != self.head.hash {
            let text =
                format!("the last record is {at}, and the log should end with record {head}, or with another hash");
            let shown = if at == head { at } else { at.min(head) + 1 };
            return broken(shown, BreakKind::End, text);
        }
        if let Some(expected) = self.expected.filter(|expected| expected.sequence > at) {
            let text =
                format!("record {} was expected, and the log ends with record {at}: {}", expected.sequence, self.why());
            return broken(at + 1, BreakKind::Expected, text);
        }
        match &self.owner {
            Some((_, owner)) if *owner == self.log_id => Ok(()),
            None if at == 0 => Ok(()),
            Some((sequence, _)) => broken(
                *sequence,
                BreakKind::Foreign,
                format!("record {sequence} names another event log: the log is not this wallet's"),
            ),
            None => broken(1, BreakKind::Foreign, "no record says whose log it is".to_owned()),
        }
    }
}
