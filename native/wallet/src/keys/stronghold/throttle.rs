//! Slows down who guesses passwords.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::super::KeyError;

/// Wrong passwords that cost no pause: typing errors.
const FREE: u32 = 2;
/// The pause after the first one beyond; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// No pause is longer: the owner of the password must be let in again some time.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Files that are remembered. Beyond it those are forgotten that have no pause, so that memory stays bounded.
const MOST_FILES: usize = 10_000;

/// Files of which a password was wrong, by where they are.
static FILES: Mutex<BTreeMap<PathBuf, Arc<Mutex<Throttle>>>> = Mutex::new(BTreeMap::new());

/// What becomes of a password that was tried.
pub(crate) trait Tried: From<KeyError> {
    /// Whether the password was wrong.
    fn is_wrong(&self) -> bool;
}

impl Tried for KeyError {
    fn is_wrong(&self) -> bool {
        matches!(self, Self::WrongPassword)
    }
}

/// Runs what tries a password of the file at `path`, a vault or a backup, and counts the wrong ones, whoever in this process
/// tries them and for whatever. Attempts on one file come one after the other. In memory only: a new process begins anew, and
/// so does who copies the file; both pay with scrypt's two seconds for each attempt all the same.
///
/// # Errors
/// [`KeyError::TooManyAttempts`], without a look at the password; those of `try_it`.
pub(crate) fn attempt<T, E: Tried>(path: &Path, try_it: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let place = place(path);
    let file = of(&place);
    let mut throttle = locked(&file);
    if let Some(retry_after) = throttle.pause(Instant::now()) {
        return Err(KeyError::TooManyAttempts { retry_after }.into());
    }
    let tried = try_it();
    match &tried {
        Ok(_) => throttle.right(),
        Err(error) if error.is_wrong() => throttle.wrong(Instant::now()),
        Err(_) => {} // says nothing about the password
    }
    let counts = throttle.wrong > 0;
    drop(throttle);
    let mut files = files();
    // the table's and ours: nobody waits for it
    if !counts && Arc::strong_count(&file) == 2 {
        files.remove(&place);
    }
    tried
}

/// Where a file is, by whichever name it is called.
pub(super) fn place(path: &Path) -> PathBuf {
    fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

fn of(place: &Path) -> Arc<Mutex<Throttle>> {
    let mut files = files();
    if files.len() >= MOST_FILES {
        let now = Instant::now();
        files.retain(|_, file| Arc::strong_count(file) > 1 || locked(file).pause(now).is_some());
    }
    Arc::clone(files.entry(place.to_owned()).or_default())
}

fn files() -> MutexGuard<'static, BTreeMap<PathBuf, Arc<Mutex<Throttle>>>> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn locked(file: &Mutex<Throttle>) -> MutexGuard<'_, Throttle> {
    file.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the pause of a file, as time would.
#[cfg(test)]
pub(crate) fn elapse(path: &Path) {
    locked(&of(&place(path))).until = None;
}

/// Counts the wrong passwords since the last right one.
#[derive(Debug, Default)]
struct Throttle {
    wrong: u32,
    until: Option<Instant>,
}

impl Throttle {
    /// How long no password is taken, if so. A right one would not be either: else the pause told which one it is.
    fn pause(&self, now: Instant) -> Option<Duration> {
        let left = self.until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// A password was wrong.
    fn wrong(&mut self, now: Instant) {
        self.wrong = self.wrong.saturating_add(1);
        if let Some(doublings) = self.wrong.checked_sub(FREE + 1) {
            let pause = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX));
            self.until = now.checked_add(pause.min(LONGEST_PAUSE));
        }
    }

    /// A password was right.
    fn right(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes_and_a_right_password_ends_them() {
        let (mut throttle, now) = (Throttle::default(), Instant::now());
        let mut pauses = Vec::new();
        for _ in 0..14 {
            throttle.wrong(now);
            pauses.push(throttle.pause(now).map_or(0, |pause| pause.as_secs()));
        }
        assert_eq!(pauses, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert_eq!(throttle.pause(now + Duration::from_secs(299)), Some(Duration::from_secs(1)));
        assert_eq!(throttle.pause(now + LONGEST_PAUSE), None);
        for _ in 0..100 {
            throttle.wrong(now);
        }
        assert_eq!(throttle.pause(now), Some(LONGEST_PAUSE));
        throttle.right();
        assert_eq!(throttle.pause(now), None);
        throttle.wrong(now);
        assert_eq!(throttle.pause(now), None, "it is counted from the beginning");
    }

    #[test]
    fn a_file_is_remembered_only_as_long_as_its_last_password_was_wrong() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("not there");
        let known = || files().contains_key(&place(&path));
        let wrong = || attempt::<(), _>(&path, || Err(KeyError::WrongPassword));
        assert!(wrong().is_err() && known());
        attempt(&path, || Ok::<_, KeyError>(())).unwrap();
        assert!(!known());
        // so often that the last pause is longer than this test takes
        for count in 1..=10 {
            if count > 3 {
                elapse(&path);
            }
            assert!(matches!(wrong(), Err(KeyError::WrongPassword)), "{count}: two of them are free again");
        }
        let refused = attempt::<(), KeyError>(&path, || panic!("it was tried"));
        assert!(matches!(refused, Err(KeyError::TooManyAttempts { .. })) && known());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_the_same_by_whichever_name() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("a.backup"), directory.path().join("link"));
        fs::write(&file, b"").unwrap();
        std::os::unix::fs::symlink(directory.path(), &link).unwrap();
        assert_eq!(place(&link.join("a.backup")), place(&file));
        assert_eq!(place(&link.join("..").join(directory.path().file_name().unwrap()).join("a.backup")), place(&file));
    }
}
