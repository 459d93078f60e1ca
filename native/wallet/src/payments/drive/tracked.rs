//! An open payment as the thread knows it.

use std::sync::Arc;

use rusqlite::Connection;

use super::super::{
    Payer, PaymentState,
    micro::is_late,
    state::{Now, Step, Track},
};
use crate::{
    ledger::{TransactionId, UnixTime},
    store::{
        StoreError, account,
        payment::{self, PaymentRow},
    },
};

/// An open payment.
pub(super) struct Tracked {
    pub(super) transaction_id: TransactionId,
    pub(super) payer: Payer,
    pub(super) payload: Arc<[u8]>,
    pub(super) track: Track,
    /// Whether a node ever answered a submission since the start.
    pub(super) answered: bool,
    /// Whether a node ever took a block with it.
    pub(super) sent: bool,
    /// Whether it contests another payment.
    contests: bool,
    /// Whether it may be submitted for the first time.
    pub(super) free: bool,
    /// Whether it says why it is not submitted.
    pub(super) explained: bool,
    /// Whether it may have been submitted before, by this thread or by one of an earlier start.
    pub(super) begun: bool,
    /// Whether it is stored that blocks which are not on record may carry it.
    pub(super) unsure: bool,
    /// When the first of its offers ends.
    pub(super) ends: Option<UnixTime>,
    /// Whether it was said that this is too near.
    pub(super) told_late: bool,
}

impl Tracked {
    /// `before`: the newest payment at the start; later ones nobody else can have submitted.
    pub(super) fn read(conn: &Connection, row: &PaymentRow, now: Now, before: i64) -> Result<Self, StoreError> {
        let newest = payment::attachments(conn, row.row)?.1;
        let alias = account::by_index(conn, row.account)?.map_or_else(String::new, |account| account.alias);
        let track = match (row.state, newest) {
            (PaymentState::Submitted, Some(newest)) => Track::attached(newest.block_id, now),
            _ => Track::signed(now),
        };
        let ours = payment::outputs(conn, row.row)?.iter().all(|output| !output.role.is_asked_for());
        Ok(Self {
            transaction_id: row.transaction_id,
            payer: Payer { account: row.account, alias, key: row.key.clone() },
            payload: payment::payload(conn, row.row)?.into(),
            track: track.paying_ourselves(ours),
            answered: false,
            sent: newest.is_some(),
            contests: row.contests.is_some(),
            free: false,
            explained: row.state == PaymentState::Signed && row.reason.is_some(),
            begun: row.row <= before,
            unsure: row.unsure,
            ends: payment::first_end(conn, row.row)?,
            told_late: false,
        })
    }

    /// A second submission may put it into a block of which nobody ever learns, as when its answer is lost in a crash: that it may
    /// is stored before.
    pub(super) const fn may_submit(&self) -> bool {
        !self.begun || self.unsure
    }

    /// Whether nobody could claim what it offers.
    pub(super) fn is_late(&self, time: UnixTime) -> bool {
        self.ends.is_some_and(|ends| is_late(ends, time))
    }

    /// Whether it is not submitted although it is due.
    pub(super) fn is_held(&self, time: UnixTime) -> bool {
        self.is_late(time) || (self.can_wait() && !self.free)
    }

    /// Whether submitting it can be put off: no node has it, and it is not made to stop what one may have.
    pub(super) fn can_wait(&self) -> bool {
        !self.sent && !self.contests
    }

    /// Whether it is due to be submitted for the first time.
    pub(super) fn is_due_first(&self, now: Now) -> bool {
        self.can_wait() && self.track.step(now) == Step::Submit
    }
}
