//! Consumers, their filters, and places in the log.

use serde::de::{DeserializeOwned, IntoDeserializer, value::StrDeserializer};
use stardust_wallet::{
    error::ErrorKind,
    events::{self as engine, EventFilter, Start, consumer},
    ledger::MilestoneIndex,
    manager::Retention,
};

use crate::{
    config::RetentionConfig,
    error::{Fault, Outcome},
    message::{
        event::EventType,
        scalar::Hex,
        types::{Consumer, Filter, LogPlace},
    },
};

/// The constant of a stable name: the engine's names are those of the messages.
fn constant<T: DeserializeOwned>(name: &str) -> Outcome<T> {
    let text: StrDeserializer<'_, serde::de::value::Error> = name.into_deserializer();
    T::deserialize(text).map_err(|_| {
        tracing::error!(name, "the engine has a name that the messages lack");
        Fault::internal()
    })
}

/// A consumer.
///
/// # Errors
/// `INTERNAL` when the engine names something that messages cannot.
pub(crate) fn consumer(consumer: consumer::Consumer) -> Outcome<Consumer> {
    let EventFilter { accounts, kinds, origins } = consumer.filter;
    let types = kinds.map(|kinds| kinds.iter().map(|kind| constant(kind)).collect::<Outcome<_>>());
    let origins = origins.map(|origins| origins.into_iter().map(Into::into).collect());
    Ok(Consumer {
        name: consumer.name,
        log_id: Hex::of_log(&consumer.log_id),
        acknowledged: consumer.acknowledged,
        oldest: consumer.first,
        latest: consumer.last,
        filter: Filter {
            accounts: accounts.map(|accounts| accounts.into_iter().collect()),
            types: types.transpose()?,
            origins,
        },
        created_ms: consumer.created_ms,
    })
}

impl From<LogPlace> for Start {
    fn from(place: LogPlace) -> Self {
        match place {
            LogPlace::Beginning {} => Self::First,
            LogPlace::Oldest {} => Self::Oldest,
            LogPlace::Now {} => Self::Next,
            LogPlace::Milestone { index } => Self::Milestone(MilestoneIndex(index)),
            LogPlace::After { log_id, sequence } => Self::After { log_id: log_id.log_id().to_owned(), sequence },
        }
    }
}

/// A filter as the engine takes it.
///
/// # Errors
/// `INVALID_ARGUMENT` for a type that is not in the log.
pub(crate) fn filter(filter: Filter) -> Outcome<EventFilter> {
    let kinds = filter.types.map(|types| types.into_iter().map(kind).collect::<Outcome<_>>()).transpose()?;
    let origins = filter.origins.map(|origins| {
        let named = origins.into_iter().map(|origin| name(&origin).and_then(|name| engine::Origin::from_name(&name)));
        named.collect::<Option<_>>().ok_or_else(Fault::internal)
    });
    let accounts = filter.accounts.map(|accounts| accounts.into_iter().collect());
    Ok(EventFilter { accounts, kinds, origins: origins.transpose()? })
}

fn kind(kind: EventType) -> Outcome<String> {
    let name = name(&kind).ok_or_else(Fault::internal)?;
    if kind.is_live_only() {
        return Err(Fault::argument(format!("events of type {name} are live only: no consumer gets them")));
    }
    Ok(name)
}

/// The name that a constant has in messages.
fn name(constant: &impl serde::Serialize) -> Option<String> {
    match serde_json::to_value(constant) {
        Ok(serde_json::Value::String(name)) => Some(name),
        _ => None,
    }
}

/// What is kept of the log.
///
/// # Errors
/// `INVALID_CONFIGURATION` when nothing is named.
pub(crate) fn retention(config: &RetentionConfig) -> Outcome<Retention> {
    let RetentionConfig { events, milestones, days } = *config;
    if events.is_none() && milestones.is_none() && days.is_none() {
        let text = "eventRetention must name what is kept: events, milestones or days";
        return Err(Fault::new(ErrorKind::InvalidConfiguration, text));
    }
    Ok(Retention {
        events: events.unwrap_or_default(),
        milestones: milestones.unwrap_or_default(),
        days: days.unwrap_or_default(),
    })
}
