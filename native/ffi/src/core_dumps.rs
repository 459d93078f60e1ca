//! No core dumps: what lies in memory stays out of files that outlive the process.

use crate::error::{Fault, Outcome};

/// Forbids core dumps of the whole process, for the rest of its life.
///
/// # Errors
/// `INVALID_CONFIGURATION` where the system refuses or knows no such thing: who asked for it must not believe it done.
#[cfg(unix)]
pub(crate) fn disable() -> Outcome<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).map_err(refused)?;
    // the limit does not hold where dumps go through a pipe to a program, as with systemd
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable).map_err(refused)?;
    Ok(())
}

#[cfg(unix)]
fn refused(error: rustix::io::Errno) -> Fault {
    let kind = stardust_wallet::error::ErrorKind::InvalidConfiguration;
    Fault::new(kind, format!("disableCoreDumps: the system refuses: {error}"))
}

/// Not known of this system.
#[cfg(not(unix))]
pub(crate) fn disable() -> Outcome<()> {
    let kind = stardust_wallet::error::ErrorKind::InvalidConfiguration;
    Err(Fault::new(kind, "disableCoreDumps: not available on this system"))
}
