//! Where and when the worker is killed.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use stardust_proof::Random;
use stardust_wallet::fail::{self, POINTS, area};

/// What the workers do while they are killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// They credit what customers deposit.
    Deposits,
    /// They pay customers by rules, in single payments and in batches, cancel some of that, and sweep and claim by themselves.
    Withdrawals,
}

impl Work {
    /// Areas that a wallet passes once in its life, in this order: they come first.
    const fn once(self) -> &'static [&'static str] {
        match self {
            Self::Deposits => &["open", "account", "contact"],
            // a short run has no kills to spare for what the other work exercises
            Self::Withdrawals => &[],
        }
    }

    /// Areas that the work passes again and again.
    const fn again(self) -> &'static [&'static str] {
        match self {
            Self::Deposits => &["issue", "apply", "commit", "acknowledge"],
            Self::Withdrawals => &["payment", "journal", "withdrawal", "policy", "hot", "commit"],
        }
    }

    /// Areas inside of which each run kills at two points, however short it is.
    const fn about(self) -> &'static [&'static str] {
        match self {
            Self::Deposits => &["apply"],
            Self::Withdrawals => &["payment"],
        }
    }
}

/// The points of some areas, area by area.
fn points(areas: &[&str]) -> Vec<&'static str> {
    areas.iter().flat_map(|wanted| POINTS.iter().copied().filter(move |point| area(point) == *wanted)).collect()
}

/// Where to begin in a list.
fn any(list: &[&str], random: &mut Random) -> usize {
    usize::try_from(random.below(u64::try_from(list.len()).unwrap_or(1).max(1))).unwrap_or(0)
}

/// With so many kills for each point, every point must have been the place of one.
const ENOUGH: usize = 4;

/// One kill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// The process kills itself when it passes a point for the nth time.
    Point { name: &'static str, nth: u64 },
    /// From outside, so long after its start.
    Start { after: Duration },
    /// From outside, so long after it was ready.
    Running { after: Duration },
}

/// The order of kills: first the points that come once, then random moments and named points by turns.
pub(crate) struct Plan {
    random: Random,
    work: Work,
    once: VecDeque<&'static str>,
    again: Vec<&'static str>,
    turn: usize,
    /// How often the process died at each point.
    died: BTreeMap<&'static str, u32>,
}

impl Plan {
    pub(crate) fn new(seed: u64, work: Work) -> Self {
        let mut random = Random::new(seed);
        let again = points(work.again());
        // a short run takes another part of them each time
        let turn = any(&again, &mut random);
        let mut once = VecDeque::from(points(work.once()));
        // that part may be without what the run is about, and chance kills nowhere in particular
        let about: Vec<_> = points(work.about()).into_iter().filter(|point| fail::is_inside(point)).collect();
        let first = any(&about, &mut random);
        once.extend(about.iter().cycle().skip(first).step_by(about.len() / 2 + 1).take(2.min(about.len())));
        Self { random, work, once, again, turn, died: BTreeMap::new() }
    }

    pub(crate) fn aim(&mut self, number: u32) -> Aim {
        if let Some(name) = self.once.pop_front() {
            return Aim::Point { name, nth: 1 };
        }
        let micros = |limit: u64, random: &mut Random| Duration::from_micros(random.below(limit * 1_000));
        match number % 4 {
            0 => Aim::Start { after: micros(400, &mut self.random) },
            2 => Aim::Running { after: micros(400, &mut self.random) },
            _ => {
                let name = self.again[self.turn % self.again.len()];
                self.turn += 1;
                // commits of all kinds pass the points of their area: look further for those of milestones
                let within = if area(name) == "commit" { 12 } else { 4 };
                Aim::Point { name, nth: 1 + self.random.below(within) }
            }
        }
    }

    pub(crate) fn died_at(&mut self, point: &'static str) {
        *self.died.entry(point).or_default() += 1;
    }

    /// How many points were the place of a kill, and how many there are.
    pub(crate) fn exercised(&self) -> (usize, usize) {
        (self.died.len(), self.again.len() + points(self.work.once()).len())
    }

    /// Points that should have been the place of a kill, after so many.
    pub(crate) fn forgotten(&self, kills: u32) -> Vec<&'static str> {
        let planned = points(self.work.once()).into_iter().chain(self.again.iter().copied());
        let missing: Vec<_> = planned.filter(|point| !self.died.contains_key(point)).collect();
        let (_, all) = self.exercised();
        if usize::try_from(kills).is_ok_and(|kills| kills >= ENOUGH * all) { missing } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_plan() {
        let aims = |seed| {
            let mut plan = Plan::new(seed, Work::Deposits);
            (0..100).map(|number| plan.aim(number)).collect::<Vec<_>>()
        };
        assert_eq!(aims(7), aims(7));
        assert_ne!(aims(7), aims(8));
    }

    #[test]
    fn each_short_run_kills_inside_of_what_it_is_about() {
        for (work, about, kills) in [(Work::Deposits, "apply", 25), (Work::Withdrawals, "payment", 8)] {
            let inside =
                |aim: &Aim| matches!(aim, Aim::Point { name, .. } if area(name) == about && fail::is_inside(name));
            for seed in 0..200 {
                let mut plan = Plan::new(seed, work);
                let aims: Vec<_> = (0..kills).map(|number| plan.aim(number)).collect();
                let (first, all) = (aims.iter().find(|aim| inside(aim)), aims.iter().filter(|aim| inside(aim)).count());
                assert!(all >= 2 && matches!(first, Some(Aim::Point { nth: 1, .. })), "{seed}: {aims:?}");
            }
        }
    }

    #[test]
    fn all_points_of_the_work_are_aimed_at() {
        for work in [Work::Deposits, Work::Withdrawals] {
            let mut plan = Plan::new(1, work);
            let (_, all) = plan.exercised();
            let kills = u32::try_from(ENOUGH * all).unwrap();
            assert_eq!(plan.forgotten(kills).len(), all);
            for number in 0..kills {
                if let Aim::Point { name, nth } = plan.aim(number) {
                    assert!(nth > 0);
                    plan.died_at(name);
                }
            }
            assert_eq!(plan.forgotten(kills), Vec::<&str>::new());
            assert_eq!(plan.exercised(), (all, all));
        }
    }

    #[test]
    fn all_areas_belong_to_some_work_but_those_that_need_a_node_that_forgets() {
        let aimed_at = [Work::Deposits, Work::Withdrawals].map(|work| [work.once(), work.again()].concat()).concat();
        let areas: std::collections::BTreeSet<_> = POINTS.iter().map(|point| area(point)).collect();
        let left: Vec<_> = areas.iter().filter(|area| !aimed_at.contains(area)).collect();
        // a request stores nothing, and the local node asks for no proof of work; pool and recovery have crash tests of their own, and
        // files have their own plan
        let files = ["backup", "import", "restore", "vault"];
        #[cfg(feature = "failpoints")]
        assert!(files.iter().all(|area| crate::files::AREAS.contains(area)));
        let left: Vec<_> = left.into_iter().filter(|area| !files.contains(area)).collect();
        assert_eq!(left, [&"client", &"discovery", &"pool", &"recovery", &"repair"]);
    }
}
