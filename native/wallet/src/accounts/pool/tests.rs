use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use proptest::prelude::*;

use super::*;
use crate::{
    error::ErrorKind,
    keys::{
        CoinType, KeyError, KeyPath, Mnemonic, MnemonicManager, Password, PasswordChange, SecretManager, Signature,
        VaultStatus,
    },
    ledger::{AddressCodec, MilestoneId, MilestoneIndex, Position, UnixTime},
    stardust::Stardust,
    store::{MetaKey, Store, meta},
    testing::{ManualClock, WORDS},
};

/// Keys that can be locked without a file and without scrypt.
struct Lockable {
    keys: MnemonicManager,
    locked: AtomicBool,
    generation: AtomicU64,
}

impl Lockable {
    fn new(words: &Mnemonic) -> Arc<Self> {
        let keys = MnemonicManager::new(words, CoinType::SHIMMER);
        Arc::new(Self { keys, locked: AtomicBool::new(false), generation: AtomicU64::new(1) })
    }

    fn open(&self) -> Result<&MnemonicManager, KeyError> {
        if self.locked.load(Ordering::Acquire) { Err(KeyError::Locked) } else { Ok(&self.keys) }
    }

    fn set_locked(&self, locked: bool) {
        self.locked.store(locked, Ordering::Release);
        self.generation.fetch_add(1, Ordering::AcqRel);
    }
}

impl SecretManager for Lockable {
    fn coin_type(&self) -> CoinType {
        self.keys.coin_type()
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    fn status(&self) -> VaultStatus {
        if self.open().is_ok() { VaultStatus::Unlocked } else { VaultStatus::Locked }
    }

    fn public_keys(&self, paths: &[KeyPath]) -> Result<Vec<[u8; 32]>, KeyError> {
        self.open()?.public_keys(paths)
    }

    fn sign(&self, requests: &[(KeyPath, &[u8])]) -> Result<Vec<Signature>, KeyError> {
        self.open()?.sign(requests)
    }

    fn store_mnemonic(&self, _mnemonic: &Mnemonic) -> Result<(), KeyError> {
        Err(KeyError::AlreadyStored)
    }

    fn set_password(&self, _password: &Password) -> Result<(), KeyError> {
        self.set_locked(false);
        Ok(())
    }

    fn password_change(&self, _old: &Password, _new: &Password) -> Result<PasswordChange<'_>, KeyError> {
        Ok(Box::new(|| Ok(())))
    }

    fn lock(&self) -> Result<(), KeyError> {
        self.set_locked(true);
        Ok(())
    }
}

/// A wallet directory with one account whose seed is new.
struct Room {
    directory: tempfile::TempDir,
    keys: Arc<Lockable>,
    accounts: Option<Accounts>,
}

impl Room {
    fn new() -> Self {
        let mut room = Self {
            directory: tempfile::tempdir().unwrap(),
            keys: Lockable::new(&Mnemonic::parse(WORDS).unwrap()),
            accounts: None,
        };
        room.reopen();
        let begin =
            Position { index: MilestoneIndex(7), id: MilestoneId::from_slice(&[1; 32]).unwrap(), time: UnixTime(1) };
        let new = move |tx: &rusqlite::Transaction<'_>| {
            meta::put(tx, MetaKey::SeedOrigin, b"new")?;
            meta::begin_cursor(tx, &begin)
        };
        room.accounts().store.writer().commit(new).unwrap();
        room.accounts().create("alice").unwrap();
        room
    }

    fn accounts(&self) -> &Accounts {
        self.accounts.as_ref().unwrap()
    }

    fn reopen(&mut self) {
        self.accounts = None;
        let store = Arc::new(Store::open(self.directory.path()).unwrap());
        let keys: Arc<dyn SecretManager> = Arc::clone(&self.keys) as Arc<dyn SecretManager>;
        let (codec, clock) = (Arc::new(Stardust), Arc::new(ManualClock::default()));
        self.accounts = Some(Accounts::load(store, keys, codec, clock).unwrap());
    }

    fn expected(&self, internal: bool, index: u32) -> Address {
        let path = KeyPath::new(0, internal, index).unwrap();
        Stardust.of_public_key(&self.keys.keys.public_keys(&[path]).unwrap()[0])
    }
}

#[derive(Clone, Debug)]
enum Op {
    /// Out of the pool, else with keys.
    Issue {
        internal: bool,
        count: u32,
    },
    /// With keys, past the pool.
    Derive {
        internal: bool,
        count: u32,
    },
    Fill {
        internal: bool,
        size: u32,
    },
    Lock,
    Unlock,
    Reopen,
}

fn op() -> impl Strategy<Value = Op> {
    let (internal, count) = (any::<bool>(), 1..6_u32);
    prop_oneof![
        6 => (internal, count.clone()).prop_map(|(internal, count)| Op::Issue { internal, count }),
        2 => (internal, count).prop_map(|(internal, count)| Op::Derive { internal, count }),
        4 => (internal, 0..12_u32).prop_map(|(internal, size)| Op::Fill { internal, size }),
        2 => Just(Op::Lock),
        2 => Just(Op::Unlock),
        1 => Just(Op::Reopen),
    ]
}

/// What a chain is, in two numbers.
#[derive(Clone, Copy, Default)]
struct Chain {
    next: u32,
    /// The pool ends before this index.
    end: u32,
}

struct Run {
    room: Room,
    chains: [Chain; 2],
    locked: bool,
}

impl Run {
    fn step(&mut self, op: &Op) {
        match *op {
            Op::Issue { internal, count } => {
                let chain = self.chains[usize::from(internal)];
                let issued = self.room.accounts().issue_pooled(0, internal, count, Some("label")).unwrap();
                let enough = chain.end.saturating_sub(chain.next) >= count;
                assert_eq!(issued.is_some(), enough, "whether the vault is locked or not");
                match issued {
                    Some(issued) => self.issued(internal, count, &issued),
                    None => self.derive(internal, count),
                }
            }
            Op::Derive { internal, count } => self.derive(internal, count),
            Op::Fill { internal, size } => self.fill(internal, size),
            Op::Lock => self.room.keys.set_locked(true),
            Op::Unlock => self.room.keys.set_locked(false),
            Op::Reopen => self.room.reopen(),
        }
        self.locked = self.room.keys.open().is_err();
    }

    fn derive(&mut self, internal: bool, count: u32) {
        match self.room.accounts().issue(0, internal, count, Some("label")) {
            Ok(issued) => {
                assert!(!self.locked);
                self.issued(internal, count, &issued);
            }
            Err(error) => assert_eq!((error.kind(), self.locked), (ErrorKind::VaultLocked, true)),
        }
    }

    fn issued(&mut self, internal: bool, count: u32, issued: &[AddressRow]) {
        let chain = &mut self.chains[usize::from(internal)];
        assert_eq!(issued.len(), usize::try_from(count).unwrap());
        for (index, row) in (chain.next..).zip(issued) {
            let key = AddressKey { account: 0, internal, key_index: index };
            assert_eq!((row.key, row.raw), (key, self.room.expected(internal, index)), "the next one, and none twice");
            assert_eq!(row.watched_from, Some(MilestoneIndex(7)));
        }
        chain.next += count;
    }

    fn fill(&mut self, internal: bool, size: u32) {
        let chain = &mut self.chains[usize::from(internal)];
        let target = if internal && chain.next <= 1 { 0 } else { size };
        let missing = chain.end.saturating_sub(chain.next) < target;
        match self.room.accounts().fill_pool(0, internal, size) {
            Ok(level) => {
                assert!(!(missing && self.locked));
                if missing {
                    chain.end = chain.next + target;
                }
                assert_eq!((level.next, level.ready), (chain.next, chain.end.saturating_sub(chain.next)));
            }
            Err(error) => assert_eq!((error.kind(), missing && self.locked), (ErrorKind::VaultLocked, true)),
        }
    }

    /// What is issued is on disk and watched, what is in the pool is neither.
    fn check(&self) {
        let accounts = self.room.accounts();
        for internal in [false, true] {
            let chain = self.chains[usize::from(internal)];
            let level = accounts.pool_level(0, internal).unwrap();
            assert_eq!((level.next, level.ready), (chain.next, chain.end.saturating_sub(chain.next)));
            let rows = accounts.addresses(0, Some(internal), None, 1_000).unwrap();
            assert_eq!(rows.len(), usize::try_from(chain.next).unwrap());
            for (index, row) in (0..).zip(&rows) {
                assert_eq!(row.raw, self.room.expected(internal, index));
                assert_eq!(accounts.watch().find(&row.raw), Some(row.key));
            }
            for index in chain.next..chain.end {
                assert_eq!(accounts.watch().find(&self.room.expected(internal, index)), None, "nobody's yet");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn invariant_3_the_pool_is_like_its_model(ops in prop::collection::vec(op(), 1..40)) {
        let mut run = Run { room: Room::new(), chains: [Chain::default(); 2], locked: false };
        for op in &ops {
            run.step(op);
        }
        run.check();
    }
}

#[test]
fn a_pool_is_filled_in_batches() {
    let room = Room::new();
    let size = 2 * POOL_BATCH + 3;
    let fill = || room.accounts().fill_pool(0, false, size).unwrap().ready;
    assert_eq!([fill(), fill(), fill(), fill()], [POOL_BATCH, 2 * POOL_BATCH, size, size]);
    let all = room.accounts().issue_pooled(0, false, size, None).unwrap().unwrap();
    assert_eq!(all.last().unwrap().raw, room.expected(false, size - 1));
    assert_eq!(room.accounts().issue_pooled(0, false, 1, None).unwrap(), None);
}

#[test]
fn the_last_key_index_is_the_end_of_a_pool_too() {
    let room = Room::new();
    let last = issue::KEY_INDICES - 2;
    room.accounts().store.writer().commit(move |tx| account::set_next(tx, 0, false, last)).unwrap();
    assert_eq!(room.accounts().fill_pool(0, false, 5).unwrap().ready, 2);
    assert_eq!(room.accounts().issue_pooled(0, false, 3, None).unwrap(), None);
    assert_eq!(room.accounts().issue_pooled(0, false, 2, None).unwrap().unwrap()[1].key.key_index, last + 1);
    assert_eq!(room.accounts().fill_pool(0, false, 5).unwrap().ready, 0);
}

#[test]
fn no_pool_is_filled_with_another_seed_or_before_the_seeds_addresses_were_looked_for() {
    let mut room = Room::new();
    room.accounts().check_seed().unwrap();
    room.keys = Lockable::new(&Mnemonic::generate().unwrap());
    room.reopen();
    assert!(matches!(room.accounts().fill_pool(0, false, 5), Err(AccountError::SeedMismatch)));
    assert_eq!(room.accounts().pool_level(0, false).unwrap().ready, 0);

    let room = Room::new();
    room.accounts().fill_pool(0, false, 5).unwrap();
    room.accounts().store.writer().commit(|tx| account::set_all_undiscovered(tx, true)).unwrap();
    assert_eq!(room.accounts().fill_pool(0, false, 50).unwrap().ready, 5);
    assert!(matches!(room.accounts().issue_pooled(0, false, 1, None), Err(AccountError::Undiscovered(0))));
}

#[test]
fn bounds_of_issuing_hold_for_the_pool_too() {
    let room = Room::new();
    room.accounts().fill_pool(0, false, 5).unwrap();
    let long = "x".repeat(super::super::LABEL_LIMIT + 1);
    for (count, label) in [(0, None), (super::super::ISSUE_LIMIT + 1, None), (1, Some(long.as_str())), (1, Some("\n"))]
    {
        let refused = room.accounts().issue_pooled(0, false, count, label);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
    assert!(matches!(room.accounts().issue_pooled(7, false, 1, None), Err(AccountError::NoIndex(7))));
    assert!(matches!(room.accounts().fill_pool(7, false, 1), Err(AccountError::NoIndex(7))));
}

#[test]
fn invariant_3_nothing_comes_from_the_pool_while_issuing_is_frozen() {
    let room = Room::new();
    room.accounts().fill_pool(0, false, 5).unwrap();
    let mut state = crate::store::restore::Restore {
        backup_ms: 1,
        restored_ms: 2,
        cursor: None,
        cursor_time: None,
        log_id_before: String::new(),
        issuing_released: false,
        skip_ahead: 0,
        checked: false,
        payments_released: false,
        unknown_own: None,
        journal_found: false,
        journal_payments: 0,
        journal_waiting: 0,
        journal_covers: None,
        journal_lacks: false,
        disputed: Vec::new(),
        windows: Vec::new(),
        free_from: None,
    };
    let frozen = state.clone();
    room.accounts().store.writer().commit(move |tx| restore::put(tx, &frozen)).unwrap();
    assert!(matches!(room.accounts().issue_pooled(0, false, 1, None), Err(AccountError::IssuingFrozen)));
    state.issuing_released = true;
    room.accounts().store.writer().commit(move |tx| restore::put(tx, &state)).unwrap();
    assert_eq!(room.accounts().issue_pooled(0, false, 1, None).unwrap().unwrap()[0].key.key_index, 0);
}
