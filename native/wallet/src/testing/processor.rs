//! What this process has cost the processor, for figures that do not depend on what else the machine does.

use std::{fs, time::Duration};

/// A tick of `/proc`: a hundredth of a second on every Linux.
const TICK: Duration = Duration::from_millis(10);
/// Places of user and system time behind the process's name, which is in parentheses.
const TIMES: [usize; 2] = [11, 12];

/// Processor time of all threads of this process since its start, the ended ones too, in steps of 10 ms; zero where the
/// system does not tell (it is Linux that does).
#[must_use]
pub fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let Some((_, numbers)) = stat.rsplit_once(") ") else { return Duration::ZERO };
    let numbers: Vec<&str> = numbers.split_whitespace().collect();
    let ticks = TIMES.iter().filter_map(|place| numbers.get(*place)?.parse::<u32>().ok()).sum::<u32>();
    TICK * ticks
}
