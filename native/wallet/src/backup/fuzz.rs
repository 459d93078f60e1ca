//! Backups that no wallet wrote: what fuzzers feed.

use std::{io, io::Write as _, path::Path};

use super::{
    format::{Header, Opened, put_manifest},
    stream::{Opener, Sealer},
};
use crate::keys::{FileKey, Password, fuzz};

/// The password of the seeds.
const PASSWORD: &[u8] = b"right";

/// Opens a backup's file and reads all of it; says whether that succeeds.
pub fn backup_file(bytes: &[u8]) -> bool {
    let (mut from, path) = (bytes, Path::new("fuzzed"));
    let Ok(header) = Header::read(&mut from, path) else { return false };
    if fuzz::takes_long(header.sealed()) {
        return false;
    }
    let password = Password::new(PASSWORD.to_vec()).expect("it is not empty");
    let opened = header.key(&password).and_then(|key| header.open(from, path, key));
    opened.is_ok_and(|opened| length(opened).is_some())
}

/// Reads what is inside of the encryption; says whether that is a backup's content.
pub fn backup_content(bytes: &[u8]) -> bool {
    let key = || FileKey::copy_of(&[7; 32]);
    let mut sealer = Sealer::new(Vec::new(), key(), [0; 32]);
    sealer.write_all(bytes).expect("memory takes all");
    let sealed = sealer.finish().expect("memory takes all");
    let Ok(opened) = Opened::read(Opener::new(sealed.as_slice(), Path::new("fuzzed"), key(), [0; 32])) else {
        return false;
    };
    let mut again = Vec::new();
    put_manifest(&mut again, &opened.info).expect("memory takes all");
    let Some(length) = length(opened) else { return false };
    assert!(length <= bytes.len(), "more was read than there is");
    assert_eq!(manifest(&again), manifest(bytes), "another manifest is written than was read");
    true
}

/// A content's manifest.
fn manifest(content: &[u8]) -> Option<super::BackupInfo> {
    let (length, rest) = content.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    serde_json::from_slice(rest.get(..length)?).ok()
}

/// Bytes of vault and database, if they are there and nothing else is.
fn length(opened: Opened<impl io::Read>) -> Option<usize> {
    let Opened { info, mut content } = opened;
    let mut all = Vec::new();
    for length in [info.vault_bytes, info.database_bytes] {
        content.copy(length, &mut all, |error| panic!("memory takes all: {error}")).ok()?;
    }
    content.finish().ok()?;
    Some(all.len())
}
