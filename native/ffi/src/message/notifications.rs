//! What the core sends without being asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event::Event;

/// Notification `event`: an event for a live subscription.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EventNotification<'a> {
    /// The subscription that it is for.
    pub(crate) subscription: u64,
    /// The event.
    pub(crate) event: &'a Event,
}

/// Notification `eventsDropped`: a live subscription was not read fast enough. Durable consumers lose nothing.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EventsDroppedNotification {
    /// The subscription that missed them.
    pub(crate) subscription: u64,
    /// How many since the last such notification.
    pub(crate) count: u64,
}

/// How grave a log record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LogLevel {
    /// Nothing is logged.
    Off,
    /// Defects.
    Error,
    /// Something that the operator should look at.
    Warn,
    /// Rare and of interest.
    Info,
    /// For finding faults.
    Debug,
    /// Everything.
    Trace,
}

/// Notification `log`: a log record of the core.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogNotification {
    /// How grave.
    pub(crate) level: LogLevel,
    /// The part of the core that speaks.
    pub(crate) target: String,
    /// What it says; never a secret.
    pub(crate) message: String,
    /// When, by this machine's clock.
    pub(crate) time_ms: u64,
}
