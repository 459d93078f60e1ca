//! Secrets on their way in: bytes that a later message names by a number.
//!
//! A secret is used once, lives for a minute, and is wiped when it is used, when it expires and when the wallet closes.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex},
    thread,
    time::{Duration, Instant},
};

use stardust_wallet::{error::ErrorKind, keys::LockedBytes};
use zeroize::Zeroizing;

use super::lock;
use crate::error::{Fault, Outcome};

/// So many secrets may wait for their message.
const WAITING: usize = 16;
/// So many bytes may a secret have.
const LENGTH: usize = 4096;
/// So long it waits for its message.
const LIFE: Duration = Duration::from_secs(60);

/// A secret was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Too many are waiting.
    Full,
    /// It is too long.
    TooLong,
    /// The wallet is closed.
    Closed,
}

impl From<Refused> for super::Refused {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Full => Self::Busy,
            Refused::TooLong => Self::TooLarge,
            Refused::Closed => Self::Closed,
        }
    }
}

/// Secrets for opening a wallet, put before it has a handle.
pub(crate) fn early() -> &'static Secrets {
    static EARLY: LazyLock<Secrets> = LazyLock::new(Secrets::default);
    &EARLY
}

/// Keeps a copy of `bytes` for the next opening; see [`Secrets::put`].
pub(crate) fn put_early(bytes: &[u8]) -> Result<i32, super::Refused> {
    let reference = early().put(bytes, Instant::now())?;
    // no wallet's thread wipes it when its time is up, used or not
    let wiped = thread::Builder::new().name("wallet-secrets".to_owned()).spawn(|| {
        thread::sleep(LIFE);
        early().expire(Instant::now());
    });
    if wiped.is_err() {
        early().take(reference, Instant::now()).ok();
        return Err(super::Refused::Busy);
    }
    Ok(reference)
}

struct Secret {
    bytes: LockedBytes,
    until: Instant,
}

#[derive(Default)]
struct Table {
    last: i32,
    waiting: HashMap<i32, Secret>,
    closed: bool,
}

/// The secrets of one handle.
#[derive(Default)]
pub(crate) struct Secrets(Mutex<Table>);

impl Secrets {
    /// Keeps a copy of `bytes`; answers the number to name it by, which is never used again.
    pub(crate) fn put(&self, bytes: &[u8], now: Instant) -> Result<i32, Refused> {
        if bytes.len() > LENGTH {
            return Err(Refused::TooLong);
        }
        let mut table = lock(&self.0);
        if table.closed {
            return Err(Refused::Closed);
        }
        table.waiting.retain(|_, secret| secret.until > now);
        if table.waiting.len() >= WAITING {
            return Err(Refused::Full);
        }
        let reference = table.last.checked_add(1).ok_or(Refused::Full)?;
        table.last = reference;
        let bytes = LockedBytes::copy_of(bytes);
        table.waiting.insert(reference, Secret { bytes, until: now + LIFE });
        Ok(reference)
    }

    /// Takes a secret out.
    ///
    /// # Errors
    /// `SECRET_REFERENCE` when it is unknown, used or expired.
    pub(crate) fn take(&self, reference: i32, now: Instant) -> Outcome<Zeroizing<Vec<u8>>> {
        let secret = lock(&self.0).waiting.remove(&reference).filter(|secret| secret.until > now);
        let unknown =
            || Fault::new(ErrorKind::SecretReference, "the reference to a secret is unknown, used or expired");
        secret.map(|secret| Zeroizing::new(secret.bytes.borrow().to_vec())).ok_or_else(unknown)
    }

    /// Wipes what has expired; answers when to come again.
    pub(crate) fn expire(&self, now: Instant) -> Option<Instant> {
        let mut table = lock(&self.0);
        table.waiting.retain(|_, secret| secret.until > now);
        table.waiting.values().map(|secret| secret.until).min()
    }

    /// Wipes all, and takes no more.
    pub(crate) fn close(&self) {
        let mut table = lock(&self.0);
        table.closed = true;
        table.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_used_once() {
        let (secrets, now) = (Secrets::default(), Instant::now());
        let reference = secrets.put(b"word", now).unwrap();
        assert!(reference > 0);
        assert_eq!(secrets.take(reference, now).unwrap().as_slice(), b"word");
        assert_eq!(secrets.take(reference, now).unwrap_err().kind(), ErrorKind::SecretReference);
        assert_eq!(secrets.take(0, now).unwrap_err().kind(), ErrorKind::SecretReference);
        assert!(secrets.put(b"word", now).unwrap() > reference);
    }

    #[test]
    fn a_secret_expires() {
        let (secrets, now) = (Secrets::default(), Instant::now());
        let reference = secrets.put(b"word", now).unwrap();
        assert_eq!(secrets.expire(now), Some(now + LIFE));
        assert_eq!(secrets.take(reference, now + LIFE).unwrap_err().kind(), ErrorKind::SecretReference);
        secrets.put(b"word", now).unwrap();
        assert_eq!(secrets.expire(now + LIFE), None);
    }

    #[test]
    fn secrets_are_bounded() {
        let (secrets, now) = (Secrets::default(), Instant::now());
        assert_eq!(secrets.put(&[0; LENGTH + 1], now), Err(Refused::TooLong));
        for _ in 0..WAITING {
            secrets.put(&[0; LENGTH], now).unwrap();
        }
        assert_eq!(secrets.put(b"word", now), Err(Refused::Full));
        secrets.put(b"word", now + LIFE).unwrap();
        secrets.close();
        assert_eq!(secrets.put(b"word", now), Err(Refused::Closed));
    }
}
