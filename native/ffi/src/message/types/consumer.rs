//! Durable readers of the log, what they get, and places in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Origin;
use crate::message::{event::EventType, scalar::Hex};

/// Which events a consumer gets: those that each given list names. An event without account or origin passes no list of
/// accounts or origins.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// Of these accounts, at most 10,000; absent: of all, and those of the wallet as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accounts: Option<Vec<u32>>,
    /// Of these types, none of them live only; absent: of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) types: Option<Vec<EventType>>,
    /// Of these origins; absent: of all, and those whose type tells none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origins: Option<Vec<Origin>>,
}

/// A place between two events of the log.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum LogPlace {
    /// Before the first event that the log ever had; refused when it was pruned.
    Beginning {},
    /// Before the oldest event that the log still has.
    Oldest {},
    /// After the newest event.
    Now {},
    /// Before the first event of a milestone, or of the next that has any.
    Milestone {
        /// The milestone; at most the one after the last applied.
        index: u32,
    },
    /// After an event.
    #[serde(rename_all = "camelCase")]
    After {
        /// The log that the number belongs to.
        log_id: Hex,
        /// The event's number; 0: before the first.
        sequence: u64,
    },
}

/// A durable reader of the event log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Consumer {
    /// Its name.
    pub(crate) name: String,
    /// The log that its position belongs to.
    pub(crate) log_id: Hex,
    /// Everything up to and with this sequence number is dealt with; 0: nothing.
    pub(crate) acknowledged: u64,
    /// The oldest sequence number that the log still has; one more than the newest when it has none.
    pub(crate) oldest: u64,
    /// The newest sequence number of the log; 0: none.
    pub(crate) latest: u64,
    /// Which events it gets.
    pub(crate) filter: Filter,
    /// When it was made, by the wallet's clock.
    pub(crate) created_ms: u64,
}
