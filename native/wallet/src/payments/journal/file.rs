//! The journal's file: opened, looked through, made anew, appended to.

use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufReader, BufWriter, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use super::{
    JournalError,
    compare::{Expected, Lacks},
    format::{self, End, Flaw, Identity, Reader},
    gather,
    record::{Record, Seen},
};
use crate::{
    ledger::{MilestoneIndex, TransactionId},
    locks::patiently,
    store::{Store, payment},
};

const BUFFER: usize = 1 << 18;

/// The open file, locked until it is dropped.
pub(super) struct Opened {
    file: File,
    end: End,
    /// An append failed: what it left after the end is to be cut off first.
    unclean: bool,
    /// The payments that were open when it was opened: they are in it as soon as it lacks nothing.
    pub(super) known: HashSet<TransactionId>,
    lacks: Option<Lacks>,
    /// The milestone that was noted last since it was opened.
    pub(super) seen: Option<MilestoneIndex>,
}

impl Opened {
    /// Opens the wallet's journal, or makes one of all that the database has; none: the wallet has no payment and cannot have
    /// one yet. A record that was cut off when the process died is removed; of its payment nothing was submitted. In a wallet that
    /// was restored with it, nobody knows who cut it off: it leaves a note that payments may be missing.
    pub(super) fn of(store: &Store, path: &Path) -> Result<Option<Self>, JournalError> {
        let Some(mut expected) = store.readers().read(Expected::of)? else { return Ok(None) };
        let Some(file) = open_file(path, true)? else {
            return if expected.needed { Err(missing(path)) } else { create(store, path, expected).map(Some) };
        };
        lock(&file, path)?;
        let mut reader = read(&file, path)?;
        let Identity { network, wallet } = expected.identity;
        check_identity(path, &reader.identity(), Some(network), Some(wallet))?;
        while let Some(content) = reader.next().map_err(|flaw| flawed(path, flaw))? {
            expected.meet(&content);
        }
        let (end, torn) = (reader.end(), reader.is_torn());
        drop(reader);
        let known = std::mem::take(&mut expected.open);
        let lacks = expected.lacks(path)?;
        let mut opened = Self { file, end, unclean: torn, known, lacks: Some(lacks), seen: None };
        if torn {
            tracing::warn!(path = %path.display(), at = end.at, "the key journal's last record was cut off and is removed");
            if store.readers().read(gather::is_old_copy)? { opened.replace_torn(path)? } else { opened.clean(path)? }
        }
        Ok(Some(opened))
    }

    /// Whether it may lack something that the database has.
    pub(super) fn lacks(&self) -> bool {
        self.lacks.is_some()
    }

    /// Adds what the database has and the file lacked when it was opened. Nothing else may be added before.
    pub(super) fn complete(&mut self, store: &Store, path: &Path) -> Result<(), JournalError> {
        let Some(lacks) = self.lacks.take() else { return Ok(()) };
        let added = lacks.add(store, path, self);
        if added.is_err() {
            self.lacks = Some(lacks);
        }
        added
    }

    /// Whether it is not what has the name any more: somebody removed or replaced it. It may have other names yet, as in a snapshot.
    pub(super) fn is_gone(&self, path: &Path) -> bool {
        let Ok(found) = fs::metadata(path) else { return true };
        #[cfg(unix)]
        let same = {
            use std::os::unix::fs::MetadataExt;
            self.file.metadata().is_ok_and(|open| (open.dev(), open.ino()) == (found.dev(), found.ino()))
        };
        // a file has no such number there
        #[cfg(not(unix))]
        let same = found.is_file();
        !same
    }

    /// Adds records. They are on disk when this returns; after an error none of them is.
    pub(super) fn append(&mut self, path: &Path, records: &[Record]) -> Result<(), JournalError> {
        if records.is_empty() {
            return Ok(());
        }
        if self.unclean {
            self.clean(path)?;
        }
        let contents: Vec<Vec<u8>> = records.iter().map(Record::encode).collect();
        let mut bytes = Vec::new();
        let end = format::group(self.end, contents.iter().map(Vec::as_slice), &mut bytes);
        self.unclean = true;
        fail_point!("journal:writing");
        let written = self.file.seek(SeekFrom::Start(self.end.at)).and_then(|_| self.file.write_all(&bytes));
        let written = written.inspect(|()| fail_point!("journal:written"));
        if let Err(error) = written.and_then(|()| self.file.sync_data()) {
            // best effort, so that a full disk is not fuller by it; the next append does it again
            drop(self.clean(path));
            return Err(io_error("write", path, error));
        }
        fail_point!("journal:synced");
        (self.end, self.unclean) = (end, false);
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn replace_file(&mut self, file: File) {
        self.file = file;
    }

    /// Writes that payments may be missing over a record that was cut off. Whenever the process dies meanwhile, the file is cut off
    /// still, or says so.
    fn replace_torn(&mut self, path: &Path) -> Result<(), JournalError> {
        let (content, mut bytes) = (Record::Seen(Seen::NOTHING).encode(), Vec::new());
        let end = format::group(self.end, [content.as_slice()], &mut bytes);
        let written = self.file.seek(SeekFrom::Start(self.end.at)).and_then(|_| self.file.write_all(&bytes));
        let written = written.and_then(|()| self.file.sync_data());
        written.map_err(|error| io_error("write", path, error))?;
        self.end = end;
        self.clean(path)
    }

    fn clean(&mut self, path: &Path) -> Result<(), JournalError> {
        let cut = self.file.set_len(self.end.at).and_then(|()| self.file.sync_data());
        cut.map_err(|error| io_error("cut", path, error))?;
        self.unclean = false;
        Ok(())
    }
}

/// The file at `path`, if there is one.
pub(super) fn open_file(path: &Path, write: bool) -> Result<Option<File>, JournalError> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("open", path, error)),
    };
    // a special file is never opened: reading a pipe would wait for ever
    if !found.is_file() {
        return Err(JournalError::Foreign { path: path.to_owned(), what: "it is no file" });
    }
    let file = OpenOptions::new().read(true).write(write).open(path);
    file.map(Some).map_err(|error| io_error("open", path, error))
}

/// It is not there and has to be.
pub(super) fn missing(path: &Path) -> JournalError {
    io_error("read", path, io::Error::from(io::ErrorKind::NotFound))
}

pub(super) fn read<'a>(file: &'a File, path: &Path) -> Result<Reader<BufReader<&'a File>>, JournalError> {
    Reader::new(BufReader::with_capacity(BUFFER, file)).map_err(|flaw| flawed(path, flaw))
}

pub(super) fn flawed(path: &Path, flaw: Flaw) -> JournalError {
    let path = path.to_owned();
    match flaw {
        Flaw::Foreign => JournalError::Foreign { path, what: "it does not begin as one" },
        Flaw::Version(found) => JournalError::Version { path, found },
        Flaw::Damaged(at) => JournalError::Damaged { path, at },
        Flaw::Io(source) => JournalError::Io { what: "read", path, source },
    }
}

/// Refuses another network's or wallet's, as far as those are known.
pub(super) fn check_identity(
    path: &Path,
    found: &Identity,
    network: Option<u64>,
    wallet: Option<[u8; 32]>,
) -> Result<(), JournalError> {
    let foreign = |what| Err(JournalError::Foreign { path: path.to_owned(), what });
    if network.is_some_and(|network| network != found.network) {
        return foreign("it belongs to another network");
    }
    if wallet.is_some_and(|wallet| wallet != found.wallet) {
        return foreign("it belongs to a wallet with another seed");
    }
    Ok(())
}

fn lock(file: &File, path: &Path) -> Result<(), JournalError> {
    locked(path, patiently(|| file.try_lock()))
}

pub(super) fn locked(path: &Path, result: Result<(), TryLockError>) -> Result<(), JournalError> {
    match result {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(JournalError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(io_error("lock", path, error)),
    }
}

/// Tries whether a journal could be made at `path`, where none is. Leaves nothing; after a crash perhaps an empty file beside it,
/// which is removed when the journal is made.
///
/// # Errors
/// [`JournalError::Io`].
pub(crate) fn try_place(path: &Path) -> Result<(), JournalError> {
    if fs::symlink_metadata(path).is_ok() {
        return Ok(());
    }
    let (new, file) = make(path)?;
    drop(file);
    fs::remove_file(new).map_err(|error| io_error("create", path, error))
}

/// A new file under another name, which is to become the journal at `path`.
fn make(path: &Path) -> Result<(PathBuf, File), JournalError> {
    let new = beside(path).ok_or_else(|| io_error("create", path, io::Error::from(io::ErrorKind::InvalidInput)))?;
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_error("create", path, error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&new).map_err(|error| io_error("create", path, error))?;
    Ok((new, file))
}

/// Makes a journal of all payments of the database. It gets its name when it is complete and on disk.
fn create(store: &Store, path: &Path, expected: Expected) -> Result<Opened, JournalError> {
    let (new, file) = make(path)?;
    let made = lock(&file, path).and_then(|()| fill(store, path, &expected.identity, &file)).and_then(|filled| {
        let placed = file.sync_all().and_then(|()| fs::rename(&new, path)).and_then(|()| sync_directory(path));
        placed.map(|()| filled).map_err(|error| io_error("create", path, error))
    });
    if made.is_err() {
        // best effort: the next attempt removes it too
        drop(fs::remove_file(&new));
    }
    let (end, known) = made?;
    Ok(Opened { file, end, unclean: false, known, lacks: None, seen: None })
}

/// Writes everything that the database has, and answers its open payments.
fn fill(
    store: &Store,
    path: &Path,
    identity: &Identity,
    file: &File,
) -> Result<(End, HashSet<TransactionId>), JournalError> {
    let failed = |error| io_error("write", path, error);
    let mut out = BufWriter::with_capacity(BUFFER, file);
    let (header, mut end) = format::header(identity);
    out.write_all(&header).map_err(failed)?;
    let mut count = 0_u64;
    // in one view of the database: one that is signed meanwhile is in both or in neither
    let known = store.readers().read(|conn| {
        gather::everything(conn, |record| {
            let mut bytes = Vec::new();
            end = format::group(end, [record.encode().as_slice()], &mut bytes);
            count += 1;
            out.write_all(&bytes).map_err(failed)
        })?;
        Ok::<_, JournalError>(payment::open(conn)?.into_iter().map(|row| row.transaction_id).collect())
    })?;
    out.flush().map_err(failed)?;
    tracing::info!(path = %path.display(), records = count, "a key journal was made");
    Ok((end, known))
}

fn beside(path: &Path) -> Option<PathBuf> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name()?);
    name.push(".new");
    Some(path.with_file_name(name))
}

/// Makes the name durable. On Windows a directory can't be opened, and needs not be.
fn sync_directory(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

fn io_error(what: &'static str, path: &Path, source: io::Error) -> JournalError {
    JournalError::Io { what, path: path.to_owned(), source }
}
