//! What can go wrong with backups.

use std::{io, path::PathBuf};

use crate::{
    error::ErrorKind,
    keys::{KeyError, Tried},
    store::StoreError,
};

/// A backup or a restore failed. Nothing of it is left, but for [`BackupError::NotDurable`]: no file, no directory that was
/// not there before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A directory, a special file, or a file that does not begin as a backup does.
    #[error("{} is not a backup of a wallet", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A backup of a later version of this library.
    #[error("the backup has format version {found}; this library knows version {known}")]
    Version {
        /// Its version.
        found: u16,
        /// The one that is known here.
        known: u16,
    },
    /// The backup was altered or cut off.
    #[error("the backup is damaged: {what}")]
    Damaged {
        /// What shows it.
        what: &'static str,
    },
    /// The password does not open the backup.
    #[error("the password does not open the backup")]
    WrongPassword,
    /// There is something where the file should be written. It is left as it is.
    #[error("{} exists already and is not overwritten", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The directory to restore into has something in it.
    #[error("{} is not empty: it has {entry:?}", .path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
        /// One of its entries.
        entry: String,
    },
    /// The wallet in the backup is of another kind than the one that is to be restored.
    #[error("the backup has {what} {found}, the restored wallet is to have {given}")]
    Mismatch {
        /// What differs.
        what: &'static str,
        /// In the backup.
        found: String,
        /// As asked for.
        given: String,
    },
    /// Reading or writing failed: missing file, permission, full disk.
    #[error("could not {what} {}", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// The wallet is restored, but a directory could not be synced: if the power fails now, it may be gone, and the restore is
    /// to be repeated then.
    #[error("the wallet is restored in {}, but it may be lost if the power fails now", .path.display())]
    NotDurable {
        /// The wallet's directory.
        path: PathBuf,
        /// Which directory, and why.
        #[source]
        source: Box<BackupError>,
    },
    /// The vault in the backup does not open: another password than the one that it had when the backup was made, or it is no
    /// whole vault.
    #[error("the vault in the backup could not be opened")]
    Vault(#[source] KeyError),
    /// The vault, or the memory and randomness that encryption needs; [`KeyError::TooManyAttempts`] after several wrong
    /// passwords for the file, without a look at this one.
    #[error("keys could not be backed up or restored")]
    Keys(#[from] KeyError),
    /// The database.
    #[error("the database could not be backed up or restored")]
    Store(#[from] StoreError),
}

impl Tried for BackupError {
    fn is_wrong(&self) -> bool {
        matches!(self, Self::WrongPassword)
    }
}

impl BackupError {
    /// The kind that callers branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Foreign { .. } => ErrorKind::BackupForeign,
            Self::Version { .. } => ErrorKind::BackupVersion,
            Self::Damaged { .. } => ErrorKind::BackupDamaged,
            Self::WrongPassword => ErrorKind::WrongPassword,
            Self::Exists { .. } => ErrorKind::BackupExists,
            Self::NotEmpty { .. } => ErrorKind::RestoreTarget,
            Self::Mismatch { .. } => ErrorKind::StorageMismatch,
            Self::Io { .. } => ErrorKind::BackupIo,
            Self::NotDurable { .. } => ErrorKind::NotDurable,
            Self::Vault(error) | Self::Keys(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }
}
