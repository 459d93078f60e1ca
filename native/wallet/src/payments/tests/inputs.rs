use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use super::world::{World, paying, spending, stranger, testnet, timelocked, transaction, with_key};
use crate::{
    error::ErrorKind,
    keys::{
        CoinType, KeyError, KeyPath, Mnemonic, MnemonicManager, Password, PasswordChange, SecretManager, Signature,
        VaultStatus,
    },
    ledger::{
        Address, Amount, DepositRule, Draft, DraftError, DraftRequest, Drafter, InputSignature, OutputId, Sealed,
    },
    payments::{PaymentError, PaymentState, SendRequest, marker},
    stardust::Stardust,
    store::{
        OutputClass, Store, StoreError, Tally, meta, output,
        payment::{self, NewPaymentRow, OutputRole, PaymentOutputRow},
        recovered::{self, RecoveredKey},
    },
};

const M: u64 = 1_000_000;

#[test]
fn spends_what_the_caller_chose() {
    let world = World::with(&[5 * M]);
    let (one, two) = (world.fund(0, M), world.fund(0, 2 * M));
    let payment = world.send(spending(M, &[two, one])).unwrap();
    let ids: Vec<_> = payment.inputs.iter().map(|input| input.output_id).collect();
    assert_eq!((ids, payment.remainder), (vec![two, one], Amount::new(2 * M)));
}

#[test]
fn refuses_what_cannot_be_spent() {
    let world = World::with(&[5 * M]);
    let free = world.fund(0, 2 * M);
    let unknown = OutputId::from_slice(&[0xee; 34]).unwrap();
    let of_bob = world.fund(1, 5 * M);
    let spent = world.fund(0, 5 * M);
    world.milestone(vec![], vec![(spent, transaction(9))]);
    let held = world.book(0, timelocked(&world.address(0), 5 * M), OutputClass::Held);
    let foreign = world.book(0, timelocked(&world.address(0), 5 * M), OutputClass::Foreign);
    let kinds = [
        (unknown, ErrorKind::InputUnknown),
        (of_bob, ErrorKind::InputNotOurs),
        (spent, ErrorKind::InputSpent),
        (held, ErrorKind::InputNotPlain),
        (foreign, ErrorKind::InputNotOurs),
    ];
    for (id, kind) in kinds {
        assert_eq!(world.send(spending(M, &[free, id])).unwrap_err().kind(), kind, "{id}");
    }
    assert_eq!(world.send(spending(3 * M, &[free])).unwrap_err().kind(), ErrorKind::InsufficientFunds);
    world.assert_untouched();
    world.send(spending(M, &[free])).unwrap();
    assert_eq!(world.send(spending(M, &[free])).unwrap_err().kind(), ErrorKind::InputLocked);
}

#[test]
fn insufficient_funds_say_what_is_needed_and_what_is_available() {
    let world = World::with(&[2 * M, M]);
    let held = timelocked(&world.address(0), 50 * M);
    world.book(0, held, OutputClass::Held);
    let refused = |amount| match world.send(paying(amount)).unwrap_err() {
        PaymentError::InsufficientFunds { needed, available } => (needed.units(), available.units()),
        other => panic!("{other}"),
    };
    assert_eq!(refused(4 * M), (4 * M, 3 * M));
    // 100,000 would remain, an output needs 213,000
    assert_eq!(refused(3 * M - 100_000), (3 * M - 100_000 + 213_000, 3 * M));
    world.assert_untouched();
    world.send(paying(M)).unwrap();
    assert_eq!(refused(4 * M), (4 * M, 2 * M));
}

#[test]
fn too_many_small_outputs_ask_for_consolidation() {
    let world = World::with(&[300_000; 130]);
    assert_eq!(world.send(paying(130 * 300_000)).unwrap_err().kind(), ErrorKind::TooManyInputs);
    world.assert_untouched();
    assert_eq!(world.send(paying(128 * 300_000)).unwrap().inputs.len(), 128);
}

#[test]
fn nothing_half_done() {
    let world = World::with(&[5 * M]);
    let to = |text: &str| SendRequest { payees: vec![(text.to_owned(), Amount::new(M))], ..paying(M) };
    let cases = [
        (paying(0), ErrorKind::AmountInvalid),
        (paying(1), ErrorKind::StorageDepositTooLow),
        (paying(u64::MAX), ErrorKind::AmountInvalid),
        (SendRequest { payees: vec![], ..paying(M) }, ErrorKind::OutputCountInvalid),
        (to("rms1qqqq"), ErrorKind::AddressInvalid),
        (to("smr1qrz7yx43e8mqytvpcwe9udpkedl3mamljef2u0snzrpgucsampa5cw7pk7k"), ErrorKind::AddressWrongNetwork),
        (SendRequest { account: 2, ..paying(M) }, ErrorKind::AccountNotFound),
        (with_key(M, ""), ErrorKind::IdempotencyKeyInvalid),
        (paying(6 * M), ErrorKind::InsufficientFunds),
    ];
    for (request, kind) in cases {
        let error = world.send(request.clone()).unwrap_err();
        assert_eq!(error.kind(), kind, "{request:?}: {error}");
    }
    world.assert_untouched();
}

/// A vault that fails.
pub(super) struct Failing(pub(super) fn() -> KeyError);

impl SecretManager for Failing {
    fn coin_type(&self) -> CoinType {
        CoinType::SHIMMER
    }
    fn status(&self) -> VaultStatus {
        VaultStatus::Locked
    }
    fn public_keys(&self, _: &[KeyPath]) -> Result<Vec<[u8; 32]>, KeyError> {
        Err(self.0())
    }
    fn sign(&self, _: &[(KeyPath, &[u8])]) -> Result<Vec<Signature>, KeyError> {
        Err(self.0())
    }
    fn store_mnemonic(&self, _: &Mnemonic) -> Result<(), KeyError> {
        Err(self.0())
    }
    fn set_password(&self, _: &Password) -> Result<(), KeyError> {
        Err(self.0())
    }
    fn password_change(&self, _: &Password, _: &Password) -> Result<PasswordChange<'_>, KeyError> {
        Err(self.0())
    }
    fn lock(&self) -> Result<(), KeyError> {
        Err(self.0())
    }
}

#[test]
fn a_locked_vault_leaves_everything_as_it_was() {
    let world = World::stopped(&[5 * M]).reopened_with(|ports| ports.keys = Arc::new(Failing(|| KeyError::Locked)));
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::VaultLocked);
    world.assert_untouched();
    // the lease has ended too
    let world = world.restarted();
    world.send(paying(M)).unwrap();
}

#[test]
fn another_seed_does_not_sign() {
    let other = Arc::new(MnemonicManager::new(&Mnemonic::generate().unwrap(), CoinType::SHIMMER));
    let world = World::stopped(&[5 * M]).reopened_with(|ports| ports.keys = other);
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::SeedMismatch);
    world.assert_untouched();
}

/// Lets something happen between selection and commit, for the first drafts.
struct Interrupted {
    store: Arc<Store>,
    times: AtomicU32,
    happens: Happens,
}

/// What happens, to the inputs of a draft or beside them.
type Happens = fn(&rusqlite::Transaction<'_>, &[OutputId]) -> Result<(), StoreError>;

/// A stranger spends the inputs.
fn spend(tx: &rusqlite::Transaction<'_>, ids: &[OutputId]) -> Result<(), StoreError> {
    let at = meta::cursor(tx)?.unwrap().position.index;
    let mut tally = Tally::default();
    for id in ids {
        output::spend(tx, &mut tally, id, at, Some(&transaction(3)))?;
    }
    tally.write(tx).map(|_| ())
}

/// The ledger shows a payment of ours of which no record is left.
fn show(tx: &rusqlite::Transaction<'_>) -> Result<(i64, Vec<PaymentOutputRow>), StoreError> {
    let paid = PaymentOutputRow {
        output_id: OutputId::from_slice(&[5; 34]).unwrap(),
        address: stranger(7),
        amount: Amount::new(M),
        role: OutputRole::Payee,
        ours: None,
        deposit_return: None,
        expiration: None,
    };
    let new = NewPaymentRow {
        transaction_id: transaction(5),
        account: 0,
        key: None,
        digest: [0; 32],
        payload: vec![1],
        tagged_data: None,
        remainder: Amount::ZERO,
        contests: None,
        retry: false,
        retries: None,
        note: None,
        created_ms: 1,
        inputs: Vec::new(),
        outputs: vec![paid],
    };
    Ok((payment::insert(tx, &new)?, new.outputs))
}

/// It says that it was made for the key `k`.
fn show_marked(tx: &rusqlite::Transaction<'_>, _: &[OutputId]) -> Result<(), StoreError> {
    let (payment, _) = show(tx)?;
    let marker = marker::stored(tx)?.unwrap().marker(&testnet(), "k");
    recovered::insert_key(tx, &marker, &RecoveredKey { payment, position: None, named: false }).map(drop)
}

/// It says nothing of keys.
fn show_unmarked(tx: &rusqlite::Transaction<'_>, _: &[OutputId]) -> Result<(), StoreError> {
    let (payment, outputs) = show(tx)?;
    recovered::insert_outputs(tx, payment, &outputs)
}

impl Drafter for Interrupted {
    fn limits(&self) -> (usize, usize) {
        Stardust.limits()
    }
    fn minimum_deposit(&self, address: &Address, rule: &DepositRule) -> Amount {
        Stardust.minimum_deposit(address, rule)
    }
    fn offer_deposit(&self, address: &Address, rule: &DepositRule) -> Amount {
        Stardust.offer_deposit(address, rule)
    }
    fn draft(&self, request: &DraftRequest<'_>) -> Result<Draft, DraftError> {
        if self.times.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            let ids: Vec<OutputId> = request.inputs.iter().map(|input| input.id).collect();
            let happens = self.happens;
            self.store
                .writer()
                .commit(move |tx| happens(tx, &ids))
                .map_err(|error: StoreError| DraftError::Rule(error.to_string()))?;
        }
        Stardust.draft(request)
    }
    fn seal(&self, draft: &Draft, signatures: &[InputSignature]) -> Result<Sealed, DraftError> {
        Stardust.seal(draft, signatures)
    }
}

fn interrupted(amounts: &[u64], times: u32, happens: Happens) -> World {
    World::stopped(amounts).reopened_with(|ports| {
        let (store, times) = (Arc::clone(&ports.store), AtomicU32::new(times));
        ports.drafter = Arc::new(Interrupted { store, times, happens });
    })
}

#[test]
fn invariant_7_what_the_ledger_shows_while_a_payment_is_made_answers_its_key() {
    let world = interrupted(&[2 * M, 3 * M], 1, show_marked);
    let payment = world.send(with_key(M, "k")).unwrap();
    assert_eq!((payment.transaction_id, payment.idempotency_key.as_deref()), (transaction(5), Some("k")));
    assert_eq!(world.wallet.payments.page(None, None, 10).unwrap().len(), 1);
    assert_eq!(world.wallet.holdings(0).locked, Amount::ZERO);

    let world = interrupted(&[2 * M, 3 * M], 1, show_unmarked);
    assert_eq!(world.send(with_key(M, "k")).unwrap_err().kind(), ErrorKind::PossiblyPaid);
    assert_eq!(world.wallet.payments.page(None, None, 10).unwrap().len(), 1);
}

#[test]
fn selects_again_when_a_milestone_took_an_input_meanwhile() {
    let world = interrupted(&[2 * M, 3 * M, 4 * M], 2, spend);
    let payment = world.send(paying(M)).unwrap();
    assert_eq!((payment.state, payment.inputs[0].amount), (PaymentState::Signed, Amount::new(4 * M)));
    let holdings = world.wallet.holdings(0);
    assert_eq!((holdings.plain, holdings.locked), (Amount::new(4 * M), Amount::new(4 * M)));
    assert_eq!(world.wallet.payments.page(None, None, 10).unwrap().len(), 1);
}

#[test]
fn gives_up_when_the_inputs_are_taken_again_and_again() {
    let world = interrupted(&[2 * M; 20], 20, spend);
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::Busy);
    world.assert_untouched();
    let world = interrupted(&[2 * M], 1, spend);
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::InsufficientFunds);
}

#[test]
fn without_a_network_nothing_is_paid() {
    let world = World::stopped(&[]);
    world
        .wallet
        .store
        .writer()
        .commit(|tx| tx.execute("DELETE FROM meta WHERE key = 'network'", []).map_err(StoreError::from))
        .unwrap();
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::NodeUnreachable);
}
