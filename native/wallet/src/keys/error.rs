//! What can go wrong with mnemonics, keys and vaults.

use std::{io, path::PathBuf, time::Duration};

use crate::error::ErrorKind;

/// Why a key operation failed. No variant carries a secret: no word, no password, no key byte.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The operating system's random number generator failed. Nothing was generated; retry.
    #[error("the operating system's random number generator failed")]
    Random,
    /// The mnemonic doesn't have 24 words.
    #[error("a mnemonic has 24 words, this one has {found}")]
    MnemonicLength {
        /// How many words were given.
        found: usize,
    },
    /// A word isn't in the English BIP-39 list. The first such word is reported.
    #[error("word {position} of the mnemonic is not in the English word list")]
    MnemonicWord {
        /// Which word, counted from 1.
        position: usize,
    },
    /// All 24 words are in the list, but their checksum is wrong: a word was changed or words were swapped.
    #[error("the mnemonic's checksum is wrong: a word is wrong or not in its place")]
    MnemonicChecksum,
    /// A coin type, account or index of 2³¹ or more, which no hardened path can hold.
    #[error("{part} {value} is too large for a hardened path: the limit is 2147483647")]
    PathRange {
        /// Which part of the path.
        part: &'static str,
        /// The value given.
        value: u32,
    },
    /// An empty password was given; nothing is encrypted with it.
    #[error("the password is empty")]
    EmptyPassword,
    /// Keys were asked for, but the vault is unlocked and holds no mnemonic yet.
    #[error("no mnemonic is stored in the vault")]
    NoMnemonic,
    /// The password was not given yet, or the vault was locked again.
    #[error("the vault is locked: set the password first")]
    Locked,
    /// A mnemonic is stored already (or the vault file has appeared or changed since the password was set); it is never replaced.
    #[error("a mnemonic is stored already and is never replaced; another one needs a directory and a vault of its own")]
    AlreadyStored,
    /// This kind of secret manager has no such operation, as a password for a mnemonic in memory.
    #[error("this secret manager can't {operation}")]
    Unsupported {
        /// What was asked for.
        operation: &'static str,
    },
    /// The password doesn't open the vault. A vault whose header was damaged in just the bytes that hold the
    /// encrypted file key or its salt can't be told from this. What was unlocked before stays unlocked.
    #[error("wrong password")]
    WrongPassword,
    /// Several wrong passwords were given one after the other for this file, by whomever in this process: none is tried for a
    /// while, not even the right one.
    #[error("too many wrong passwords: the next one is tried in {} seconds", .retry_after.as_millis().div_ceil(1000))]
    TooManyAttempts {
        /// How long.
        retry_after: Duration,
    },
    /// There is no vault file where one must be: it was moved or deleted. Never created anew in that case.
    #[error("the vault file {} is missing: put it back from a copy", .path.display())]
    VaultMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The file is larger than any that is read. It isn't opened: nothing is said of what it is.
    #[error("{} is larger than {mebibytes} MiB, the most that is read", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most.
        mebibytes: u64,
    },
    /// The path is a directory or special file, or the file doesn't begin as a Stronghold snapshot does.
    #[error("{} is not a Stronghold vault", .path.display())]
    NotAVault {
        /// The file.
        path: PathBuf,
    },
    /// A Stronghold snapshot of another version than 3. Version 2 was written by wallet.rs and must be migrated.
    #[error("{} is a Stronghold vault of version {found}, only version 3 can be opened", .path.display())]
    UnsupportedVersion {
        /// The file.
        path: PathBuf,
        /// The version in its header.
        found: u16,
    },
    /// A Stronghold snapshot that is truncated or altered. The copy of the generation before lies beside it.
    #[error("the vault file {} is damaged: {what}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What doesn't fit.
        what: &'static str,
    },
    /// A snapshot that isn't of version 2 was to be migrated.
    #[error("{} is not a Stronghold snapshot of version 2: there is nothing to migrate", .path.display())]
    NothingToMigrate {
        /// The file.
        path: PathBuf,
    },
    /// A file is to be written where one is already; nothing is replaced.
    #[error("{} exists already", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The vault's header demands more memory than any known writer uses, so it is refused untried: 1 KiB times 2 to the
    /// power of the work factor. Up to [`KeyError::MOST_WORK`] the format allows it; more is damage.
    #[error("the vault demands a scrypt work factor of {found}, which takes {}, the limit is {limit}", memory(*.found))]
    WorkFactor {
        /// Base-2 logarithm of the scrypt cost in the header.
        found: u8,
        /// The highest accepted.
        limit: u8,
    },
    /// The memory that opening or writing a vault needs for a moment isn't to be had.
    #[error("{mebibytes} MiB of memory are needed for a moment and not available")]
    OutOfMemory {
        /// How much.
        mebibytes: usize,
    },
    /// The vault file was written and is in its place, but its directory could not be synced: if the power fails now, the
    /// file before may be there again. What was to be done is done; calling again finds it done.
    #[error("{} was written, but it may be lost if the power fails now", .path.display())]
    NotDurable {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// Reading or writing the vault file failed: permission, full disk, missing directory. A failed write
    /// leaves the vault file as it was.
    #[error("could not {operation} {}", .path.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// The vault in memory refused an operation that can't fail in a sound process.
    #[error("the vault failed inside: {what}")]
    Vault {
        /// Which operation.
        what: &'static str,
    },
}

/// What scrypt takes with this work factor, as people say it.
fn memory(work_factor: u8) -> String {
    match work_factor.checked_sub(20) {
        Some(more) if more < 64 => format!("{} GiB", 1_u64 << more),
        Some(_) => "more memory than there is".to_owned(),
        None => "less than 1 GiB".to_owned(),
    }
}

impl KeyError {
    /// The highest scrypt work factor that the format of a vault file allows.
    pub const MOST_WORK: u8 = 23;

    /// The kind under which the error crosses the library's border.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::MnemonicLength { .. } | Self::MnemonicWord { .. } | Self::MnemonicChecksum => {
                ErrorKind::MnemonicInvalid
            }
            Self::PathRange { .. } | Self::Unsupported { .. } | Self::Exists { .. } => ErrorKind::InvalidArgument,
            Self::EmptyPassword => ErrorKind::InvalidPassword,
            Self::NoMnemonic => ErrorKind::VaultEmpty,
            Self::Locked => ErrorKind::VaultLocked,
            Self::AlreadyStored => ErrorKind::MnemonicAlreadyStored,
            Self::WrongPassword => ErrorKind::WrongPassword,
            Self::TooManyAttempts { .. } => ErrorKind::PasswordThrottled,
            Self::VaultMissing { .. } => ErrorKind::VaultMissing,
            Self::NotAVault { .. } => ErrorKind::VaultForeign,
            Self::UnsupportedVersion { .. } | Self::NothingToMigrate { .. } => ErrorKind::VaultVersion,
            Self::WorkFactor { found, .. } if *found > Self::MOST_WORK => ErrorKind::VaultDamaged,
            Self::Damaged { .. } => ErrorKind::VaultDamaged,
            Self::TooLarge { .. } | Self::WorkFactor { .. } => ErrorKind::VaultLimit,
            Self::NotDurable { .. } => ErrorKind::NotDurable,
            Self::Io { .. } | Self::OutOfMemory { .. } => ErrorKind::VaultIo,
            Self::Random | Self::Vault { .. } => ErrorKind::Internal,
        }
    }
}
