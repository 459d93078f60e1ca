//! The journal's bytes. Pure: no file, no database.
//!
//! ```text
//! magic "SDWALKEY" │ version u16 │ network id u64 │ wallet, 32 bytes │ Blake2b-256 of all before
//! then records: marker "rec\n" │ length u32 │ group u64 │ check, 8 bytes │ content │ Blake2b-256
//! ```
//!
//! Numbers are little endian. A record's hash is over the hash before it, its own head and its content: no record can be changed,
//! removed or moved without a trace. Its check is over its head, so that a damaged length is not taken for a record that was cut
//! off. Its group is the place of the first record that was synced together with it. Contents never have the marker in them.
//!
//! **Torn or damaged.** A record that is not whole is the end of the journal when nothing after it was begun later than
//! its own group: its sync never returned, so nothing of it was submitted. When a later group follows, it was synced and has
//! been damaged since.

use std::io::{self, Read, Seek, SeekFrom};

use crypto::hashes::{Digest, blake2b::Blake2b256};

/// The version that this library writes and reads.
pub(crate) const VERSION: u16 = 1;
/// Bytes of the header.
pub(crate) const HEADER: usize = 82;
/// Far above any record.
pub(crate) const LIMIT: usize = 16 << 20;

const MAGIC: &[u8; 8] = b"SDWALKEY";
const MARKER: &[u8; 4] = b"rec\n";
/// Bytes before a record's content.
const HEAD: usize = 24;
const HASH: usize = 32;
/// Read at a time when a journal is searched behind a flaw.
const WINDOW: usize = 1 << 16;

/// Whose journal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The network's id.
    pub(crate) network: u64,
    /// Hash of the seed's first address.
    pub(crate) wallet: [u8; 32],
}

impl Identity {
    /// That of a wallet.
    pub(crate) fn new(network: u64, seed_address: &[u8]) -> Self {
        let mut hash = Blake2b256::new();
        hash.update(b"stardust-wallet journal 1");
        hash.update(seed_address);
        Self { network, wallet: hash.finalize().into() }
    }
}

/// What is wrong with a journal's bytes.
#[derive(Debug)]
pub(crate) enum Flaw {
    /// They do not begin as a journal does.
    Foreign,
    /// A later version wrote them.
    Version(u16),
    /// They were changed at this place or after it.
    Damaged(u64),
    /// They could not be read.
    Io(io::Error),
}

impl From<io::Error> for Flaw {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The end of a journal: where the next record goes, and the hash that it goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) at: u64,
    hash: [u8; HASH],
}

/// The header of a new journal, and its end.
pub(crate) fn header(identity: &Identity) -> (Vec<u8>, End) {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(identity.network.to_le_bytes());
    bytes.extend(identity.wallet);
    let hash: [u8; HASH] = Blake2b256::digest(&bytes).into();
    bytes.extend(hash);
    (bytes, End { at: size(HEADER), hash })
}

/// Adds records that are to be synced together to `bytes`, which begin at `end`. Answers the end after them.
pub(crate) fn group<'a>(end: End, contents: impl IntoIterator<Item = &'a [u8]>, bytes: &mut Vec<u8>) -> End {
    let (group, mut end) = (end.at, end);
    for content in contents {
        let length = u32::try_from(content.len()).expect("a record is far smaller than its limit");
        let head = head(length, group);
        let hash = chain(&end.hash, &head, content);
        bytes.extend(head);
        bytes.extend(content);
        bytes.extend(hash);
        end = End { at: end.at + size(HEAD + content.len() + HASH), hash };
    }
    end
}

fn head(length: u32, group: u64) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..4].copy_from_slice(MARKER);
    head[4..8].copy_from_slice(&length.to_le_bytes());
    head[8..16].copy_from_slice(&group.to_le_bytes());
    let check = Blake2b256::digest(&head[..16]);
    head[16..].copy_from_slice(&check[..8]);
    head
}

fn chain(before: &[u8; HASH], head: &[u8; HEAD], content: &[u8]) -> [u8; HASH] {
    let mut hash = Blake2b256::new();
    hash.update(before);
    hash.update(head);
    hash.update(content);
    hash.finalize().into()
}

/// Length and group of the record that begins with this head, when it is one.
fn read_head(bytes: &[u8; HEAD]) -> Option<(usize, u64)> {
    let length = u32::from_le_bytes(bytes[4..8].try_into().ok()?);
    let group = u64::from_le_bytes(bytes[8..16].try_into().ok()?);
    let size = usize::try_from(length).ok().filter(|length| *length <= LIMIT)?;
    (*bytes == head(length, group)).then_some((size, group))
}

/// Reads a journal from its beginning.
pub(crate) struct Reader<R> {
    from: R,
    identity: Identity,
    end: End,
    /// Bytes after the end that belong to no whole record.
    torn: bool,
}

impl<R: Read + Seek> Reader<R> {
    /// Reads the header.
    pub(crate) fn new(mut from: R) -> Result<Self, Flaw> {
        let mut bytes = [0; HEADER];
        let read = fill(&mut from, &mut bytes)?;
        if read < MAGIC.len() + 2 || !bytes.starts_with(MAGIC) {
            return Err(Flaw::Foreign);
        }
        let version = u16::from_le_bytes([bytes[8], bytes[9]]);
        if version != VERSION {
            return Err(Flaw::Version(version));
        }
        let number = |range: std::ops::Range<usize>| bytes[range].try_into().map_err(|_| Flaw::Damaged(0));
        let identity = Identity {
            network: u64::from_le_bytes(number(10..18)?),
            wallet: bytes[18..50].try_into().map_err(|_| Flaw::Damaged(0))?,
        };
        let (right, end) = header(&identity);
        if read < HEADER || bytes[..] != right[..] {
            return Err(Flaw::Damaged(0));
        }
        Ok(Self { from, identity, end, torn: false })
    }

    pub(crate) fn identity(&self) -> Identity {
        self.identity
    }

    /// Where the last whole record ends, once [`next`](Self::next) has answered none.
    pub(crate) fn end(&self) -> End {
        self.end
    }

    /// Whether bytes follow the end that were never synced.
    pub(crate) fn is_torn(&self) -> bool {
        self.torn
    }

    /// The content of the next record; none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, Flaw> {
        let mut head = [0; HEAD];
        let read = fill(&mut self.from, &mut head)?;
        if read == 0 {
            return Ok(None);
        }
        if read == HEAD
            && let Some((length, _)) = read_head(&head)
        {
            let mut content = vec![0; length + HASH];
            if fill(&mut self.from, &mut content)? == content.len() {
                let found = content.split_off(length);
                let hash = chain(&self.end.hash, &head, &content);
                if found == hash {
                    self.end = End { at: self.end.at + size(HEAD + length + HASH), hash };
                    return Ok(Some(content));
                }
            }
        }
        if self.later_group()? {
            return Err(Flaw::Damaged(self.end.at));
        }
        self.torn = true;
        Ok(None)
    }

    /// Whether a group that was begun after the end follows somewhere; at the end itself where something was removed.
    fn later_group(&mut self) -> Result<bool, Flaw> {
        let flaw = self.end.at;
        self.from.seek(SeekFrom::Start(flaw))?;
        let mut bytes = Vec::new();
        loop {
            let kept = bytes.len();
            bytes.resize(kept + WINDOW, 0);
            let read = fill(&mut self.from, &mut bytes[kept..])?;
            bytes.truncate(kept + read);
            let heads = bytes.windows(HEAD).filter(|head| head.starts_with(MARKER));
            let mut heads = heads.filter_map(|head| read_head(head.try_into().ok()?));
            if heads.any(|(_, group)| group > flaw) {
                return Ok(true);
            }
            if read < WINDOW {
                return Ok(false);
            }
            // a head may lie across the border
            bytes.drain(..bytes.len() - (HEAD - 1));
        }
    }
}

/// Reads as much as there is, at most all of `into`.
fn fill(from: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match from.read(&mut into[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn size(length: usize) -> u64 {
    u64::try_from(length).expect("a usize has at most 64 bits")
}
