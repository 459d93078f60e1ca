//! What a file may be.

use super::*;

fn assert_is_the_fixture(contents: &Contents) {
    assert_eq!(contents.coin_type, 4219);
    let found: Vec<_> = contents.accounts.iter().map(|a| (a.alias.as_str(), a.public.next, a.internal.next)).collect();
    assert_eq!(found, ACCOUNTS);
    assert_eq!(contents.accounts[0].public.addresses[301].text, Stardust.format(&seeds(0, false, 301), "rms"));
}

#[test]
fn backup_and_export_of_one_wallet_of_iota_sdk_say_the_same() {
    let (_directory, path) = file(BACKUP);
    let backup = read(&ImportSource::Stronghold { path: path.clone() }, Some(&password(PASSWORD))).unwrap();
    assert_is_the_fixture(&backup);
    let keys = MnemonicManager::from_seed(backup.seed.as_ref().unwrap(), CoinType::SHIMMER);
    let key = keys.public_keys(&[KeyPath::new(2, true, 4).unwrap()]).unwrap()[0];
    assert_eq!(Stardust.of_public_key(&key), seeds(2, true, 4));
    assert_eq!(fs::read(&path).unwrap(), BACKUP, "the original is as it was");

    let (_directory, path) = file(EXPORT);
    let export = read(&ImportSource::Export { path }, None).unwrap();
    assert_is_the_fixture(&export);
    assert!(export.seed.is_none());
    assert_eq!(export.accounts, backup.accounts);
}

#[test]
fn a_backup_of_wallet_rs_says_the_same_with_its_accounts_as_texts() {
    let (_directory, path) = file(WALLET_RS);
    let backup = read(&ImportSource::Stronghold { path: path.clone() }, Some(&password(PASSWORD))).unwrap();
    assert_is_the_fixture(&backup);
    let keys = MnemonicManager::from_seed(backup.seed.as_ref().unwrap(), CoinType::SHIMMER);
    let key = keys.public_keys(&[KeyPath::new(2, true, 4).unwrap()]).unwrap()[0];
    assert_eq!(Stardust.of_public_key(&key), seeds(2, true, 4));
    assert_eq!(fs::read(&path).unwrap(), WALLET_RS, "the original is as it was");

    let (_directory, path) = file(EXPORT);
    assert_eq!(read(&ImportSource::Export { path }, None).unwrap().accounts, backup.accounts);
}

#[test]
fn a_backup_names_the_vault_that_its_wallet_worked_with() {
    let name = |json: Value| parse::vault_name(&serde_json::to_vec(&json).unwrap());
    let vault = |path: &str| json!({"password": null, "timeout": 60, "snapshotPath": path});
    let expected = Some("wallet.stronghold".to_owned());
    for path in ["wallet.stronghold", "./data/wallet.stronghold", "C:\\data\\wallet.stronghold"] {
        assert_eq!(name(json!({"Stronghold": vault(path)})), expected);
        assert_eq!(name(json!({"stronghold": vault(path)})), expected);
        assert_eq!(name(vault(path)), expected);
    }
    for other in [json!({"Mnemonic": "..."}), json!({"LedgerNano": true}), json!("Placeholder"), json!(null)] {
        assert_eq!(name(other), None);
    }
    let (directory, _) = file(b"");
    for (name, live) in [("backup.stronghold", false), ("wallet.stronghold", true)] {
        let path = directory.path().join(name);
        fs::write(&path, BACKUP).unwrap();
        assert_eq!(read(&ImportSource::Stronghold { path }, Some(&password(PASSWORD))).unwrap().live, live, "{name}");
    }
}

/// As iota-sdk and wallet.rs write them: an account's transactions by their ids, a note only where there is one.
#[test]
fn the_notes_of_a_backup_are_those_of_its_transactions() {
    let id = |number: u8| format!("0x{}", format!("{number:02x}").repeat(32));
    let mut hot = account(0, "hot", &[0], &[]);
    hot["transactions"] = json!({
        id(7): {"payload": {"essence": {"note": "of others"}}, "inclusionState": "Confirmed", "note": "for \"Zoë\"\n2"},
        id(6): {"payload": {}, "incoming": true, "note": null},
        id(5): {"payload": {}, "inputs": []},
    });
    let notes = |json: Value| {
        let entries = parse::backup(&serde_json::to_vec(&json).unwrap()).ok().unwrap();
        parse::accounts(entries, 4219).ok().unwrap().remove(0).notes
    };
    let found = notes(json!([hot]));
    assert_eq!(found, [(TransactionId::from_hex(&id(7)).unwrap(), "for \"Zoë\"\n2".to_owned())]);
    assert_eq!(notes(json!([hot.to_string()])), found);
}

/// As iota-sdk writes them when two calls make addresses of one chain at once.
#[test]
fn an_address_that_is_listed_twice_is_one() {
    let mut alice = account(0, "alice", &[0, 1, 2, 1, 2], &[0, 0]);
    alice["publicAddresses"][3]["label"] = "customer 1".into();
    alice["publicAddresses"][2]["label"] = "customer 2".into();
    let entries = parse::backup(&serde_json::to_vec(&json!([alice])).unwrap()).ok().unwrap();
    let found = parse::accounts(entries, 4219).ok().unwrap().remove(0);
    let labels: Vec<_> = found.public.addresses.iter().map(|one| (one.key_index, one.label.as_deref())).collect();
    assert_eq!(labels, [(0, None), (1, Some("customer 1")), (2, Some("customer 2"))]);
    assert_eq!((found.public.next, found.internal.next, found.internal.addresses.len()), (3, 1, 1));

    let (_directory, wallet) = vacant();
    let (_files, source) = exported(&wallet_of(&[alice]));
    let report = wallet.manager.import(&source, None, 0).unwrap();
    assert_eq!((report.public_addresses, report.internal_addresses), (3, 1));
}

fn kind(source: &ImportSource, secret: Option<&str>) -> ErrorKind {
    read(source, secret.map(password).as_ref()).unwrap_err().kind()
}

#[test]
fn a_snapshot_that_is_no_backup_or_does_not_open_is_told_as_such() {
    let (directory, path) = file(BACKUP);
    let source = ImportSource::Stronghold { path: path.clone() };
    assert_eq!(kind(&source, Some("wrong")), ErrorKind::WrongPassword);
    assert_eq!(kind(&source, None), ErrorKind::InvalidPassword);
    let mut refusals = Vec::new();
    for length in [0, 6, 100, 1_000, BACKUP.len() - 1] {
        fs::write(&path, &BACKUP[..length]).unwrap();
        refusals.push(kind(&source, Some(PASSWORD)));
    }
    for at in [0, 5, 20, 40_000, BACKUP.len() - 20] {
        let mut flipped = BACKUP.to_vec();
        flipped[at] ^= 0x10;
        fs::write(&path, &flipped).unwrap();
        refusals.push(kind(&source, Some(PASSWORD)));
        assert_eq!(fs::read(&path).unwrap(), flipped, "nothing is written");
    }
    use ErrorKind::{VaultDamaged, VaultForeign, VaultVersion};
    let damaged = [VaultDamaged; 5];
    assert_eq!(refusals[..5], damaged);
    assert_eq!(refusals[5..], [VaultForeign, VaultVersion, VaultDamaged, VaultDamaged, VaultDamaged]);

    fs::write(&path, WALLET_RS_VAULT).unwrap();
    assert_eq!(kind(&source, Some(PASSWORD)), ErrorKind::ImportInvalid, "a vault without accounts");
    fs::write(&path, EXPORT).unwrap();
    assert_eq!(kind(&source, Some("old")), VaultForeign);
    assert_eq!(kind(&ImportSource::Stronghold { path: directory.path().to_owned() }, Some("old")), VaultForeign);
    assert_eq!(
        kind(&ImportSource::Stronghold { path: path.with_file_name("none") }, Some("old")),
        ErrorKind::VaultMissing
    );
}

/// Wherever it is cut or altered: nothing of it is read, and nothing is written.
#[test]
fn a_snapshot_cut_or_altered_anywhere_is_refused() {
    let key = password("short");
    let (_first, path) = file(BACKUP);
    // under a cost that lets many be tried
    let vault = crate::keys::StrongholdManager::new(&path, CoinType::SHIMMER).with_work_factor(4);
    vault.change_password(&password(PASSWORD), &key).unwrap();
    let good = fs::read(&path).unwrap();
    let content = 7 + b"age-encryption.org/v1\n-> scrypt ".len() + 22 + 3 + 43 + 1 + 4 + 43 + 1;
    let tried = |bytes: &[u8]| {
        // a place of its own, where no wrong password was counted yet
        let (_directory, path) = file(bytes);
        let kind = kind(&ImportSource::Stronghold { path: path.clone() }, Some("short"));
        assert_eq!(fs::read(&path).unwrap(), bytes, "nothing is written");
        kind
    };
    let spread = (0..30).map(|part| good.len() * part / 30);
    let ends = [content, content + 1, content + 16, content + 17, content + 32, good.len() - 16];
    for length in spread.clone().chain(1..20).chain(ends).chain([good.len() - 1]) {
        assert_eq!(tried(&good[..length]), ErrorKind::VaultDamaged, "cut to {length}");
    }
    assert_eq!(tried(&[good.as_slice(), &[0]].concat()), ErrorKind::VaultDamaged);
    let mut kinds = std::collections::BTreeSet::new();
    for at in (0..content).step_by(3).chain(spread).chain(ends) {
        let mut flipped = good.clone();
        flipped[at] ^= 1 << (at % 8);
        let kind = tried(&flipped);
        let right = match at {
            0..5 => kind == ErrorKind::VaultForeign,
            5..7 => kind == ErrorKind::VaultVersion,
            // the salt and the key of the file look like another password
            _ if at < content => matches!(kind, ErrorKind::VaultDamaged | ErrorKind::WrongPassword),
            _ => kind == ErrorKind::VaultDamaged,
        };
        assert!(right, "flipped at {at}: {kind:?}");
        kinds.insert(kind);
    }
    assert_eq!(kinds.len(), 4);
    assert!(read(&ImportSource::Stronghold { path }, Some(&key)).is_ok());
}

#[test]
fn an_export_cut_anywhere_or_with_other_bytes_is_refused() {
    let (directory, path) = file(EXPORT);
    let source = ImportSource::Export { path: path.clone() };
    for length in (0..EXPORT.len() - 2).step_by(1_499).chain([EXPORT.len() - 3]) {
        fs::write(&path, &EXPORT[..length]).unwrap();
        assert_eq!(kind(&source, None), ErrorKind::ImportInvalid, "{length}");
    }
    for bytes in [b"".as_slice(), b"[]", b"{}", b"\xff\xfe", b"null", BACKUP] {
        fs::write(&path, bytes).unwrap();
        assert_eq!(kind(&source, None), ErrorKind::ImportInvalid);
    }
    for flawed in [json!({"format": "other"}), json!({"version": 2}), json!({"accounts": []}), json!({"accounts": 7})] {
        let mut json = fixture();
        json.as_object_mut().unwrap().extend(flawed.as_object().unwrap().clone());
        fs::write(&path, json.to_string()).unwrap();
        assert_eq!(kind(&source, None), ErrorKind::ImportInvalid, "{flawed}");
    }
    assert_eq!(kind(&ImportSource::Export { path: directory.path().to_owned() }, None), ErrorKind::ImportIo);
    assert_eq!(kind(&ImportSource::Export { path: path.with_file_name("none") }, None), ErrorKind::ImportIo);
}

/// What a file says is compared with the seed and the network. A bit in an alias or a name can't be told; whatever is
/// taken, no address of the other wallet is forgotten.
#[test]
fn an_export_with_flipped_bits_never_loses_an_address() {
    let (_files, path) = file(EXPORT);
    let source = ImportSource::Export { path: path.clone() };
    let mut refusals = std::collections::BTreeSet::new();
    let mut vacancy = vacant();
    for at in (0..EXPORT.len()).step_by(701) {
        let mut flipped = EXPORT.to_vec();
        flipped[at] ^= 1 << (at % 7);
        fs::write(&path, &flipped).unwrap();
        match vacancy.1.manager.import(&source, None, 0) {
            Ok(_) => {
                assert!(vacancy.1.manager.watch().len() >= 510);
                vacancy = vacant();
            }
            Err(error) => {
                assert!(vacancy.1.manager.watch().is_empty());
                refusals.insert(error.kind());
            }
        }
    }
    assert!(refusals.contains(&ErrorKind::ImportInvalid) && refusals.contains(&ErrorKind::AddressInvalid));
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_told_as_such() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, path) = file(EXPORT);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        return crate::testing::not_tested("this user reads every file");
    }
    assert_eq!(kind(&ImportSource::Export { path: path.clone() }, None), ErrorKind::ImportIo);
    assert_eq!(kind(&ImportSource::Stronghold { path }, Some("old")), ErrorKind::VaultIo);
}

#[test]
fn contradictions_have_kinds_of_their_own_and_leave_the_wallet_empty() {
    let (_directory, wallet) = vacant();
    let with = |accounts: &[Value]| refused(&wallet, &wallet_of(accounts));
    let (a, b) = (account(0, "alice", &[0], &[]), account(1, "bob", &[0], &[]));
    assert_eq!(with(&[a.clone(), account(2, "carol", &[0], &[])]), ErrorKind::ImportIncomplete);
    assert_eq!(with(std::slice::from_ref(&b)), ErrorKind::ImportIncomplete);
    assert_eq!(with(&[a.clone(), a.clone()]), ErrorKind::ImportInvalid);
    assert_eq!(with(&[a.clone(), account(1, "alice", &[0], &[])]), ErrorKind::AliasTaken);
    for alias in ["", " alice", "a\nb"] {
        assert_eq!(with(&[account(0, alias, &[0], &[])]), ErrorKind::AliasInvalid);
    }
    let mut two = account(0, "alice", &[0, 1], &[]);
    two["publicAddresses"][1]["keyIndex"] = 0.into();
    assert_eq!(with(&[two]), ErrorKind::ImportInvalid, "two addresses of one key index");
    // another seed, another network, another kind of address
    let mut other = account(0, "alice", &[0, 1], &[]);
    other["publicAddresses"][1]["address"] = Stardust.format(&seeds(0, false, 2), "rms").into();
    assert_eq!(with(std::slice::from_ref(&other)), ErrorKind::SeedMismatch);
    other["publicAddresses"][1]["address"] = Stardust.format(&seeds(0, false, 1), "smr").into();
    assert_eq!(with(std::slice::from_ref(&other)), ErrorKind::AddressWrongNetwork);
    other["publicAddresses"][1]["address"] = "rms1nonsense".into();
    assert_eq!(with(std::slice::from_ref(&other)), ErrorKind::AddressInvalid);
    other["publicAddresses"][1]["keyIndex"] = (1_u32 << 31).into();
    assert_eq!(with(std::slice::from_ref(&other)), ErrorKind::ImportInvalid);
    other["publicAddresses"][1]["keyIndex"] = 6_000_000.into();
    assert_eq!(with(&[other]), ErrorKind::ImportInvalid, "more than there can be");
    let mut internal = account(0, "alice", &[0], &[]);
    internal["publicAddresses"][0]["internal"] = true.into();
    assert_eq!(with(&[internal]), ErrorKind::ImportInvalid);
    // another coin type: of the wallet, and of one account
    let mut coin = wallet_of(std::slice::from_ref(&a));
    (coin["coinType"], coin["accounts"][0]["coinType"]) = (4218.into(), 4218.into());
    assert_eq!(refused(&wallet, &coin), ErrorKind::ImportCoinType);
    coin["coinType"] = 4219.into();
    assert_eq!(refused(&wallet, &coin), ErrorKind::ImportInvalid);
    // and what is right is taken after all of that
    let (_files, source) = exported(&wallet_of(&[b, a]));
    assert_eq!(wallet.manager.import(&source, None, 0).unwrap().accounts, 2);
}
