//! Making a backup.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use super::{
    BackupError, BackupInfo, FORMAT_VERSION,
    format::{begin, put_manifest},
    remnants,
};
use crate::{
    keys::{CoinType, KeyError, Password, SecretManager},
    store::{MetaKey, StoreError, account, address, copy::Copy, hex, meta},
};

/// The wallet that is backed up. Only one backup of a wallet may be made at a time.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// Its directory; the wallet is open.
    pub directory: &'a Path,
    /// Its vault file; none: its secret manager has none.
    pub vault: Option<&'a Path>,
    /// Its secret manager, which knows what is in the vault file.
    pub secrets: &'a dyn SecretManager,
    /// Its secret manager's name.
    pub secret_manager: &'a str,
    /// The coin type of its key paths.
    pub coin_type: CoinType,
    /// Now, by its clock; milliseconds.
    pub now_ms: u64,
}

/// Writes a backup to `path`, where nothing may be. The wallet goes on meanwhile; what is in the backup is what was
/// committed at one moment during the call. When it returns, the file is complete and on disk, and only its owner may
/// read it. After an error or a crash there is no file of that name; after a crash there may be one named
/// `.<name>.<digits>.new` beside it, which the next backup into this directory removes.
///
/// Takes about 1.7 s and 512 MiB for the password, and the time to write the database twice.
///
/// # Errors
/// [`BackupError::Exists`], [`BackupError::Io`], [`BackupError::Keys`] (those of [`SecretManager::vault_file`], or
/// memory), and [`BackupError::Store`].
pub fn write(source: &Source<'_>, path: &Path, password: &Password) -> Result<BackupInfo, BackupError> {
    // first: what a crash left may be a whole backup that has its name already, under another one
    remnants::sweep(path);
    if fs::symlink_metadata(path).is_ok() {
        return Err(BackupError::Exists { path: path.to_owned() });
    }
    let new = NewFile::beside(path)?;
    let failed = |error| io_error("write", &new.path, error);
    let copy = Copy::of(source.directory)?;
    fail_point!("backup:copied");
    let (mut info, seeded) = describe(source, &copy)?;
    // after the database: a seed that it knows is in the vault then
    let vault = read_vault(source, seeded)?;
    info.vault_bytes = u64::try_from(vault.len()).unwrap_or(u64::MAX);
    let mut out = begin(BufWriter::new(&new.file), password, &failed)?;
    put_manifest(&mut out, &info).map_err(failed)?;
    out.write_all(&vault).map_err(failed)?;
    let database = File::open(copy.path()).map_err(|error| io_error("read", copy.path(), error))?;
    let copied = io::copy(&mut database.take(info.database_bytes), &mut out).map_err(failed)?;
    if copied != info.database_bytes {
        return Err(StoreError::corrupt("its copy became shorter").into());
    }
    let out = out.finish().map_err(failed)?.into_inner();
    out.map_err(|error| failed(error.into_error())).and_then(|file| file.sync_all().map_err(failed))?;
    drop(copy);
    fail_point!("backup:written");
    new.settle(path)?;
    Ok(info)
}

/// What there is to say of the database, and whether it knows the wallet's seed.
fn describe(source: &Source<'_>, copy: &Copy) -> Result<(BackupInfo, bool), BackupError> {
    let (mut info, seeded) = copy.read(|conn| {
        let cursor = meta::cursor(conn)?.map(|cursor| cursor.position);
        let created = meta::get(conn, MetaKey::Created)?;
        let log_id = meta::get(conn, MetaKey::LogId)?.ok_or_else(|| StoreError::corrupt("a wallet without log"))?;
        let info = BackupInfo {
            format_version: FORMAT_VERSION,
            network: meta::network(conn)?.map(|network| network.name),
            coin_type: source.coin_type.get(),
            secret_manager: source.secret_manager.to_owned(),
            created_ms: created.and_then(|bytes| bytes.try_into().ok()).map(u64::from_be_bytes),
            backup_ms: source.now_ms,
            cursor: cursor.map(|position| position.index),
            cursor_time: cursor.map(|position| position.time),
            log_id: hex(&log_id),
            accounts: account::count(conn)?,
            addresses: address::count(conn)?,
            vault_bytes: 0,
            database_bytes: 0,
        };
        Ok::<_, StoreError>((info, meta::get(conn, MetaKey::SeedAddress)?.is_some()))
    })?;
    let length = fs::metadata(copy.path()).map_err(|error| io_error("look at", copy.path(), error))?.len();
    info.database_bytes = length;
    Ok((info, seeded))
}

/// The bytes of the vault file; none where no seed was stored yet. It is replaced as a whole, so they are of one version.
fn read_vault(source: &Source<'_>, seeded: bool) -> Result<Vec<u8>, BackupError> {
    let Some(path) = source.vault else { return Ok(Vec::new()) };
    match source.secrets.vault_file()? {
        Some(bytes) => Ok(bytes),
        None if !seeded => Ok(Vec::new()),
        // without its keys it would be the backup of nothing
        None => Err(KeyError::VaultMissing { path: path.to_owned() }.into()),
    }
}

/// A file that gets its name when it is complete. Removed when it is dropped before.
struct NewFile {
    path: PathBuf,
    file: File,
}

impl NewFile {
    /// A file beside `path`.
    fn beside(path: &Path) -> Result<Self, BackupError> {
        let no_name = || io_error("write", path, io::Error::from(io::ErrorKind::InvalidInput));
        let mut begin = OsString::from(".");
        begin.push(path.file_name().ok_or_else(no_name)?);
        begin.push(".");
        let mut number = [0; 8];
        crypto::utils::rand::fill(&mut number).map_err(|_| KeyError::Random)?;
        begin.push(format!("{:016x}.new", u64::from_le_bytes(number)));
        let new = path.with_file_name(begin);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&new).map_err(|error| io_error("create", &new, error))?;
        let made = Self { path: new, file };
        // by which others see that it is no remnant
        made.file.lock().map_err(|error| io_error("lock", &made.path, error))?;
        Ok(made)
    }

    /// Gives the file its name, in the place of nothing.
    fn settle(self, path: &Path) -> Result<(), BackupError> {
        place(&self.path, path, || fail_point!("backup:linked"))?;
        fail_point!("backup:renamed");
        let durable = sync_directory(path);
        if durable.is_err() {
            // best effort: one that may be lost would stand in the way of the next, to the same path
            drop(fs::remove_file(path));
        }
        durable
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // gone already when it got its name by a rename; best effort: the next one removes it too
        drop(fs::remove_file(&self.path));
    }
}

/// Gives a file another name, where nothing may be: a link fails then, and a rename would replace. `linked` is called while
/// it has both names.
pub(super) fn place(from: &Path, to: &Path, linked: impl FnOnce()) -> Result<(), BackupError> {
    match fs::hard_link(from, to) {
        Ok(()) => {
            linked();
            fs::remove_file(from).map_err(|error| io_error("remove", from, error))
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(BackupError::Exists { path: to.to_owned() }),
        // a file system without links
        Err(_) if fs::symlink_metadata(to).is_err() => {
            fs::rename(from, to).map_err(|error| io_error("create", to, error))
        }
        Err(_) => Err(BackupError::Exists { path: to.to_owned() }),
    }
}

pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes what happened to the names beside `path` durable. On Windows a directory can't be opened, and needs not be.
pub(super) fn sync_directory(path: &Path) -> Result<(), BackupError> {
    let directory = parent(path);
    #[cfg(test)]
    if SYNCING_FAILS.with_borrow(|fails| fails.as_deref() == Some(directory)) {
        return Err(io_error("sync", directory, io::Error::other("as a test wants it")));
    }
    if cfg!(unix) {
        let synced = File::open(directory).and_then(|directory| directory.sync_all());
        synced.map_err(|error| io_error("sync", directory, error))?;
    }
    Ok(())
}

#[cfg(test)]
thread_local! {
    /// A directory that cannot be synced, on this thread: there is no other way to have one everywhere.
    pub(super) static SYNCING_FAILS: std::cell::RefCell<Option<PathBuf>> = const { std::cell::RefCell::new(None) };
}

pub(super) fn io_error(what: &'static str, path: &Path, source: io::Error) -> BackupError {
    BackupError::Io { what, path: path.to_owned(), source }
}
