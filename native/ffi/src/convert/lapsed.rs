//! Outputs of which a condition has ended.

use stardust_wallet::events::{self, OutputClass};

use super::{
    Names,
    events::{holdings, whose},
};
use crate::message::event::{LapsedOutputEvent, Place};

impl Names {
    pub(super) fn lapsed(&self, place: Place, event: &events::OutputLapsed) -> LapsedOutputEvent {
        LapsedOutputEvent {
            id: self.event_id(&event.output_id, &format!("lapsedOutput:{}", event.change.name())),
            place,
            whose: whose(&event.own),
            holdings: holdings(&event.own),
            output_id: (&event.output_id).into(),
            transaction_id: (&event.transaction_id).into(),
            change: event.change.into(),
            amount: event.amount.into(),
            creditable: event.creditable.into(),
            plain: event.class == OutputClass::Plain,
            origin: event.origin.into(),
        }
    }
}
