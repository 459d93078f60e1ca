//! The history that both nodes are given before they are asked: outputs of every kind, and transactions
//! that conflict for every reason that a wallet can meet. One milestone each, so that nothing depends on
//! which tips a node selects.

use crate::{
    session::Session,
    wire::{
        self, Id, Input, Key, alias, basic, block, commitment, condition, essence, feature, foundry, hash, hex, nft,
        output_id, plain, reference, sealed, transaction, u256,
    },
};

/// How far the conditions of outputs lie behind the start of the history, in seconds.
const AHEAD: u32 = 150;
const EACH: u64 = 10_000_000;
const FUNDED: u16 = 60;

pub(crate) struct History {
    pub(crate) wallet: Key,
    pub(crate) alice: Key,
    pub(crate) bob: Key,
    fund: Id,
    used: u16,
    /// Outputs that the questions are about.
    pub(crate) outputs: Vec<String>,
    pub(crate) transactions: Vec<Id>,
    pub(crate) chains: Vec<(&'static str, String)>,
    /// When the conditions take effect.
    pub(crate) then: u32,
    pub(crate) genesis: Input,
}

impl History {
    pub(crate) fn new(session: &Session) -> Self {
        let wallet = Key::genesis();
        let genesis = Input(output_id(&first(1), 0), plain(1_000_000_000_000, &wallet));
        let then = session.confirmed().1 + AHEAD;
        Self {
            wallet,
            alice: Key::new([0x21; 32]),
            bob: Key::new([0x22; 32]),
            fund: [0; 32],
            used: 0,
            outputs: Vec::new(),
            transactions: Vec::new(),
            chains: Vec::new(),
            then,
            genesis,
        }
    }

    /// The transaction that pays everything else.
    pub(crate) fn funding(&self) -> Vec<u8> {
        let mut outputs = vec![plain(EACH, &self.alice); usize::from(FUNDED)];
        outputs.push(plain(1_000_000_000_000 - EACH * u64::from(FUNDED), &self.wallet));
        transaction(&self.wallet, std::slice::from_ref(&self.genesis), &outputs)
    }

    pub(crate) fn run(&mut self, session: &mut Session) {
        let funding = self.funding();
        self.fund = hash(&funding);
        self.step(session, "fund", &funding, 2);
        self.payments(session);
        self.refused(session);
        self.tokens(session);
        self.nfts(session);
        self.conditions(session);
        self.attachments(session);
    }

    /// One more of alice's plain outputs.
    fn input(&mut self) -> Input {
        self.used += 1;
        assert!(self.used < FUNDED);
        Input(output_id(&self.fund, self.used), plain(EACH, &self.alice))
    }

    /// Posts a transaction, has it confirmed, and records what its block is told of before and after.
    fn step(&mut self, session: &mut Session, name: &'static str, payload: &[u8], outputs: u16) -> Id {
        let id = hash(payload);
        session.name(hex(&id), &format!("transaction {name}"));
        if let Some(posted) = session.submit(name, &block(&[], payload)) {
            session.get(&format!("/api/core/v2/blocks/{}/metadata", hex(&posted)));
            session.milestones_over(1, &[posted]);
            session.get(&format!("/api/core/v2/blocks/{}/metadata", hex(&posted)));
            self.transactions.push(id);
            self.outputs.extend((0..outputs).map(|index| hex(&output_id(&id, index))));
        }
        id
    }

    fn payments(&mut self, session: &mut Session) {
        let (alice, bob) = (self.alice, self.bob);
        let input = self.input();
        let half = |owner: &Key| plain(EACH / 2, owner);
        let pay =
            transaction(&alice, std::slice::from_ref(&input), &[plain(4_000_000, &bob), plain(6_000_000, &alice)]);
        self.step(session, "pay", &pay, 2);
        let again = transaction(&alice, &[input], &[half(&bob), half(&alice)]);
        self.step(session, "pay twice", &again, 0);
        let two = [self.input(), self.input()];
        let rich = basic(
            2 * EACH,
            &[],
            &[condition::address(&bob.address())],
            &[feature::sender(&alice.address()), feature::metadata(b"hello"), feature::tag(b"tag1")],
        );
        let payload = transaction(&alice, &two, &[rich]);
        self.step(session, "features", &payload, 1);
    }

    /// Well-formed transactions that the ledger does not apply.
    fn refused(&mut self, session: &mut Session) {
        let (alice, bob) = (self.alice, self.bob);
        let to_bob = |amount: u64, key: &Key| vec![plain(amount, key)];
        let unknown = Input(output_id(&[0x55; 32], 0), plain(EACH, &alice));
        let payload = transaction(&alice, &[unknown], &to_bob(EACH, &bob));
        self.step(session, "unknown input", &payload, 0);
        for (name, amount) in [("creates tokens", EACH + 1_000_000), ("loses tokens", EACH - 1_000_000)] {
            let payload = transaction(&alice, &[self.input()], &to_bob(amount, &bob));
            self.step(session, name, &payload, 0);
        }
        let payload = transaction(&bob, &[self.input()], &to_bob(EACH, &bob));
        self.step(session, "foreign key", &payload, 0);
        let input = [self.input()];
        let essence_ = essence(wire::network_id(), &input, commitment(&input), &to_bob(EACH, &bob));
        let mut unlock = alice.unlock(&essence_);
        unlock[40] ^= 1;
        self.step(session, "broken signature", &sealed(&essence_, &[unlock]), 0);
        let essence_ = essence(wire::network_id(), &input, [1; 32], &to_bob(EACH, &bob));
        self.step(session, "wrong commitment", &sealed(&essence_, &[alice.unlock(&essence_)]), 0);
        let owned = |features: &[Vec<u8>], tokens: &[Vec<u8>], key: &Key| {
            vec![basic(EACH, tokens, &[condition::address(&key.address())], features)]
        };
        let payload = transaction(&alice, &input, &owned(&[feature::sender(&bob.address())], &[], &bob));
        self.step(session, "foreign sender", &payload, 0);
        let token = [[&[8][..], &[7; 37]].concat(), u256(5)].concat();
        let payload = transaction(&alice, &input, &owned(&[], &[token], &bob));
        self.step(session, "invented native tokens", &payload, 0);
        let payload = transaction(&alice, &input, &[nft(EACH, &[5; 32], &bob, &[])]);
        self.step(session, "invented NFT", &payload, 0);
        let payload = transaction(&alice, &input, &[alias(EACH, &[5; 32], 1, 0, &bob, &[])]);
        self.step(session, "invented alias", &payload, 0);
    }

    fn tokens(&mut self, session: &mut Session) {
        let (alice, bob) = (self.alice, self.bob);
        let address = alice.address();
        let created = alias(EACH, &[0; 32], 0, 0, &alice, &[feature::issuer(&address)]);
        let issuer = [feature::issuer(&address)];
        let payload = transaction(&alice, &[self.input()], std::slice::from_ref(&created));
        let made = self.step(session, "alias", &payload, 1);
        let id = hash(&output_id(&made, 0));
        session.name(hex(&id), "alias id");
        self.chains.push(("alias", hex(&id)));

        let of = |index| alias(EACH, &id, index, 1, &alice, &issuer);
        let (minted, token) = foundry(EACH, &id, 100, 0);
        self.chains.push(("foundry", hex(&token)));
        let holder = |amount: u64, count: u64, key: &Key| {
            basic(amount, &[[token.clone(), u256(count)].concat()], &[condition::address(&key.address())], &[])
        };
        let inputs = [Input(output_id(&made, 0), created), self.input(), self.input()];
        let payload = transaction(&alice, &inputs, &[of(1), minted.clone(), holder(EACH, 100, &alice)]);
        let mint = self.step(session, "mint tokens", &payload, 3);

        let inputs = [Input(output_id(&mint, 2), holder(EACH, 100, &alice))];
        let outputs = [holder(EACH / 2, 41, &bob), holder(EACH / 2, 60, &alice)];
        let payload = transaction(&alice, &inputs, &outputs);
        self.step(session, "more tokens than there are", &payload, 0);
        let outputs = [holder(EACH / 2, 40, &bob), holder(EACH / 2, 60, &alice)];
        let sent = self.step(session, "send tokens", &transaction(&alice, &inputs, &outputs), 2);

        let (melted, _) = foundry(EACH, &id, 100, 20);
        let inputs = [
            Input(output_id(&mint, 0), of(1)),
            Input(output_id(&mint, 1), minted),
            Input(output_id(&sent, 1), outputs[1].clone()),
        ];
        for (name, index) in [("alias skips a state", 3), ("melt tokens", 2)] {
            let outputs = [of(index), melted.clone(), holder(EACH / 2, 40, &alice)];
            let essence = essence(wire::network_id(), &inputs, commitment(&inputs), &outputs);
            let by_alias = [&[2][..], &[0, 0]].concat();
            let payload = sealed(&essence, &[alice.unlock(&essence), by_alias, reference(0)]);
            self.step(session, name, &payload, if index == 2 { 3 } else { 0 });
        }
        let inputs = [Input(output_id(&sent, 0), holder(EACH / 2, 40, &bob))];
        let payload = transaction(&bob, &inputs, &[holder(EACH / 2, 15, &bob)]);
        self.step(session, "burn tokens", &payload, 1);
    }

    fn nfts(&mut self, session: &mut Session) {
        let (alice, bob) = (self.alice, self.bob);
        let immutable = [feature::issuer(&alice.address()), feature::metadata(b"picture")];
        let created = nft(EACH, &[0; 32], &alice, &immutable);
        let payload = transaction(&alice, &[self.input()], std::slice::from_ref(&created));
        let made = self.step(session, "mint NFT", &payload, 1);
        let id = hash(&output_id(&made, 0));
        session.name(hex(&id), "NFT id");
        self.chains.push(("nft", hex(&id)));
        let input = [Input(output_id(&made, 0), created)];
        let other = [feature::issuer(&alice.address()), feature::metadata(b"forgery")];
        let payload = transaction(&alice, &input, &[nft(EACH, &id, &bob, &other)]);
        self.step(session, "change an NFT", &payload, 0);
        let payload = transaction(&alice, &input, &[nft(EACH, &id, &bob, &immutable)]);
        self.step(session, "send NFT", &payload, 1);
        let created = nft(EACH, &[0; 32], &alice, &[]);
        let payload = transaction(&alice, &[self.input()], std::slice::from_ref(&created));
        let made = self.step(session, "mint another NFT", &payload, 1);
        session.name(hex(&hash(&output_id(&made, 0))), "other NFT id");
        self.chains.push(("nft", hex(&hash(&output_id(&made, 0)))));
        let payload = transaction(&alice, &[Input(output_id(&made, 0), created)], &[plain(EACH, &alice)]);
        self.step(session, "burn NFT", &payload, 1);
    }

    /// Timelock, expiration and storage deposit return, before and at their time.
    fn conditions(&mut self, session: &mut Session) {
        let (alice, bob) = (self.alice, self.bob);
        let (to_alice, bob_owns) = (alice.address(), bob.address());
        let then = self.then;
        session.name(then.to_string(), "then");
        let to_bob = |extra: &[Vec<u8>], features: &[Vec<u8>]| {
            basic(EACH, &[], &[&[condition::address(&bob_owns)], extra].concat(), features)
        };
        let timelock = to_bob(&[condition::timelock(then)], &[]);
        let expiration = to_bob(&[condition::expiration(&to_alice, then)], &[]);
        let gift = to_bob(&[condition::deposit_return(&to_alice, 1_000_000)], &[]);
        let every = [
            condition::deposit_return(&to_alice, 1_000_000),
            condition::timelock(then),
            condition::expiration(&to_alice, then),
        ];
        let all = to_bob(&every, &[feature::sender(&to_alice), feature::metadata(b"all"), feature::tag(b"tag2")]);
        let mut made = Vec::new();
        let named = [
            ("timelock", &timelock),
            ("expiration", &expiration),
            ("expiration again", &expiration),
            ("deposit return", &gift),
        ];
        for (name, output) in named {
            let payload = transaction(&alice, &[self.input()], std::slice::from_ref(output));
            made.push(Input(output_id(&self.step(session, name, &payload, 1), 0), output.clone()));
        }
        let payload = transaction(&alice, &[self.input()], &[all]);
        self.step(session, "all conditions", &payload, 1);
        let claim =
            |made: &Input, key: &Key, outputs: &[Vec<u8>]| transaction(key, std::slice::from_ref(made), outputs);

        let returned = [
            ("return nothing", vec![plain(EACH, &bob)]),
            ("return to the wrong address", vec![plain(9_000_000, &bob), plain(1_000_000, &bob)]),
            ("return too little", vec![plain(9_500_000, &bob), plain(500_000, &alice)]),
            ("return", vec![plain(9_000_000, &bob), plain(1_000_000, &alice)]),
        ];
        for (name, outputs) in returned {
            self.step(session, name, &claim(&made[3], &bob, &outputs), if name == "return" { 2 } else { 0 });
        }
        let early = claim(&made[1], &alice, &[plain(EACH, &alice)]);
        self.step(session, "take back too early", &early, 0);
        self.step(session, "claim in time", &claim(&made[2], &bob, &[plain(EACH, &bob)]), 1);

        // the milestone that confirms the next step has the time `then - 1`, and the one after it `then`
        let (_, time) = session.confirmed();
        assert!(time + 2 < then, "the history took longer than {AHEAD} seconds");
        session.milestones(then - 2 - time);
        let unlocked = claim(&made[0], &bob, &[plain(EACH, &bob)]);
        self.step(session, "still locked", &unlocked, 0);
        assert_eq!(session.confirmed().1, then - 1);
        self.step(session, "claim too late", &claim(&made[1], &bob, &[plain(EACH, &bob)]), 0);
        let taken = claim(&made[1], &alice, &[plain(EACH, &alice)]);
        self.step(session, "take back", &taken, 1);
        let unlocked = claim(&made[0], &bob, &[plain(EACH - 1_000_000, &bob), plain(1_000_000, &alice)]);
        self.step(session, "unlocked", &unlocked, 2);
    }

    /// Blocks that refer to one another.
    fn attachments(&mut self, session: &mut Session) {
        let (alice, bob) = (self.alice, self.bob);
        let input = [self.input()];
        let first = transaction(&alice, &input, &[plain(EACH, &bob)]);
        let second = transaction(&alice, &input, &[plain(EACH, &alice)]);
        session.name(hex(&hash(&first)), "transaction first of two");
        session.name(hex(&hash(&second)), "transaction second of two");
        let one = session.submit("first of two", &block(&[], &first)).unwrap();
        let two = session.submit("second of two", &block(&[one], &second)).unwrap();
        let three = session.submit("first of two, attached again", &block(&[two], &first)).unwrap();
        let tagged = session.submit("tagged data", &block(&[three], &wire::tagged(b"tag", b"data"))).unwrap();
        let empty = session.submit("no payload", &block(&[tagged, one], &[])).unwrap();
        session.milestones_over(1, &[empty]);
        self.transactions.extend([hash(&first), hash(&second)]);
        self.outputs.push(hex(&output_id(&hash(&first), 0)));
        let late = session.submit("attached to old blocks", &block(&[one], &wire::tagged(b"late", b"")));
        let ids = [Some(one), Some(two), Some(three), Some(tagged), Some(empty), late];
        for id in ids.into_iter().flatten().map(|id| hex(&id)) {
            session.get(&format!("/api/core/v2/blocks/{id}/metadata"));
            session.get(&format!("/api/core/v2/blocks/{id}"));
            let accept = [("accept", crate::session::BINARY)];
            session.ask("", "GET", &format!("/api/core/v2/blocks/{id}"), &accept, b"");
        }
        session.milestones(20);
        session.submit("attached below maximum depth", &block(&[one], &wire::tagged(b"too late", b"")));
        session.milestones(1);
    }
}

/// The transaction id that a genesis output has.
fn first(number: u8) -> Id {
    let mut id = [0; 32];
    id[0] = number;
    id
}
