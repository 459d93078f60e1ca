mod files;
mod state;

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::{
    error::ErrorKind,
    keys::{CoinType, KeyPath, Mnemonic, MnemonicManager, Password, SecretManager},
    ledger::{Address, AddressCodec, TransactionId},
    manager::{AccountManager, AccountRef, Config, Ports, SecretConfig, SeedOrigin},
    stardust::Stardust,
    testing::{ManualClock, OutputBuilder, ScriptedFeed, TestWallet, WORDS},
};

/// What the wheel iota-sdk 1.1.4 wrote, by `make_fixtures.py` of the export program.
const BACKUP: &[u8] = include_bytes!("fixtures/backup.stronghold");
const EXPORT: &[u8] = include_bytes!("fixtures/export.json");
/// What the wheel iota-wallet 1.0.0rc2 wrote of a wallet with the same accounts, with money on two of them and a payment on
/// its way, by `make_wallet_rs_fixtures.py`; and the vault of that wallet.
const WALLET_RS: &[u8] = include_bytes!("fixtures/wallet-rs.stronghold");
const WALLET_RS_VAULT: &[u8] = include_bytes!("../keys/stronghold/fixtures/version-2.stronghold");
const VECTORS: &[u8] = include_bytes!("fixtures/addresses.json");
const PASSWORD: &str = "A password, with ümlaut";
/// Its accounts, with how many public and internal addresses they have.
const ACCOUNTS: [(&str, u32, u32); 3] = [("Treasury", 302, 3), ("Zoë & Söhne", 150, 0), ("hot", 50, 5)];

fn password(text: &str) -> Password {
    Password::new(text.as_bytes().to_vec()).unwrap()
}

/// A directory with a file in it.
fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old");
    fs::write(&path, bytes).unwrap();
    (directory, path)
}

fn exported(json: &Value) -> (TempDir, ImportSource) {
    let (directory, path) = file(&serde_json::to_vec(json).unwrap());
    (directory, ImportSource::Export { path })
}

fn fixture() -> Value {
    serde_json::from_slice(EXPORT).unwrap()
}

fn seeds(account: u32, internal: bool, index: u32) -> Address {
    let keys = MnemonicManager::new(&Mnemonic::parse(WORDS).unwrap(), CoinType::SHIMMER);
    Stardust.of_public_key(&keys.public_keys(&[KeyPath::new(account, internal, index).unwrap()]).unwrap()[0])
}

/// An account as an export has it, with these key indexes.
fn account(index: u32, alias: &str, public: &[u32], internal: &[u32]) -> Value {
    let rows = |chain: bool, indexes: &[u32]| -> Value {
        let text = |key_index: &u32| Stardust.format(&seeds(index, chain, *key_index), "rms");
        indexes
            .iter()
            .map(|key_index| json!({"address": text(key_index), "keyIndex": key_index, "internal": chain}))
            .collect()
    };
    json!({"index": index, "coinType": 4219, "alias": alias,
        "publicAddresses": rows(false, public), "internalAddresses": rows(true, internal)})
}

fn wallet_of(accounts: &[Value]) -> Value {
    json!({"format": "iota-sdk-export", "version": 1, "coinType": 4219, "accounts": accounts})
}

/// A wallet on a node, with the fixtures' mnemonic and nothing else.
fn vacant() -> (TempDir, TestWallet) {
    let directory = tempfile::tempdir().unwrap();
    let wallet = TestWallet::start(directory.path(), &ScriptedFeed::with_milestones(1));
    wallet.sync();
    (directory, wallet)
}

fn refused(wallet: &TestWallet, json: &Value) -> ErrorKind {
    let (_directory, source) = exported(json);
    let kind = wallet.manager.import(&source, None, 0).unwrap_err().kind();
    assert!(wallet.manager.accounts(None, 10).unwrap().items.is_empty() && wallet.manager.watch().is_empty());
    kind
}

#[test]
fn the_same_mnemonic_has_the_same_thousand_addresses_on_both_chains_and_coin_types() {
    let vectors: Vec<Value> = serde_json::from_slice(VECTORS).unwrap();
    assert_eq!(vectors.len(), 4);
    for vector in vectors {
        let coin = CoinType::new(u32::try_from(vector["coinType"].as_u64().unwrap()).unwrap()).unwrap();
        let internal = vector["internal"].as_bool().unwrap();
        let keys = MnemonicManager::new(&Mnemonic::parse(WORDS).unwrap(), coin);
        let paths: Vec<_> = (0..1000).map(|index| KeyPath::new(0, internal, index).unwrap()).collect();
        let hrp = vector["hrp"].as_str().unwrap();
        let keys = keys.public_keys(&paths).unwrap();
        let texts: Vec<_> = keys.iter().map(|key| Stardust.format(&Stardust.of_public_key(key), hrp)).collect();
        assert_eq!(
            (texts[0].as_str(), texts[999].as_str()),
            (vector["first"].as_str().unwrap(), vector["last"].as_str().unwrap())
        );
        let mut hash = [0; 32];
        crypto::hashes::sha::SHA256(
            texts.iter().map(|text| format!("{text}\n")).collect::<String>().as_bytes(),
            &mut hash,
        );
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, vector["sha256"].as_str().unwrap());
    }
}
