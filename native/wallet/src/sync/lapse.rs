//! Outputs that a milestone's time makes something else to us: a timelock or an expiration has ended.
//!
//! Only ledger time counts, and it counts from the first milestone that reaches it. A milestone looks at the outputs
//! whose time has come and at no others.

use rusqlite::Transaction;

use super::{SyncError, scan::class_of};
use crate::{
    ledger::Position,
    store::{Origin, OutputClass, OutputRow, Standing, Tally, output, payment},
};

/// An output that is something else from this milestone on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lapse {
    /// As it was before.
    pub(super) row: OutputRow,
    /// As it is from now on.
    pub(super) now: Standing,
    /// Whether its expiration ended; otherwise a timelock did.
    pub(super) expired: bool,
}

impl Lapse {
    /// Whether it belongs to another address than before, so that what was signed for it is void. What expires in favour of
    /// its own address can be claimed as well as before.
    pub(super) fn has_moved(&self) -> bool {
        self.expired && (self.now.lost.is_some() || self.now.key != self.row.key)
    }
}

/// Brings all outputs up to the time of milestone `at`, and answers those of which a condition has ended, by id.
///
/// # Errors
/// [`SyncError::Store`].
pub(super) fn lapse(tx: &Transaction<'_>, tally: &mut Tally, at: &Position) -> Result<Vec<Lapse>, SyncError> {
    let mut lapses = Vec::new();
    for row in output::due(tx, at.time)? {
        let now = standing(tx, &row, at)?;
        output::restate(tx, tally, &row, &now, at.time)?;
        let end = row.details.conditions.expiration.map(|expiration| expiration.time);
        let expired = end.is_some_and(|end| end <= at.time && row.next_change.is_some_and(|due| due <= end));
        lapses.push(Lapse { row, now, expired });
    }
    Ok(lapses)
}

fn standing(tx: &Transaction<'_>, row: &OutputRow, at: &Position) -> Result<Standing, SyncError> {
    let conditions = &row.details.conditions;
    let class = class_of(row.kind, !row.details.native_tokens.is_empty(), conditions, at.time);
    let OutputRow { key, origin, .. } = *row;
    let Some(heir) = conditions.heir_at(at.time) else {
        let class = if row.class == OutputClass::Foreign { OutputClass::Foreign } else { class };
        return Ok(Standing { key, class, origin, lost: None });
    };
    Ok(match payment::address_key(tx, heir)? {
        Some(key) => Standing { key, class, origin: returned(origin), lost: None },
        None => Standing { key, class: OutputClass::Foreign, origin, lost: Some(at.index) },
    })
}

/// The origin of what came to us by its expiration: never a deposit. An incident stays one.
fn returned(origin: Origin) -> Origin {
    if origin == Origin::UnknownOwn { origin } else { Origin::OwnReturn }
}
