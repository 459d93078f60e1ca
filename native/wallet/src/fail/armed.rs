//! What the points do when they are compiled in.

#[cfg(not(debug_assertions))]
compile_error!("the feature `failpoints` lets a process kill itself: it is for tests only");

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use super::{ARMED, MARKS, SLOT, area, areas, known};

/// What happens at an armed point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The process kills itself: SIGKILL where there is one. Nothing is flushed, nothing unwinds.
    Kill,
    /// The thread panics.
    Panic,
}

#[derive(Default)]
struct State {
    armed: HashMap<&'static str, (Action, u64)>,
    passed: HashMap<&'static str, u64>,
}

fn state() -> MutexGuard<'static, State> {
    static STATE: OnceLock<Mutex<State>> = OnceLock::new();
    let state = STATE.get_or_init(|| {
        let mut state = State::default();
        for setting in std::env::var(ARMED).unwrap_or_default().split(',').filter(|setting| !setting.is_empty()) {
            let (name, action, nth) = read(setting).unwrap_or_else(|| panic!("{ARMED}: {setting:?} is not understood"));
            state.armed.insert(name, (action, nth));
        }
        Mutex::new(state)
    });
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(setting: &str) -> Option<(&'static str, Action, u64)> {
    let (name, what) = setting.split_once('=')?;
    let (action, nth) = what.split_once('@').unwrap_or((what, "1"));
    let action = match action {
        "kill" => Action::Kill,
        "panic" => Action::Panic,
        _ => return None,
    };
    Some((known(name)?, action, nth.parse().ok().filter(|nth| *nth > 0)?))
}

/// Arms a point for the `nth` time from now that any thread passes it, once.
///
/// # Panics
/// When there is no point of that name, or `nth` is 0.
pub fn arm(name: &str, action: Action, nth: u64) {
    let name = known(name).unwrap_or_else(|| panic!("there is no fail point {name:?}"));
    assert!(nth > 0, "the first time is 1");
    let mut state = state();
    let before = state.passed.get(name).copied().unwrap_or(0);
    state.armed.insert(name, (action, before + nth));
}

/// Takes back what was armed and has not happened.
pub fn disarm() {
    state().armed.clear();
}

/// How often a point was passed in this process.
#[must_use]
pub fn passed(name: &str) -> u64 {
    state().passed.get(name).copied().unwrap_or(0)
}

/// Does what is armed at a point.
///
/// # Panics
/// When that is armed.
pub fn pass(name: &'static str) {
    mark(name);
    let action = {
        let mut state = state();
        let count = state.passed.entry(name).or_default();
        *count += 1;
        let count = *count;
        match state.armed.get(name) {
            Some((action, nth)) if *nth == count => {
                let action = *action;
                state.armed.remove(name);
                Some(action)
            }
            _ => None,
        }
    };
    match action {
        None => {}
        Some(Action::Kill) => die(),
        Some(Action::Panic) => panic!("fail point {name}"),
    }
}

#[cfg(unix)]
fn die() -> ! {
    if let Err(error) = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL) {
        tracing::error!(%error, "SIGKILL could not be sent");
    }
    std::process::abort()
}

#[cfg(not(unix))]
fn die() -> ! {
    std::process::abort()
}

/// Notes the point in its area's slot. What is written stays when the process is killed.
#[cfg(unix)]
fn mark(name: &'static str) {
    use std::os::unix::fs::FileExt;

    static FILE: OnceLock<Option<File>> = OnceLock::new();
    let file = FILE.get_or_init(|| {
        let path = std::env::var_os(MARKS)?;
        let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        Some(opened.unwrap_or_else(|error| panic!("{MARKS}: {error}")))
    });
    let Some(file) = file else { return };
    let slot = areas().iter().position(|known| *known == area(name)).expect("each point has its area");
    let note = format!("{name:<width$}\n", width = SLOT - 1);
    let at = u64::try_from(slot * SLOT).expect("a small file");
    file.write_all_at(note.as_bytes(), at).unwrap_or_else(|error| panic!("{MARKS}: {error}"));
}

#[cfg(not(unix))]
fn mark(_name: &'static str) {}
