//! Log records of the engine and the node client, on their way into the mailboxes.
//!
//! One `tracing` subscriber is set for the process when the first wallet is opened; it is the only global state beside
//! the table of handles. A record belongs to the wallet whose span (`wallet`) it is made in; one that is made in none
//! goes to the wallet that was opened first among those that want its level, so that nothing is told twice. Only our own
//! crates are heard below `warn`. When the process has a subscriber already, that one gets the records and each
//! mailbox says so once.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    fmt::{self, Write as _},
    sync::{Arc, OnceLock, RwLock, Weak},
    time::{SystemTime, UNIX_EPOCH},
};

use tracing::{
    Event, Level, Metadata, Span, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
};

use crate::{
    message::{
        notification,
        notifications::{LogLevel, LogNotification},
    },
    session::Outbox,
};

/// The name of the spans that say whose a record is.
const SPAN: &str = "wallet";
/// The field with the handle.
const HANDLE: &str = "handle";
/// A span without a handle.
const NOBODY: u64 = u64::MAX;
/// What our crates' records begin with.
const OURS: &str = "stardust_";
/// A message has at most so many bytes.
const LENGTH: usize = 8192;

struct Reader {
    level: LevelFilter,
    outbox: Weak<Outbox>,
}

static READERS: RwLock<BTreeMap<u64, Reader>> = RwLock::new(BTreeMap::new());
static INSTALLED: OnceLock<bool> = OnceLock::new();

thread_local! {
    /// The handles of the spans that this thread is in, innermost last.
    static ENTERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Sends a wallet's records to its mailbox from now on.
pub(crate) fn attach(handle: u64, level: LogLevel, outbox: &Arc<Outbox>) {
    let installed = INSTALLED.get_or_init(|| tracing::subscriber::set_global_default(Logs).is_ok());
    let reader = Reader { level: filter(level), outbox: Arc::downgrade(outbox) };
    READERS.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(handle, reader);
    tracing::callsite::rebuild_interest_cache();
    if !installed {
        let text = "the process has a tracing subscriber of its own: it gets the log records, not this mailbox";
        outbox.log(notification("log", &notice(text)));
    }
}

/// Sends a wallet's records nowhere.
pub(crate) fn detach(handle: u64) {
    READERS.write().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&handle);
    tracing::callsite::rebuild_interest_cache();
}

/// Chooses which records a wallet's mailbox gets.
pub(crate) fn set_level(handle: u64, level: LogLevel) {
    let mut readers = READERS.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(reader) = readers.get_mut(&handle) {
        reader.level = filter(level);
    }
    drop(readers);
    tracing::callsite::rebuild_interest_cache();
}

/// The span of a wallet: what is logged inside is the wallet's.
pub(crate) fn span(handle: u64) -> Span {
    tracing::error_span!("wallet", handle)
}

/// A record of this crate's own.
pub(crate) fn notice(message: &str) -> LogNotification {
    record(Level::WARN, "stardust_wallet_ffi", message.to_owned())
}

fn record(level: Level, target: &str, message: String) -> LogNotification {
    let level = match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        Level::DEBUG => LogLevel::Debug,
        Level::TRACE => LogLevel::Trace,
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let time_ms = u64::try_from(now.as_millis()).unwrap_or_default();
    LogNotification { level, target: target.to_owned(), message, time_ms }
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Off => LevelFilter::OFF,
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

/// The mailbox that a record goes to: its wallet's, or the first that wants it.
fn reader(owner: Option<u64>, level: Level) -> Option<Arc<Outbox>> {
    let readers = READERS.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    let wanted = |reader: &&Reader| level <= reader.level;
    let found = match owner {
        Some(handle) => readers.get(&handle).filter(wanted),
        None => readers.values().find(wanted),
    };
    found.and_then(|reader| reader.outbox.upgrade())
}

struct Logs;

impl Subscriber for Logs {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        if is_ours(metadata) {
            tracing::subscriber::Interest::sometimes()
        } else {
            tracing::subscriber::Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        if !is_ours(metadata) {
            return false;
        }
        let readers = READERS.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        metadata.is_span() || readers.values().any(|reader| *metadata.level() <= reader.level)
    }

    /// Spans of wallets are kept even when nothing is logged: the level may change while a thread is inside one.
    fn max_level_hint(&self) -> Option<LevelFilter> {
        let readers = READERS.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        Some(readers.values().map(|reader| reader.level).max().unwrap_or(LevelFilter::OFF).max(LevelFilter::ERROR))
    }

    /// A span's id is the handle it names, so that nothing has to be kept for a span.
    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut handle = Handle(NOBODY);
        if attributes.metadata().name() == SPAN {
            attributes.record(&mut handle);
        }
        span::Id::from_u64(if handle.0 == 0 { NOBODY } else { handle.0 })
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let owner = ENTERED.with_borrow(|entered| entered.iter().rev().copied().find(|handle| *handle != NOBODY));
        let Some(outbox) = reader(owner, *metadata.level()) else { return };
        let mut text = Text(String::new());
        event.record(&mut text);
        outbox.log(notification("log", &record(*metadata.level(), metadata.target(), text.0)));
    }

    fn enter(&self, span: &span::Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(span.into_u64()));
    }

    fn exit(&self, span: &span::Id) {
        ENTERED.with_borrow_mut(|entered| {
            if let Some(place) = entered.iter().rposition(|handle| *handle == span.into_u64()) {
                entered.remove(place);
            }
        });
    }
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().starts_with(OURS) || (*metadata.level() <= Level::WARN && metadata.is_event())
}

struct Handle(u64);

impl Visit for Handle {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == HANDLE {
            self.0 = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// The message, then the other fields.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if self.0.len() >= LENGTH {
            return;
        }
        let before = std::mem::take(&mut self.0);
        let gap = if before.is_empty() { "" } else { " " };
        let written = if field.name() == "message" {
            write!(self.0, "{value:?}{gap}{before}")
        } else {
            write!(self.0, "{before}{gap}{}={value:?}", field.name())
        };
        written.expect("a String takes all that is written");
        let ends = (0..=LENGTH.min(self.0.len())).rev();
        let end = ends.into_iter().find(|end| self.0.is_char_boundary(*end)).unwrap_or_default();
        self.0.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::session::Received;

    fn text(outbox: &Outbox) -> String {
        match outbox.receive(Duration::ZERO) {
            Received::Batch { text, .. } => text,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_record_goes_to_the_wallet_it_belongs_to() {
        let (first, second) = (Arc::new(Outbox::default()), Arc::new(Outbox::default()));
        let (one, two) = (u64::MAX - 11, u64::MAX - 10);
        attach(one, LogLevel::Warn, &first);
        attach(two, LogLevel::Info, &second);
        span(two).in_scope(|| tracing::info!(size = 3, "for the second\nline"));
        span(one).in_scope(|| tracing::info!("below the level of the first"));
        span(one).in_scope(|| span(two).in_scope(|| tracing::warn!("inner")));
        let text_of_second = text(&second);
        assert_eq!(text_of_second.lines().count(), 2, "{text_of_second}");
        assert!(text_of_second.contains(r#""message":"for the second\nline size=3""#), "{text_of_second}");
        assert!(text_of_second.contains(r#""level":"info","target":"stardust_wallet_ffi::logs"#), "{text_of_second}");
        assert_eq!(text(&first), "Nothing");
        set_level(one, LogLevel::Debug);
        span(one).in_scope(|| tracing::debug!("now wanted"));
        assert!(text(&first).contains("now wanted"));
        detach(one);
        span(one).in_scope(|| tracing::error!("too late"));
        assert_eq!(text(&first), "Nothing");
        detach(two);
    }
}
