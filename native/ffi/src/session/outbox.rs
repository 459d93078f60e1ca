//! The mailbox that `wallet_receive` empties: answers, events and log records in the order they came.
//!
//! - **Answers are never dropped**; requests are refused instead once too many answers lie unread.
//! - **Live events and log records are bounded by bytes.** When they are not read in time the oldest go, and the reader
//!   is told how many.
//! - **The end comes last**: after it nothing is put in, and once everything is out every reader gets the end.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Condvar, Mutex},
    time::{Duration, Instant},
};

use super::lock;
use crate::message::{self, notifications::EventsDroppedNotification};

/// A batch has at most so many messages.
const BATCH_MESSAGES: usize = 256;
/// A batch is not made longer once it has so many bytes.
const BATCH_BYTES: usize = 1 << 20;
/// Unread live events, in bytes.
const EVENT_BYTES: usize = 8 << 20;
/// Unread log records, in bytes.
const LOG_BYTES: usize = 1 << 20;

/// What a reader gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// Messages, one a line, and how many answers are among them.
    Batch {
        /// The lines.
        text: String,
        /// How many are answers.
        answers: usize,
    },
    /// Nothing came in time.
    Nothing,
    /// Closed, and everything was read.
    End,
}

struct Entry {
    place: u64,
    subscription: u64,
    text: String,
}

#[derive(Default)]
struct Ring {
    entries: VecDeque<Entry>,
    bytes: usize,
}

impl Ring {
    fn push(&mut self, entry: Entry, limit: usize, mut dropped: impl FnMut(&Entry)) {
        self.bytes += entry.text.len();
        self.entries.push_back(entry);
        while self.bytes > limit {
            let Some(oldest) = self.pop() else { break };
            dropped(&oldest);
        }
    }

    fn pop(&mut self) -> Option<Entry> {
        let entry = self.entries.pop_front()?;
        self.bytes -= entry.text.len();
        Some(entry)
    }
}

#[derive(Default)]
struct Contents {
    places: u64,
    answers: Ring,
    events: Ring,
    logs: Ring,
    /// How many events each subscription has missed since it was told.
    missed_events: BTreeMap<u64, u64>,
    missed_logs: u64,
    waiting: usize,
    ended: bool,
}

/// The mailbox of one handle.
#[derive(Default)]
pub(crate) struct Outbox {
    contents: Mutex<Contents>,
    filled: Condvar,
}

impl Outbox {
    /// Puts answers in; nothing after the end.
    pub(crate) fn answers(&self, texts: impl IntoIterator<Item = String>) {
        self.put(|contents| {
            for text in texts {
                let entry = contents.entry(0, text);
                contents.answers.push(entry, usize::MAX, |_| ());
            }
        });
    }

    /// Puts an event for a subscription in.
    pub(crate) fn event(&self, subscription: u64, text: String) {
        self.put(|contents| {
            let entry = contents.entry(subscription, text);
            let missed = &mut contents.missed_events;
            contents.events.push(entry, EVENT_BYTES, |lost| *missed.entry(lost.subscription).or_default() += 1);
        });
    }

    /// Notes that events for a subscription were lost before they came here.
    pub(crate) fn lost(&self, subscription: u64, count: u64) {
        self.put(|contents| *contents.missed_events.entry(subscription).or_default() += count);
    }

    /// Puts a log record in.
    pub(crate) fn log(&self, text: String) {
        self.put(|contents| {
            let entry = contents.entry(0, text);
            let missed = &mut contents.missed_logs;
            contents.logs.push(entry, LOG_BYTES, |_| *missed += 1);
        });
    }

    /// Forgets what was not read of a subscription.
    pub(crate) fn forget(&self, subscription: u64) {
        let mut contents = lock(&self.contents);
        let contents = &mut *contents;
        contents.missed_events.remove(&subscription);
        contents.events.entries.retain(|entry| entry.subscription != subscription);
        contents.events.bytes = contents.events.entries.iter().map(|entry| entry.text.len()).sum();
    }

    /// Bytes of the answers that were not read.
    pub(crate) fn unread_answers(&self) -> usize {
        lock(&self.contents).answers.bytes
    }

    /// Closes the mailbox: readers get what is in it, then the end.
    pub(crate) fn end(&self) {
        self.put(|contents| contents.ended = true);
        self.filled.notify_all();
    }

    /// Takes a batch out, waiting for one at most for `timeout`.
    pub(crate) fn receive(&self, timeout: Duration) -> Received {
        let deadline = Instant::now().checked_add(timeout);
        let mut contents = lock(&self.contents);
        loop {
            if let Some(batch) = contents.batch() {
                return batch;
            }
            if contents.ended {
                return Received::End;
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Received::Nothing;
            }
            contents.waiting += 1;
            contents = super::wait(&self.filled, contents, left);
            contents.waiting -= 1;
        }
    }

    fn put(&self, put: impl FnOnce(&mut Contents)) {
        let mut contents = lock(&self.contents);
        if contents.ended {
            return;
        }
        put(&mut contents);
        let wake = contents.waiting > 0;
        drop(contents);
        if wake {
            self.filled.notify_one();
        }
    }
}

impl Contents {
    fn entry(&mut self, subscription: u64, text: String) -> Entry {
        self.places += 1;
        Entry { place: self.places, subscription, text }
    }

    /// The oldest messages of all three kinds, and before them what the reader has missed.
    fn batch(&mut self) -> Option<Received> {
        let mut text = String::new();
        let mut answers = 0;
        for (subscription, count) in std::mem::take(&mut self.missed_events) {
            append(&mut text, &dropped_events(subscription, count));
        }
        if std::mem::take(&mut self.missed_logs) > 0 {
            append(&mut text, &dropped_logs());
        }
        for _ in 0..BATCH_MESSAGES {
            let Some((ring, is_answer)) = self.oldest() else { break };
            let Some(entry) = ring.pop() else { break };
            answers += usize::from(is_answer);
            append(&mut text, &entry.text);
            if text.len() >= BATCH_BYTES {
                break;
            }
        }
        (!text.is_empty()).then_some(Received::Batch { text, answers })
    }

    fn oldest(&mut self) -> Option<(&mut Ring, bool)> {
        let rings = [(&mut self.answers, true), (&mut self.events, false), (&mut self.logs, false)];
        rings
            .into_iter()
            .filter(|(ring, _)| !ring.entries.is_empty())
            .min_by_key(|(ring, _)| ring.entries.front().map(|entry| entry.place))
    }
}

fn append(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

fn dropped_events(subscription: u64, count: u64) -> String {
    message::notification("eventsDropped", &EventsDroppedNotification { subscription, count })
}

fn dropped_logs() -> String {
    let params = crate::logs::notice("log records were dropped: they were not read in time");
    message::notification("log", &params)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(outbox: &Outbox) -> Vec<String> {
        match outbox.receive(Duration::ZERO) {
            Received::Batch { text, .. } => text.lines().map(str::to_owned).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keeps_the_order_of_all_kinds() {
        let outbox = Outbox::default();
        outbox.event(1, "a".into());
        outbox.answers(["b".into(), "c".into()]);
        outbox.log("d".into());
        outbox.event(1, "e".into());
        assert_eq!(lines(&outbox), ["a", "b", "c", "d", "e"]);
        assert_eq!(outbox.receive(Duration::ZERO), Received::Nothing);
    }

    #[test]
    fn drops_the_oldest_events_and_says_so() {
        let outbox = Outbox::default();
        let event = "x".repeat(EVENT_BYTES / 4);
        for _ in 0..6 {
            outbox.event(7, event.clone());
        }
        outbox.answers(["answer".into()]);
        let first = lines(&outbox);
        assert!(first[0].contains(r#""eventsDropped","params":{"subscription":7,"count":2}"#), "{}", first[0]);
        let mut rest = first.len() - 1;
        while let Received::Batch { text, .. } = outbox.receive(Duration::ZERO) {
            rest += text.lines().count();
        }
        assert_eq!(rest, 4 + 1);
    }

    #[test]
    fn answers_are_never_dropped() {
        let outbox = Outbox::default();
        let answer = "x".repeat(BATCH_BYTES);
        outbox.answers((0..20).map(|_| answer.clone()));
        let mut answers = 0;
        while let Received::Batch { answers: some, .. } = outbox.receive(Duration::ZERO) {
            answers += some;
        }
        assert_eq!(answers, 20);
    }

    #[test]
    fn the_end_comes_after_everything() {
        let outbox = Outbox::default();
        outbox.answers(["a".into()]);
        outbox.end();
        outbox.answers(["b".into()]);
        assert_eq!(lines(&outbox), ["a"]);
        assert_eq!(outbox.receive(Duration::MAX), Received::End);
        assert_eq!(outbox.receive(Duration::ZERO), Received::End);
    }

    #[test]
    fn the_end_wakes_all_readers() {
        let outbox = Outbox::default();
        std::thread::scope(|scope| {
            let readers: Vec<_> = (0..3).map(|_| scope.spawn(|| outbox.receive(Duration::MAX))).collect();
            std::thread::sleep(Duration::from_millis(20));
            outbox.end();
            for reader in readers {
                assert_eq!(reader.join().unwrap(), Received::End);
            }
        });
    }

    #[test]
    fn a_forgotten_subscription_sends_nothing_more() {
        let outbox = Outbox::default();
        outbox.event(1, "a".into());
        outbox.event(2, "b".into());
        outbox.lost(1, 4);
        outbox.forget(1);
        assert_eq!(lines(&outbox), ["b"]);
    }
}
