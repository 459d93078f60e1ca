//! Methods `consumer.*`: durable readers of the event log. Delivery is at least once; crediting becomes exactly once by
//! the events' ids.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use stardust_wallet::{error::ErrorKind, events::consumer};

use super::{
    Await, Call, Lane, Params,
    account::default_limit,
    event::Event,
    scalar::Hex,
    types::{Consumer, Nothing},
};
use crate::{
    error::{Fault, Outcome},
    session::Session,
};

/// The longest time that a poll waits.
const LONGEST_POLL_MS: u64 = 60_000;

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

impl Params for Open {
    type Answer = Consumer;
    const NAME: &'static str = "consumer.open";
}

impl Call for Open {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let start = match self.from {
            From::Beginning => consumer::Start::First,
            From::Now => consumer::Start::Next,
        };
        Ok(session.core.manager().open_consumer(&self.name, start)?.into())
    }
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

impl Params for Poll {
    type Answer = Batch;
    const NAME: &'static str = "consumer.poll";
}

impl Await for Poll {
    fn timeout(&self) -> Outcome<Duration> {
        super::page(self.max, "max")?;
        if self.timeout_ms <= LONGEST_POLL_MS {
            Ok(Duration::from_millis(self.timeout_ms))
        } else {
            Err(Fault::argument("timeoutMs must be 0 to 60000"))
        }
    }

    fn look(&mut self, session: &Session, up: bool) -> Outcome<Option<Batch>> {
        let batch = session.core.manager().poll_consumer(&self.name, self.max)?;
        if batch.events.is_empty() && !up {
            return Ok(None);
        }
        let names = session.core.names();
        let events = batch.events.iter().map(|event| names.event(&session.core, event)).collect();
        Ok(Some(Batch { log_id: names.log_id, events }))
    }
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

impl Params for Acknowledge {
    type Answer = Consumer;
    const NAME: &'static str = "consumer.acknowledge";
}

impl Call for Acknowledge {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let manager = session.core.manager();
        manager.acknowledge(&self.name, self.log_id.log_id(), self.sequence)?;
        let consumers = manager.consumers()?;
        let consumer = consumers.into_iter().find(|consumer| consumer.name == self.name);
        consumer.map(Consumer::from).ok_or_else(|| Fault::new(ErrorKind::ConsumerNotFound, "the consumer was removed"))
    }
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

impl Params for List {
    type Answer = Consumers;
    const NAME: &'static str = "consumer.list";
}

impl Call for List {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(Consumers { items: session.core.manager().consumers()?.into_iter().map(Consumer::from).collect() })
    }
}

/// Forgets a consumer and its position.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remove {
    /// The consumer.
    pub(crate) name: String,
}

impl Params for Remove {
    type Answer = Nothing;
    const NAME: &'static str = "consumer.remove";
}

impl Call for Remove {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        session.core.manager().remove_consumer(&self.name)?;
        Ok(Nothing {})
    }
}
