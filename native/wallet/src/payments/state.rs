//! The life of a signed payment as a pure state machine: facts in, next step out.
//!
//! **The bytes never change.** Every step submits the same payload in a new block or asks about a block.
//! **Nodes only steer.** Whatever a node says of a block leads to asking again or to another block, never to an end;
//! the ends, [`PaymentState::Confirmed`] and [`PaymentState::Dead`], come from applied milestones alone.
//! **Nothing is believed for ever.** A milestone takes no block that lies too deep: what none applied for [`STALE`] milestones goes
//! into a new block, whatever is said of the old one. That is harmless, as the transaction stays the same.
//! **Bounded.** One request at a time for a payment, one question for an applied milestone and a second, a pause that
//! doubles after each failure. Patience is counted in milestones and in time, so that a wallet that catches up, whose
//! milestones fly by, does not take them for the network's.
//! **What pays only ourselves** never gives up: the wallet has checked its bytes by the same rules, so one node's word that they
//! are wrong for ever counts no more than a refusal, and nobody can be paid by it who should not. Of a payment of a customer
//! such a word stays, with its reason, until a person cancels it or the wallet is started again.
//!
//! | the node says | then |
//! |---|---|
//! | took the block | ask about it from the second milestone on |
//! | no answer | again after a pause |
//! | refused the block | again on other parents; after [`REFUSALS`] times in a row `rejected`, and again now and then |
//! | unknown block | after [`PATIENCE`] milestones a new block |
//! | pending, reattach | a new block |
//! | included | wait for the milestone |
//! | pending, included or nothing, for [`STALE`] milestones | a new block |
//! | conflict over an input | it may be an earlier block of ours that was included: after [`PATIENCE`] milestones a new block |
//! | a conflict that time can heal | `rejected`, and again now and then |
//! | another conflict | `rejected`; once more after a restart, and now and then where it pays only ourselves |

use crate::ledger::{BlockId, BlockState, MilestoneIndex};
pub use crate::store::payment::PaymentState;

/// Refusals in a row after which a payment is rejected.
pub(crate) const REFUSALS: u32 = 4;
/// Milestones to wait for what is on its way before a new block is made.
pub(crate) const PATIENCE: u32 = 5;
/// Milestones after an attachment after which its block is given up. The protocol includes none that lies 15 milestones below the
/// tip, `belowMaxDepth`; some more for a node that lags behind.
pub(crate) const STALE: u32 = 20;
/// And the least time, for a wallet that catches up.
const STALE_MS: u64 = 60_000;
/// Milestones after an attachment before the first question: most payments are confirmed by then.
const FIRST_QUESTION: u32 = 2;
/// And the least time, for a wallet that catches up.
const PATIENCE_MS: u64 = 10_000;
/// Between two questions, and after the first failure.
const PAUSE_MS: u64 = 1_000;
const LONGEST_PAUSE_MS: u64 = 60_000;
/// A node that refuses blocks may be repaired, or another one be asked.
const REFUSED_PAUSE_MS: u64 = 600_000;

/// The ledger's codes of conflicts over an input: spent, spent in this milestone, not found (TIP-20's order).
/// Such a conflict is the truth at one milestone only, and an earlier block of the same payment causes it too.
const OVER_AN_INPUT: [u8; 3] = [1, 2, 3];
/// Conflicts that time can heal: a timelock that is not over, an owner by expiration who is not it yet, and what the node does
/// not name. All others are about the bytes, which never change, or a node's fault.
const HEALED_BY_TIME: [u8; 3] = [6, 9, 255];

/// Now, by both clocks: pauses are paced by time, questions by milestones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    pub(crate) ms: u64,
    pub(crate) milestone: MilestoneIndex,
}

impl Now {
    fn after(self, milestones: u32, ms: u64) -> Self {
        let milestone = MilestoneIndex(self.milestone.0.saturating_add(milestones));
        Self { ms: self.ms.saturating_add(ms), milestone }
    }

    /// `then` from `at_ms` on, and a pause before. A time further away than the `longest` pause was set before the clock
    /// was put back, and has come too.
    fn reached(self, at_ms: u64, longest: u64, then: Step) -> Step {
        let left = at_ms.saturating_sub(self.ms);
        if left == 0 || left > longest { then } else { Step::Pause { until_ms: at_ms } }
    }
}

/// What the driver has to do for a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Submit the payload.
    Submit,
    /// Ask about this block.
    Ask(BlockId),
    /// Nothing before this time.
    Pause { until_ms: u64 },
    /// Nothing before the next milestone, or the answer that is on its way.
    Wait,
}

/// What became known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    /// The submission is on its way.
    Submitting,
    /// The question is on its way.
    Asking,
    /// A person wants it to be tried again.
    Wanted,
    /// A node took the block.
    Attached(BlockId),
    /// No node answered the submission.
    Unavailable,
    /// A node refused the block.
    Refused { reason: String },
    /// What a node knows of the block that was asked about.
    Block(BlockState),
    /// No node answered the question.
    NoAnswer,
}

/// What of a fact has to be on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// Another block carries the payment, which is submitted now.
    Attachment(BlockId),
    /// The payment is rejected now.
    Rejection { reason: String },
}

/// A payment on its way; rebuilt from the stored state after a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Track {
    phase: Phase,
    failures: u32,
    refusals: u32,
    /// Whether it pays nobody but ourselves.
    ours: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// To be submitted.
    Due { at_ms: u64 },
    /// The submission is on its way.
    Submitting,
    /// In a block, asked about from a milestone on.
    Attached(Attached),
    /// The question is on its way.
    Asking(Attached),
    /// Nodes refuse it; tried again at that time, or only after a restart.
    Rejected { at_ms: Option<u64> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Attached {
    block: BlockId,
    /// Since then, or since this start.
    since: Now,
    /// It was before this start: what nodes do not know now is lost.
    restarted: bool,
    /// The next question: not before either.
    ask_from: Now,
    /// When a conflict over an input was seen first.
    conflict: Option<Now>,
}

impl Track {
    /// A payment that was signed just now, or found so after a restart: to be submitted at once.
    pub(crate) fn signed(now: Now) -> Self {
        Self { phase: Phase::Due { at_ms: now.ms }, failures: 0, refusals: 0, ours: false }
    }

    /// A payment that was in a block before a restart: asked about at once.
    pub(crate) fn attached(block: BlockId, now: Now) -> Self {
        let attached = Attached { block, since: now, restarted: true, ask_from: now, conflict: None };
        Self { phase: Phase::Attached(attached), failures: 0, refusals: 0, ours: false }
    }

    /// The same of one that pays nobody but ourselves, or not.
    pub(crate) fn paying_ourselves(self, ours: bool) -> Self {
        Self { ours, ..self }
    }

    /// What to do now. The driver does it and tells what came of it.
    pub(crate) fn step(&self, now: Now) -> Step {
        match self.phase {
            Phase::Due { at_ms } => now.reached(at_ms, LONGEST_PAUSE_MS, Step::Submit),
            Phase::Rejected { at_ms: Some(at_ms) } => now.reached(at_ms, REFUSED_PAUSE_MS, Step::Submit),
            Phase::Attached(Attached { block, ask_from, .. }) if ask_from.milestone <= now.milestone => {
                now.reached(ask_from.ms, PAUSE_MS, Step::Ask(block))
            }
            Phase::Attached(_) | Phase::Submitting | Phase::Asking(_) | Phase::Rejected { at_ms: None } => Step::Wait,
        }
    }

    /// Takes in a fact, and answers what of it must be stored. Facts that do not fit the phase (an answer that comes
    /// after a restart or twice) change nothing, but a block that a node took is always recorded, by the driver also when a
    /// milestone has ended the payment before.
    pub(crate) fn learn(&mut self, fact: Fact, now: Now) -> Option<Record> {
        match (fact, self.phase) {
            (Fact::Submitting, Phase::Due { .. } | Phase::Rejected { .. }) => self.phase = Phase::Submitting,
            (Fact::Asking, Phase::Attached(attached)) => self.phase = Phase::Asking(attached),
            (Fact::Wanted, Phase::Rejected { .. }) => self.submit(now),
            (Fact::Attached(block), _) => return Some(self.attach(block, now)),
            (Fact::Unavailable, Phase::Submitting) => self.retry(now),
            (Fact::Refused { reason }, Phase::Submitting) => {
                self.refusals += 1;
                if self.refusals >= REFUSALS {
                    return Some(self.reject(reason, Some(now.ms.saturating_add(REFUSED_PAUSE_MS))));
                }
                self.retry(now);
            }
            (Fact::NoAnswer, Phase::Asking(attached)) => self.wait_on(attached, now),
            (Fact::Block(state), Phase::Asking(attached)) => return self.heard(state, attached, now),
            (
                Fact::Submitting
                | Fact::Asking
                | Fact::Wanted
                | Fact::Unavailable
                | Fact::Refused { .. }
                | Fact::NoAnswer
                | Fact::Block(_),
                _,
            ) => {}
        }
        None
    }

    fn heard(&mut self, state: BlockState, mut attached: Attached, now: Now) -> Option<Record> {
        match state {
            BlockState::Included { .. } | BlockState::Pending { should_reattach: false } => self.wait_on(attached, now),
            BlockState::Pending { should_reattach: true } => self.submit(now),
            BlockState::Unknown if attached.restarted || waited(attached.since, now) => self.submit(now),
            BlockState::Unknown => self.ask_again(attached, now),
            BlockState::Conflicting { code, .. } if OVER_AN_INPUT.contains(&code) => {
                if waited(*attached.conflict.get_or_insert(now), now) {
                    self.submit(now);
                } else {
                    self.ask_again(attached, now);
                }
            }
            BlockState::Conflicting { code, reason } => {
                let heals = self.ours || HEALED_BY_TIME.contains(&code);
                let again = heals.then(|| now.ms.saturating_add(REFUSED_PAUSE_MS));
                return Some(self.reject(reason, again));
            }
        }
        None
    }

    fn attach(&mut self, block: BlockId, now: Now) -> Record {
        let ask_from = now.after(FIRST_QUESTION, PAUSE_MS);
        let attached = Attached { block, since: now, restarted: false, ask_from, conflict: None };
        *self = Self { phase: Phase::Attached(attached), failures: 0, refusals: 0, ours: self.ours };
        Record::Attachment(block)
    }

    fn reject(&mut self, reason: String, at_ms: Option<u64>) -> Record {
        self.phase = Phase::Rejected { at_ms };
        Record::Rejection { reason }
    }

    fn submit(&mut self, now: Now) {
        self.phase = Phase::Due { at_ms: now.ms };
    }

    fn retry(&mut self, now: Now) {
        let pause = PAUSE_MS.checked_shl(self.failures).unwrap_or(LONGEST_PAUSE_MS).min(LONGEST_PAUSE_MS);
        self.failures = self.failures.saturating_add(1).min(16);
        self.phase = Phase::Due { at_ms: now.ms.saturating_add(pause) };
    }

    /// Its block is given some more time, or given up.
    fn wait_on(&mut self, attached: Attached, now: Now) {
        if passed(attached.since, now, STALE, STALE_MS) {
            self.submit(now);
        } else {
            self.ask_again(attached, now);
        }
    }

    fn ask_again(&mut self, mut attached: Attached, now: Now) {
        attached.ask_from = now.after(1, PAUSE_MS);
        self.phase = Phase::Attached(attached);
    }
}

fn waited(since: Now, now: Now) -> bool {
    passed(since, now, PATIENCE, PATIENCE_MS)
}

/// Whether so many milestones and so much time have passed.
fn passed(since: Now, now: Now, milestones: u32, ms: u64) -> bool {
    // a clock that was put back tells nothing
    let long = now.ms.checked_sub(since.ms).is_none_or(|passed| passed >= ms);
    now.milestone.0.saturating_sub(since.milestone.0) >= milestones && long
}

#[cfg(test)]
mod tests;
