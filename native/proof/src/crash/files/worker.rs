//! The process that is killed: one call after the other, each told before it begins and when it has returned.

use std::path::Path;

use stardust_proof::Failure;

use super::site::{Site, Task};
use crate::worker::{end_with_the_driver, say};

/// Works until it is killed, beginning with the task of this name.
pub(crate) fn work(directory: &Path, first: &str) -> Result<(), Failure> {
    end_with_the_driver();
    let site = Site::new(directory);
    let first = Task::ALL.iter().position(|task| task.name() == first).ok_or("there is no such task")?;
    let mut old = Site::opened_by(&site.main())?.ok_or("the main wallet's vault does not open")?;
    say("ready")?;
    for round in 0.. {
        let begin = if round == 0 { first } else { 0 };
        for task in &Task::ALL[begin..] {
            say(&format!("begin {} {round}", task.name()))?;
            let made = site.made(*task, round);
            match task {
                Task::Create => site.create(&made)?,
                Task::Change => {
                    site.change(old)?;
                    old = 1 - old;
                }
                Task::Backup => site.backup(&made)?,
                Task::Restore => site.restore(&site.base(), &made)?,
                Task::Import => site.import(&made)?,
            }
            say(&format!("done {} {round}", task.name()))?;
        }
    }
    Ok(())
}
