//! A wallet with money on a scripted ledger, and the node it talks to.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::scripted::{Node, TestClock};
use crate::{
    events::{self, Bus, InclusionState, LedgerEvent, Notice, ProgressStage},
    keys::{CoinType, KeyError, KeyPath, Mnemonic, MnemonicManager, SecretManager},
    ledger::{
        Address, AddressCodec, Amount, DepositRule, LedgerOutput, MilestoneId, MilestoneIndex, Network, OutputId,
        Position, Submit, TransactionId, UnixTime,
    },
    payments::{
        Accepted, AtWork, Journal, Payment, PaymentError, PaymentHost, PaymentPolicy, PaymentPorts, PaymentRef,
        PaymentRules, Payments, SendOptions, SendRequest, Withdrawal, WithdrawalRequest, WithdrawalState,
        settle::settle,
    },
    stardust::{Stardust, decode_output},
    store::{
        AddressKey, Holdings, MetaKey, NewOutputRow, Origin, OutputClass, Past, Store, StoreError, Tally, account,
        address, meta, output, payment,
    },
};

/// The reference vectors' words; no money was ever on them.
const WORDS: &str = "endorse answer radar about source reunion marriage tag sausage weekend frost daring base \
    attack because joke dream slender leisure group reason prepare broken river";

pub(super) fn testnet() -> Network {
    Network {
        name: "testnet".to_owned(),
        id: 8_342_982_141_227_064_571,
        protocol_version: 2,
        hrp: "rms".to_owned(),
        min_pow_score: 0,
        below_max_depth: 15,
        deposit: DepositRule { v_byte_cost: 500, v_byte_factor_data: 1, v_byte_factor_key: 10 },
        token_supply: Amount::new(1_000_000_000_000),
    }
}

/// The rooms beside: issues the change address as the accounts room does.
struct Host {
    store: Arc<Store>,
    keys: Arc<dyn SecretManager>,
    signed: Mutex<Vec<TransactionId>>,
    locked: AtomicBool,
    failing: Mutex<Option<u32>>,
}

struct Working;

impl AtWork for Working {}

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
        if self.locked.load(Ordering::SeqCst) { Err(KeyError::Locked.into()) } else { Ok(Box::new(Working)) }
    }

    fn signed(&self, transaction: &TransactionId) {
        self.signed.lock().unwrap().push(*transaction);
    }
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
            issue(&wallet.store, &*keys, AddressKey { account, internal: false, key_index: 0 });
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
        let key = AddressKey { account, internal: false, key_index: 0 };
        self.wallet.read(|conn| address::by_key(conn, key)).unwrap().raw
    }

    /// An output of an account's address from outside.
    pub(super) fn fund(&self, account: u32, amount: u64) -> OutputId {
        self.book(account, basic(&self.address(account), amount), OutputClass::Plain)
    }

    /// So many outputs from outside in one commit.
    pub(super) fn flood(&self, account: u32, count: u32, amount: u64) {
        let raw = basic(&self.address(account), amount);
        let decoded: Vec<LedgerOutput> = (0..count).map(|_| self.decoded(&raw)).collect();
        self.insert(account, decoded, OutputClass::Plain);
    }

    pub(super) fn book(&self, account: u32, raw: Vec<u8>, class: OutputClass) -> OutputId {
        let decoded = self.decoded(&raw);
        let id = decoded.id;
        self.insert(account, vec![decoded], class);
        id
    }

    /// An output that was never seen before.
    fn decoded(&self, raw: &[u8]) -> LedgerOutput {
        let number = self.outputs.fetch_add(1, Ordering::SeqCst) + 1;
        let mut id = [0; 34];
        id[..8].copy_from_slice(&number.to_be_bytes());
        decode_output(&OutputId::from_slice(&id).unwrap(), raw, &testnet()).unwrap()
    }

    fn insert(&self, account: u32, outputs: Vec<LedgerOutput>, class: OutputClass) {
        let key = AddressKey { account, internal: false, key_index: 0 };
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
            let before = meta::cursor(tx)?.unwrap().position.index.0;
            let at = position(before + 1);
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

    /// Tells of an ended payment's transaction once more, as after a second block of it.
    pub(super) fn settle_again(&self, payment: &Payment) -> Vec<LedgerEvent> {
        let (id, inputs) = (payment.transaction_id, payment.inputs.clone());
        let consumed: Vec<_> = inputs.iter().map(|input| (input.output_id, id)).collect();
        let job = move |tx: &rusqlite::Transaction<'_>| settle(tx, &position(99), [id, id], &consumed);
        self.wallet.store.writer().commit(job).unwrap()
    }

    /// The payment that contests this one.
    pub(super) fn contest_of(&self, payment: &Payment) -> Payment {
        let all = self.wallet.payments.page(None, None, 1_000).unwrap();
        all.into_iter().find(|other| other.contests == Some(payment.transaction_id)).unwrap()
    }

    pub(super) fn withdraw(&self, requests: &[(&str, u64)]) -> Vec<Accepted> {
        self.wallet.payments.withdraw(0, requests.iter().map(|(key, amount)| request(key, *amount)).collect()).unwrap()
    }

    pub(super) fn withdrawal(&self, key: &str) -> Withdrawal {
        self.wallet.payments.withdrawal(key).unwrap()
    }

    /// Waits until the withdrawal is in this state.
    pub(super) fn await_withdrawal(&self, key: &str, wanted: WithdrawalState) -> Withdrawal {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let withdrawal = self.withdrawal(key);
            if withdrawal.state == wanted {
                return withdrawal;
            }
            assert!(Instant::now() < deadline, "still {withdrawal:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The payment that pays a withdrawal.
    pub(super) fn payment_of(&self, key: &str) -> Payment {
        let id = self.withdrawal(key).transaction_id.unwrap();
        self.wallet.payments.find(&PaymentRef::Transaction(id)).unwrap()
    }

    /// The states that the log tells of a withdrawal.
    pub(super) fn told_withdrawal(&self, key: &str) -> Vec<WithdrawalState> {
        let logged = self.wallet.store.readers().read(|conn| events::read(conn, 0, 10_000)).unwrap();
        let state = |event: LedgerEvent| match event {
            LedgerEvent::Withdrawal(event) if event.idempotency_key == key => Some(event.state),
            _ => None,
        };
        logged.into_iter().filter_map(|logged| state(logged.event)).collect()
    }

    pub(super) fn send(&self, request: SendRequest) -> Result<Payment, PaymentError> {
        self.wallet.payments.send(request)
    }

    pub(super) fn find(&self, payment: &Payment) -> Payment {
        self.wallet.payments.find(&PaymentRef::Transaction(payment.transaction_id)).unwrap()
    }

    /// Waits until the payment is as wanted.
    pub(super) fn await_payment(&self, payment: &Payment, wanted: impl Fn(&Payment) -> bool) -> Payment {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let payment = self.find(payment);
            if wanted(&payment) {
                return payment;
            }
            assert!(Instant::now() < deadline, "still {payment:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Moves the clock and wakes the driver.
    pub(super) fn pass(&self, ms: u64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
        self.wallet.payments.applied(MilestoneIndex(0));
    }

    /// The states that the log tells of a payment.
    pub(super) fn told(&self, payment: &Payment) -> Vec<InclusionState> {
        let logged = self.wallet.store.readers().read(|conn| events::read(conn, 0, 1_000)).unwrap();
        let state = |event: LedgerEvent| match event {
            LedgerEvent::TransactionInclusion(event) if event.transaction_id == payment.transaction_id => {
                Some(event.state)
            }
            _ => None,
        };
        logged.into_iter().filter_map(|logged| state(logged.event)).collect()
    }

    /// Nothing is left of a refused request.
    pub(super) fn assert_untouched(&self) {
        assert_eq!(self.wallet.payments.page(None, None, 10).unwrap(), []);
        let holdings = self.wallet.holdings(0);
        assert_eq!((holdings.locked, holdings.incoming), (Amount::ZERO, Amount::ZERO));
        assert_eq!(self.node.arrived().len(), 0);
        assert_eq!(self.wallet.signed(), []);
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

/// A basic output with one address, as on the wire.
pub(super) fn basic(owner: &Address, amount: u64) -> Vec<u8> {
    [&[3][..], &amount.to_le_bytes(), &[0, 1, 0], owner.as_slice(), &[0]].concat()
}

/// The same, not spendable before a time.
pub(super) fn timelocked(owner: &Address, amount: u64) -> Vec<u8> {
    [&[3][..], &amount.to_le_bytes(), &[0, 2, 0], owner.as_slice(), &[2], &2_000_000_000u32.to_le_bytes(), &[0]]
        .concat()
}

/// The same, somebody else's from a time on.
pub(super) fn expiring(owner: &Address, amount: u64, time: u32) -> Vec<u8> {
    let condition = [&[3][..], stranger(9).as_slice(), &time.to_le_bytes()].concat();
    [&[3][..], &amount.to_le_bytes(), &[0, 2, 0], owner.as_slice(), &condition, &[0]].concat()
}

/// The same, of which so much has to be given back.
pub(super) fn returning(owner: &Address, amount: u64, back: u64) -> Vec<u8> {
    let condition = [&[1][..], stranger(9).as_slice(), &back.to_le_bytes()].concat();
    [&[3][..], &amount.to_le_bytes(), &[0, 2, 0], owner.as_slice(), &condition, &[0]].concat()
}

/// Somebody outside of the wallet.
pub(super) fn stranger(byte: u8) -> Address {
    let mut bytes = [byte; 33];
    bytes[0] = 0;
    Address::from_slice(&bytes).unwrap()
}

pub(super) fn transaction(byte: u8) -> TransactionId {
    TransactionId::from_slice(&[byte; 32]).unwrap()
}

/// Account 0 pays a stranger.
pub(super) fn paying(amount: u64) -> SendRequest {
    let payees = vec![(Stardust.format(&stranger(7), "rms"), Amount::new(amount))];
    SendRequest { account: 0, payees, options: SendOptions::default() }
}

/// A stranger is to get so much.
pub(super) fn request(key: &str, amount: u64) -> WithdrawalRequest {
    let address = Stardust.format(&stranger(8), "rms");
    WithdrawalRequest { key: key.to_owned(), address, amount: Amount::new(amount), micro_amount: None }
}

pub(super) fn with_key(amount: u64, key: &str) -> SendRequest {
    let options = SendOptions { idempotency_key: Some(key.to_owned()), ..SendOptions::default() };
    SendRequest { options, ..paying(amount) }
}

pub(super) fn spending(amount: u64, inputs: &[OutputId]) -> SendRequest {
    let options = SendOptions { custom_inputs: inputs.to_vec(), ..SendOptions::default() };
    SendRequest { options, ..paying(amount) }
}
