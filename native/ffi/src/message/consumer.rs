//! Methods `consumer.*`: durable readers of the event log. Delivery is at least once; crediting becomes exactly once by
//! the events' ids.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Await, Call, Lane, Params,
    account::default_limit,
    event::Event,
    scalar::Hex,
    types::{Consumer, Filter, LogPlace, Nothing},
};
use crate::{
    convert,
    error::{Fault, Outcome},
    session::Session,
};

/// The longest time that a poll waits.
const LONGEST_POLL_MS: u64 = 60_000;
/// So many more windows of the log are looked at when the time is up.
const LAST_WINDOWS: u32 = 8;

/// Opens a consumer; makes it when there is none of this name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Open {
    /// Its name.
    pub(crate) name: String,
    /// Where it begins when it is new; absent: at the log's beginning.
    #[serde(default = "LogPlace::beginning")]
    pub(crate) from: LogPlace,
    /// Which events it gets; absent: a new one all, another one what it got before. A different filter replaces the old
    /// one for what lies behind the position; what was passed over before comes back only by `consumer.seek`.
    pub(crate) filter: Option<Filter>,
}

impl LogPlace {
    fn beginning() -> Self {
        Self::Beginning {}
    }
}

impl Params for Open {
    type Answer = Consumer;
    const NAME: &'static str = "consumer.open";
}

impl Call for Open {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let (manager, start) = (session.core.manager(), self.from.into());
        convert::consumer(match self.filter {
            None => manager.open_consumer(&self.name, start)?,
            Some(filter) => manager.open_filtered(&self.name, start, convert::filter(filter)?)?,
        })
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
    /// Only events behind this number, of those behind the acknowledged position: to read on before acknowledging.
    pub(crate) after: Option<u64>,
    /// What was acknowledged, and how far it was looked, at the last look.
    #[serde(skip)]
    pub(crate) looked: Option<(u64, u64)>,
}

/// Events out of the log, by sequence.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Batch {
    /// The log that they are in.
    pub(crate) log_id: Hex,
    /// The events; none when the time was up.
    pub(crate) events: Vec<Event>,
    /// So far it was looked: the `after` of the next poll that is to read on.
    pub(crate) through: u64,
    /// Whether the log has more behind that which was not looked at yet.
    pub(crate) more: bool,
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
        let manager = session.core.manager();
        let after = self.looked.map(|(_, through)| through).or(self.after);
        let mut batch = manager.poll_consumer_after(&self.name, after, self.max)?;
        if self.looked.is_some_and(|(acknowledged, _)| batch.acknowledged < acknowledged) {
            // it was sent back meanwhile, so what was looked at counts again
            batch = manager.poll_consumer_after(&self.name, self.after, self.max)?;
        }
        // the time is up, and much of the log did not pass the filter: a little further, and the caller may go on
        for _ in 0..LAST_WINDOWS {
            if !up || !batch.events.is_empty() || !batch.more() {
                break;
            }
            batch = manager.poll_consumer_after(&self.name, Some(batch.through), self.max)?;
        }
        if batch.events.is_empty() && !up {
            self.looked = Some((batch.acknowledged, batch.through));
            if batch.more() {
                session.wake();
            }
            return Ok(None);
        }
        let names = session.core.names();
        let events = batch.events.iter().map(|event| names.event(&session.core, event)).collect();
        Ok(Some(Batch { events, through: batch.through, more: batch.more(), log_id: names.log_id }))
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
        convert::consumer(manager.acknowledge(&self.name, self.log_id.log_id(), self.sequence)?)
    }
}

/// Moves a consumer forward or back: what lies behind the new place comes next, again if it came before. The way out of
/// `LOG_REPLACED`, and the way to replay.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seek {
    /// The consumer.
    pub(crate) name: String,
    /// Where to.
    pub(crate) to: LogPlace,
}

impl Params for Seek {
    type Answer = Consumer;
    const NAME: &'static str = "consumer.seek";
}

impl Call for Seek {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        convert::consumer(session.core.manager().seek_consumer(&self.name, self.to.into())?)
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
        let items = session.core.manager().consumers()?.into_iter().map(convert::consumer);
        Ok(Consumers { items: items.collect::<Outcome<_>>()? })
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
