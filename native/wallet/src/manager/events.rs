//! The event log's consumers and live listeners.

use super::{AccountManager, WalletError};
use crate::{
    events::{
        EventFilter, Listener, Start, Subscription,
        consumer::{self, Batch, Consumer},
        log_id,
    },
    ledger::Position,
    store::meta,
};

impl AccountManager {
    /// Opens a named consumer; creates it at `start`, for all events, when there is none of that name. Durable when it
    /// returns.
    ///
    /// # Errors
    /// Those of [`consumer::open`].
    pub fn open_consumer(&self, name: &str, start: Start) -> Result<Consumer, WalletError> {
        Ok(consumer::open(&self.store, &*self.clock, name, start, None)?)
    }

    /// As [`open_consumer`](Self::open_consumer), with a filter that replaces the one it had.
    ///
    /// # Errors
    /// Those of [`consumer::open`].
    pub fn open_filtered(&self, name: &str, start: Start, filter: EventFilter) -> Result<Consumer, WalletError> {
        Ok(consumer::open(&self.store, &*self.clock, name, start, Some(filter))?)
    }

    /// Up to `max` events after what the consumer acknowledged last. Does not wait; see
    /// [`wait_change`](Self::wait_change).
    ///
    /// # Errors
    /// Those of [`consumer::poll`].
    pub fn poll_consumer(&self, name: &str, max: u32) -> Result<Batch, WalletError> {
        self.poll_consumer_after(name, None, max)
    }

    /// As [`poll_consumer`](Self::poll_consumer), from further on.
    ///
    /// # Errors
    /// Those of [`consumer::poll`].
    pub fn poll_consumer_after(&self, name: &str, after: Option<u64>, max: u32) -> Result<Batch, WalletError> {
        Ok(consumer::poll(&self.store, name, after, max)?)
    }

    /// Records that the consumer is done with everything up to and with `sequence`. Durable when it returns.
    ///
    /// # Errors
    /// Those of [`consumer::acknowledge`].
    pub fn acknowledge(&self, name: &str, log_id: &str, sequence: u64) -> Result<Consumer, WalletError> {
        Ok(consumer::acknowledge(&self.store, name, log_id, sequence)?)
    }

    /// Moves the consumer forward or back. Durable when it returns.
    ///
    /// # Errors
    /// Those of [`consumer::seek`].
    pub fn seek_consumer(&self, name: &str, to: Start) -> Result<Consumer, WalletError> {
        Ok(consumer::seek(&self.store, name, to)?)
    }

    /// All consumers, by name.
    ///
    /// # Errors
    /// Those of [`consumer::list`].
    pub fn consumers(&self) -> Result<Vec<Consumer>, WalletError> {
        Ok(consumer::list(&self.store)?)
    }

    /// Forgets a consumer and its position.
    ///
    /// # Errors
    /// Those of [`consumer::remove`].
    pub fn remove_consumer(&self, name: &str) -> Result<(), WalletError> {
        Ok(consumer::remove(&self.store, name)?)
    }

    /// The event log's id, hexadecimal: a position in it is a pair of this and a sequence.
    ///
    /// # Errors
    /// [`EventError::Store`](crate::events::EventError::Store).
    pub fn log_id(&self) -> Result<String, WalletError> {
        Ok(self.store.readers().read(log_id)?)
    }

    /// The last applied milestone; none before the first contact with a node.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn cursor(&self) -> Result<Option<Position>, WalletError> {
        Ok(self.store.readers().read(meta::cursor)?.map(|cursor| cursor.position))
    }

    /// Adds a live listener. It is called on the engine's threads, so it must not block nor call the manager.
    pub fn subscribe(&self, listener: Listener) -> Subscription {
        self.bus.subscribe(listener)
    }

    /// Removes a live listener. A call that is under way ends by itself.
    pub fn unsubscribe(&self, subscription: Subscription) {
        self.bus.unsubscribe(subscription);
    }
}
