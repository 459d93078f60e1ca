//! A wallet with money on a scripted ledger, and the node it talks to.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
    mpsc,
};

use rusqlite::Connection;

pub(super) use super::samples::{
    basic, expiring, paying, request, returning, spending, stranger, timelocked, transaction, with_key,
};
use super::scripted::{Node, TestClock};
pub(super) use crate::testing::testnet;
use crate::{
    events::{self, Bus, Notice, ProgressStage},
    keys::{CoinType, KeyError, KeyPath, Mnemonic, MnemonicManager, SecretManager},
    ledger::{
        Address, AddressCodec, LedgerOutput, MilestoneId, MilestoneIndex, OutputId, Position, Submit, TransactionId,
        UnixTime,
    },
    payments::{
        AtWork, Journal, Payment, PaymentError, PaymentHost, PaymentPolicy, PaymentPorts, PaymentRules, Payments,
        settle::settle,
    },
    stardust::{Stardust, decode_output},
    store::{
        AddressKey, Holdings, MetaKey, NewOutputRow, Origin, OutputClass, Past, Store, StoreError, Tally, account,
        address, meta, output, payment,
    },
    testing::WORDS,
};

/// The rooms beside: issues the change address as the accounts room does.
struct Host {
    store: Arc<Store>,
    keys: Arc<dyn SecretManager>,
    signed: Mutex<Vec<TransactionId>>,
    locked: AtomicBool,
    failing: Mutex<Option<u32>>,
    handed_out: Mutex<Option<Keys>>,
}

/// Keys in use: the receiver sees when nobody has them any more.
#[derive(Clone)]
pub(super) struct Keys(#[expect(dead_code, reason = "it is there to be dropped")] pub(super) mpsc::Sender<()>);

impl AtWork for Keys {}

impl PaymentHost for Host {
    fn change_address(&self, account: u32) -> Result<Address, PaymentError> {
        if *self.failing.lock().unwrap() == Some(account) {
            return Err(KeyError::Random.into());
        }
        let key = AddressKey { account, internal: true, key_index: 0 };
        let known = self.store.readers().read(|conn| address::by_key(conn, key))?;
        Ok(known.map_or_else(|| issue(&self.store, &*self.keys, key), |row| row.raw))
    }

    fn work(&self) -> Result<Box<dyn AtWork>, PaymentError> {
        if self.locked.load(Ordering::SeqCst) {
            return Err(KeyError::Locked.into());
        }
        Ok(Box::new(self.handed_out.lock().unwrap().clone()))
    }

    fn signed(&self, transaction: &TransactionId) {
        self.signed.lock().unwrap().push(*transaction);
    }
}

/// The first address of an account.
const fn first_of(account: u32) -> AddressKey {
    AddressKey { account, internal: false, key_index: 0 }
}

fn issue(store: &Store, keys: &dyn SecretManager, key: AddressKey) -> Address {
    let path = KeyPath::new(key.account, key.internal, key.key_index).unwrap();
    let raw = Stardust.of_public_key(&keys.public_keys(&[path]).unwrap()[0]);
    store.writer().commit(move |tx| address::insert(tx, key, &raw, None, Some(MilestoneIndex(1)), Past::New)).unwrap();
    raw
}

/// A wallet with two accounts and one address each, on a node.
pub(super) struct World {
    pub(super) directory: tempfile::TempDir,
    pub(super) node: Arc<Node>,
    pub(super) clock: Arc<TestClock>,
    pub(super) keys: Arc<dyn SecretManager>,
    pub(super) wallet: Wallet,
    outputs: AtomicU64,
}

/// One opening of the wallet.
pub(super) struct Wallet {
    pub(super) store: Arc<Store>,
    pub(super) payments: Arc<Payments>,
    pub(super) stages: Arc<Mutex<Vec<ProgressStage>>>,
    host: Arc<Host>,
}

impl Wallet {
    fn open(
        world: &tempfile::TempDir,
        policy: PaymentPolicy,
        ports: impl FnOnce(Arc<Store>, Arc<Host>, Arc<Bus>) -> PaymentPorts,
    ) -> Self {
        let store = Arc::new(Store::open(world.path()).unwrap());
        let keys: Arc<dyn SecretManager> = mnemonic();
        let host = Arc::new(Host {
            store: Arc::clone(&store),
            keys,
            signed: Mutex::default(),
            locked: AtomicBool::new(false),
            failing: Mutex::default(),
            handed_out: Mutex::default(),
        });
        let bus = Arc::new(Bus::default());
        let stages = Arc::<Mutex<Vec<ProgressStage>>>::default();
        let heard = Arc::clone(&stages);
        bus.subscribe(Box::new(move |notice| {
            if let Notice::Progress(progress) = &**notice {
                heard.lock().unwrap().push(progress.stage);
            }
        }));
        let payments = Payments::new(ports(Arc::clone(&store), Arc::clone(&host), bus), policy);
        let payments = Arc::new(payments);
        Self { store, payments, stages, host }
    }

    /// Keys cannot be used from now on, or can again.
    pub(super) fn lock(&self, locked: bool) {
        self.host.locked.store(locked, Ordering::SeqCst);
    }

    /// Who begins to work from now on has these.
    pub(super) fn hand_out(&self, keys: Option<Keys>) {
        *self.host.handed_out.lock().unwrap() = keys;
    }

    /// This account has no change address from now on.
    pub(super) fn fail_change(&self, account: Option<u32>) {
        *self.host.failing.lock().unwrap() = account;
    }

    pub(super) fn signed(&self) -> Vec<TransactionId> {
        self.host.signed.lock().unwrap().clone()
    }

    pub(super) fn read<T>(&self, job: impl FnOnce(&Connection) -> Result<T, StoreError>) -> T {
        self.store.readers().read(job).unwrap()
    }

    pub(super) fn holdings(&self, index: u32) -> Holdings {
        self.read(|conn| account::by_index(conn, index)).unwrap().holdings
    }
}

pub(super) fn mnemonic() -> Arc<dyn SecretManager> {
    Arc::new(MnemonicManager::new(&Mnemonic::parse(WORDS).unwrap(), CoinType::SHIMMER))
}

impl World {
    /// A started wallet whose account 0 owns an output for each amount.
    pub(super) fn with(amounts: &[u64]) -> Self {
        let world = Self::stopped(amounts);
        world.wallet.payments.start().unwrap();
        world
    }

    /// The same with the driver not started.
    pub(super) fn stopped(amounts: &[u64]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (node, clock) = (Arc::<Node>::default(), Arc::<TestClock>::default());
        let keys = mnemonic();
        let wallet = Wallet::open(&directory, PaymentPolicy::default(), ports(&directory, &node, &clock, &keys));
        let first = Stardust.of_public_key(&keys.public_keys(&[KeyPath::new(0, false, 0).unwrap()]).unwrap()[0]);
        wallet
            .store
            .writer()
            .commit(move |tx| {
                meta::put_network(tx, &testnet())?;
                meta::put(tx, MetaKey::SeedAddress, first.as_slice())?;
                meta::begin_cursor(tx, &position(1))?;
                account::insert(tx, "alice", false, 0)?;
                account::insert(tx, "bob", false, 0)?;
                Ok::<_, StoreError>(())
            })
            .unwrap();
        for account in 0..2 {
            issue(&wallet.store, &*keys, first_of(account));
        }
        let world = Self { directory, node, clock, keys, wallet, outputs: AtomicU64::new(0) };
        for amount in amounts {
            world.fund(0, *amount);
        }
        world
    }

    /// Other ports than the usual ones, the driver not started.
    pub(super) fn reopened_with(self, change: impl FnOnce(&mut PaymentPorts)) -> Self {
        self.reopened_by(PaymentPolicy::default(), change)
    }

    /// Another policy too.
    pub(super) fn reopened_by(self, policy: PaymentPolicy, change: impl FnOnce(&mut PaymentPorts)) -> Self {
        let Self { directory, node, clock, keys, wallet, outputs } = self;
        wallet.payments.close();
        wallet.store.close();
        drop(wallet);
        let usual = ports(&directory, &node, &clock, &keys);
        let wallet = Wallet::open(&directory, policy, |store, host, bus| {
            let mut ports = usual(store, host, bus);
            change(&mut ports);
            ports
        });
        Self { directory, node, clock, keys, wallet, outputs }
    }

    /// Closed and opened again under rules, which are applied as at every opening; the driver not started.
    pub(super) fn ruled(self, rules: PaymentRules) -> Self {
        let Self { directory, node, clock, keys, wallet, outputs } = self.reopened_with(|_| {});
        let Wallet { store, payments, stages, host } = wallet;
        let payments = Arc::new(Arc::into_inner(payments).unwrap().with_rules(rules).unwrap());
        Self { directory, node, clock, keys, wallet: Wallet { store, payments, stages, host }, outputs }
    }

    /// Closed and opened again, and started.
    pub(super) fn restarted(self) -> Self {
        let world = self.reopened_with(|_| {});
        world.wallet.payments.start().unwrap();
        world
    }

    pub(super) fn address(&self, account: u32) -> Address {
        self.wallet.read(|conn| address::by_key(conn, first_of(account))).unwrap().raw
    }

    /// One more account with one address.
    pub(super) fn open_account(&self, alias: &'static str) -> u32 {
        let account =
            self.wallet.store.writer().commit(move |tx| account::insert(tx, alias, false, 0)).unwrap().account;
        issue(&self.wallet.store, &*self.keys, first_of(account));
        account
    }

    /// So many outputs of account 0 from outside, each on an address of its own.
    pub(super) fn scatter(&self, count: u32, amount: u64) {
        for key_index in 1..=count {
            let key = AddressKey { account: 0, internal: false, key_index };
            let raw = basic(&issue(&self.wallet.store, &*self.keys, key), amount);
            self.insert(key, vec![self.decoded(&raw)], OutputClass::Plain);
        }
    }

    /// An output of an account's address from outside.
    pub(super) fn fund(&self, account: u32, amount: u64) -> OutputId {
        self.book(account, basic(&self.address(account), amount), OutputClass::Plain)
    }

    /// So many outputs from outside in one commit.
    pub(super) fn flood(&self, account: u32, count: u32, amount: u64) {
        let raw = basic(&self.address(account), amount);
        let decoded: Vec<LedgerOutput> = (0..count).map(|_| self.decoded(&raw)).collect();
        self.insert(first_of(account), decoded, OutputClass::Plain);
    }

    pub(super) fn book(&self, account: u32, raw: Vec<u8>, class: OutputClass) -> OutputId {
        let decoded = self.decoded(&raw);
        let id = decoded.id;
        self.insert(first_of(account), vec![decoded], class);
        id
    }

    /// An output that was never seen before.
    fn decoded(&self, raw: &[u8]) -> LedgerOutput {
        let number = self.outputs.fetch_add(1, Ordering::SeqCst) + 1;
        let mut id = [0; 34];
        id[..8].copy_from_slice(&number.to_be_bytes());
        decode_output(&OutputId::from_slice(&id).unwrap(), raw, &testnet()).unwrap()
    }

    fn insert(&self, key: AddressKey, outputs: Vec<LedgerOutput>, class: OutputClass) {
        let job = move |tx: &rusqlite::Transaction<'_>| {
            let at = meta::cursor(tx)?.unwrap().position;
            let mut tally = Tally::default();
            let origin = Origin::External;
            for output in &outputs {
                output::insert(tx, &mut tally, &NewOutputRow { output, key, class, origin, at })?;
            }
            tally.write(tx)
        };
        self.wallet.store.writer().commit(job).unwrap();
    }

    /// Five seconds later: applies the next milestone as the sync thread does, books, spends, settles, tells.
    pub(super) fn milestone(&self, created: Vec<LedgerOutput>, consumed: Vec<(OutputId, TransactionId)>) -> u32 {
        let job = move |tx: &rusqlite::Transaction<'_>| {
            let before = meta::cursor(tx)?.unwrap().position;
            let usual = position(before.index.0 + 1);
            // it may be later than usual
            let at = Position { time: usual.time.max(UnixTime(before.time.0 + 1)), ..usual };
            meta::advance_cursor(tx, &at)?;
            let settled = settle(tx, &at, created.iter().map(|output| output.transaction_id), &consumed)?;
            let mut tally = Tally::default();
            for output in &created {
                if let Some(key) = payment::address_key(tx, &output.owner)? {
                    let origin = Origin::Change;
                    let class = OutputClass::Plain;
                    output::insert(tx, &mut tally, &NewOutputRow { output, key, class, origin, at })?;
                }
            }
            for (id, by) in &consumed {
                output::spend(tx, &mut tally, id, at.index, Some(by))?;
            }
            tally.write(tx)?;
            events::append(tx, settled)?;
            Ok::<_, PaymentError>(at.index)
        };
        let index = self.wallet.store.writer().commit(job).unwrap();
        self.clock.0.fetch_add(5_000, Ordering::SeqCst);
        self.wallet.payments.applied(index);
        index.0
    }

    /// A milestone that includes the payment.
    pub(super) fn confirm(&self, payment: &Payment) -> u32 {
        let created = payment.outputs.iter().map(|output| {
            let raw = basic(&output.address, output.amount.units());
            decode_output(&output.output_id, &raw, &testnet()).unwrap()
        });
        let consumed = payment.inputs.iter().map(|input| (input.output_id, payment.transaction_id));
        self.milestone(created.collect(), consumed.collect())
    }

    /// Moves the clock and wakes the driver.
    pub(super) fn pass(&self, ms: u64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
        self.wallet.payments.applied(MilestoneIndex(0));
    }
}

fn ports(
    directory: &tempfile::TempDir,
    node: &Arc<Node>,
    clock: &Arc<TestClock>,
    keys: &Arc<dyn SecretManager>,
) -> impl FnOnce(Arc<Store>, Arc<Host>, Arc<Bus>) -> PaymentPorts + use<> {
    let (node, clock, keys) = (Arc::clone(node), Arc::clone(clock), Arc::clone(keys));
    let journal = directory.path().join("payments.journal");
    move |store, host, bus| PaymentPorts {
        journal: Arc::new(Journal::new(journal, Arc::clone(&store))),
        store,
        keys,
        codec: Arc::new(Stardust),
        drafter: Arc::new(Stardust),
        submit: Arc::clone(&node) as Arc<dyn Submit>,
        lookup: node,
        clock,
        host,
        bus,
    }
}

pub(super) fn position(index: u32) -> Position {
    let id = MilestoneId::from_slice(&index.to_be_bytes()).unwrap();
    Position { index: MilestoneIndex(index), id, time: UnixTime(1_700_000_000 + index) }
}
