//! Disks that take no more.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Failure;

/// A page of a file system in memory.
const PAGE: usize = 4096;

/// Limits the size of every file that this process writes; none: lifts the limit. A write beyond it is cut short or fails
/// with an I/O error, as all do on a disk that has become read-only. The process must ignore SIGXFSZ.
///
/// # Errors
/// When the system refuses it.
pub fn limit_files(bytes: Option<u64>) -> Result<(), Failure> {
    let maximum = getrlimit(Resource::Fsize).maximum;
    setrlimit(Resource::Fsize, Rlimit { current: bytes.or(maximum), maximum })?;
    Ok(())
}

/// What fills a small file system up.
#[derive(Clone, Debug)]
pub struct Ballast(PathBuf);

impl Ballast {
    /// Takes all space where `path` is but for `room` bytes, as far as whole pages go.
    ///
    /// # Errors
    /// When the file cannot be made or cut.
    pub fn drop_at(path: &Path, room: u64) -> Result<Self, Failure> {
        let mut ballast = fs::File::create(path)?;
        let mut size = 0_u64;
        while let Ok(written) = ballast.write(&[0; PAGE])
            && written > 0
        {
            size += u64::try_from(written)?;
        }
        ballast.set_len(size.saturating_sub(room))?;
        Ok(Self(path.to_owned()))
    }

    /// Gives the space back.
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn lift(self) -> Result<(), Failure> {
        Ok(fs::remove_file(self.0)?)
    }
}
