//! Making a wallet of a backup.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use rusqlite::Transaction;

use super::{
    BackupError, BackupInfo,
    format::{Header, Opened, unreadable},
    stream::Opener,
    write::{io_error, parent, place, sync_directory},
};
use crate::{
    audit,
    keys::{CoinType, Password, attempt, try_password},
    store::{
        MetaKey, StoreError,
        copy::Arrival,
        meta, payment, release,
        restore::{self, Restore},
    },
};

/// Where a wallet is restored to, and of which kind it must be.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its directory: empty, or not there yet.
    pub directory: &'a Path,
    /// Its vault file, in that directory or elsewhere, where nothing may be; none: its secret manager has none.
    pub vault: Option<&'a Path>,
    /// What opens the vault, if that is to be known before anything is restored.
    pub vault_password: Option<&'a Password>,
    /// Its key journal, in that directory or elsewhere; it may be there or not.
    pub journal: &'a Path,
    /// Its secret manager's name.
    pub secret_manager: &'a str,
    /// The coin type of its key paths.
    pub coin_type: CoinType,
}

/// Restores the backup `file` into an empty directory, under a new log id, with issuing and payments frozen. When it
/// returns, the directory is a wallet, durable, to be opened like any other; the vault has the password that it had when
/// the backup was made. `recover` takes over what is known beside the backup, in the restore's own transaction, or refuses what
/// does not fit the wallet in it.
///
/// After an error nothing is left of it, but for [`BackupError::NotDurable`]. After a crash the directory is a wallet or is
/// refused as one, and the call can be repeated: it removes what the interrupted one left. A wallet that comes into being
/// there meanwhile is left as it is.
///
/// # Errors
/// [`BackupError`]; each reason to refuse the file or the place has its own. Those of `recover`.
pub fn restore<E: From<BackupError> + From<StoreError>>(
    file: &Path,
    password: &Password,
    target: &Target<'_>,
    now_ms: u64,
    recover: impl FnOnce(&Transaction<'_>) -> Result<(), E>,
) -> Result<BackupInfo, E> {
    let unlocked = unlock(file, password, target)?;
    arrive(unlocked, target, now_ms, recover)
}

/// A backup that may go to its target, read up to its database.
pub(super) struct Unlocked {
    info: BackupInfo,
    vault: Vec<u8>,
    content: Opener<BufReader<File>>,
}

/// Opens the backup and looks whether it may go there: all that takes its time before the directory is taken.
pub(super) fn unlock(file: &Path, password: &Password, target: &Target<'_>) -> Result<Unlocked, BackupError> {
    let (header, content) = open(file)?;
    check_empty(target)?;
    // as with vaults: whoever guesses has to wait
    let key = attempt(file, || header.key(password))?;
    let Opened { info, mut content } = header.open(content, file, key)?;
    check_kind(&info, target)?;
    let mut vault = Vec::new();
    content.copy(info.vault_bytes, &mut vault, |error| io_error("read", file, error))?;
    if let (Some(path), Some(password), false) = (target.vault, target.vault_password, vault.is_empty()) {
        try_password(file, path, &vault, password).map_err(BackupError::Vault)?;
    }
    Ok(Unlocked { info, vault, content })
}

/// Takes the directory and makes the wallet in it.
pub(super) fn arrive<E: From<BackupError> + From<StoreError>>(
    unlocked: Unlocked,
    target: &Target<'_>,
    now_ms: u64,
    recover: impl FnOnce(&Transaction<'_>) -> Result<(), E>,
) -> Result<BackupInfo, E> {
    let Unlocked { info, vault, mut content } = unlocked;
    let mut arrival = Arrival::begin(target.directory).map_err(BackupError::from)?;
    // a wallet may have come into being while the password was tried; from now on none does
    check_empty(target)?;
    let path = arrival.path();
    let failed = |error| io_error("write", &path, error);
    let database = OpenOptions::new().write(true).open(&path).map_err(failed)?;
    let mut database = BufWriter::with_capacity(1 << 18, database);
    content.copy(info.database_bytes, &mut database, failed)?;
    database.flush().map_err(failed)?;
    drop(database);
    // nothing of it counts before its end was seen
    content.finish()?;
    arrival.prepare(|tx| {
        adopt(tx, &info, now_ms)?;
        recover(tx)
    })?;
    fail_point!("restore:written");
    let placed = match target.vault {
        Some(path) if !vault.is_empty() => PlacedVault::put(path, &vault)?,
        _ => PlacedVault::none(),
    };
    fail_point!("restore:vault");
    let made = arrival.settle().map_err(BackupError::from)?;
    placed.keep();
    // of the database's name, of the directory's, and of those that were made above it
    let above = made.iter().skip(1).map(PathBuf::as_path);
    let durable = [path.as_path(), target.directory].into_iter().chain(above).try_for_each(sync_directory);
    let told = |source| BackupError::NotDurable { path: target.directory.to_owned(), source: Box::new(source) };
    durable.map_err(told)?;
    Ok(info)
}

/// What makes the database another wallet's than the one that was backed up: that one's log may have gone on.
fn adopt(tx: &Transaction<'_>, info: &BackupInfo, now_ms: u64) -> Result<(), StoreError> {
    let log_id = meta::random(tx)?;
    meta::put(tx, MetaKey::LogId, &log_id)?;
    // the wallet that was backed up may have gone on with a release, and with issuing
    release::forget(tx)?;
    let before = restore::present(tx)?;
    let skip_ahead = before.as_ref().map_or(0, |before| before.skip_ahead);
    // what was open after the restore of the wallet that was backed up is open still
    let open = before.filter(|before| !before.payments_released);
    let restored = Restore {
        backup_ms: info.backup_ms,
        restored_ms: now_ms,
        cursor: info.cursor,
        cursor_time: info.cursor_time,
        log_id_before: info.log_id.clone(),
        issuing_released: false,
        skip_ahead,
        checked: false,
        payments_released: false,
        unknown_own: open.as_ref().and_then(|before| before.unknown_own.clone()),
        journal_found: false,
        journal_payments: 0,
        journal_waiting: open.as_ref().map_or(0, |before| before.journal_waiting),
        journal_covers: None,
        journal_lacks: open.as_ref().is_some_and(|before| before.journal_lacks),
        disputed: open.as_ref().map_or_else(Vec::new, |before| before.disputed.clone()),
        windows: open.map_or_else(Vec::new, |before| before.windows),
        free_from: None,
    };
    restore::put(tx, &restored)?;
    payment::mark_open_unsure(tx)?;
    audit::wallet::restored(tx, &restored)
}

fn open(path: &Path) -> Result<(Header, BufReader<File>), BackupError> {
    let found = fs::metadata(path).map_err(|source| unreadable(path, source))?;
    // a special file is never opened: reading a pipe would wait for ever
    if !found.is_file() {
        return Err(BackupError::Foreign { path: path.to_owned() });
    }
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    let mut content = BufReader::with_capacity(1 << 18, file);
    Ok((Header::read(&mut content, path)?, content))
}

fn check_kind(info: &BackupInfo, target: &Target<'_>) -> Result<(), BackupError> {
    let differ = |what, found: &str, given: &str| {
        let (found, given) = (found.to_owned(), given.to_owned());
        if found == given { Ok(()) } else { Err(BackupError::Mismatch { what, found, given }) }
    };
    differ("coin type", &info.coin_type.to_string(), &target.coin_type.get().to_string())?;
    differ("secret manager", &info.secret_manager, target.secret_manager)
}

/// Refuses a directory with anything in it but the key journal and what an interrupted restore left; whether a vault that lies there is such
/// is seen when it is compared with the backup's.
fn check_empty(target: &Target<'_>) -> Result<(), BackupError> {
    let directory = target.directory;
    let not_empty = |entry: &str| BackupError::NotEmpty { path: directory.to_owned(), entry: entry.to_owned() };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(not_empty("a file of that name")),
        Err(error) => return Err(io_error("read", directory, error)),
    };
    let inside = |path: &&Path| lies_in(directory, path);
    let name = |path: &Path| path.file_name().map(OsString::from);
    let vault = target.vault.filter(inside).map(|vault| [name(vault), Some(temporary_name(vault))]);
    let journal = Some(target.journal).filter(inside).and_then(name);
    let expected: Vec<OsString> = vault.into_iter().flatten().chain([journal]).flatten().collect();
    for entry in entries {
        let name = entry.map_err(|error| io_error("read", directory, error))?.file_name();
        let shown = name.to_string_lossy();
        if !Arrival::is_left_over(&shown) && !expected.contains(&name) {
            return Err(not_empty(&shown));
        }
    }
    Ok(())
}

/// Whether a file lies, or would, in this directory, which is there, by whichever names they are called.
pub(crate) fn lies_in(directory: &Path, file: &Path) -> bool {
    let place = |path: &Path| fs::canonicalize(path).ok();
    place(parent(file)).is_some_and(|found| place(directory) == Some(found))
}

fn temporary_name(vault: &Path) -> OsString {
    let mut name = OsString::from(".");
    name.push(vault.file_name().unwrap_or_default());
    name.push(".restoring");
    name
}

/// A vault file in its place; taken away when dropped before the wallet is there.
struct PlacedVault(Option<PathBuf>);

impl PlacedVault {
    fn none() -> Self {
        Self(None)
    }

    /// Writes the vault's bytes, or finds them there: an interrupted restore got so far.
    fn put(path: &Path, bytes: &[u8]) -> Result<Self, BackupError> {
        let temporary = path.with_file_name(temporary_name(path));
        if fs::symlink_metadata(path).is_ok() {
            return match is_same(path, bytes) {
                Ok(true) => {
                    // under its other name too, when the restore died between the two. Best effort: it is in nobody's way
                    drop(fs::remove_file(&temporary));
                    Ok(Self::none())
                }
                _ => Err(BackupError::Exists { path: path.to_owned() }),
            };
        }
        let written = write_new(&temporary, bytes).map_err(|error| io_error("write", &temporary, error));
        let placed = written
            .and_then(|()| place(&temporary, path, || fail_point!("restore:linked")))
            .map(|()| Self(Some(path.to_owned())));
        if placed.is_err() {
            // best effort: it is replaced the next time
            drop(fs::remove_file(&temporary));
        }
        let placed = placed?;
        sync_directory(path)?;
        Ok(placed)
    }

    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for PlacedVault {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // best effort: with the same bytes it is in nobody's way
            drop(fs::remove_file(path));
        }
    }
}

/// Whether a file has these bytes.
fn is_same(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    // a special file is never opened: reading a pipe would wait for ever
    if !fs::metadata(path)?.is_file() {
        return Ok(false);
    }
    let mut found = Vec::new();
    let limit = u64::try_from(bytes.len()).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(limit).read_to_end(&mut found)?;
    Ok(found == bytes)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
