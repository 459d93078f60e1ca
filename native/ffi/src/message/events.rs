//! Methods `events.*`, `log.*` and `request.*`: live subscriptions, log records, cancelling.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Call, Lane, Params, RequestId, event::EventType, notifications::LogLevel, types::Nothing};
use crate::{
    error::{Fault, Outcome},
    logs,
    session::Session,
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

impl Params for Listen {
    type Answer = Subscription;
    const NAME: &'static str = "events.listen";
}

impl Call for Listen {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let types = self.types.filter(|types| !types.is_empty()).map(|types| types.into_iter().collect());
        let subscription = session.live.add(types).ok_or_else(Fault::busy)?;
        Ok(Subscription { subscription })
    }
}

/// Ends a subscription; after the answer no more of its events come.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unlisten {
    /// Its number.
    pub(crate) subscription: u64,
}

impl Params for Unlisten {
    type Answer = Nothing;
    const NAME: &'static str = "events.unlisten";
}

impl Call for Unlisten {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        session.live.remove(session, self.subscription);
        Ok(Nothing {})
    }
}

/// Chooses which log records come as notifications `log`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetLogLevel {
    /// This level and graver ones.
    pub(crate) level: LogLevel,
}

impl Params for SetLogLevel {
    type Answer = Nothing;
    const NAME: &'static str = "log.setLevel";
}

impl Call for SetLogLevel {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        logs::set_level(session.handle(), self.level);
        Ok(Nothing {})
    }
}

/// Ends a waiting request: it is answered with `TIMEOUT`. Any other request runs on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelRequest {
    /// The waiting request.
    pub(crate) request: RequestId,
}

impl Params for CancelRequest {
    type Answer = Nothing;
    const NAME: &'static str = "request.cancel";
}

impl Call for CancelRequest {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        session.cancel(&self.request);
        Ok(Nothing {})
    }
}
