//! The header of a backup and its manifest.
//!
//! ```text
//! magic "SDWALBAK" │ version u16 │ length u16 │ sealed key (age, scrypt) │ Blake2b-256 of all before │ encrypted content
//! content: length u32 │ manifest (JSON) │ vault │ database            numbers little endian
//! ```
//!
//! The hash tells a damaged header from a wrong password, before a second of scrypt; that the header is the one that the
//! content was written with is authenticated with each chunk of the content.

use std::{
    io::{self, Read, Write},
    path::Path,
};

use crypto::hashes::{Digest, blake2b::Blake2b256};
use serde::{Deserialize, Serialize};

use super::{
    BackupError,
    stream::{Opener, Sealer},
};
use crate::{
    keys::{FileKey, KeyError, Password, new_file_key, seal, unseal},
    ledger::{MilestoneIndex, UnixTime},
};

/// The format that is written, and the only one that is read.
pub const FORMAT_VERSION: u16 = 1;
pub(super) const MAGIC: &[u8; 8] = b"SDWALBAK";
/// A sealed key has about 250 bytes.
const SEALED_LIMIT: usize = 4096;
const MANIFEST_LIMIT: u32 = 1 << 16;

/// What a backup says of itself. It is encrypted like the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupInfo {
    /// The file's format.
    pub format_version: u16,
    /// The network's name; none: the wallet had not met a node.
    pub network: Option<String>,
    /// The coin type of all key paths.
    pub coin_type: u32,
    /// The kind of secret manager: `stronghold` or `mnemonic`. Only the first has a vault in the backup.
    pub secret_manager: String,
    /// When the wallet was made, by its clock; milliseconds. None: by a version that did not note it.
    pub created_ms: Option<u64>,
    /// When the backup was made, by the wallet's clock; milliseconds.
    pub backup_ms: u64,
    /// The last applied milestone in it.
    pub cursor: Option<MilestoneIndex>,
    /// That milestone's time.
    pub cursor_time: Option<UnixTime>,
    /// The event log's id, hexadecimal.
    pub log_id: String,
    /// How many accounts are in it.
    pub accounts: u32,
    /// How many addresses had been issued.
    pub addresses: u64,
    /// Length of the vault file in it; 0: there is none.
    pub vault_bytes: u64,
    /// Length of the database in it.
    pub database_bytes: u64,
}

/// Begins a backup in `out`.
pub(super) fn begin<W: Write>(
    mut out: W,
    password: &Password,
    failed: &impl Fn(io::Error) -> BackupError,
) -> Result<Sealer<W>, BackupError> {
    let key = new_file_key()?;
    let sealed = seal(&key, password)?;
    let length = u16::try_from(sealed.len()).ok().filter(|length| usize::from(*length) <= SEALED_LIMIT);
    let length = length.ok_or(KeyError::Vault { what: "sealing a key" })?;
    let mut header = MAGIC.to_vec();
    header.extend(FORMAT_VERSION.to_le_bytes());
    header.extend(length.to_le_bytes());
    header.extend(sealed);
    let hash: [u8; 32] = Blake2b256::digest(&header).into();
    header.extend(hash);
    out.write_all(&header).map_err(failed)?;
    Ok(Sealer::new(out, key, hash))
}

/// Writes the manifest, the first part of the content.
pub(super) fn put_manifest(out: &mut impl Write, info: &BackupInfo) -> io::Result<()> {
    let manifest = serde_json::to_vec(info)?;
    let length = u32::try_from(manifest.len()).map_err(io::Error::other)?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(&manifest)
}

/// The header of a backup, read and found whole. No password was needed so far.
pub(super) struct Header {
    sealed: Vec<u8>,
    hash: [u8; 32],
}

impl Header {
    /// Reads it.
    ///
    /// # Errors
    /// [`BackupError::Foreign`], [`BackupError::Version`], [`BackupError::Damaged`], [`BackupError::Io`].
    pub(super) fn read(from: &mut impl Read, path: &Path) -> Result<Self, BackupError> {
        let mut header = vec![0; MAGIC.len() + 4];
        let got = read_up_to(from, &mut header).map_err(|source| unreadable(path, source))?;
        if got < MAGIC.len() || header[..MAGIC.len()] != MAGIC[..] {
            return Err(BackupError::Foreign { path: path.to_owned() });
        }
        let cut_off = || BackupError::Damaged { what: "it is cut off in its header" };
        if got < header.len() {
            return Err(cut_off());
        }
        let number = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let (version, length) = (number(MAGIC.len()), usize::from(number(MAGIC.len() + 2)));
        if version != FORMAT_VERSION {
            return Err(BackupError::Version { found: version, known: FORMAT_VERSION });
        }
        let mut rest = vec![0; length.min(SEALED_LIMIT) + 32];
        if read_up_to(from, &mut rest).map_err(|source| unreadable(path, source))? < rest.len() {
            return Err(cut_off());
        }
        let hash = rest.split_off(rest.len() - 32);
        header.extend(&rest);
        let computed: [u8; 32] = Blake2b256::digest(&header).into();
        if hash != computed {
            return Err(BackupError::Damaged { what: "its header was altered" });
        }
        Ok(Self { sealed: rest, hash: computed })
    }

    /// The key of the content. Takes about 1.7 s and 512 MiB.
    ///
    /// # Errors
    /// [`BackupError::WrongPassword`], [`BackupError::Damaged`], [`BackupError::Keys`].
    pub(super) fn key(&self, password: &Password) -> Result<FileKey, BackupError> {
        match unseal(&self.sealed, password) {
            Ok(key) => key.ok_or(BackupError::Damaged { what: "its key cannot be read" }),
            Err(KeyError::WrongPassword) => Err(BackupError::WrongPassword),
            Err(KeyError::WorkFactor { .. }) => {
                Err(BackupError::Damaged { what: "its header demands more memory than any writer uses" })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the content and reads the manifest.
    ///
    /// # Errors
    /// [`BackupError::Damaged`], [`BackupError::Io`].
    pub(super) fn open<R: Read>(&self, from: R, path: &Path, key: FileKey) -> Result<Opened<R>, BackupError> {
        Opened::read(Opener::new(from, path, key, self.hash))
    }

    /// Its key, still encrypted.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn sealed(&self) -> &[u8] {
        &self.sealed
    }
}

/// A backup whose content is to be read: first the vault, then the database.
pub(super) struct Opened<R> {
    /// What it says of itself.
    pub(super) info: BackupInfo,
    /// The rest of its content.
    pub(super) content: Opener<R>,
}

impl<R: Read> Opened<R> {
    /// Reads the manifest, the first part of the content.
    ///
    /// # Errors
    /// [`BackupError::Damaged`], [`BackupError::Io`].
    pub(super) fn read(mut content: Opener<R>) -> Result<Self, BackupError> {
        let mut length = [0; 4];
        content.fill(&mut length)?;
        let length = u32::from_le_bytes(length);
        let foreign = BackupError::Damaged { what: "its manifest cannot be read" };
        let Some(length) = usize::try_from(length).ok().filter(|_| length <= MANIFEST_LIMIT) else {
            return Err(foreign);
        };
        let mut manifest = vec![0; length];
        content.fill(&mut manifest)?;
        let info = serde_json::from_slice(&manifest).map_err(|_| foreign)?;
        Ok(Self { info, content })
    }
}

/// Reads until the buffer is full or the file ends.
pub(super) fn read_up_to(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match from.read(&mut buffer[got..]) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

pub(super) fn unreadable(path: &Path, source: io::Error) -> BackupError {
    BackupError::Io { what: "read", path: path.to_owned(), source }
}
