//! What would be refused when the restored wallet is opened refuses the restore, and leaves nothing of it.

use super::*;
use crate::{
    accounts::AccountError,
    error::ErrorKind,
    keys::KeyError,
    manager::{Ports, SecretGiven},
    payments::{PaymentError, PaymentRules},
    testing::{ManualClock, WORDS, address},
};

fn with_vault(directory: &Path, vault: &Path) -> Config {
    Config::new(directory, CoinType::SHIMMER, SecretConfig::Stronghold { path: vault.to_owned() })
}

/// A wallet with a vault under the password "right", lost, and its backup.
fn with_vault_backed_up() -> Place {
    let place = Place::new();
    let ports = Ports {
        feed: Box::new(place.node.clone()),
        submit: std::sync::Arc::new(place.node.clone()),
        lookup: std::sync::Arc::new(place.node.clone()),
        clock: std::sync::Arc::new(ManualClock::default()),
    };
    let path = place.wallet().join("keys.stronghold");
    let old = AccountManager::open(&with_vault(&place.wallet(), &path), ports).unwrap();
    vault(&path);
    old.backup(&place.file(), &password("backup")).unwrap();
    old.close();
    place
}

/// A wallet of the test's words that has met its node, lost, and its backup.
fn backed_up() -> Place {
    let place = Place::new();
    let wallet = place.start();
    wallet.sync();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    wallet.manager.close();
    place
}

/// Restores, with this given for opening.
fn restore(place: &Place, given: SecretGiven, config: &Config) -> Result<BackupInfo, WalletError> {
    AccountManager::restore_with(&place.file(), &password("backup"), Some(&given), config, 5_000)
}

#[test]
fn another_password_than_the_vaults_restores_nothing_and_the_right_one_does() {
    let place = with_vault_backed_up();
    let config = with_vault(&place.restored(), &place.restored().join("keys.stronghold"));
    let given = |text| SecretGiven::Password(password(text));
    let refused = restore(&place, given("wrong"), &config).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::WrongPassword);
    assert!(matches!(refused, WalletError::Backup(BackupError::Vault(KeyError::WrongPassword))), "{refused:?}");
    assert!(!place.restored().exists());
    restore(&place, given("right"), &config).unwrap();
    let opened = StrongholdManager::new(place.restored().join("keys.stronghold"), CoinType::SHIMMER);
    opened.set_password(&password("right")).unwrap();
}

#[test]
fn the_words_of_another_wallet_restore_nothing_and_its_own_do() {
    let place = backed_up();
    let other = restore(&place, SecretGiven::Mnemonic(Mnemonic::generate().unwrap()), &config(&place.restored()));
    let other = other.unwrap_err();
    assert!(matches!(other, WalletError::Account(AccountError::SeedMismatch)), "{other:?}");
    assert!(!place.restored().exists());
    restore(&place, SecretGiven::Mnemonic(Mnemonic::parse(WORDS).unwrap()), &config(&place.restored())).unwrap();
}

#[test]
fn an_allow_list_of_another_network_restores_nothing() {
    let place = backed_up();
    let rules = |hrp: &str| PaymentRules {
        allow_list: Some([address(9)].into_iter().collect()),
        allow_list_hrp: Some(hrp.to_owned()),
        ..PaymentRules::default()
    };
    let restore = |hrp: &str| {
        let config = Config { rules: rules(hrp), ..config(&place.restored()) };
        AccountManager::restore(&place.file(), &password("backup"), &config, 5_000)
    };
    let refused = restore("smr").unwrap_err();
    assert!(matches!(refused, WalletError::Payment(PaymentError::RulesNetwork { .. })), "{refused:?}");
    assert_eq!(refused.kind(), ErrorKind::InvalidConfiguration);
    assert!(!place.restored().exists());
    restore("rms").unwrap();
}

#[test]
fn a_journal_that_could_not_be_made_or_written_restores_nothing() {
    let place = backed_up();
    let restore = |journal: PathBuf| {
        let config = Config { key_journal: Some(journal), ..config(&place.restored()) };
        AccountManager::restore(&place.file(), &password("backup"), &config, 5_000)
    };
    let refused = restore(place.directory.path().join("missing").join("payments.journal")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::JournalIo, "{refused}");
    assert!(!place.restored().exists());
    restore(place.directory.path().join("payments.journal")).unwrap();
    assert_eq!(place.names(), ["restored", "wallet", "wallet.backup"], "it is made when the wallet is opened");
}

#[cfg(unix)]
#[test]
fn a_journal_that_can_only_be_read_restores_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let (wallet, _) = journal::funded(&place, 1);
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    wallet.manager.close();
    let path = journal::journal(&place);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    if fs::OpenOptions::new().write(true).open(&path).is_ok() {
        return crate::testing::not_tested("this user writes every file");
    }
    let config = Config { key_journal: Some(path), ..config(&place.restored()) };
    let refused = AccountManager::restore(&place.file(), &password("backup"), &config, 5_000).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::JournalIo, "{refused}");
    assert!(!place.restored().exists());
}
