//! Copies of a wallet's database: out of a running wallet, and into an empty directory.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection, OpenFlags, Transaction,
    backup::{Backup, StepResult},
};

use super::{StoreError, migrations, open};

/// How long a copy waits for a lock that only an opening database takes.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(20);

/// A copy of a database beside it; removed when dropped. What a crash leaves is removed when the wallet is opened.
pub struct Copy {
    path: PathBuf,
}

impl Copy {
    /// Copies the database of the wallet in `directory` as of one commit, while others read and write it. One at a time
    /// for a wallet. The copy is not synced: it is read at once, and gone after a crash.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn of(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(open::COPY);
        open::remove(&path)?;
        let copy = Self { path };
        let from = open::reader(directory)?;
        private(&copy.path)?;
        let mut to = Connection::open_with_flags(&copy.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        to.pragma_update(None, "synchronous", "OFF")?;
        {
            let backup = Backup::new(&from, &mut to)?;
            // all pages in one step: one read transaction, so one commit, however much is written meanwhile
            loop {
                match backup.step(-1)? {
                    StepResult::Done => break,
                    _ => std::thread::sleep(PATIENCE),
                }
            }
        }
        to.close().map_err(|(_, error)| error)?;
        Ok(copy)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads in it.
    ///
    /// # Errors
    /// Those of `job`, and [`StoreError`].
    pub fn read<T, E: From<StoreError>>(&self, job: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        let conn =
            Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(StoreError::from)?;
        let value = job(&conn)?;
        conn.close().map_err(|(_, error)| StoreError::from(error))?;
        Ok(value)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // best effort: the next copy and the next opening remove it too
        drop(open::remove(&self.path));
    }
}

/// A database on its way into an empty directory, whose lock it holds. When dropped before [`settle`](Self::settle),
/// nothing of it is left; after a crash the directory is no wallet, and the next arrival replaces what was left.
pub struct Arrival {
    directory: PathBuf,
    lock: Option<open::DirectoryLock>,
    /// It and those above it that were not there, from the inside out.
    made: Vec<PathBuf>,
    made_lock: bool,
    settled: bool,
}

impl Arrival {
    /// The names of files that an arrival which was interrupted leaves in a directory.
    #[must_use]
    pub fn is_left_over(name: &str) -> bool {
        name == open::LOCK || name.starts_with(open::RESTORING)
    }

    /// Takes a directory, which is made if it is not there, with those above it.
    ///
    /// # Errors
    /// [`StoreError::Locked`], [`StoreError::Io`].
    pub fn begin(directory: &Path) -> Result<Self, StoreError> {
        let (made, made_lock) = (missing(directory), !directory.join(open::LOCK).exists());
        let mut arrival = Self { directory: directory.to_owned(), lock: None, made, made_lock, settled: false };
        arrival.lock = Some(open::lock(directory)?);
        open::remove(&arrival.path())?;
        private(&arrival.path())?;
        Ok(arrival)
    }

    /// Where the database's bytes are to be written.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.directory.join(open::RESTORING)
    }

    /// Brings the bytes that were written up to date, has `change` change them in one transaction, and syncs the file.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Newer`], and those of `change`.
    pub fn prepare<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut conn = self.up_to_date()?;
        let begun = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate);
        let tx = begun.map_err(StoreError::from)?;
        let changed = change(&tx)?;
        tx.commit().map_err(StoreError::from)?;
        // the last connection takes its log with it
        conn.close().map_err(|(_, error)| StoreError::from(error))?;
        let path = self.path();
        let written = File::open(&path).map_err(|source| open::io("open", &path, source))?;
        written.sync_all().map_err(|source| open::io("write", &path, source))?;
        Ok(changed)
    }

    fn up_to_date(&self) -> Result<Connection, StoreError> {
        let mut conn = Connection::open_with_flags(self.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        migrations::check(&conn)?;
        open::settings(&conn, open::READER_CACHE)?;
        migrations::migrate(&mut conn)?;
        Ok(conn)
    }

    /// Gives the database its name, where none may be: from now on the directory is a wallet. Not durable yet: neither is the
    /// name, nor are those of the directories that were made, which are the answer, from the inside out.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn settle(&mut self) -> Result<&[PathBuf], StoreError> {
        let (from, to) = (self.path(), self.directory.join(open::DATABASE));
        // who takes the lock makes none meanwhile; a log would be taken for this one's
        for there in [to.clone(), self.directory.join(format!("{}-wal", open::DATABASE))] {
            if fs::symlink_metadata(&there).is_ok() {
                return Err(open::io("create", &there, std::io::ErrorKind::AlreadyExists.into()));
            }
        }
        fs::rename(&from, &to).map_err(|source| open::io("create", &to, source))?;
        self.settled = true;
        fail_point!("restore:renamed");
        Ok(&self.made)
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        // without the lock, what lies there is somebody else's
        if let Some(lock) = self.lock.take() {
            // best effort: the next arrival removes what is left too
            drop(open::remove(&self.path()));
            if self.made_lock {
                drop(fs::remove_file(self.directory.join(open::LOCK)));
            }
            drop(lock);
        }
        for directory in &self.made {
            // best effort: somebody else may have put something into it
            drop(fs::remove_dir(directory));
        }
    }
}

/// The directory and those above it that are not there, from the inside out.
fn missing(directory: &Path) -> Vec<PathBuf> {
    let above = directory.ancestors().take_while(|above| !above.as_os_str().is_empty());
    above.take_while(|above| !above.try_exists().unwrap_or(true)).map(Path::to_owned).collect()
}

/// An empty file that only its owner reads: SQLite takes it for a new database.
fn private(path: &Path) -> Result<(), StoreError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|source| open::io("create", path, source))
}
