//! The format of a vault file: Stronghold snapshot version 3.
//!
//! `PARTI`, the version (`03 00`), then one age v1 message with a single scrypt recipient, whose passphrase is
//! the Blake2b-256 of the password; inside, LZ4-compressed, the clients with their vaults.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use crypto::keys::age::DecError;
use iota_stronghold::engine::snapshot::{
    self, Key, MAGIC, ReadError, VERSION, decrypt_content_with_work_factor, encrypt_content_with_work_factor,
};
use zeroize::Zeroizing;

use super::super::{KeyError, locked::with_wiped_stack, password::SnapshotKey};

/// What is written: scrypt with N = 2¹⁹, r = 8, p = 1, as every Stronghold application does.
pub(in crate::keys) const WORK_FACTOR: u8 = 19;
/// What is written where nothing else is asked for.
pub(in crate::keys) const NEW_FILES: u8 = if cfg!(feature = "test-vault") { QUICK } else { WORK_FACTOR };
/// For tests: no protection at all.
const QUICK: u8 = 4;
/// What is accepted: twice the cost (1 GiB). The format allows 2²³ (8 GiB), which a header could demand to
/// bring the process down.
pub(in crate::keys) const WORK_FACTOR_LIMIT: u8 = 20;

/// Vaults have some hundred bytes, backups of iota-sdk as many as their file, whose values are encrypted and don't shrink;
/// LZ4 could unfold to what no process has.
const MOST_CONTENT: usize = 2 << 30;

/// The decrypted, decompressed content of a snapshot; wiped when dropped.
pub(super) type Contents = Zeroizing<Vec<u8>>;

/// One scrypt at a time in the whole process, so that many wallets opened at once don't take 512 MiB each.
pub(in crate::keys) static SCRYPT: Mutex<()> = Mutex::new(());

/// Opens a vault file. Takes about 1.7 s and 512 MiB, unless its header is wrong already.
///
/// # Errors
/// [`KeyError::NotAVault`], [`KeyError::UnsupportedVersion`], [`KeyError::WorkFactor`],
/// [`KeyError::OutOfMemory`], [`KeyError::WrongPassword`], [`KeyError::Damaged`], decided in this order.
pub(super) fn decrypt(path: &Path, file: &[u8], key: &SnapshotKey) -> Result<Contents, KeyError> {
    let damaged = |what| KeyError::Damaged { path: path.to_owned(), what };
    let mut message = check_header(path, file)?;
    let _turn = SCRYPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(work_factor) = work_factor(message).filter(|demanded| *demanded <= WORK_FACTOR_LIMIT) {
        reserve(work_factor)?;
    }
    let compressed = with_key(key, |key| decrypt_content_with_work_factor(&mut message, key, WORK_FACTOR_LIMIT))
        .map_err(|error| match error {
            ReadError::AgeFormatError(DecError::BadFileKey) => KeyError::WrongPassword,
            ReadError::AgeFormatError(DecError::WorkFactorTooBig { required, allowed }) => {
                KeyError::WorkFactor { found: required, limit: allowed }
            }
            ReadError::AgeFormatError(DecError::BufferBadLength) => damaged("it is truncated"),
            ReadError::AgeFormatError(DecError::BadChunk) => damaged("its content was altered or cut off"),
            _ => damaged("its header was altered"),
        })?;
    decompress(path, &compressed)
}

/// The last step of opening a vault file.
///
/// # Errors
/// [`KeyError::Damaged`], [`KeyError::OutOfMemory`].
pub(super) fn decompress(path: &Path, compressed: &[u8]) -> Result<Contents, KeyError> {
    let damaged = |what| KeyError::Damaged { path: path.to_owned(), what };
    let length = decompressed_length(compressed);
    if length > MOST_CONTENT {
        return Err(damaged("its content is larger than any vault's"));
    }
    reserve_bytes(length)?;
    snapshot::decompress(compressed).map(Zeroizing::new).map_err(|_| damaged("its content can't be decompressed"))
}

/// How many bytes an LZ4 block becomes: up to 255 times its own, or fewer where it breaks off.
pub(super) fn decompressed_length(block: &[u8]) -> usize {
    let mut bytes = block.iter().copied();
    // a length of four bits, and bytes to add to it when all of them are set
    let length = |bytes: &mut dyn Iterator<Item = u8>, bits: u8| {
        let mut length = usize::from(bits);
        if bits == 15 {
            for more in bytes {
                length += usize::from(more);
                if more != u8::MAX {
                    break;
                }
            }
        }
        length
    };
    let mut total = 0;
    while let Some(token) = bytes.next() {
        let literals = length(&mut bytes, token >> 4);
        total += literals;
        // over the literals and the offset of what is repeated
        if bytes.nth(literals + 1).is_none() {
            break;
        }
        total += 4 + length(&mut bytes, token & 15);
    }
    total
}

/// The bytes of a vault file. Takes as long as opening it.
///
/// # Errors
/// [`KeyError::OutOfMemory`], [`KeyError::Random`].
pub(super) fn encrypt(contents: &Contents, key: &SnapshotKey, work_factor: u8) -> Result<Vec<u8>, KeyError> {
    let _turn = SCRYPT.lock().unwrap_or_else(PoisonError::into_inner);
    reserve(work_factor)?;
    let compressed = Zeroizing::new(snapshot::compress(contents));
    let mut file = [MAGIC.as_slice(), VERSION.as_slice()].concat();
    // writing to memory can't fail, so what is left is the random salt
    with_key(key, |key| encrypt_content_with_work_factor(&compressed, &mut file, key, work_factor))
        .map_err(|_| KeyError::Random)?;
    Ok(file)
}

/// Encrypts or decrypts with a key where it lies.
pub(in crate::keys) fn with_key<T>(key: &SnapshotKey, work: impl FnOnce(&Key) -> T) -> T {
    let key = key.borrow();
    let key: &Key = (&*key).try_into().expect("keys have 32 bytes");
    with_wiped_stack(|| work(key))
}

/// Checks magic and version; answers with the rest.
pub(super) fn check_header<'a>(path: &Path, file: &'a [u8]) -> Result<&'a [u8], KeyError> {
    let start = [MAGIC.as_slice(), VERSION.as_slice()].concat();
    if let Some(message) = file.strip_prefix(start.as_slice()) {
        return Ok(message);
    }
    if start.starts_with(file) {
        return Err(KeyError::Damaged { path: path.to_owned(), what: "it is truncated" });
    }
    match file.strip_prefix(MAGIC.as_slice()) {
        Some([low, high, ..]) => {
            Err(KeyError::UnsupportedVersion { path: path.to_owned(), found: u16::from_le_bytes([*low, *high]) })
        }
        _ => Err(KeyError::NotAVault { path: path.to_owned() }),
    }
}

/// Checks all that can be told of a vault file without its password: the header's lines, and the length of what follows.
///
/// # Errors
/// As [`decrypt`].
pub(super) fn check_form(path: &Path, file: &[u8]) -> Result<(), KeyError> {
    let message = check_header(path, file)?;
    let damaged = |what| KeyError::Damaged { path: path.to_owned(), what };
    if let Some(found) = work_factor(message).filter(|demanded| *demanded > WORK_FACTOR_LIMIT) {
        return Err(KeyError::WorkFactor { found, limit: WORK_FACTOR_LIMIT });
    }
    let lines: Vec<_> = message.splitn(5, |byte| *byte == b'\n').collect();
    let [version, stanza, key, mac, body] = lines[..] else { return Err(damaged("it is truncated")) };
    let base64 = |text: &[u8], length| {
        text.len() == length && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
    };
    let scrypt: Vec<_> = stanza.split(|byte| *byte == b' ').collect();
    let is_scrypt =
        matches!(scrypt[..], [b"->", b"scrypt", salt, _] if base64(salt, 22)) && work_factor(message).is_some();
    let is_mac = mac.strip_prefix(b"--- ").is_some_and(|mac| base64(mac, 43));
    if version != b"age-encryption.org/v1" || !is_scrypt || !base64(key, 43) || !is_mac {
        return Err(damaged("its header was altered"));
    }
    // a nonce, then chunks of 64 KiB with a tag each, of which none is empty
    let last = body.len().checked_sub(16).map(|chunks| (chunks, chunks % ((1 << 16) + 16)));
    match last {
        Some((chunks, last)) if chunks > 0 && (last == 0 || last > 16) => Ok(()),
        _ => Err(damaged("it is truncated")),
    }
}

/// The scrypt work factor that an age header demands, if it looks like one.
pub(in crate::keys) fn work_factor(message: &[u8]) -> Option<u8> {
    let stanza = message.split(|byte| *byte == b'\n').nth(1)?;
    let digits = stanza.split(|byte| *byte == b' ').nth(3)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The scrypt work factor that a vault file demands, if it looks like one.
#[cfg(any(test, feature = "fuzzing"))]
pub(super) fn work_factor_of(file: &[u8]) -> Option<u8> {
    work_factor(check_header(Path::new(""), file).ok()?)
}

/// Refuses what can't be allocated. Inside scrypt a failed allocation would abort the process.
pub(in crate::keys) fn reserve(work_factor: u8) -> Result<(), KeyError> {
    reserve_bytes(1_usize.checked_shl(u32::from(work_factor) + 10).unwrap_or(usize::MAX)) // 128 · r · N, r = 8
}

/// Refuses so much memory where it can't be had, which would end the process where it is asked for.
pub(super) fn reserve_bytes(bytes: usize) -> Result<(), KeyError> {
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| KeyError::OutOfMemory { mebibytes: bytes >> 20 })
}
