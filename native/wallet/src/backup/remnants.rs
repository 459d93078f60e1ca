//! What is left of backups whose writer died.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

use super::{format::MAGIC, write::parent};

/// Removes what dead writers of backups left in the directory of `path`: files named `.<name>.<16 digits>.new` that nobody
/// writes, and that begin as a backup does or have the name of this one. Best effort: the next one tries again.
pub(super) fn sweep(path: &Path) {
    let Ok(entries) = fs::read_dir(parent(path)) else { return };
    let own = path.file_name().map(|name| name.to_string_lossy().into_owned());
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(of) = named(&name) else { continue };
        // a special file is never opened: a pipe would wait for ever
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && is_abandoned(&entry.path(), own.as_deref() == Some(of)) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// The name that a file of this name was to get.
fn named(name: &str) -> Option<&str> {
    let (of, digits) = name.strip_prefix('.')?.strip_suffix(".new")?.rsplit_once('.')?;
    (digits.len() == 16 && digits.chars().all(|digit| digit.is_ascii_hexdigit())).then_some(of)
}

/// Whether nobody writes it any more: who does has it locked. Of a file that begins otherwise nobody knows whose it is.
fn is_abandoned(path: &Path, ours: bool) -> bool {
    let Ok(mut file) = File::open(path) else { return false };
    let mut begin = [0; MAGIC.len()];
    let is_backup = file.read_exact(&mut begin).is_ok() && begin == *MAGIC;
    (ours || is_backup) && file.try_lock().is_ok()
}
