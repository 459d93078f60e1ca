//! A ledger as a list of milestones.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crypto::hashes::{Digest, blake2b::Blake2b256};

use crate::{
    ledger::{
        Address, Amount, Conditions, Consumed, DepositReturn, DepositRule, Expiration, LedgerOutput, LedgerTransaction,
        MilestoneId, MilestoneIndex, NativeToken, Network, OutputId, OutputKind, Position, RawDiff, TransactionId,
        UnixTime,
    },
    stardust::decode_transaction,
};

/// The milestone that a scripted ledger begins with.
pub(super) const GENESIS: u32 = 100;
/// Ledger time of that milestone; each later one is ten seconds after the one before.
const GENESIS_TIME: u32 = 1_700_000_000;

/// A ledger that grows as a test says. Shared by the node's ports.
pub struct ScriptedLedger {
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) network: Network,
    pub(super) milestones: Vec<RawDiff>,
    pub(super) unspent: BTreeMap<OutputId, LedgerOutput>,
    /// What included payloads are, each with its milestone.
    pub(super) transactions: HashMap<TransactionId, (MilestoneIndex, LedgerTransaction)>,
    /// Adds to the height in milestone ids, so that another ledger has other ids.
    salt: u8,
}

impl Default for ScriptedLedger {
    fn default() -> Self {
        Self::new(0)
    }
}

impl ScriptedLedger {
    /// A ledger without milestones after its first position; another `salt` makes other ids.
    #[must_use]
    pub fn new(salt: u8) -> Self {
        let deposit = DepositRule { v_byte_cost: 100, ..testnet().deposit };
        let network = Network { deposit, token_supply: Amount::new(1_000_000_000_000_000), ..testnet() };
        let state =
            State { network, milestones: Vec::new(), unspent: BTreeMap::new(), transactions: HashMap::new(), salt };
        Self { state: Mutex::new(state) }
    }

    /// Adds a milestone ten seconds after the one before.
    pub fn milestone(&self, created: Vec<LedgerOutput>, consumed: Vec<(OutputId, TransactionId)>) -> Position {
        let time = self.position().time.0 + 10;
        self.milestone_at(UnixTime(time), created, consumed)
    }

    /// Adds a milestone with a ledger time.
    ///
    /// # Panics
    /// When it consumes what is not there: the script is wrong then.
    pub fn milestone_at(
        &self,
        time: UnixTime,
        created: Vec<LedgerOutput>,
        consumed: Vec<(OutputId, TransactionId)>,
    ) -> Position {
        let mut state = self.lock();
        let before = state.position();
        let index = before.index.next();
        let position = Position { index, id: state.id(index), time };
        for output in &created {
            state.unspent.insert(output.id, output.clone());
        }
        for (id, _) in &consumed {
            assert!(state.unspent.remove(id).is_some(), "the script consumes {id}, which is not there");
        }
        let consumed = consumed.into_iter().map(|(id, by)| Consumed { id, spent_by: Some(by) }).collect();
        state.milestones.push(RawDiff { position, previous_id: before.id, created, consumed });
        position
    }

    /// Adds a milestone that applies signed payloads; those that were applied before are left out.
    ///
    /// # Panics
    /// When one of them is no transaction of this network, or spends what is not there.
    pub fn include(&self, payloads: &[Vec<u8>]) -> Position {
        let network = self.network();
        let (mut created, mut consumed) = (Vec::new(), Vec::new());
        for payload in payloads {
            let hash: [u8; 32] = Blake2b256::digest(payload).into();
            let id = TransactionId::from_slice(&hash).expect("32 bytes");
            let transaction = decode_transaction(&id, payload, &network).expect("a transaction");
            let milestone = self.position().index.next();
            let mut state = self.lock();
            if let Entry::Vacant(place) = state.transactions.entry(id) {
                created.extend(transaction.outputs.iter().cloned());
                consumed.extend(transaction.inputs.iter().map(|input| (*input, id)));
                place.insert((milestone, transaction));
            }
        }
        self.milestone(created, consumed)
    }

    /// No node has a transaction any more, although its milestone is not pruned.
    pub fn forget(&self, id: &TransactionId) {
        self.lock().transactions.remove(id);
    }

    /// Adds `count` milestones without anything in them.
    pub fn empty_milestones(&self, count: u32) {
        for _ in 0..count {
            self.milestone(Vec::new(), Vec::new());
        }
    }

    /// The newest milestone.
    #[must_use]
    pub fn position(&self) -> Position {
        self.lock().position()
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> Network {
        self.lock().network.clone()
    }

    /// Changes the network that nodes say they serve.
    pub fn set_network(&self, network: Network) {
        self.lock().network = network;
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn position(&self) -> Position {
        let genesis = MilestoneIndex(GENESIS);
        let begin = Position { index: genesis, id: self.id(genesis), time: UnixTime(GENESIS_TIME) };
        self.milestones.last().map_or(begin, |diff| diff.position)
    }

    /// What was unspent after a milestone, by id.
    pub(super) fn unspent_at(&self, index: MilestoneIndex) -> Vec<LedgerOutput> {
        let mut unspent = BTreeMap::new();
        for diff in self.milestones.iter().take_while(|diff| diff.position.index <= index) {
            unspent.extend(diff.created.iter().map(|output| (output.id, output.clone())));
            for consumed in &diff.consumed {
                unspent.remove(&consumed.id);
            }
        }
        unspent.into_values().collect()
    }

    fn id(&self, index: MilestoneIndex) -> MilestoneId {
        let mut bytes = [self.salt; 32];
        bytes[..4].copy_from_slice(&index.0.to_be_bytes());
        MilestoneId::from_slice(&bytes).expect("32 bytes")
    }
}

/// A transaction id of a number.
#[must_use]
pub fn transaction_id(number: u32) -> TransactionId {
    let mut bytes = [0xee; 32];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    TransactionId::from_slice(&bytes).expect("32 bytes")
}

/// The id of a transaction's output.
#[must_use]
pub fn output_id(transaction: TransactionId, index: u8) -> OutputId {
    let mut bytes = transaction.as_slice().to_vec();
    bytes.extend([index, 0]);
    OutputId::from_slice(&bytes).expect("34 bytes")
}

/// A test network with the storage deposit of TIP-19's examples, and without proof of work.
#[must_use]
pub fn testnet() -> Network {
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

/// An address of a number; nobody has its key.
#[must_use]
pub fn address(number: u32) -> Address {
    let mut bytes = [0xaa; 33];
    bytes[0] = 0;
    bytes[1..5].copy_from_slice(&number.to_be_bytes());
    Address::from_slice(&bytes).expect("33 bytes")
}

/// Builds an output.
#[derive(Clone, Debug)]
pub struct OutputBuilder(LedgerOutput);

impl OutputBuilder {
    /// A plain output: the first one of transaction number `transaction`.
    #[must_use]
    pub fn plain(transaction: u32, owner: Address, amount: u64) -> Self {
        let transaction_id = transaction_id(transaction);
        Self(LedgerOutput {
            id: output_id(transaction_id, 0),
            transaction_id,
            kind: OutputKind::Basic,
            amount: Amount::new(amount),
            owner,
            governor: None,
            conditions: Conditions::default(),
            native_tokens: Vec::new(),
            chain_id: None,
            tag: None,
            metadata: None,
            sender: None,
            minimum_deposit: Amount::new(50),
            raw: Vec::new(),
        })
    }

    /// As another output of its transaction.
    #[must_use]
    pub fn index(mut self, index: u8) -> Self {
        self.0.id = output_id(self.0.transaction_id, index);
        self
    }

    /// With this id, and the transaction's.
    #[must_use]
    pub fn id(mut self, transaction: TransactionId, id: OutputId) -> Self {
        self.0.transaction_id = transaction;
        self.0.id = id;
        self
    }

    /// Owned by `return_address` from `time` on.
    #[must_use]
    pub fn expiring(mut self, time: UnixTime, return_address: Address) -> Self {
        self.0.conditions.expiration = Some(Expiration { return_address, time });
        self
    }

    /// Not to be spent before `time`.
    #[must_use]
    pub fn locked_until(mut self, time: UnixTime) -> Self {
        self.0.conditions.timelock = Some(time);
        self
    }

    /// With a storage deposit that goes back.
    #[must_use]
    pub fn returning(mut self, amount: u64, address: Address) -> Self {
        self.0.conditions.deposit_return = Some(DepositReturn { address, amount: Amount::new(amount) });
        self
    }

    /// With a native token.
    #[must_use]
    pub fn with_token(mut self) -> Self {
        self.0.native_tokens.push(NativeToken { id: vec![9; 38], amount: [1; 32] });
        self
    }

    /// As an NFT.
    #[must_use]
    pub fn nft(mut self) -> Self {
        self.0.kind = OutputKind::Nft;
        self.0.chain_id = Some(vec![5; 32]);
        self
    }

    /// With a tag, metadata and a sender, which leave it plain.
    #[must_use]
    pub fn with_features(mut self) -> Self {
        self.0.tag = Some(b"tag".to_vec());
        self.0.metadata = Some(vec![1, 2, 3]);
        self.0.sender = Some(address(4_242));
        self
    }

    /// Done, with the bytes that it has on the wire.
    #[must_use]
    pub fn build(mut self) -> LedgerOutput {
        self.0.raw = wire(&self.0);
        self.0
    }
}

/// A basic output or an NFT as on the wire (TIP-18), so that payments can spend it.
fn wire(output: &LedgerOutput) -> Vec<u8> {
    let count = |list: &[Vec<u8>]| u8::try_from(list.len()).expect("a handful");
    let listed = |list: Vec<Vec<u8>>| [vec![count(&list)], list.concat()].concat();
    let nft = output.kind == OutputKind::Nft;
    let amount = output.amount.units().to_le_bytes();
    let tokens = output.native_tokens.iter().map(|token| {
        let little_endian: Vec<u8> = token.amount.iter().rev().copied().collect();
        [token.id.clone(), little_endian].concat()
    });
    let Conditions { deposit_return, expiration, timelock } = output.conditions;
    let mut conditions = vec![[&[0], output.owner.as_slice()].concat()];
    conditions.extend(
        deposit_return.map(|part| [&[1], part.address.as_slice(), &part.amount.units().to_le_bytes()[..]].concat()),
    );
    conditions.extend(timelock.map(|until| [&[2], &until.0.to_le_bytes()[..]].concat()));
    conditions
        .extend(expiration.map(|part| [&[3], part.return_address.as_slice(), &part.time.0.to_le_bytes()[..]].concat()));
    let mut features = Vec::new();
    features.extend(output.sender.map(|sender| [&[0], sender.as_slice()].concat()));
    features.extend(output.metadata.as_ref().map(|data| {
        let length = u16::try_from(data.len()).expect("a short one");
        [&[2], &length.to_le_bytes()[..], data].concat()
    }));
    features.extend(output.tag.as_ref().map(|tag| [vec![3, count(&vec![vec![]; tag.len()])], tag.clone()].concat()));
    let identity = if nft { output.chain_id.clone().unwrap_or_default() } else { Vec::new() };
    let immutable = if nft { vec![0] } else { Vec::new() };
    let kind = vec![if nft { 6 } else { 3 }];
    let parts =
        [kind, amount.to_vec(), listed(tokens.collect()), identity, listed(conditions), listed(features), immutable];
    parts.concat()
}
