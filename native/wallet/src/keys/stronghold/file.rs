//! The vault file on disk: read whole, replaced atomically.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::{
    super::KeyError,
    temporary::{self, Temporary},
};
use crate::locks::patiently;

/// Most bytes of a vault of ours: far above what one has (a few hundred), also where it began as a backup of iota-sdk.
pub(super) const LONGEST: u64 = 256 << 20;

/// The bytes of the file, or `None` where nothing is.
///
/// # Errors
/// [`KeyError::NotAVault`] for a directory or a special file; [`KeyError::TooLarge`] above 256 MiB;
/// [`KeyError::VaultMissing`] for a symbolic link to nothing: somebody keeps the vault elsewhere, and that is not there;
/// [`KeyError::Io`].
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, KeyError> {
    read_up_to(path, LONGEST)
}

/// As [`read`], with another limit.
///
/// # Errors
/// Those of [`read`], and [`KeyError::OutOfMemory`].
pub(super) fn read_up_to(path: &Path, longest: u64) -> Result<Option<Vec<u8>>, KeyError> {
    let failed = |source| io_error("read", path, source);
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let missing = KeyError::VaultMissing { path: path.to_owned() };
            return if fs::symlink_metadata(path).is_ok() { Err(missing) } else { Ok(None) };
        }
        Err(error) => return Err(failed(error)),
    };
    // a special file is never opened: reading a pipe would wait for ever
    if !metadata.is_file() {
        return Err(KeyError::NotAVault { path: path.to_owned() });
    }
    if metadata.len() > longest {
        return Err(KeyError::TooLarge { path: path.to_owned(), mebibytes: longest >> 20 });
    }
    let mut bytes = Vec::new();
    let length = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    bytes.try_reserve_exact(length).map_err(|_| KeyError::OutOfMemory { mebibytes: length >> 20 })?;
    File::open(path).and_then(|file| file.take(longest).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(Some(bytes))
}

/// Who replaces a file looks at what is there first; nobody in this process changes it in between.
static TURN: Mutex<()> = Mutex::new(());

/// Puts `bytes` in the file's place, if what is there is what the caller `knows`; it stays beside it with `.previous` at the
/// end of its name.
///
/// Both are written to temporary files in the same directory and synced before the first name changes, then renamed, then
/// the directory is synced: what fails leaves the file as it was (the generation before may be a copy of it then), and a crash leaves
/// either the old or the new file whole, and temporary files that the next call removes. Both files are readable by their owner only. A symbolic link
/// is followed, not replaced.
///
/// # Errors
/// That of `knows`, those of [`read`], and [`KeyError::Io`]: the file is as it was. In the answer [`KeyError::NotDurable`]: it
/// is replaced, and the last step (syncing the directory) failed.
pub(super) fn replace(
    path: &Path,
    bytes: &[u8],
    knows: impl Fn(Option<&[u8]>) -> Result<(), KeyError>,
) -> Result<Result<(), KeyError>, KeyError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let failed = |source| io_error("write", &target, source);
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    fail_point!("vault:begun");
    temporary::sweep(&target);
    let _others = locked(&target);
    let new = Temporary::beside(&target, bytes).map_err(failed)?;
    let old = read(&target)?;
    knows(old.as_deref())?;
    if let Some(old) = old {
        Temporary::beside(&target, &old).and_then(|old| old.settle(&previous(&target))).map_err(failed)?;
        fail_point!("vault:previous");
        // that took its time, and who could not wait for the lock may have been here
        knows(read(&target)?.as_deref())?;
    }
    new.settle(&target).map_err(failed)?;
    fail_point!("vault:renamed");
    let durable = sync_directory(&target);
    fail_point!("vault:durable");
    Ok(durable.map_err(|source| KeyError::NotDurable { path: path.to_owned(), source }))
}

/// Has other processes wait that replace this file too; they find another one in its place then. Best effort: not all file
/// systems can, on Windows nobody could read it meanwhile, and who holds it for longer may be another program altogether. What is
/// left is the time between the look and the rename.
fn locked(target: &Path) -> Option<File> {
    let lockable = cfg!(unix) && fs::metadata(target).is_ok_and(|found| found.is_file());
    let file = lockable.then(|| File::open(target).ok())??;
    patiently(|| file.try_lock()).ok().map(|()| file)
}

/// Where the generation before is kept.
pub(super) fn previous(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".previous");
    path.with_file_name(name)
}

/// Makes the renames of this directory durable. On Windows a directory can't be opened, and needs not be.
fn sync_directory(file: &Path) -> io::Result<()> {
    #[cfg(test)]
    if SYNCING_FAILS.get() {
        return Err(io::Error::other("as a test wants it"));
    }
    if cfg!(unix) {
        let directory = match file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
thread_local! {
    /// A directory that cannot be synced, on this thread: there is no other way to have one everywhere.
    static SYNCING_FAILS: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Runs it where no directory of a vault can be synced.
#[cfg(test)]
pub(crate) fn unsynced<T>(work: impl FnOnce() -> T) -> T {
    SYNCING_FAILS.set(true);
    let done = work();
    SYNCING_FAILS.set(false);
    done
}

fn io_error(operation: &'static str, path: &Path, source: io::Error) -> KeyError {
    KeyError::Io { operation, path: path.to_owned(), source }
}
