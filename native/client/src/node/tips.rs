//! Parents for new blocks, asked for once for several blocks.

use std::time::Duration;

use tokio::time::Instant;

/// So many blocks take the same tips. A node gives up to eight: blocks that leave fewer tips behind than they take up keep
/// the tangle narrow, so that each of them is soon in the past of a milestone.
const SHARED_BY: usize = 4;
/// Older tips may have fallen behind those that others build on.
const SHARED_FOR: Duration = Duration::from_millis(500);

/// Tips that one block was built on already.
pub(super) struct SharedTips {
    at: Instant,
    tips: Vec<[u8; 32]>,
    left: usize,
}

impl SharedTips {
    /// Tips that were given at this time, for one block less. Fewer tips are shared by fewer blocks.
    pub(super) fn new(at: Instant, tips: &[[u8; 32]]) -> Self {
        Self { at, tips: tips.to_vec(), left: (tips.len() / 2).clamp(1, SHARED_BY) - 1 }
    }

    /// The tips once more, unless they are old or used up.
    pub(super) fn take(&mut self, now: Instant) -> Option<Vec<[u8; 32]>> {
        if now.saturating_duration_since(self.at) >= SHARED_FOR {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        Some(self.tips.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_take_up_more_tips_than_they_leave_behind() {
        let now = Instant::now();
        for count in 1..=8_u8 {
            let tips: Vec<[u8; 32]> = (0..count).map(|tip| [tip; 32]).collect();
            let mut shared = SharedTips::new(now, &tips);
            let mut blocks = 1;
            while let Some(again) = shared.take(now) {
                assert_eq!(again, tips);
                blocks += 1;
            }
            assert!(blocks == 1 || 2 * blocks <= usize::from(count), "{blocks} blocks on {count} tips");
            assert_eq!(shared.take(now), None, "used up");
        }
    }

    #[test]
    fn old_tips_are_not_taken() {
        let now = Instant::now();
        let mut shared = SharedTips::new(now, &[[1; 32]; 8]);
        assert!(shared.take(now + SHARED_FOR - Duration::from_millis(1)).is_some());
        assert_eq!(shared.take(now + SHARED_FOR), None);
    }
}
