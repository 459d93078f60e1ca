//! Locks on files, by which processes keep out of each other's way.

use std::{fs::TryLockError, thread, time::Duration};

/// Tries to lock a file, for a moment again and again: a process that this one is just starting has its files, and with them a
/// lock that was given up already, until it becomes another program.
///
/// # Errors
/// Those of the last try: [`TryLockError::WouldBlock`] where somebody kept the lock for all of that moment (a quarter of a
/// second), any other at once.
pub(crate) fn patiently(lock: impl Fn() -> Result<(), TryLockError>) -> Result<(), TryLockError> {
    for _ in 0..25 {
        match lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
            other => return other,
        }
    }
    lock()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_lock_that_is_given_up_a_moment_later_is_taken_and_one_that_is_held_is_not() {
        let tries = Cell::new(0);
        let later = || {
            tries.set(tries.get() + 1);
            if tries.get() < 3 { Err(TryLockError::WouldBlock) } else { Ok(()) }
        };
        patiently(later).unwrap();
        assert_eq!(tries.get(), 3);
        assert!(matches!(patiently(|| Err(TryLockError::WouldBlock)), Err(TryLockError::WouldBlock)));
    }
}
