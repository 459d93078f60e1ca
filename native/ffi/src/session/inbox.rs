//! The queue between `wallet_send` and the dispatcher.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex},
};

use super::{OPEN_REQUESTS, lock};

/// So many bytes may wait for the dispatcher, in as many messages as requests may be open.
const WAITING_BYTES: usize = 64 << 20;
/// The dispatcher takes at most so many at once, so that the first answers do not wait for the last requests.
const TAKEN: usize = 64;

/// A message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The queue is full.
    Full,
    /// Nothing is taken any more.
    Closed,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Vec<u8>>,
    bytes: usize,
    waiting: bool,
    closed: bool,
}

/// Messages that nobody has read yet.
#[derive(Default)]
pub(crate) struct Inbox {
    queue: Mutex<Queue>,
    filled: Condvar,
}

impl Inbox {
    /// Puts a message in; never waits for room.
    pub(crate) fn put(&self, message: Vec<u8>) -> Result<(), Refused> {
        let mut queue = lock(&self.queue);
        if queue.closed {
            return Err(Refused::Closed);
        }
        if queue.messages.len() >= OPEN_REQUESTS || queue.bytes + message.len() > WAITING_BYTES {
            return Err(Refused::Full);
        }
        queue.bytes += message.len();
        queue.messages.push_back(message);
        let wake = queue.waiting;
        drop(queue);
        if wake {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Takes messages out, waiting for the first; none when the queue is closed. Only one thread takes.
    pub(crate) fn take(&self) -> Option<Vec<Vec<u8>>> {
        let mut queue = lock(&self.queue);
        while queue.messages.is_empty() && !queue.closed {
            queue.waiting = true;
            queue = super::wait(&self.filled, queue, None);
            queue.waiting = false;
        }
        if queue.closed {
            return None;
        }
        let count = queue.messages.len().min(TAKEN);
        let taken: Vec<Vec<u8>> = queue.messages.drain(..count).collect();
        queue.bytes -= taken.iter().map(Vec::len).sum::<usize>();
        Some(taken)
    }

    /// Takes nothing in any more and wakes the taker.
    pub(crate) fn close(&self) {
        lock(&self.queue).closed = true;
        self.filled.notify_all();
    }

    /// What was left when the queue was closed.
    pub(crate) fn rest(&self) -> Vec<Vec<u8>> {
        lock(&self.queue).messages.drain(..).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_when_full_and_when_closed() {
        let inbox = Inbox::default();
        for _ in 0..OPEN_REQUESTS {
            inbox.put(vec![1]).unwrap();
        }
        assert_eq!(inbox.put(vec![2]), Err(Refused::Full));
        assert_eq!(inbox.take().unwrap().len(), TAKEN);
        inbox.put(vec![2]).unwrap();
        inbox.close();
        assert_eq!(inbox.put(vec![3]), Err(Refused::Closed));
        assert_eq!(inbox.take(), None);
        assert_eq!(inbox.rest().len(), OPEN_REQUESTS - TAKEN + 1);
    }

    #[test]
    fn a_few_large_messages_fill_it_too() {
        let inbox = Inbox::default();
        let large = || vec![0; 1 << 20];
        for _ in 0..WAITING_BYTES >> 20 {
            inbox.put(large()).unwrap();
        }
        assert_eq!(inbox.put(vec![1]), Err(Refused::Full));
        assert_eq!(inbox.take().unwrap().len(), TAKEN);
        inbox.put(large()).unwrap();
    }
}
