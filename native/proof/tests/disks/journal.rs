//! The key journal on a disk of its own.

use std::{
    fs,
    time::{Duration, Instant},
};

use stardust_proof::WORDS;
use stardust_wallet::{
    error::ErrorKind,
    keys::Mnemonic,
    ledger::Amount,
    manager::{AccountManager, AccountRef, Config, SeedOrigin},
    payments::{Payment, PaymentState, SendOptions, WithdrawalRequest, WithdrawalState},
    testing::{OutputBuilder, ScriptedFeed, address},
};

use super::{Scene, config, password, ports};

const M: u64 = 1_000_000;
/// More payments than the journal's last page has room for.
const MANY: u32 = 8;
/// More cancelled withdrawals than that.
const CANCELLED: u32 = 30;
const PATIENCE: Duration = Duration::from_secs(60);

fn wait(wallet: &AccountManager, what: &str, check: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = wallet.version();
        if check() {
            return;
        }
        assert!(Instant::now() < deadline, "{what}: not in {PATIENCE:?}");
        wallet.wait_change(seen, Duration::from_millis(50));
    }
}

fn all(wallet: &AccountManager) -> Vec<Payment> {
    wallet.payments(None, None, 100).unwrap().items
}

fn is_held(payment: &Payment) -> bool {
    payment.state == PaymentState::Signed && payment.attachments == 0
}

pub(super) fn payments_wait_for_the_journal(scene: &Scene) {
    let directory = scene.large.join("journaled");
    let journal = scene.small.join("payments.journal");
    let node = ScriptedFeed::with_milestones(1);
    let config =
        Config { key_journal: Some(journal.clone()), ..config(&directory, &directory.join("keys.stronghold")) };
    let wallet = AccountManager::open(&config, ports(&node)).unwrap();
    wallet.set_password(&password("first")).unwrap();
    wallet.store_mnemonic(&Mnemonic::parse(WORDS).unwrap(), SeedOrigin::New).unwrap();
    wallet.create_account("alice").unwrap();
    wallet.start().unwrap();
    wallet.sync(PATIENCE).unwrap();
    let account = AccountRef::Alias("alice".to_owned());
    let to = wallet.generate_addresses(&account, 1, false, None).unwrap().remove(0).address;
    let to = wallet.find_address(&to).unwrap().raw;
    let funds = (0..=MANY).map(|number| OutputBuilder::plain(number, to, 2 * M).build());
    node.ledger().milestone(funds.collect(), vec![]);
    wallet.sync(PATIENCE).unwrap();
    let payee = wallet.address_text(&address(9));
    let send = |number: u32| {
        let options = SendOptions { idempotency_key: Some(number.to_string()), ..SendOptions::default() };
        wallet.send_amount(&account, vec![(payee.clone(), Amount::new(M))], options).unwrap()
    };
    let too_large = |number: u32| WithdrawalRequest {
        key: format!("too large {number}"),
        address: payee.clone(),
        amount: Amount::new(1_000 * M),
        micro_amount: None,
    };
    let cancel = || {
        let all = (0..CANCELLED).map(|number| wallet.cancel_withdrawal(&too_large(number).key));
        all.filter_map(|answer| answer.err().map(|error| error.kind())).collect::<Vec<_>>()
    };
    send(0);
    wait(&wallet, "the first payment is submitted", || !all(&wallet).iter().any(is_held));
    let answers = wallet.withdraw(&account, (0..CANCELLED).map(too_large).collect()).unwrap();
    assert!(answers.iter().all(Result::is_ok));
    let before = fs::read(&journal).unwrap();

    let refused = scene.while_full(0, || {
        (1..=MANY).for_each(|number| drop(send(number)));
        wait(&wallet, "a payment says what it waits for", || {
            let waits =
                |payment: &Payment| payment.reason.as_ref().is_some_and(|reason| reason.contains("key journal"));
            all(&wallet).iter().any(|payment| is_held(payment) && waits(payment))
        });
        cancel()
    });
    assert!(!refused.is_empty() && refused.iter().all(|kind| *kind == ErrorKind::JournalIo), "{refused:?}");
    let cancelled = wallet.withdrawals(None, None, 100).unwrap().items;
    assert!(cancelled.iter().all(|one| one.state == WithdrawalState::Cancelled), "nevertheless");
    assert!(fs::read(&journal).unwrap().starts_with(&before), "nothing that was there is changed");

    wait(&wallet, "all payments are submitted", || !all(&wallet).iter().any(is_held));
    assert_eq!(cancel(), []);
    assert_eq!(node.submitted(), usize::try_from(MANY + 1).unwrap(), "each of them once");
    wallet.close();
    // what is in it is whole, and the wallet goes on with it
    let wallet = AccountManager::open(&config, ports(&node)).unwrap();
    wallet.start().unwrap();
    assert!(all(&wallet).iter().all(|payment| payment.state == PaymentState::Submitted));
    wallet.close();
    fs::remove_file(journal).unwrap();
}
