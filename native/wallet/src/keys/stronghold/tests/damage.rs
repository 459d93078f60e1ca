//! Files that are no vault, or no more.

use super::*;

/// A vault file, and the same one after something happened to it.
struct Victim {
    path: PathBuf,
    good: Vec<u8>,
    _directory: TempDir,
}

impl Victim {
    fn new() -> Self {
        let (_directory, path) = stored();
        Self { good: fs::read(&path).unwrap(), path, _directory }
    }

    /// Tries to unlock `bytes` in the file's place: an error that opens nothing and touches nothing.
    fn refused(&self, bytes: &[u8]) -> KeyError {
        fs::write(&self.path, bytes).unwrap();
        throttle::elapse(&self.path);
        let vault = manager(&self.path);
        let error = vault.set_password(&password("right")).unwrap_err();
        assert_eq!(vault.status(), VaultStatus::Locked);
        assert_eq!(fs::read(&self.path).unwrap(), bytes, "the file was touched");
        error
    }
}

#[test]
fn truncated_at_any_length_is_damaged() {
    let victim = Victim::new();
    let file = &victim.good;
    let lengths = (0..200).chain((200..file.len()).step_by(23)).chain([file.len() - 1]);
    for length in lengths {
        let error = victim.refused(&file[..length]);
        assert!(matches!(error, KeyError::Damaged { .. }), "{length}: {error:?}");
    }
}

#[test]
fn something_at_the_end_is_damaged() {
    let victim = Victim::new();
    let mut file = victim.good.clone();
    file.push(0);
    assert!(matches!(victim.refused(&file), KeyError::Damaged { .. }));
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let victim = Victim::new();
    let file = &victim.good;
    // behind PARTI and the version: the lines of the age header, and the salt and file key in them
    let header_end = 7 + 150;
    for at in 0..file.len() {
        let mut flipped = file.clone();
        flipped[at] ^= 1 << (at % 8);
        let error = victim.refused(&flipped);
        let right = match at {
            0..5 => matches!(error, KeyError::NotAVault { .. }),
            5..7 => matches!(error, KeyError::UnsupportedVersion { .. }),
            _ if at < header_end => {
                matches!(error, KeyError::Damaged { .. } | KeyError::WrongPassword | KeyError::WorkFactor { .. })
            }
            _ => matches!(error, KeyError::Damaged { .. }),
        };
        assert!(right, "{at}: {error:?}");
    }
}

#[test]
fn foreign_files_and_versions_are_told_apart() {
    let victim = Victim::new();
    for foreign in [b"SQLite format 3\0".as_slice(), b"{\"mnemonic\": 1}", b"PART", b"PARTY\x03\x00", &[0; 4096]] {
        let error = victim.refused(foreign);
        let truncated = foreign == b"PART";
        assert_eq!(matches!(error, KeyError::Damaged { .. }), truncated, "{error:?}");
        assert_eq!(matches!(error, KeyError::NotAVault { .. }), !truncated, "{error:?}");
    }
    let mut file = victim.good.clone();
    for version in [2_u8, 4] {
        file[5] = version;
        let error = victim.refused(&file);
        assert!(matches!(error, KeyError::UnsupportedVersion { found, .. } if found == u16::from(version)));
    }
}

#[test]
fn a_header_that_demands_gigabytes_is_refused_untried() {
    let victim = Victim::new();
    let file = &victim.good;
    let at = 7 + b"age-encryption.org/v1\n-> scrypt ".len() + 22 + 1;
    for (digits, demanded) in [(b"21", 21), (b"63", 63), (b"99", 99)] {
        let mut greedy = file.clone();
        assert_eq!(&greedy[at..at + 2], b"10");
        greedy[at..at + 2].copy_from_slice(digits);
        let error = victim.refused(&greedy);
        assert!(matches!(error, KeyError::WorkFactor { found, limit: 20 } if found == demanded));
        let said = match demanded {
            21 => "a scrypt work factor of 21, which takes 2 GiB, the limit is 20",
            _ => "the limit is 20",
        };
        assert!(error.to_string().ends_with(said), "{error}");
    }
}

#[test]
fn memory_that_is_not_there_is_an_error() {
    let contents = vault::with_seed(None, &[1; 64]).unwrap();
    let error = snapshot::encrypt(&contents, &password("right").snapshot_key(), 50).unwrap_err();
    assert!(matches!(error, KeyError::OutOfMemory { .. }));
}

#[test]
fn what_is_unlocked_survives_the_damage() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    vault.set_password(&password("right")).unwrap();
    fs::write(&path, b"").unwrap();
    assert!(matches!(vault.set_password(&password("right")), Err(KeyError::Damaged { .. })));
    assert!(matches!(vault.change_password(&password("right"), &password("b")), Err(KeyError::Damaged { .. })));
    assert_has_the_keys(&vault);
    assert_eq!(fs::read(&path).unwrap(), b"");
}

#[test]
fn directories_and_unreachable_files() {
    let directory = tempfile::tempdir().unwrap();
    let vault = manager(directory.path());
    assert!(matches!(vault.set_password(&password("right")), Err(KeyError::NotAVault { .. })));

    #[cfg(unix)] // reading it would never end
    assert!(matches!(
        manager(Path::new("/dev/zero")).set_password(&password("right")),
        Err(KeyError::NotAVault { .. })
    ));

    let (_directory, path) = stored();
    // below a file nothing can be found, and that is not the same as missing
    let vault = manager(&path.join("wallet.stronghold"));
    assert!(matches!(vault.set_password(&password("right")), Err(KeyError::Io { operation: "read", .. })));
    assert_eq!(vault.status(), VaultStatus::Locked);
}

#[test]
fn contents_that_are_no_snapshot_are_damaged() {
    let (_directory, path) = stored();
    for contents in [b"".as_slice(), b"not a snapshot", &[0xFF; 300]] {
        let contents = Contents::new(contents.to_vec());
        let file = snapshot::encrypt(&contents, &password("right").snapshot_key(), QUICK).unwrap();
        fs::write(&path, file).unwrap();
        assert!(matches!(manager(&path).set_password(&password("right")), Err(KeyError::Damaged { .. })));
    }
}

/// Stronghold would set aside memory for it, and end the process.
#[test]
fn a_length_beyond_the_end_is_damage_and_not_the_end_of_the_process() {
    let contents = vault::with_seed(None, &[1; 64]).unwrap();
    // one client, its id, one key, its vault's id: the length of the key
    let at = 8 + 24 + 8 + 24;
    assert_eq!(contents[at..at + 8], 32_u64.to_le_bytes());
    for length in [33 << 40, u64::MAX >> 1, u64::MAX] {
        let mut greedy = contents.clone();
        greedy[at..at + 8].copy_from_slice(&length.to_le_bytes());
        assert!(SeedVault::open(&greedy).is_err());
    }
}

#[test]
fn a_few_bytes_that_unfold_to_gigabytes_are_damage() {
    // one literal, repeated from one byte back: 255 bytes for each of the block's
    let bomb = [&[0x1f, b'a', 1, 0][..], &vec![0xff; 9 << 20], &[0]].concat();
    let error = snapshot::decompress(Path::new("bomb"), &bomb).unwrap_err();
    assert!(matches!(error, KeyError::Damaged { what: "its content is larger than any vault's", .. }));
    for length in [0, 1, 4, 15, 19, 20, 274, 275, 300, 70_000] {
        for content in [vec![7; length], (0..length).map(|n| u8::try_from(n * n % 251).unwrap()).collect()] {
            let compressed = iota_stronghold::engine::snapshot::compress(&content);
            let path = Path::new("whole");
            assert_eq!(*snapshot::decompress(path, &compressed).unwrap(), content);
            assert_eq!(snapshot::decompressed_length(&compressed), content.len());
        }
    }
}
