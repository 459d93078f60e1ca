//! Backup, life goes on, restore: no address is issued twice, and no deposit is missed.

use std::{collections::HashSet, time::Duration};

use super::*;
use crate::{
    accounts::{IssuedAccount, IssuedBefore},
    error::ErrorKind,
    events::{Start, SyncState},
    manager::{AccountRef, WalletError},
    payments::{PaymentRef, PaymentState, SendOptions},
    testing::{OutputBuilder, address, transaction_id},
};

fn kind<T>(result: Result<T, WalletError>) -> ErrorKind {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.kind(),
    }
}

fn exact(public: u32, internal: u32) -> IssuedBefore {
    IssuedBefore::Exact(vec![IssuedAccount { account: 0, alias: None, public, internal }])
}

fn issue(wallet: &TestWallet, account: &AccountRef, count: u32) -> Vec<Address> {
    let issued = wallet.manager.generate_addresses(account, count, false, None).unwrap();
    issued.into_iter().map(|address| address.raw).collect()
}

fn pay(wallet: &TestWallet, account: &AccountRef) -> Result<crate::payments::Payment, WalletError> {
    wallet.manager.send_amount(account, vec![(text(&address(9)), Amount::new(M))], SendOptions::default())
}

#[test]
fn invariant_3_nothing_is_issued_twice_and_no_deposit_is_missed_after_a_restore() {
    for (statement, next) in [(exact(1_010, 0), 1_010), (IssuedBefore::SkipAhead(1_500), 1_510)] {
        let place = Place::new();
        let old = place.start();
        old.sync();
        let account = old.account("alice");
        let before = issue(&old, &account, 10);
        let seen = OutputBuilder::plain(1, before[3], M).build();
        place.node.ledger().milestone(vec![seen.clone()], vec![]);
        old.sync();
        let info = old.manager.backup(&place.file(), &password("backup")).unwrap();
        assert_eq!((info.accounts, info.addresses, info.cursor), (1, 10, old.manager.status().cursor));
        assert_eq!(info.network.as_deref(), Some("testnet"));

        let later = issue(&old, &account, 1_000);
        let came: Vec<_> = [0, 1, 499, 998, 999].map(|at: usize| (at, later[at])).to_vec();
        for (at, owner) in &came {
            let output = OutputBuilder::plain(10 + u32::try_from(*at).unwrap(), *owner, M).build();
            place.node.ledger().milestone(vec![output], vec![]);
        }
        let again = OutputBuilder::plain(2, before[0], M).build();
        place.node.ledger().milestone(vec![again], vec![]);
        old.sync();
        // one of them is swept, which no backup knows of
        let swept = crate::testing::output_id(transaction_id(10), 0);
        place.node.ledger().milestone(vec![], vec![spent(swept, transaction_id(77))]);
        old.sync();
        let told = deposits(&old);
        assert_eq!(told.len(), 7);
        let old_log = old.manager.log_id().unwrap();
        old.manager.close();

        let wallet = place.start_restored();
        assert_ne!(wallet.manager.log_id().unwrap(), old_log);
        let state = wallet.manager.restored().unwrap().unwrap();
        assert_eq!(
            (state.restored_ms, state.cursor, state.log_id_before.as_str()),
            (5_000, info.cursor, old_log.as_str())
        );
        assert_eq!(kind(wallet.manager.generate_addresses(&account, 1, false, None)), ErrorKind::IssuingFrozen);
        assert_eq!(kind(wallet.manager.create_account("bob")), ErrorKind::IssuingFrozen);
        assert_eq!(kind(pay(&wallet, &account)), ErrorKind::PaymentsFrozen);
        assert_eq!(kind(wallet.manager.sync(Duration::from_secs(60))), ErrorKind::IssuingFrozen);
        assert_eq!(kind(wallet.manager.release_payments()), ErrorKind::PaymentsFrozen);
        assert_eq!(wallet.manager.cursor().unwrap().map(|at| at.index), info.cursor, "it is held");

        wallet.manager.release_issuing(&statement).unwrap();
        wallet.sync();
        assert_eq!(deposits(&wallet), told, "the log has them in the same order");
        let all: HashSet<Address> = before.iter().chain(&later).copied().collect();
        let new = wallet.manager.generate_addresses(&account, 20, false, None).unwrap();
        assert_eq!(new[0].key_index, next);
        assert!(new.iter().all(|address| !all.contains(&address.raw)));
        assert_eq!(incidents(&wallet).len(), 1, "the sweep");
        assert_eq!(kind(pay(&wallet, &account)), ErrorKind::PaymentsFrozen);
        wallet.manager.release_payments().unwrap();
        pay(&wallet, &account).unwrap();
        assert_eq!(kind(wallet.manager.release_issuing(&statement)), ErrorKind::InvalidArgument);
    }
}

#[test]
fn pools_are_filled_beyond_what_was_skipped() {
    let place = Place::new();
    let ready = |manager: &AccountManager| manager.accounts_room().pool_level(0, false).unwrap().ready;
    let pooled = |directory: &Path, size: u32| {
        let wallet = TestWallet::open_pooled(directory, &place.node, size).unwrap();
        wallet.run(SeedOrigin::New);
        wallet
    };
    let old = pooled(&place.wallet(), 4);
    old.sync();
    let account = old.account("alice");
    old.wait_until(|manager| ready(manager) == 4);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    old.manager.close();
    place.restore().unwrap();
    let wallet = pooled(&place.restored(), 8);
    // the look at all accounts that comes with the start has passed this one
    wallet.wait_until(|manager| ready(manager) == 8);
    wallet.manager.release_issuing(&IssuedBefore::SkipAhead(100)).unwrap();
    // nobody asks for an address
    wallet.wait_until(|manager| ready(manager) == 8);
    assert_eq!(wallet.manager.generate_addresses(&account, 1, false, None).unwrap()[0].key_index, 100);
}

#[test]
fn a_consumer_of_the_old_log_is_told_that_it_was_replaced() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    let to = issue(&old, &account, 1)[0];
    old.manager.open_consumer("credits", Start::First).unwrap();
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, to, M).build()], vec![]);
    old.sync();
    let batch = old.manager.poll_consumer("credits", 10).unwrap();
    old.manager.acknowledge("credits", &batch.log_id, 1).unwrap();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    old.manager.close();
    let wallet = place.start_restored();
    assert_eq!(kind(wallet.manager.poll_consumer("credits", 10)), ErrorKind::LogReplaced);
    let after = Start::After { log_id: batch.log_id, sequence: 1 };
    assert_eq!(kind(wallet.manager.seek_consumer("credits", after)), ErrorKind::LogReplaced);
}

#[test]
fn payments_are_free_again_by_themselves_when_nothing_was_paid_meanwhile() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    let to = issue(&old, &account, 1)[0];
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, to, 3 * M).build()], vec![]);
    old.sync();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    old.manager.close();
    let wallet = place.start_restored();
    wallet.manager.release_issuing(&exact(1, 0)).unwrap();
    wallet.freed();
    let payment = pay(&wallet, &account).unwrap();
    wallet.manager.close();
    // and stay so
    let wallet = TestWallet::start(&place.restored(), &place.node);
    assert!(wallet.manager.restored().unwrap().unwrap().payments_released);
    wallet.manager.payment(&PaymentRef::Transaction(payment.transaction_id)).unwrap();
    // from now on a stranger's transaction is one
    place.node.ledger().milestone(vec![], vec![spent(payment.inputs[0].output_id, transaction_id(66))]);
    wallet.sync();
    assert_eq!(kind(pay(&wallet, &account)), ErrorKind::ForeignSigner);
}

#[test]
fn an_open_payment_whose_input_went_elsewhere_after_the_backup_is_no_foreign_signer() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    let to = issue(&old, &account, 2);
    let outputs = vec![OutputBuilder::plain(1, to[0], 3 * M).build(), OutputBuilder::plain(2, to[1], 4 * M).build()];
    place.node.ledger().milestone(outputs, vec![]);
    old.sync();
    let open = pay(&old, &account).unwrap();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    // it was cancelled, and another one took its input
    place.node.ledger().milestone(vec![], vec![spent(open.inputs[0].output_id, transaction_id(88))]);
    old.manager.close();

    let wallet = place.start_restored();
    wallet.manager.release_issuing(&exact(2, 1)).unwrap();
    wallet.sync();
    let dead = wallet.manager.payment(&PaymentRef::Transaction(open.transaction_id)).unwrap();
    assert_eq!(dead.state, PaymentState::Dead);
    assert_eq!(kind(pay(&wallet, &account)), ErrorKind::PaymentsFrozen);
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    let state = wallet.manager.restored().unwrap().unwrap();
    assert!(!state.payments_released && state.unknown_own.is_some());
    assert_eq!(incidents(&wallet).len(), 1);
    wallet.manager.close();
    // a restart changes nothing of it
    let wallet = TestWallet::start(&place.restored(), &place.node);
    wallet.sync();
    assert_eq!(kind(pay(&wallet, &account)), ErrorKind::PaymentsFrozen);
    wallet.manager.release_payments().unwrap();
    pay(&wallet, &account).unwrap();
}

#[test]
fn an_open_payment_is_not_submitted_before_the_ledger_was_seen() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    let to = issue(&old, &account, 1)[0];
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, to, 3 * M).build()], vec![]);
    old.sync();
    // signed, and no node has it
    place.node.set_reachable(false);
    let open = pay(&old, &account).unwrap();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    old.manager.close();
    let attached = |wallet: &TestWallet| {
        wallet.manager.payment(&PaymentRef::Transaction(open.transaction_id)).unwrap().attachments
    };
    place.node.heal();
    let wallet = place.start_restored();
    let before = attached(&wallet);
    // a wallet that submitted it would have done so by then
    for _ in 0..20 {
        wallet.manager.wait_change(wallet.manager.version(), Duration::from_millis(10));
    }
    assert_eq!(attached(&wallet), before);
    wallet.manager.release_issuing(&exact(1, 1)).unwrap();
    wallet.sync();
    wallet.freed();
    wallet.wait_until(|_| attached(&wallet) > before);
}

#[test]
fn what_nodes_have_pruned_since_is_a_gap_as_ever() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    issue(&old, &account, 1);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    let later = issue(&old, &account, 1)[0];
    old.manager.close();
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, later, M).build()], vec![]);
    place.node.ledger().empty_milestones(10);
    place.node.set_pruned(place.node.ledger().position().index.0 - 2);
    let wallet = place.start_restored();
    assert!(matches!(wallet.manager.repair(), Err(error) if error.kind() == ErrorKind::IssuingFrozen));
    wallet.manager.release_issuing(&exact(2, 0)).unwrap();
    wallet.wait_until(|manager| manager.status().state == SyncState::Gap);
    assert_eq!(kind(pay(&wallet, &account)), ErrorKind::PaymentsFrozen);
    wallet.manager.repair().unwrap().unwrap();
    wallet.sync();
    assert_eq!(deposits(&wallet).len(), 1);
    wallet.wait_until(|manager| manager.restored().unwrap().unwrap().checked);
    // what was paid in it, nobody knows
    assert_eq!(kind(pay(&wallet, &account)), ErrorKind::PaymentsFrozen);
    wallet.manager.release_payments().unwrap();
    assert!(wallet.manager.restored().unwrap().unwrap().payments_released);
}

#[test]
fn the_statement_must_name_every_account_and_no_less_than_the_backup_knows() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let alice = old.account("alice");
    issue(&old, &alice, 5);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    let bob = old.account("bob");
    let bobs = issue(&old, &bob, 3);
    old.manager.close();
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, bobs[1], M).build()], vec![]);
    let wallet = place.start_restored();
    let one = |account, alias: Option<&str>, public| IssuedAccount {
        account,
        alias: alias.map(str::to_owned),
        public,
        internal: 0,
    };
    let refused = [
        vec![],
        vec![one(0, None, 4)],
        vec![one(0, None, 5), one(0, None, 5)],
        vec![one(0, None, 5), one(1, None, 3)],
        vec![one(0, None, 5), one(2, Some("bob"), 3)],
        vec![one(0, None, 5), one(1, Some("bob"), u32::MAX)],
        // counts of another wallet, or with shifted indexes
        vec![one(0, Some("bob"), 5), one(1, Some("carol"), 3)],
        vec![one(0, None, 5), one(1, Some("bob"), 5_000_001)],
    ];
    for statement in refused {
        let kind = kind(wallet.manager.release_issuing(&IssuedBefore::Exact(statement.clone())));
        assert!(matches!(kind, ErrorKind::InvalidArgument | ErrorKind::KeyIndexExhausted), "{statement:?}");
    }
    let taken = IssuedBefore::Exact(vec![one(0, None, 5), one(1, Some("alice"), 3)]);
    assert_eq!(kind(wallet.manager.release_issuing(&taken)), ErrorKind::AliasTaken);
    assert_eq!(kind(wallet.manager.release_issuing(&IssuedBefore::SkipAhead(0))), ErrorKind::InvalidArgument);
    assert_eq!(kind(wallet.manager.create_account("bob")), ErrorKind::IssuingFrozen, "nothing was released");
    let right = IssuedBefore::Exact(vec![one(1, Some("bob"), 3), one(0, Some("alice"), 5)]);
    assert_eq!(wallet.manager.release_issuing(&right).unwrap().accounts, 1);
    wallet.sync();
    assert_eq!(deposits(&wallet).len(), 1, "on an account that the backup does not know");
    assert_eq!(wallet.manager.generate_addresses(&bob, 1, false, None).unwrap()[0].key_index, 3);
}

#[test]
fn an_account_made_after_skipping_ahead_skips_too() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    let bob = old.account("bob");
    let bobs = issue(&old, &bob, 3);
    old.manager.close();
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, bobs[1], M).build()], vec![]);
    let wallet = place.start_restored();
    wallet.manager.release_issuing(&IssuedBefore::SkipAhead(40)).unwrap();
    wallet.sync();
    let bob = wallet.account("bob");
    let new = wallet.manager.generate_addresses(&bob, 1, false, None).unwrap();
    // two show on the ledger, and fewer than 40 beyond them were issued
    assert_eq!(new[0].key_index, 42);
    assert_eq!(wallet.manager.balance(&bob).unwrap().total.units(), M);
    assert_eq!(deposits(&wallet), []);
}

#[test]
fn what_an_account_of_a_used_seed_held_before_the_backup_is_found_too() {
    let place = Place::new();
    let old = TestWallet::start_with(&place.wallet(), &place.node, SeedOrigin::Existing);
    old.sync();
    let account = old.account("alice");
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    // it was there before the backup, and nobody had looked
    let first = old.manager.generate_addresses(&account, 2, false, None).unwrap()[0].raw;
    old.manager.close();
    place.restore().unwrap();
    let ledger = std::sync::Arc::new(crate::testing::ScriptedLedger::default());
    ledger.milestone(vec![OutputBuilder::plain(1, first, M).build()], vec![]);
    ledger.empty_milestones(2);
    let node = ScriptedFeed::of(ledger);
    let wallet = TestWallet::start_with(&place.restored(), &node, SeedOrigin::Existing);
    wallet.manager.release_issuing(&exact(2, 0)).unwrap();
    wallet.sync();
    wallet.wait_until(|manager| manager.balance(&account).unwrap().total.units() == M);
    assert_eq!(wallet.manager.generate_addresses(&account, 1, false, None).unwrap()[0].key_index, 2);
}

#[test]
fn a_wallet_that_met_no_node_before_its_backup_looks_for_what_it_skips() {
    let place = Place::new();
    place.node.set_reachable(false);
    let old = place.start();
    let account = old.account("alice");
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    place.node.heal();
    old.sync();
    let later = issue(&old, &account, 3);
    old.manager.close();
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, later[2], M).build()], vec![]);
    let wallet = place.start_restored();
    wallet.manager.release_issuing(&exact(3, 0)).unwrap();
    wallet.sync();
    wallet.wait_until(|manager| manager.balance(&account).unwrap().total.units() == M);
    assert_eq!(wallet.manager.generate_addresses(&account, 1, false, None).unwrap()[0].key_index, 3);
}

#[test]
fn a_vault_goes_with_its_wallet() {
    let place = Place::new();
    let vault_at = |directory: &Path| SecretConfig::Stronghold { path: directory.join("keys.stronghold") };
    let config = |directory: &Path| Config { secret: vault_at(directory), ..config(directory) };
    let open = |directory: &Path| {
        let node = place.node.clone();
        let ports = crate::manager::Ports {
            feed: Box::new(node.clone()),
            submit: std::sync::Arc::new(node.clone()),
            lookup: std::sync::Arc::new(node),
            clock: std::sync::Arc::new(crate::testing::ManualClock::default()),
        };
        AccountManager::open(&config(directory), ports)
    };
    let old = open(&place.wallet()).unwrap();
    let bytes = vault(&place.wallet().join("keys.stronghold"));
    let info = old.backup(&place.file(), &password("backup")).unwrap();
    assert_eq!(info.vault_bytes, u64::try_from(bytes.len()).unwrap());
    let restore = || AccountManager::restore(&place.file(), &password("backup"), &config(&place.restored()), 1);
    fs::create_dir(place.restored()).unwrap();
    // another vault is in the way, the same one is not: an interrupted restore left it
    fs::write(place.restored().join("keys.stronghold"), b"PARTI another").unwrap();
    assert_eq!(restore().unwrap_err().kind(), ErrorKind::BackupExists);
    assert_eq!(fs::read_dir(place.restored()).unwrap().count(), 1);
    fs::write(place.restored().join("keys.stronghold"), &bytes).unwrap();
    restore().unwrap();
    assert_eq!(fs::read(place.restored().join("keys.stronghold")).unwrap(), bytes);
    open(&place.restored()).unwrap();
    // a wallet that had keys and lost them is not backed up without
    old.store()
        .writer()
        .commit(|tx| crate::store::meta::put(tx, crate::store::MetaKey::SeedAddress, b"known"))
        .unwrap();
    fs::remove_file(place.wallet().join("keys.stronghold")).unwrap();
    let second = place.directory.path().join("second");
    assert_eq!(kind(old.backup(&second, &password("backup"))), ErrorKind::VaultMissing);
    let backup_with = |bytes: &[u8]| {
        fs::write(place.wallet().join("keys.stronghold"), bytes).unwrap();
        old.backup(&second, &password("backup"))
    };
    assert_eq!(kind(backup_with(b"something else")), ErrorKind::VaultForeign);
    assert_eq!(kind(backup_with(b"PARTI\x03\x00 and nothing of a vault")), ErrorKind::VaultDamaged);
    assert_eq!(kind(backup_with(&bytes[..100])), ErrorKind::VaultDamaged);
    // what nobody sees without the password is known as soon as the vault was opened
    fs::write(place.wallet().join("keys.stronghold"), &bytes).unwrap();
    old.set_password(&password("right")).unwrap();
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damaged in [&flipped[..], &bytes[..bytes.len() - 1]] {
        assert_eq!(kind(backup_with(damaged)), ErrorKind::VaultDamaged);
        assert!(!second.exists());
    }
    backup_with(&bytes).unwrap();
}

#[test]
fn a_backup_is_of_one_moment_while_the_wallet_goes_on() {
    let place = Place::new();
    let wallet = place.start();
    wallet.sync();
    let account = wallet.account("alice");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                let to = issue(&wallet, &account, 10)[0];
                place.node.ledger().milestone(vec![OutputBuilder::plain(random(), to, M).build()], vec![]);
                wallet.sync();
            }
        });
        for number in 0..5 {
            let file = place.directory.path().join(format!("backup-{number}"));
            let info = wallet.manager.backup(&file, &password("backup")).unwrap();
            let target = place.directory.path().join(format!("restored-{number}"));
            AccountManager::restore(&file, &password("backup"), &config(&target), 0).unwrap();
            let restored = TestWallet::open(&target, &place.node).unwrap();
            assert_eq!(restored.manager.cursor().unwrap().map(|at| at.index), info.cursor);
            let total = restored.manager.total_balance().unwrap();
            let deposits = deposits(&restored);
            assert_eq!(total.total.units(), M * u64::try_from(deposits.len()).unwrap());
            assert_eq!(u64::from(restored.manager.account(&account).unwrap().public_count), info.addresses);
            restored.manager.close();
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
    });
}

/// A transaction number that was not used before.
fn random() -> u32 {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1_000);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::SeqCst)
}

#[test]
fn a_withdrawal_that_waits_since_before_the_backup_needs_a_persons_word() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    issue(&old, &account, 1);
    let text = crate::ledger::AddressCodec::format(&crate::stardust::Stardust, &crate::testing::address(5), "rms");
    let request = crate::payments::WithdrawalRequest {
        key: "k".to_owned(),
        address: text,
        amount: Amount::new(M),
        micro_amount: None,
    };
    old.manager.withdraw(&account, vec![request]).unwrap().remove(0).unwrap();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    // of this the backup knows nothing, and no ledger tells
    old.manager.cancel_withdrawal("k").unwrap();
    old.manager.close();
    let wallet = place.start_restored();
    wallet.manager.release_issuing(&exact(1, 0)).unwrap();
    wallet.sync();
    let state = wallet.manager.restored().unwrap().unwrap();
    assert!(state.checked, "who waited finds it looked at");
    assert!(!state.payments_released);
    // what the lost wallet had sent may still be applied
    assert_eq!(wallet.manager.cancel_withdrawal("k").unwrap_err().kind(), ErrorKind::PaymentsFrozen);
    place.node.ledger().empty_milestones(17);
    wallet.sync();
    assert!(!wallet.manager.restored().unwrap().unwrap().payments_released);
    assert_eq!(wallet.manager.cancel_withdrawal("k").unwrap().state.name(), "cancelled");
    wallet.manager.release_payments().unwrap();
    assert!(wallet.manager.restored().unwrap().unwrap().payments_released);
}

#[test]
fn a_backup_of_a_restored_wallet_forgets_nothing_that_is_open() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    let to = issue(&old, &account, 1)[0];
    place.node.ledger().milestone(vec![OutputBuilder::plain(1, to, 3 * M).build()], vec![]);
    old.sync();
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    old.manager.close();
    let output = crate::testing::output_id(transaction_id(1), 0);
    place.node.ledger().milestone(vec![], vec![spent(output, transaction_id(77))]);
    let wallet = place.start_restored();
    wallet.manager.release_issuing(&IssuedBefore::SkipAhead(30)).unwrap();
    wallet.sync();
    assert!(wallet.manager.restored().unwrap().unwrap().unknown_own.is_some());
    let second = Place::new();
    wallet.manager.backup(&second.file(), &password("backup")).unwrap();
    wallet.manager.close();
    let again = second.start_restored();
    let state = again.manager.restored().unwrap().unwrap();
    assert!(state.unknown_own.is_some() && !state.payments_released);
    assert_eq!(state.skip_ahead, 30);
}

#[test]
fn a_backup_from_the_middle_of_a_release_begins_anew() {
    let place = Place::new();
    let old = place.start();
    old.sync();
    let account = old.account("alice");
    issue(&old, &account, 5);
    // how far it had issued when the release began
    old.manager.store().writer().commit(crate::store::release::begin).unwrap();
    issue(&old, &account, 20);
    old.manager.backup(&place.file(), &password("backup")).unwrap();
    old.manager.close();
    let wallet = place.start_restored();
    assert_eq!(wallet.manager.release_issuing(&IssuedBefore::SkipAhead(30)).unwrap().skipped, 60);
    wallet.sync();
    assert_eq!(wallet.manager.generate_addresses(&account, 1, false, None).unwrap()[0].key_index, 25 + 30);
}
