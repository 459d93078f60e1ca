//! Methods `events.*`, `log.*` and `request.*`: live subscriptions, log records, cancelling.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Call, Lane,
    event::{EventType, LogLevel},
    types::Nothing,
};

/// Subscribes to events as they happen, beginning now; they come as notifications `event`. Live only: for crediting
/// use a consumer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listen {
    /// Only these types; absent or empty: all.
    pub(crate) types: Option<Vec<EventType>>,
}

/// A live subscription.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Subscription {
    /// Its number, never used again.
    pub(crate) subscription: u64,
}

impl Call for Listen {
    type Answer = Subscription;
    const NAME: &'static str = "events.listen";
    const LANE: Lane = Lane::Quick;
}

/// Ends a subscription; after the answer no more of its events come.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unlisten {
    /// Its number.
    pub(crate) subscription: u64,
}

impl Call for Unlisten {
    type Answer = Nothing;
    const NAME: &'static str = "events.unlisten";
    const LANE: Lane = Lane::Quick;
}

/// Chooses which log records come as notifications `log`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetLogLevel {
    /// This level and graver ones.
    pub(crate) level: LogLevel,
}

impl Call for SetLogLevel {
    type Answer = Nothing;
    const NAME: &'static str = "log.setLevel";
    const LANE: Lane = Lane::Quick;
}

/// The id of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum RequestId {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// Ends a waiting request: it is answered with `TIMEOUT`. Any other request runs on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelRequest {
    /// The waiting request.
    pub(crate) request: RequestId,
}

impl Call for CancelRequest {
    type Answer = Nothing;
    const NAME: &'static str = "request.cancel";
    const LANE: Lane = Lane::Quick;
}
