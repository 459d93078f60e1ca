//! Files on their way to a name: written beside it, each under a name of its own.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A file that is whole and on disk, and not yet in its place. Removed when it is dropped before.
pub(super) struct Temporary {
    path: PathBuf,
    /// Locked, by which others see that it is no remnant.
    file: File,
}

impl Temporary {
    /// Writes and syncs a file beside `target`, readable by its owner only. Its name is random and nothing may be there, so
    /// that two processes never write the same one.
    ///
    /// # Errors
    /// Those of writing; nothing is left then.
    pub(super) fn beside(target: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut number = [0; 8];
        crypto::utils::rand::fill(&mut number).map_err(|_| io::Error::other("no random number for its name"))?;
        let path = target.with_file_name(format!(".{}.{:016x}.new", name(target), u64::from_le_bytes(number)));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        let mut new = Self { path, file };
        // best effort: where nothing can be locked, nothing is taken for a remnant either
        drop(new.file.try_lock());
        fail_point!("vault:created");
        #[cfg(test)]
        take_room()?;
        new.file.write_all(bytes)?;
        fail_point!("vault:written");
        new.file.sync_all()?;
        fail_point!("vault:synced");
        Ok(new)
    }

    /// Gives it its name, in the place of what has it.
    ///
    /// # Errors
    /// Those of renaming: what had the name has it still, and nothing is left.
    pub(super) fn settle(self, name: &Path) -> io::Result<()> {
        fs::rename(&self.path, name)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // gone already when it got its name; best effort: the next call removes it too
        drop(fs::remove_file(&self.path));
    }
}

/// Removes what dead processes left of files on their way to `target`: who lives has them locked. Best effort: the next call
/// tries again.
pub(super) fn sweep(target: &Path) {
    let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty());
    let Ok(entries) = fs::read_dir(directory.unwrap_or_else(|| Path::new("."))) else { return };
    let wanted = name(target);
    for entry in entries.flatten() {
        // a special file is never opened: a pipe would wait for ever
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        let is_ours = is_file && of(&entry.file_name().to_string_lossy()).is_some_and(|name| name == wanted);
        if is_ours && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

fn name(target: &Path) -> String {
    target.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The name that a file with this temporary one was to get.
fn of(name: &str) -> Option<&str> {
    let (of, digits) = name.strip_prefix('.')?.strip_suffix(".new")?.rsplit_once('.')?;
    (digits.len() == 16 && digits.chars().all(|digit| digit.is_ascii_hexdigit())).then_some(of)
}

#[cfg(test)]
thread_local! {
    /// How many files this thread may still write; none: as many as it likes. As on a disk that is nearly full.
    pub(super) static ROOM: std::cell::Cell<Option<u32>> = const { std::cell::Cell::new(None) };
}

#[cfg(test)]
fn take_room() -> io::Result<()> {
    match ROOM.get() {
        Some(0) => Err(io::Error::other("as a test wants it")),
        room => {
            ROOM.set(room.map(|room| room - 1));
            Ok(())
        }
    }
}
