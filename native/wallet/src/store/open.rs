//! Opening the wallet's directory: the single-writer lock, creation, checks, settings.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{StoreError, migrations};
use crate::locks::patiently;

/// The database's name in the wallet directory.
pub(super) const DATABASE: &str = "wallet.db";
pub(super) const LOCK: &str = "wallet.lock";
const NEW: &str = "wallet.db.new";
/// A database that a restore has not put in its place yet.
pub(super) const RESTORING: &str = "wallet.db.restoring";
/// A copy of the database on its way into a backup.
pub(super) const COPY: &str = "wallet.db.copy";
/// Pages of 4 KiB in the write-ahead log before it is put into the database: the same pages are written again and again, and
/// go there once for all of them.
const CHECKPOINT_PAGES: i64 = 4_000;
/// Pages that the writer keeps in memory, in KiB (negative: SQLite's way to say KiB).
const WRITER_CACHE: i64 = -32 * 1024;
pub(super) const READER_CACHE: i64 = -4 * 1024;

/// The directory's lock, held until it is dropped or the process dies.
#[derive(Debug)]
pub(super) struct DirectoryLock(#[expect(dead_code, reason = "held, not read")] File);

/// Takes the lock of the wallet directory, which is created if it is not there.
pub(super) fn lock(directory: &Path) -> Result<DirectoryLock, StoreError> {
    fs::create_dir_all(directory).map_err(|source| io("create", directory, source))?;
    let path = directory.join(LOCK);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| io("open", &path, source))?;
    match patiently(|| file.try_lock()) {
        Ok(()) => Ok(DirectoryLock(file)),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: directory.to_owned() }),
        Err(TryLockError::Error(source)) => Err(io("lock", &path, source)),
    }
}

/// Opens the write connection, creating the database when there is none.
pub(super) fn writer(directory: &Path) -> Result<Connection, StoreError> {
    let path = directory.join(DATABASE);
    if !path.try_exists().map_err(|source| io("look for", &path, source))? {
        let log = directory.join(format!("{DATABASE}-wal"));
        if log.try_exists().map_err(|source| io("look for", &log, source))? {
            // SQLite would put the lost database's last writes into the new one
            return Err(StoreError::corrupt(format!("{} is there without its database", log.display())));
        }
        let half = directory.join(RESTORING);
        if half.try_exists().map_err(|source| io("look for", &half, source))? {
            // a new wallet here would be taken for the restored one
            return Err(StoreError::corrupt("a restore into this directory was not finished: restore again"));
        }
        create(directory, &path)?;
    }
    remove(&directory.join(COPY))?;
    let length = fs::metadata(&path).map_err(|source| io("look at", &path, source))?.len();
    if length == 0 {
        // a new database comes into being under another name, so an empty one was cut off
        return Err(StoreError::corrupt("the file is empty"));
    }
    // one thread writes, so no call needs a mutex
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(&path, flags)?;
    conn.busy_timeout(Duration::from_secs(10))?;
    migrations::check(&conn)?;
    settings(&conn, WRITER_CACHE)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    migrations::migrate(&mut conn)?;
    Ok(conn)
}

/// Opens a connection that only reads.
pub(super) fn reader(directory: &Path) -> Result<Connection, StoreError> {
    let path = directory.join(DATABASE);
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(Duration::from_secs(10))?;
    settings(&conn, READER_CACHE)?;
    conn.pragma_update(None, "query_only", true)?;
    Ok(conn)
}

pub(super) fn settings(conn: &Connection, cache: i64) -> Result<(), StoreError> {
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    // what may not be removed is not replaced either
    conn.pragma_update(None, "recursive_triggers", true)?;
    conn.pragma_update(None, "cache_size", cache)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    // or a statement is compiled anew for each value of a parameter that a partial index could depend on: plans here
    // depend on no value
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// Makes the database under another name and renames it when it is complete: a crash leaves no half of one
/// under the real name. What such a crash left behind is ours and is removed first.
fn create(directory: &Path, path: &Path) -> Result<(), StoreError> {
    let new = directory.join(NEW);
    remove(&new)?;
    let mut conn = Connection::open(&new)?;
    settings(&conn, READER_CACHE)?;
    migrations::migrate(&mut conn)?;
    conn.close().map_err(|(_, error)| error)?;
    restrict(&new)?;
    let written = File::open(&new).map_err(|source| io("open", &new, source))?;
    written.sync_all().map_err(|source| io("write", &new, source))?;
    fail_point!("open:created");
    fs::rename(&new, path).map_err(|source| io("create", path, source))?;
    fail_point!("open:renamed");
    sync_directory(directory)
}

/// Removes a database that nobody has open, with the files that SQLite keeps beside it.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let left = PathBuf::from(name);
        match fs::remove_file(&left) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io("remove", &left, error)),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(unix)]
pub(super) fn restrict(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(|source| io("restrict", path, source))
}

#[cfg(not(unix))]
pub(super) fn restrict(_path: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(unix)]
pub(super) fn sync_directory(directory: &Path) -> Result<(), StoreError> {
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(|source| io("write", directory, source))
}

#[cfg(not(unix))]
pub(super) fn sync_directory(_directory: &Path) -> Result<(), StoreError> {
    Ok(())
}

pub(super) fn io(what: &'static str, path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Io { what, path: path.to_owned(), source }
}
