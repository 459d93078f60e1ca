//! Slows down who guesses passwords.

use std::time::{Duration, Instant};

/// Wrong passwords that cost no pause: typing errors.
const FREE: u32 = 2;
/// The pause after the first one beyond; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// No pause is longer: the owner of the password must be let in again some time.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Counts the wrong passwords since the last right one. In memory only: a new process begins anew, and pays with
/// scrypt's two seconds for each attempt all the same.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    wrong: u32,
    until: Option<Instant>,
}

impl Throttle {
    /// How long no password is taken, if so. A right one would not be either: else the pause told which one it is.
    pub(super) fn pause(&self, now: Instant) -> Option<Duration> {
        let left = self.until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// A password was wrong.
    pub(super) fn wrong(&mut self, now: Instant) {
        self.wrong = self.wrong.saturating_add(1);
        if let Some(doublings) = self.wrong.checked_sub(FREE + 1) {
            let pause = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX));
            self.until = now.checked_add(pause.min(LONGEST_PAUSE));
        }
    }

    /// A password was right.
    pub(super) fn right(&mut self) {
        *self = Self::default();
    }

    /// Ends the pause, as time would.
    #[cfg(test)]
    pub(super) fn elapse(&mut self) {
        self.until = None;
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
}
