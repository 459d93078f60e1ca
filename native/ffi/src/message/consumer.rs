//! Methods `consumer.*`: durable readers of the event log. Delivery is at least once; crediting becomes exactly once by
//! the events' ids.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Call, Lane,
    account::default_limit,
    event::Event,
    scalar::Hex,
    types::{Consumer, Nothing},
};

/// Where a new consumer begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum From {
    /// With the first event of the log.
    #[default]
    Beginning,
    /// With the next event.
    Now,
}

/// Opens a consumer; makes it when there is none of this name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Open {
    /// Its name.
    pub(crate) name: String,
    /// Where it begins when it is new.
    #[serde(default)]
    pub(crate) from: From,
}

impl Call for Open {
    type Answer = Consumer;
    const NAME: &'static str = "consumer.open";
    const LANE: Lane = Lane::Work;
}

/// The events after the acknowledged position; waits for one if there is none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Poll {
    /// The consumer.
    pub(crate) name: String,
    /// At most so many: 1 to 1000.
    #[serde(default = "default_limit")]
    pub(crate) max: u32,
    /// How long to wait for the first: 0 to 60,000.
    #[serde(default)]
    pub(crate) timeout_ms: u64,
}

/// Events out of the log, by sequence.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Batch {
    /// The log that they are in.
    pub(crate) log_id: Hex,
    /// The events; none when the time was up.
    pub(crate) events: Vec<Event>,
}

impl Call for Poll {
    type Answer = Batch;
    const NAME: &'static str = "consumer.poll";
    const LANE: Lane = Lane::Parked;
}

/// Marks everything up to and with a sequence number as dealt with. Going back changes nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Acknowledge {
    /// The consumer.
    pub(crate) name: String,
    /// The log that the number belongs to.
    pub(crate) log_id: Hex,
    /// The number.
    pub(crate) sequence: u64,
}

impl Call for Acknowledge {
    type Answer = Consumer;
    const NAME: &'static str = "consumer.acknowledge";
    const LANE: Lane = Lane::Work;
}

/// All consumers by name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {}

/// All consumers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Consumers {
    /// The consumers.
    pub(crate) items: Vec<Consumer>,
}

impl Call for List {
    type Answer = Consumers;
    const NAME: &'static str = "consumer.list";
    const LANE: Lane = Lane::Quick;
}

/// Forgets a consumer and its position.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remove {
    /// The consumer.
    pub(crate) name: String,
}

impl Call for Remove {
    type Answer = Nothing;
    const NAME: &'static str = "consumer.remove";
    const LANE: Lane = Lane::Work;
}
