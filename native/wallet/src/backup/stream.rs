//! Encrypted content of any length, in chunks: XChaCha20-Poly1305 under a key that no other file has.
//!
//! A chunk's nonce is its number and whether it is the last one, and its associated data the hash of the file's header:
//! chunks that are swapped, left out, repeated, appended or of another file do not decrypt, nor does a file without its
//! end. What was decrypted is handed out before the end was seen, so nothing counts before [`Opener::finish`].

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use crypto::ciphers::{chacha::XChaCha20Poly1305, traits::Aead};

use super::{
    BackupError,
    format::{read_up_to, unreadable},
};
use crate::keys::{FileKey, with_wiped_stack};

/// Plaintext of a chunk; the last one may be shorter.
pub(super) const CHUNK: usize = 1 << 16;
/// Bytes that a chunk grows by.
pub(super) const TAG: usize = 16;

/// What all chunks of a file share.
struct Chunks {
    key: FileKey,
    header: [u8; 32],
    number: u64,
}

impl Chunks {
    fn nonce(&self, last: bool) -> [u8; 24] {
        let mut nonce = [0; 24];
        nonce[15..23].copy_from_slice(&self.number.to_be_bytes());
        nonce[23] = u8::from(last);
        nonce
    }

    fn seal(&mut self, plain: &[u8], last: bool) -> Result<Vec<u8>, crypto::Error> {
        let mut sealed = vec![0; plain.len() + TAG];
        let (text, tag) = sealed.split_at_mut(plain.len());
        let nonce = self.nonce(last);
        with_wiped_stack(|| {
            XChaCha20Poly1305::try_encrypt(&self.key.borrow(), &nonce, &self.header, plain, text, tag)
        })?;
        self.number += 1;
        Ok(sealed)
    }

    fn open(&self, sealed: &[u8], last: bool) -> Option<Vec<u8>> {
        let (text, tag) = sealed.split_at_checked(sealed.len().checked_sub(TAG)?)?;
        let mut plain = vec![0; text.len()];
        let nonce = self.nonce(last);
        with_wiped_stack(|| {
            XChaCha20Poly1305::try_decrypt(&self.key.borrow(), &nonce, &self.header, &mut plain, text, tag)
        })
        .ok()?;
        Some(plain)
    }
}

/// Encrypts what is written to it.
pub(super) struct Sealer<W> {
    out: W,
    chunks: Chunks,
    buffer: Vec<u8>,
}

impl<W: Write> Sealer<W> {
    pub(super) fn new(out: W, key: FileKey, header: [u8; 32]) -> Self {
        Self { out, chunks: Chunks { key, header, number: 0 }, buffer: Vec::with_capacity(CHUNK) }
    }

    /// Writes the last chunk.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.put(true)?;
        Ok(self.out)
    }

    fn put(&mut self, last: bool) -> io::Result<()> {
        let sealed = self.chunks.seal(&self.buffer, last).map_err(|_| io::Error::other("encryption failed"))?;
        self.buffer.clear();
        self.out.write_all(&sealed)
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        if self.buffer.len() == CHUNK {
            // more follows, so it is not the last one
            self.put(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.buffer.len());
        self.buffer.extend(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Decrypts what it is asked for.
pub(super) struct Opener<R> {
    from: R,
    path: PathBuf,
    chunks: Chunks,
    /// Read ahead of the present chunk: whether something follows it.
    ahead: Vec<u8>,
    plain: Vec<u8>,
    taken: usize,
    ended: bool,
}

impl<R: Read> Opener<R> {
    pub(super) fn new(from: R, path: &Path, key: FileKey, header: [u8; 32]) -> Self {
        let chunks = Chunks { key, header, number: 0 };
        let (ahead, plain) = (Vec::new(), Vec::new());
        Self { from, path: path.to_owned(), chunks, ahead, plain, taken: 0, ended: false }
    }

    /// Fills `buffer`.
    ///
    /// # Errors
    /// [`BackupError::Damaged`], [`BackupError::Io`].
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<(), BackupError> {
        let mut filled = 0;
        while filled < buffer.len() {
            let some = self.some(buffer.len() - filled)?;
            buffer[filled..filled + some.len()].copy_from_slice(some);
            filled += some.len();
        }
        Ok(())
    }

    /// Writes the next `length` bytes to `out`.
    ///
    /// # Errors
    /// [`BackupError::Damaged`], [`BackupError::Io`], and what `failed` makes of a failure of `out`.
    pub(super) fn copy(
        &mut self,
        length: u64,
        out: &mut impl Write,
        failed: impl Fn(io::Error) -> BackupError,
    ) -> Result<(), BackupError> {
        let mut left = length;
        while left > 0 {
            let some = self.some(usize::try_from(left).unwrap_or(usize::MAX))?;
            out.write_all(some).map_err(&failed)?;
            left -= u64::try_from(some.len()).unwrap_or(left);
        }
        Ok(())
    }

    /// Checks that the content ends here, as it was written.
    ///
    /// # Errors
    /// [`BackupError::Damaged`].
    pub(super) fn finish(self) -> Result<(), BackupError> {
        if self.ended && self.taken == self.plain.len() {
            return Ok(());
        }
        Err(BackupError::Damaged { what: "it has more than it says" })
    }

    /// At least one further byte, at most `limit`.
    fn some(&mut self, limit: usize) -> Result<&[u8], BackupError> {
        if self.taken == self.plain.len() {
            self.next()?;
        }
        let end = self.plain.len().min(self.taken.saturating_add(limit));
        let some = &self.plain[self.taken..end];
        self.taken = end;
        Ok(some)
    }

    fn next(&mut self) -> Result<(), BackupError> {
        let damaged = |what| BackupError::Damaged { what };
        if self.ended {
            return Err(damaged("it has less than it says"));
        }
        let mut sealed = std::mem::take(&mut self.ahead);
        let begun = sealed.len();
        sealed.resize(CHUNK + TAG + 1, 0);
        let got = read_up_to(&mut self.from, &mut sealed[begun..]).map_err(|source| unreadable(&self.path, source))?;
        sealed.truncate(begun + got);
        let last = sealed.len() <= CHUNK + TAG;
        if !last {
            self.ahead = sealed.split_off(CHUNK + TAG);
        }
        self.plain = match self.chunks.open(&sealed, last) {
            Some(plain) => plain,
            None if self.chunks.open(&sealed, !last).is_none() => {
                return Err(damaged("its content was altered or cut off"));
            }
            None if last => return Err(damaged("it is cut off")),
            None => return Err(damaged("something was added to its end")),
        };
        if self.plain.is_empty() {
            return Err(damaged("a part of it is empty"));
        }
        (self.taken, self.ended) = (0, last);
        self.chunks.number += 1;
        Ok(())
    }
}
