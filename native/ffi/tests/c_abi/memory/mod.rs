//! Secrets are not found in the memory of a process that is through with them.
//!
//! The process is this program again. It makes a mnemonic, tells its driver the words over a socket, and is told its
//! passwords; it stops where it says what it has done, and the driver reads all of its memory. The driver sees to it that
//! it would find what it looks for: in the beginning the process holds the words, in the end it is given everything to keep.
//! Other systems have no such way to read a process, so these tests are for Linux.

mod search;

use std::{
    collections::HashSet,
    io::{Read as _, Write as _},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crypto::{
    hashes::{Digest as _, blake2b::Blake2b256},
    keys::{
        bip39::{MnemonicRef, PassphraseRef, mnemonic_to_seed, wordlist},
        pbkdf::PBKDF2_HMAC_SHA512,
        slip10::{Segment as _, Slip10},
    },
    signatures::ed25519::SecretKey,
};
use serde_json::json;
use stardust_devnet::Devnet;
use stardust_wallet::keys::{CoinType, Password, SecretManager as _, StrongholdManager};

use self::search::{Needle, search, status_kib};
use crate::support::{Wallet, config, mnemonic, put_secret};

const SOCKET: &str = "STARDUST_TEST_SOCKET";
const NODE: &str = "STARDUST_TEST_NODE";
const PLACE: &str = "STARDUST_TEST_PLACE";
/// Files of other wallets, with the seed of these words. They are in this program, so words are not looked for.
const BACKUP: &[u8] = include_bytes!("../../../../wallet/src/import/fixtures/backup.stronghold");
const VERSION_2: &[u8] = include_bytes!("../../../../wallet/src/keys/stronghold/fixtures/version-2.stronghold");
const THEIR_WORDS: &str = "endorse answer radar about source reunion marriage tag sausage weekend frost daring base \
    attack because joke dream slender leisure group reason prepare broken river";
const THEIR_PASSWORD: &str = "A password, with ümlaut";

/// One end of the conversation: short texts, without buffers of its own.
struct Talk(UnixStream);

impl Talk {
    fn say(&mut self, bytes: &[u8]) {
        self.0.write_all(&u32::try_from(bytes.len()).unwrap().to_be_bytes()).unwrap();
        self.0.write_all(bytes).unwrap();
    }

    fn hear(&mut self) -> Vec<u8> {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut bytes = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
        self.0.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Stops until the driver has looked.
    fn stop(&mut self, done: &str) {
        self.say(done.as_bytes());
        assert_eq!(self.hear(), b"go on");
    }
}

/// The process that is searched, as its driver has it.
struct Searched {
    child: Child,
    talk: Talk,
}

impl Searched {
    fn start(directory: &Path, node: &str) -> Self {
        let socket = directory.join("socket");
        let listener = UnixListener::bind(&socket).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "memory::is_searched", "--ignored", "--nocapture"]).stdout(Stdio::null());
        let child = command.env(SOCKET, socket).env(NODE, node).env(PLACE, directory).spawn().unwrap();
        let talk = Talk(listener.accept().unwrap().0);
        talk.0.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
        Self { child, talk }
    }

    /// What is found where the process stops next; it has to be where it is `expected`.
    fn look(&mut self, expected: &str, needles: &[Needle]) -> Vec<String> {
        assert_eq!(String::from_utf8(self.talk.hear()).unwrap(), expected);
        let found = search(self.child.id(), needles);
        self.talk.say(b"go on");
        found
    }
}

impl Drop for Searched {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A password that is nowhere in this program.
fn password() -> String {
    let digits = Blake2b256::digest(mnemonic()).iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{digits}\u{fc}")
}

/// All that must not be found, of a mnemonic and the passwords.
fn needles(words: &str, passwords: &[String]) -> Vec<Needle> {
    let mut needles = Vec::new();
    let list: Vec<_> = words.split(' ').collect();
    for run in list.windows(4) {
        needles.push(Needle::new("words", run.join(" ")));
    }
    needles.extend(of_seed("", words));
    for password in passwords {
        needles.push(Needle::new("password", password.as_str()));
        needles.push(Needle::new(
            "password in UTF-16",
            password.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
        ));
    }
    needles.extend(passwords.iter().map(String::as_str).chain([THEIR_PASSWORD]).flat_map(of_password));
    needles.extend(of_seed("foreign ", THEIR_WORDS));
    needles
}

/// What becomes of a password.
fn of_password(password: &str) -> Vec<Needle> {
    let mut stretched = [0; 32];
    PBKDF2_HMAC_SHA512(password.as_bytes(), b"wallet.rs", 100.try_into().unwrap(), &mut stretched);
    let hash = Blake2b256::digest(password);
    let keys = [("key of a password", hash.as_slice()), ("stretched key of a password", &stretched)];
    keys.into_iter().flat_map(|(name, key)| key.chunks(16).map(move |part| Needle::new(name, part))).collect()
}

/// What becomes of a mnemonic.
fn of_seed(whose: &str, words: &str) -> Vec<Needle> {
    let mut needles = Vec::new();
    let mut add = |name: &str, bytes: &[u8]| {
        needles.extend(bytes.chunks(16).map(|part| Needle::new(format!("{whose}{name}"), part)));
    };
    let phrase: &MnemonicRef = words.try_into().unwrap();
    let none: &PassphraseRef = "".try_into().unwrap();
    let entropy = wordlist::decode(phrase, &wordlist::ENGLISH).unwrap();
    add("entropy", &entropy);
    let seed = mnemonic_to_seed(phrase, none);
    add("seed", seed.bytes());
    let master = Slip10::<SecretKey>::from_seed(seed.bytes());
    let chain = master.derive([44, 4219, 0, 0].into_iter().map(|step: u32| step.harden()));
    for (name, node) in
        [("master key", &master), ("key of a chain", &chain), ("key of an address", &chain.child_key(0_u32.harden()))]
    {
        add(name, node.secret_key().as_slice());
    }
    needles
}

/// Puts the files of other wallets into `directory`, the newer one under `password`.
fn bring_foreign_files(directory: &Path, password: &str) {
    let backup = directory.join("foreign.stronghold");
    std::fs::write(&backup, BACKUP).unwrap();
    std::fs::write(directory.join("version-2.stronghold"), VERSION_2).unwrap();
    let secret = |text: &str| Password::new(text.as_bytes().to_vec()).unwrap();
    StrongholdManager::new(&backup, CoinType::SHIMMER)
        .change_password(&secret(THEIR_PASSWORD), &secret(password))
        .unwrap();
}

#[test]
fn no_word_no_seed_and_no_password_is_left_in_memory() {
    // with the prefix of the other wallet's addresses
    let devnet = Devnet::builder().hrp("rms").milestone_interval(Duration::from_millis(200)).start().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let passwords = [password(), password(), password(), password()];
    bring_foreign_files(directory.path(), &passwords[3]);
    let mut searched = Searched::start(directory.path(), devnet.node_url());
    let words = String::from_utf8(searched.talk.hear()).unwrap();
    for password in &passwords {
        searched.talk.say(password.as_bytes());
    }
    let needles = needles(&words, &passwords);

    let held = searched.look("holding", &needles);
    assert!(held.iter().any(|place| place.starts_with("words")), "the search finds nothing: {held:?}");
    assert!(held.iter().any(|place| place.starts_with("password")), "the search finds nothing: {held:?}");
    let address = String::from_utf8(searched.talk.hear()).unwrap();
    devnet.fund(&address, 5_000_000).unwrap();

    let locked = status_kib(searched.child.id(), "VmLck:");
    assert!(locked > 0, "no memory is locked: may this user lock any (ulimit -l)?");
    for done in [
        "paid",
        "locked",
        "changed the password",
        "backed up",
        "closed",
        "moved in",
        "migrated",
        "recovered",
        "derived of the mnemonic",
        "restored",
        "closed the last",
    ] {
        assert_eq!(searched.look(done, &needles), Vec::<String>::new(), "{done}");
    }
    // one of each kind
    let mut seen = HashSet::new();
    for needle in needles.iter().filter(|needle| seen.insert(&needle.name)) {
        searched.talk.say(&needle.bytes);
        let found = searched.look("planted", &needles);
        assert!(found.iter().any(|place| place.starts_with(&needle.name)), "{} was planted and not found", needle.name);
    }
}

/// What the process does that is searched.
#[test]
#[ignore = "the part of the process that is searched"]
fn is_searched() {
    let mut talk = Talk(UnixStream::connect(std::env::var_os(SOCKET).unwrap()).unwrap());
    let (place, node) = (PathBuf::from(std::env::var_os(PLACE).unwrap()), std::env::var(NODE).unwrap());
    let words = mnemonic();
    talk.say(words.as_bytes());
    let [old, new, backup, theirs] = [talk.hear(), talk.hear(), talk.hear(), talk.hear()];
    talk.stop("holding");

    let vault = |mut config: serde_json::Value, name: &str| {
        config["secretManager"] = json!({ "type": "stronghold", "snapshotPath": place.join(name) });
        config
    };
    let unlock = |wallet: &mut Wallet, password: &[u8]| {
        let reference = put_secret(wallet.handle, password);
        wallet.call("secret.setPassword", &json!({ "password": reference })).unwrap();
    };
    let mut wallet = Wallet::open(&vault(config(&place, &node), "first.stronghold"));
    unlock(&mut wallet, &old);
    let reference = put_secret(wallet.handle, words.as_bytes());
    let kept_words = mask(words.as_bytes());
    drop(words);
    wallet.call("secret.storeMnemonic", &json!({ "mnemonic": reference, "origin": "new" })).unwrap();
    wallet.call("wallet.start", &json!({})).unwrap();
    wallet.call("account.create", &json!({ "alias": "alice" })).unwrap();
    let issue = json!({ "account": { "index": 0 }, "count": 100 });
    let issued = wallet.call("account.generateAddresses", &issue).unwrap();
    let address = issued["addresses"][0]["address"].as_str().unwrap().to_owned();
    wallet.call("consumer.open", &json!({ "name": "credits" })).unwrap();
    talk.say(address.as_bytes());
    let deposit = json!({ "name": "credits", "timeoutMs": 60_000 });
    wallet.call("consumer.poll", &deposit).unwrap();
    let outputs = json!([{ "address": address, "amount": "1000000" }]);
    let pay = json!({ "account": { "index": 0 }, "outputs": outputs });
    let sent = wallet.call("account.sendAmount", &pay).unwrap();
    let included = json!({ "transactionId": sent["transactionId"], "timeoutMs": 60_000 });
    assert_eq!(wallet.call("transaction.awaitInclusion", &included).unwrap()["state"], "confirmed");
    // locked, changed and restored with the old password kept no longer than it is needed
    let kept_for_change = mask(&old);
    drop(old);
    let (kept_new, kept_backup, kept_theirs) = (mask(&new), mask(&backup), mask(&theirs));
    drop((new, backup, theirs));
    talk.stop("paid");

    wallet.call("secret.clearPassword", &json!({})).unwrap();
    talk.stop("locked");
    let current = put_secret(wallet.handle, &mask(&kept_for_change));
    let replacement = put_secret(wallet.handle, &mask(&kept_new));
    let change = json!({ "current": current, "replacement": replacement });
    wallet.call("secret.changePassword", &change).unwrap();
    talk.stop("changed the password");
    unlock(&mut wallet, &mask(&kept_new));
    let file = place.join("wallet.backup");
    let reference = put_secret(wallet.handle, &mask(&kept_backup));
    wallet.call("wallet.backup", &json!({ "path": file, "password": reference })).unwrap();
    talk.stop("backed up");
    wallet.close();
    talk.stop("closed");

    let mut wallet = Wallet::open(&vault(config(&place.join("third"), &node), "third.stronghold"));
    unlock(&mut wallet, &mask(&kept_new));
    wallet.call("wallet.start", &json!({})).unwrap();
    let reference = put_secret(wallet.handle, &mask(&kept_theirs));
    let file_of_theirs =
        json!({ "type": "stronghold", "path": place.join("foreign.stronghold"), "password": reference });
    wallet.call("wallet.import", &json!({ "source": file_of_theirs, "skip": 10 })).unwrap();
    talk.stop("moved in");
    let (password, replacement) =
        (put_secret(wallet.handle, THEIR_PASSWORD.as_bytes()), put_secret(wallet.handle, &mask(&kept_new)));
    let migration = json!({ "source": place.join("version-2.stronghold"), "target": place.join("migrated.stronghold"),
        "password": password, "replacement": replacement });
    wallet.call("secret.migrateSnapshot", &migration).unwrap();
    wallet.close();
    talk.stop("migrated");
    let mut wallet = Wallet::open(&vault(config(&place.join("fourth"), &node), "fourth.stronghold"));
    unlock(&mut wallet, &mask(&kept_new));
    let reference = put_secret(wallet.handle, &mask(&kept_words));
    wallet.call("secret.storeMnemonic", &json!({ "mnemonic": reference, "origin": "existing" })).unwrap();
    wallet.call("wallet.start", &json!({})).unwrap();
    let limits = json!({ "gapLimits": { "accounts": 2, "addresses": 200 } });
    let found = wallet.call("wallet.recoverAccounts", &limits).unwrap();
    assert_eq!((&found["complete"], &found["accounts"]), (&json!(true), &json!(1)));
    wallet.close();
    talk.stop("recovered");

    // without a vault its keys are at rest between two calls all the same
    let mut wallet = Wallet::open(&config(&place.join("fifth"), &node));
    let reference = put_secret(wallet.handle, &mask(&kept_words));
    wallet.call("secret.storeMnemonic", &json!({ "mnemonic": reference, "origin": "new" })).unwrap();
    wallet.call("wallet.start", &json!({})).unwrap();
    wallet.call("account.create", &json!({ "alias": "alice" })).unwrap();
    let issued = wallet.call("account.generateAddresses", &issue).unwrap();
    assert_eq!(issued["addresses"][0]["address"], json!(address));
    talk.stop("derived of the mnemonic");
    wallet.close();

    let mut restoring = vault(config(&place.join("second"), &node), "second.stronghold");
    restoring["restore"] = json!({ "backupPath": file, "password": put_secret(0, &mask(&kept_backup)) });
    let mut wallet = Wallet::open(&restoring);
    unlock(&mut wallet, &mask(&kept_new));
    wallet.call("wallet.releaseIssuing", &json!({ "skipAhead": 10 })).unwrap();
    talk.stop("restored");
    // where no more memory may be locked, keys work all the same
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    rustix::process::setrlimit(rustix::process::Resource::Memlock, none).unwrap();
    wallet.call("secret.clearPassword", &json!({})).unwrap();
    unlock(&mut wallet, &mask(&kept_new));
    wallet.close();
    talk.stop("closed the last");
    loop {
        let planted = talk.hear();
        talk.stop("planted");
        drop(planted);
    }
}

#[test]
fn core_dumps_are_off_when_it_is_asked_for() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "memory::has_no_core_dumps", "--ignored", "--nocapture"]);
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
}

/// For a whole process, so in one of its own.
#[test]
#[ignore = "the part of the process that has no core dumps"]
fn has_no_core_dumps() {
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

    let directory = tempfile::tempdir().unwrap();
    let before = getrlimit(Resource::Core);
    let mut config = config(directory.path(), "http://127.0.0.1:1");
    Wallet::open(&config).close();
    assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::Dumpable);
    assert_eq!(getrlimit(Resource::Core), before);

    config["disableCoreDumps"] = json!(true);
    Wallet::open(&config).close();
    assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
}

/// Makes bytes that are not found out of those that are looked for, and back.
fn mask(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ 0x5a).collect()
}
