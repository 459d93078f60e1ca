//! Vault files.

use std::fs;

use stardust_proof::WORDS;
use stardust_wallet::{
    error::ErrorKind,
    keys::{Mnemonic, VaultStatus},
    manager::SeedOrigin,
};

use super::{Scene, names, open, password};

/// Of wallet.rs, with this password.
const VERSION_2: &[u8] = include_bytes!("../../../wallet/src/keys/stronghold/fixtures/version-2.stronghold");
const ITS_PASSWORD: &str = "A password, with ümlaut";

pub(super) fn a_vault_is_stored(scene: &Scene) {
    let (directory, vault) = (scene.large.join("stored"), scene.small.join("keys.stronghold"));
    let wallet = open(&directory, &vault);
    wallet.set_password(&password("first")).unwrap();
    let store = || wallet.store_mnemonic(&Mnemonic::parse(WORDS).unwrap(), SeedOrigin::New);
    for room in [0, 100] {
        // less than a page is nothing on the small disk
        scene.refused(room, ErrorKind::VaultIo, store);
        assert_eq!(names(&scene.small), [""; 0], "nothing half written");
        assert_eq!(wallet.secret_status(), VaultStatus::Empty);
    }
    store().unwrap();
    wallet.close();
    let wallet = open(&directory, &vault);
    wallet.set_password(&password("first")).unwrap();
    assert_eq!(wallet.secret_status(), VaultStatus::Unlocked);
    wallet.close();
    fs::remove_file(vault).unwrap();
}

pub(super) fn a_password_is_changed(scene: &Scene) {
    let (directory, vault) = (scene.large.join("changed"), scene.small.join("keys.stronghold"));
    let wallet = open(&directory, &vault);
    wallet.set_password(&password("first")).unwrap();
    wallet.store_mnemonic(&Mnemonic::parse(WORDS).unwrap(), SeedOrigin::New).unwrap();
    let before = fs::read(&vault).unwrap();
    let change = || wallet.change_password(&password("first"), &password("second"));
    // nothing, and enough for the new one but not for the generation before
    for room in [0, 4_096] {
        let room = if scene.disk == super::Disk::Limit { room / 64 } else { room };
        scene.refused(room, ErrorKind::VaultIo, change);
        assert_eq!(fs::read(&vault).unwrap(), before, "the vault is as it was");
        assert!(!names(&scene.small).iter().any(|name| name.ends_with(".new")), "{:?}", names(&scene.small));
        wallet.lock().unwrap();
        assert!(wallet.set_password(&password("second")).is_err());
        wallet.set_password(&password("first")).unwrap();
    }
    change().unwrap();
    wallet.lock().unwrap();
    wallet.set_password(&password("second")).unwrap();
    // the generation before is kept until another takes its place
    let both = || names(&scene.small).iter().map(|name| fs::read(scene.small.join(name)).unwrap()).collect::<Vec<_>>();
    let before = both();
    assert_eq!(before.len(), 2, "{:?}", names(&scene.small));
    for room in [0, 4_096] {
        let room = if scene.disk == super::Disk::Limit { room / 64 } else { room };
        let change = || wallet.change_password(&password("second"), &password("third"));
        scene.refused(room, ErrorKind::VaultIo, change);
        assert!(both() == before, "room {room}: {:?}", names(&scene.small));
    }
    wallet.close();
    names(&scene.small).iter().for_each(|name| fs::remove_file(scene.small.join(name)).unwrap());
}

pub(super) fn a_snapshot_is_migrated(scene: &Scene) {
    let (directory, vault) = (scene.large.join("migrates"), scene.large.join("keys.stronghold"));
    let (source, target) = (scene.large.join("version-2"), scene.small.join("version-3"));
    fs::write(&source, VERSION_2).unwrap();
    let wallet = open(&directory, &vault);
    let migrate = || wallet.migrate_snapshot(&source, &target, &password(ITS_PASSWORD), Some(&password("new")));
    scene.refused(0, ErrorKind::VaultIo, migrate);
    assert_eq!(names(&scene.small), [""; 0], "nothing half written");
    assert_eq!(fs::read(&source).unwrap(), VERSION_2, "the original is as it was");
    migrate().unwrap();
    wallet.close();
    let wallet = open(&scene.large.join("migrated"), &target);
    wallet.set_password(&password("new")).unwrap();
    assert_eq!(wallet.secret_status(), VaultStatus::Unlocked);
    wallet.close();
    fs::remove_file(target).unwrap();
}
