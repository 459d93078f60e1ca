//! The vault file on disk: read whole, replaced atomically.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use super::super::KeyError;

/// Most bytes of a vault of ours: far above what one has (a few hundred), also where it began as a backup of iota-sdk.
const LONGEST: u64 = 256 << 20;

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

/// Puts `bytes` in the file's place; what was there stays beside it with `.previous` at the end of its name.
///
/// Written to a temporary file in the same directory, synced, renamed over the old one, the directory synced:
/// a crash leaves either the old or the new file whole, and at most a temporary file that the next call
/// removes. Both files are readable by their owner only. A symbolic link is followed, not replaced.
///
/// # Errors
/// Those of [`read`], and [`KeyError::Io`]: the file is as it was. In the answer [`KeyError::NotDurable`]: it is replaced,
/// and the last step (syncing the directory) failed.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<Result<(), KeyError>, KeyError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    fail_point!("vault:begun");
    if let Some(old) = read(&target)? {
        put(&target, &beside(&target, "", ".previous"), &old)?;
        fail_point!("vault:previous");
    }
    put(&target, &target, bytes)?;
    fail_point!("vault:renamed");
    let durable = sync_directory(&target);
    fail_point!("vault:durable");
    Ok(durable.map_err(|source| KeyError::NotDurable { path: path.to_owned(), source }))
}

/// Where the generation before is kept.
pub(super) fn previous(path: &Path) -> PathBuf {
    beside(path, "", ".previous")
}

fn put(target: &Path, name: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let temporary = beside(target, ".", ".new");
    let failed = |source| io_error("write", name, source);
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let written = write_new(&temporary, bytes).and_then(|()| fs::rename(&temporary, name));
    written.map_err(|error| {
        // best effort: the next call removes it in any case
        drop(fs::remove_file(&temporary));
        failed(error)
    })
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    fail_point!("vault:created");
    file.write_all(bytes)?;
    fail_point!("vault:written");
    file.sync_all()?;
    fail_point!("vault:synced");
    Ok(())
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

fn beside(path: &Path, before: &str, after: &str) -> PathBuf {
    let mut name = OsString::from(before);
    name.push(path.file_name().unwrap_or_default());
    name.push(after);
    path.with_file_name(name)
}

fn io_error(operation: &'static str, path: &Path, source: io::Error) -> KeyError {
    KeyError::Io { operation, path: path.to_owned(), source }
}
