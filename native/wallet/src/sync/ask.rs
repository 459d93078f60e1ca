//! Many questions to nodes at once, from a thread that may wait.

use std::{sync::Arc, time::Duration};

use crossbeam_channel::{RecvTimeoutError, unbounded};

use super::SyncError;
use crate::{
    error::ErrorKind,
    ledger::{Address, Done, Interest, Lookup, LookupError, MilestoneIndex, NodeError, UnspentAnswer},
};

/// From so many addresses on the whole set of unspent outputs is asked for once, if a node offers it.
pub(super) const WHOLE_SET: usize = 10_000;
/// Addresses that an index is asked for at a time.
pub(super) const BATCH: usize = 100;
/// Questions on their way at once.
const AT_ONCE: usize = 64;
/// The longest wait for one answer; the nodes' own limits are shorter.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often a waiting thread looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(200);

/// The unspent outputs of addresses, each answer at a height of `at_least` or later.
///
/// # Errors
/// [`SyncError`]: the first one that a question met.
pub(super) fn unspent(
    lookup: &dyn Lookup,
    addresses: &[Address],
    interest: Arc<dyn Interest + Send + Sync>,
    at_least: MilestoneIndex,
    stop: &dyn Fn() -> bool,
) -> Result<Vec<UnspentAnswer>, SyncError> {
    let whole = if addresses.len() > WHOLE_SET {
        one(stop, |done| lookup.unspent_all(interest, at_least, done))?
    } else {
        None
    };
    let answers = match whole {
        Some(answer) => vec![answer],
        None => {
            let batches: Vec<&[Address]> = addresses.chunks(BATCH).collect();
            each(&batches, stop, |batch, done| lookup.unspent(batch.to_vec(), at_least, done))?
        }
    };
    answers.iter().try_for_each(|answer| current(answer, at_least))?;
    Ok(answers)
}

/// Refuses what an index says of a ledger before `at_least`.
///
/// # Errors
/// [`SyncError::Node`].
pub(super) fn current(answer: &UnspentAnswer, at_least: MilestoneIndex) -> Result<(), SyncError> {
    if answer.ledger_index >= at_least {
        return Ok(());
    }
    let message = format!("the index stands at {}, behind milestone {at_least}", answer.ledger_index);
    Err(NodeError { kind: ErrorKind::NodeUnhealthy, message }.into())
}

/// Why a wait for the loop's reply ended without one.
pub(super) fn gone(error: RecvTimeoutError) -> SyncError {
    match error {
        RecvTimeoutError::Timeout => SyncError::Timeout,
        RecvTimeoutError::Disconnected => SyncError::Closed,
    }
}

/// The answer to one question.
///
/// # Errors
/// As [`each`].
pub(super) fn one<T: Send + 'static>(
    stop: &dyn Fn() -> bool,
    question: impl FnOnce(Done<Result<T, LookupError>>),
) -> Result<T, SyncError> {
    let question = std::cell::Cell::new(Some(question));
    let answers = each(&[()], stop, |(), done| {
        if let Some(question) = question.take() {
            question(done);
        }
    })?;
    answers.into_iter().next().ok_or(SyncError::Closed)
}

/// Asks for each item, a bounded number at once; the answers are in the order of the items.
///
/// # Errors
/// [`SyncError::Node`]: the first failure, and no further question is asked then. [`SyncError::Timeout`].
/// [`SyncError::Closed`] when `stop` says so.
pub(super) fn each<I, T: Send + 'static>(
    items: &[I],
    stop: &dyn Fn() -> bool,
    question: impl Fn(&I, Done<Result<T, LookupError>>),
) -> Result<Vec<T>, SyncError> {
    let (sender, receiver) = unbounded();
    let mut answers: Vec<Option<T>> = items.iter().map(|_| None).collect();
    let mut asked = 0;
    for answered in 0..items.len() {
        while asked < items.len() && asked - answered < AT_ONCE {
            let (place, sender) = (asked, sender.clone());
            // whoever asks may have given up waiting
            question(&items[place], Box::new(move |answer| drop(sender.send((place, answer)))));
            asked += 1;
        }
        let mut waited = Duration::ZERO;
        let (place, answer) = loop {
            match receiver.recv_timeout(LOOK) {
                Ok(arrived) => break arrived,
                Err(RecvTimeoutError::Disconnected) => return Err(SyncError::Closed),
                Err(RecvTimeoutError::Timeout) => {
                    waited += LOOK;
                    if stop() {
                        return Err(SyncError::Closed);
                    }
                    if waited >= PATIENCE {
                        return Err(SyncError::Timeout);
                    }
                }
            }
        };
        answers[place] = Some(answer?);
    }
    Ok(answers.into_iter().flatten().collect())
}
