//! A seed of which nothing but the mnemonic is left.

mod model;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use super::*;
use crate::{
    events::{Notice, Origin, RecoveryProgress},
    keys::{CoinType, KeyPath, Mnemonic, MnemonicManager, Password, SecretManager},
    ledger::{Address, AddressCodec},
    manager::{
        AccountManager, AccountRef, Config, GapLimits, IssuedAccount, IssuedBefore, Ports, RecoverBy, Recovery,
        SecretConfig, SeedOrigin,
    },
    payments::WithdrawalRequest,
    stardust::Stardust,
    testing::{ManualClock, OutputBuilder, ScriptedFeed, TestWallet, WORDS},
};

/// The seed's addresses, as the lost wallet had issued them.
fn seeds(account: u32, internal: bool, index: u32) -> Address {
    let keys = MnemonicManager::new(&Mnemonic::parse(WORDS).unwrap(), CoinType::SHIMMER);
    let path = KeyPath::new(account, internal, index).unwrap();
    Stardust.of_public_key(&keys.public_keys(&[path]).unwrap()[0])
}

/// A node on whose ledger each of these addresses holds 1, and the wallet's directory.
fn used(addresses: &[(u32, bool, u32)]) -> (tempfile::TempDir, ScriptedFeed) {
    let node = ScriptedFeed::with_milestones(1);
    let outputs = (1..).zip(addresses).map(|(number, (account, internal, index))| {
        OutputBuilder::plain(number, seeds(*account, *internal, *index), 1).build()
    });
    node.ledger().milestone(outputs.collect(), vec![]);
    (tempfile::tempdir().unwrap(), node)
}

fn start(directory: &tempfile::TempDir, node: &ScriptedFeed) -> TestWallet {
    TestWallet::start_with(directory.path(), node, SeedOrigin::Existing)
}

const fn gaps(accounts: u32, addresses: u32) -> RecoverBy {
    RecoverBy::Gaps(GapLimits { accounts, addresses })
}

fn recover(manager: &AccountManager, by: &RecoverBy) -> Result<Recovery, WalletError> {
    manager.recover_accounts(by, &AtomicBool::new(false))
}

/// Alias and issued addresses of each account.
fn counts(manager: &AccountManager) -> Vec<(String, u32, u32)> {
    let accounts = manager.accounts(None, 1_000).unwrap().items;
    accounts.into_iter().map(|info| (info.alias, info.public_count, info.internal_count)).collect()
}

fn issued(manager: &AccountManager) -> Vec<(u32, u32)> {
    counts(manager).into_iter().map(|(_, public, internal)| (public, internal)).collect()
}

fn stated(account: u32, public: u32, internal: u32) -> IssuedAccount {
    IssuedAccount { account, alias: None, public, internal }
}

#[test]
fn invariant_3_what_is_found_is_watched_and_nothing_is_issued_until_it_is_stated_how_far_issuing_had_come() {
    // the last of them lies beyond the limit
    let (directory, node) = used(&[(0, false, 3), (0, true, 0), (2, false, 1), (0, false, 10)]);
    let wallet = start(&directory, &node);
    let found = recover(&wallet.manager, &gaps(2, 5)).unwrap();
    assert!(found.complete && !found.issuing_released);
    assert_eq!((found.accounts, found.addresses, found.amount.units()), (3, 7, 3));
    assert_eq!(
        counts(&wallet.manager),
        [("recovered-0".to_owned(), 4, 1), ("recovered-1".to_owned(), 0, 0), ("recovered-2".to_owned(), 2, 0)]
    );
    assert_eq!(wallet.manager.total_balance().unwrap(), plain_balance(3, 3));
    for event in wallet.events() {
        let LedgerEvent::NewOutput(event) = event else { panic!("a deposit: {event:?}") };
        assert_eq!((event.origin, event.creditable), (Origin::Discovered, Amount::ZERO));
    }
    // also after a restart
    wallet.manager.close();
    drop(wallet);
    let wallet = start(&directory, &node);
    let first = AccountRef::Index(0);
    assert_eq!(kind(wallet.manager.generate_addresses(&first, 1, false, None)), ErrorKind::IssuingFrozen);
    assert_eq!(kind(wallet.manager.create_account("bob")), ErrorKind::IssuingFrozen);
    assert_eq!(wallet.manager.recovery().unwrap(), Some(found));
    // the lost wallet had issued more than the ledger shows
    let statement = IssuedBefore::Exact(vec![stated(0, 12, 1), stated(1, 0, 0), stated(2, 2, 0)]);
    assert_eq!(wallet.manager.release_issuing(&statement).unwrap().skipped, 8);
    assert!(wallet.manager.recovery().unwrap().unwrap().issuing_released);
    let next = wallet.manager.generate_addresses(&first, 1, false, None).unwrap();
    assert_eq!((next[0].key_index, next[0].raw), (12, seeds(0, false, 12)));
    // what the skipped ones hold is found, in the background
    wallet.wait_until(|manager| manager.total_balance().unwrap() == plain_balance(4, 4));
    // and what comes to a new address is a deposit
    node.ledger().milestone(vec![OutputBuilder::plain(50, next[0].raw, 7).build()], vec![]);
    wallet.sync();
    assert_eq!(short(&wallet.events()).last().unwrap().0, "deposit");
}

#[test]
fn withdrawals_are_taken_and_paid_after_the_release() {
    let (directory, node) = used(&[(0, false, 3)]);
    node.ledger().milestone(vec![OutputBuilder::plain(20, seeds(0, false, 0), 5_000_000).build()], vec![]);
    let wallet = start(&directory, &node);
    recover(&wallet.manager, &gaps(1, 5)).unwrap();
    let first = AccountRef::Index(0);
    let withdraw = || {
        let address = wallet.manager.address_text(&seeds(7, false, 0));
        let (key, amount) = ("k".to_owned(), Amount::new(1_000_000));
        wallet
            .manager
            .withdraw(&first, vec![WithdrawalRequest { key, address, amount, micro_amount: None }])
            .unwrap()
            .remove(0)
    };
    assert_eq!(withdraw().unwrap_err().kind(), ErrorKind::IssuingFrozen);
    assert!(wallet.manager.payments(None, None, 10).unwrap().items.is_empty());
    wallet.manager.release_issuing(&IssuedBefore::SkipAhead(10)).unwrap();
    withdraw().unwrap();
    wallet.wait_until(|manager| manager.withdrawal("k").unwrap().transaction_id.is_some());
}

#[test]
fn limits_are_exact() {
    // public chain of account 0: 4 is within 5 of the beginning, 9 within 5 of that, 15 is not within 5 of 9
    let chain = [(0, false, 4), (0, false, 9), (0, false, 15)];
    let (directory, node) = used(&chain);
    let wallet = start(&directory, &node);
    let found = recover(&wallet.manager, &gaps(1, 5)).unwrap();
    assert_eq!(issued(&wallet.manager), [(10, 0)]);
    // ten to the last used one and five beyond; five of the change chain; as many of an account that is not there
    assert_eq!(found.looked_at, 15 + 5 + 10);
    // one more finds the rest, and nothing of what was found before is looked at again
    let found = recover(&wallet.manager, &gaps(1, 6)).unwrap();
    assert_eq!(issued(&wallet.manager), [(16, 0)]);
    assert_eq!(found.looked_at, 6 + 6 + 6 + 12);

    let (directory, node) = used(&[(0, false, 5)]);
    let wallet = start(&directory, &node);
    recover(&wallet.manager, &gaps(1, 5)).unwrap();
    assert_eq!(issued(&wallet.manager), [], "an address beyond the limit");
}

#[test]
fn limits_of_accounts_are_exact() {
    let (directory, node) = used(&[(1, true, 0), (3, false, 0), (6, false, 0)]);
    let wallet = start(&directory, &node);
    recover(&wallet.manager, &gaps(1, 1)).unwrap();
    assert_eq!(issued(&wallet.manager), []);
    recover(&wallet.manager, &gaps(2, 1)).unwrap();
    assert_eq!(issued(&wallet.manager), [(0, 0), (0, 1), (0, 0), (1, 0)]);
    recover(&wallet.manager, &gaps(3, 1)).unwrap();
    assert_eq!(issued(&wallet.manager).len(), 7);
}

#[test]
fn skipping_ahead_frees_issuing_too_and_holds_for_accounts_that_are_made_later() {
    let (directory, node) = used(&[(0, false, 0), (1, false, 30)]);
    let wallet = start(&directory, &node);
    recover(&wallet.manager, &gaps(1, 5)).unwrap();
    wallet.manager.release_issuing(&IssuedBefore::SkipAhead(100)).unwrap();
    let first = AccountRef::Index(0);
    assert_eq!(wallet.manager.generate_addresses(&first, 1, false, None).unwrap()[0].key_index, 101);
    let later = wallet.account("later");
    assert_eq!(wallet.manager.generate_addresses(&later, 1, false, None).unwrap()[0].key_index, 100);
    assert_eq!(wallet.manager.balance(&later).unwrap(), plain_balance(1, 1), "beyond the limit and within the skipped");
}

#[test]
fn exact_counts_are_registered_without_looking_and_free_issuing() {
    let (directory, node) = used(&[(0, false, 70), (1, true, 2)]);
    let wallet = start(&directory, &node);
    let alias = Some("hot".to_owned());
    let by = RecoverBy::Exact(vec![IssuedAccount { account: 1, alias, public: 12_345, internal: 3 }, stated(0, 71, 0)]);
    let found = recover(&wallet.manager, &by).unwrap();
    assert!(found.complete && found.issuing_released);
    assert_eq!((found.accounts, found.addresses, found.looked_at), (2, 71 + 12_345 + 3, 0));
    assert_eq!(counts(&wallet.manager), [("recovered-0".to_owned(), 71, 0), ("hot".to_owned(), 12_345, 3)]);
    assert_eq!(wallet.manager.total_balance().unwrap(), plain_balance(2, 2));
    let hot = AccountRef::Alias("hot".to_owned());
    let next = wallet.manager.generate_addresses(&hot, 1, false, None).unwrap();
    assert_eq!((next[0].key_index, next[0].raw), (12_345, seeds(1, false, 12_345)));
    // each commit of new addresses may be looked for by itself, no address alone: one of 71, two of 12,345, one of 3
    let asked = node.output_calls().0;
    assert!((1..=4).contains(&asked), "the ledger was asked {asked} times");
}

#[test]
fn a_wallet_with_accounts_is_searched_from_its_last_addresses_on() {
    let (directory, node) = used(&[(0, false, 4), (1, false, 0)]);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    wallet.manager.generate_addresses(&alice, 2, false, None).unwrap();
    recover(&wallet.manager, &gaps(1, 3)).unwrap();
    assert_eq!(counts(&wallet.manager), [("alice".to_owned(), 5, 0), ("recovered-1".to_owned(), 1, 0)]);
    assert_eq!(wallet.manager.total_balance().unwrap(), plain_balance(2, 2));
    // who says that the seed was used elsewhere is believed
    assert_eq!(kind(wallet.manager.generate_addresses(&alice, 1, false, None)), ErrorKind::IssuingFrozen);
    let statement = IssuedBefore::Exact(vec![stated(0, 5, 0), stated(1, 1, 0)]);
    wallet.manager.release_issuing(&statement).unwrap();
    assert_eq!(wallet.manager.generate_addresses(&alice, 1, false, None).unwrap()[0].key_index, 5);
    assert!(wallet.manager.account(&wallet.account("bob")).unwrap().undiscovered);
}

#[test]
fn accounts_that_were_not_looked_for_yet_are_found_by_the_search() {
    let (directory, node) = used(&[(0, false, 30)]);
    let wallet = start(&directory, &node);
    let alice = wallet.account("alice");
    let _taken = wallet.account("recovered-2");
    node.ledger().milestone(vec![OutputBuilder::plain(9, seeds(2, false, 0), 1).build()], vec![]);
    let run = |stop| wallet.manager.recover_accounts(&gaps(1, 40), &AtomicBool::new(stop));
    assert!(!run(true).unwrap().complete);
    // as long as the search has not come to it, nobody else looks for it
    wallet.sync();
    assert!(wallet.manager.account(&alice).unwrap().undiscovered);
    assert!(run(false).unwrap().complete);
    let expected = [("alice", 31, 0), ("recovered-2", 0, 0), ("recovered-2-2", 1, 0)];
    assert_eq!(counts(&wallet.manager), expected.map(|(alias, public, internal)| (alias.to_owned(), public, internal)));
    assert!(!wallet.manager.account(&alice).unwrap().undiscovered);
}

#[test]
fn what_cannot_be_is_refused_and_freezes_nothing() {
    let (directory, node) = used(&[]);
    let wallet = start(&directory, &node);
    let limits = [(0, 20), (20, 0), (1_001, 20), (1, 100_001), (u32::MAX, u32::MAX)];
    for (accounts, addresses) in limits {
        assert_eq!(kind(recover(&wallet.manager, &gaps(accounts, addresses))), ErrorKind::InvalidArgument);
    }
    let alias = |account, alias: &str| IssuedAccount { alias: Some(alias.to_owned()), ..stated(account, 1, 0) };
    for (counts, expected) in [
        (vec![stated(1, 1, 0)], ErrorKind::InvalidArgument),
        (vec![stated(0, 1, 0), stated(0, 2, 0)], ErrorKind::InvalidArgument),
        (vec![stated(0, 1, 0), stated(2, 2, 0)], ErrorKind::InvalidArgument),
        (vec![stated(0, (1 << 31) + 1, 0)], ErrorKind::InvalidArgument),
        (vec![stated(0, 0, u32::MAX)], ErrorKind::InvalidArgument),
        (vec![stated(0, 2_000_000_000, 0)], ErrorKind::InvalidArgument),
        (vec![stated(0, 2_500_000, 1), stated(1, 0, 2_500_000)], ErrorKind::InvalidArgument),
        (vec![alias(0, "same"), alias(1, "same")], ErrorKind::InvalidArgument),
        (vec![alias(0, " ")], ErrorKind::AliasInvalid),
    ] {
        assert_eq!(kind(recover(&wallet.manager, &RecoverBy::Exact(counts.clone()))), expected, "{counts:?}");
    }
    assert_eq!(wallet.manager.recovery().unwrap(), None);
    let alice = wallet.account("alice");
    wallet.manager.generate_addresses(&alice, 2, false, None).unwrap();
    // the last are counts of another seed, or with shifted indexes
    for counts in [vec![], vec![stated(0, 1, 0)], vec![IssuedAccount { public: 9, ..alias(0, "bob") }]] {
        assert_eq!(kind(recover(&wallet.manager, &RecoverBy::Exact(counts))), ErrorKind::InvalidArgument);
    }
    let taken = RecoverBy::Exact(vec![stated(0, 2, 0), alias(1, "alice")]);
    assert_eq!(kind(recover(&wallet.manager, &taken)), ErrorKind::AliasTaken);
    assert_eq!(wallet.manager.generate_addresses(&alice, 1, false, None).unwrap()[0].key_index, 2);
}

#[test]
fn a_name_that_the_search_gave_is_compared_with_none() {
    let (directory, node) = used(&[(0, false, 4), (1, false, 0)]);
    let wallet = start(&directory, &node);
    recover(&wallet.manager, &gaps(1, 5)).unwrap();
    wallet.manager.rename_account(&AccountRef::Index(1), "bob").unwrap();
    let named =
        |account, alias: &str, public| IssuedAccount { alias: Some(alias.to_owned()), ..stated(account, public, 0) };
    let release = |counts| wallet.manager.release_issuing(&IssuedBefore::Exact(counts));
    assert_eq!(kind(release(vec![named(0, "bob", 7), stated(1, 1, 0)])), ErrorKind::AliasTaken);
    assert_eq!(kind(release(vec![named(0, "alice", 7), named(1, "carol", 1)])), ErrorKind::InvalidArgument);
    assert_eq!(release(vec![named(0, "alice", 7), named(1, "bob", 1)]).unwrap().skipped, 2);
    assert_eq!(counts(&wallet.manager), [("recovered-0".to_owned(), 7, 0), ("bob".to_owned(), 1, 0)]);
}

#[test]
fn what_was_found_after_a_release_began_counts_for_the_next() {
    let (directory, node) = used(&[(0, false, 0)]);
    let wallet = start(&directory, &node);
    recover(&wallet.manager, &gaps(1, 5)).unwrap();
    wallet.manager.store().writer().commit(crate::store::release::begin).unwrap();
    // the release was interrupted, and another search finds more
    node.ledger().milestone(vec![OutputBuilder::plain(9, seeds(0, false, 30), 1).build()], vec![]);
    recover(&wallet.manager, &gaps(1, 40)).unwrap();
    wallet.manager.release_issuing(&IssuedBefore::SkipAhead(100)).unwrap();
    assert_eq!(issued(&wallet.manager), [(131, 100)]);
}

#[test]
fn when_nodes_fail_it_goes_on_where_it_was() {
    let (directory, node) = used(&[(0, false, 0), (0, false, 1), (0, true, 1), (1, false, 0)]);
    let wallet = start(&directory, &node);
    wallet.sync();
    let mut failed = 0;
    // each attempt gets one more answer, so it must not ask for any a second time
    while let Err(error) = {
        node.set_index_answers(1);
        recover(&wallet.manager, &gaps(1, 2))
    } {
        assert_eq!(error.kind(), ErrorKind::NodeUnreachable);
        failed += 1;
        assert!(failed < 100, "it comes no further");
    }
    assert_eq!(issued(&wallet.manager), [(2, 2), (1, 0)]);
    assert_eq!(wallet.manager.total_balance().unwrap(), plain_balance(4, 4));
}

#[test]
fn a_locked_vault_or_none_is_said() {
    let (directory, node) = used(&[]);
    let wallet = TestWallet::open(directory.path(), &node).unwrap();
    wallet.manager.start().unwrap();
    assert_eq!(kind(recover(&wallet.manager, &gaps(1, 20))), ErrorKind::VaultEmpty);
}

#[test]
fn a_vault_that_is_locked_in_the_middle_is_said_and_the_search_goes_on() {
    let (directory, node) = used(&[(0, false, 1), (1, false, 0)]);
    let password = Password::new(b"right".to_vec()).unwrap();
    let secret = SecretConfig::Stronghold { path: directory.path().join("wallet.stronghold") };
    let config = Config::new(directory.path().join("wallet"), CoinType::SHIMMER, secret);
    let ports = Ports {
        feed: Box::new(node.clone()),
        submit: Arc::new(node.clone()),
        lookup: Arc::new(node.clone()),
        clock: Arc::new(ManualClock::default()),
    };
    let manager = Arc::new(AccountManager::open(&config, ports).unwrap());
    manager.start().unwrap();
    manager.set_password(&password).unwrap();
    manager.store_mnemonic(&Mnemonic::parse(WORDS).unwrap(), SeedOrigin::Existing).unwrap();
    manager.lock().unwrap();
    assert_eq!(kind(recover(&manager, &gaps(1, 2))), ErrorKind::VaultLocked);
    assert_eq!(manager.recovery().unwrap(), None, "nothing was begun");
    manager.set_password(&password).unwrap();
    let locks = Arc::downgrade(&manager);
    node.on_index(move || locks.upgrade().unwrap().lock().unwrap());
    assert_eq!(kind(recover(&manager, &gaps(1, 2))), ErrorKind::VaultLocked);
    assert_eq!(issued(&manager), [(2, 0)], "the first step was stored");
    node.on_index(|| {});
    manager.set_password(&password).unwrap();
    assert!(recover(&manager, &gaps(1, 2)).unwrap().complete);
    assert_eq!(issued(&manager), [(2, 0), (1, 0)]);
}

#[test]
fn it_stops_when_it_is_told_and_goes_on() {
    let (directory, node) = used(&[(0, false, 1), (0, true, 1), (1, true, 0)]);
    let wallet = start(&directory, &node);
    wallet.sync();
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    node.on_index(move || told.store(true, Ordering::Release));
    let mut runs = 0;
    let found = loop {
        stop.store(false, Ordering::Release);
        let found = wallet.manager.recover_accounts(&gaps(1, 2), &stop).unwrap();
        if found.complete {
            break found;
        }
        runs += 1;
        assert!(runs < 100, "it comes no further");
    };
    assert!(runs > 5, "it was stopped at each answer: {runs}");
    assert_eq!(issued(&wallet.manager), [(2, 2), (0, 1)]);
    assert_eq!((found.accounts, found.addresses), (2, 5));
    assert_eq!(wallet.manager.total_balance().unwrap(), plain_balance(3, 3));
}

#[test]
fn closing_ends_it_and_loses_nothing() {
    let (directory, node) = used(&[(0, false, 1), (0, false, 3)]);
    let wallet = start(&directory, &node);
    wallet.sync();
    let (asking, asked) = crossbeam_channel::unbounded::<()>();
    let (go, going) = crossbeam_channel::unbounded::<()>();
    node.on_index(move || {
        // the comparison in the background asks too, and nobody would let it go on when the wallet waits for its end
        if std::thread::current().name() == Some("reconcile") {
            return;
        }
        asking.send(()).unwrap();
        going.recv().unwrap();
    });
    std::thread::scope(|scope| {
        let run = scope.spawn(|| kind(recover(&wallet.manager, &gaps(1, 2))));
        asked.recv_timeout(SOON).unwrap();
        assert_eq!(kind(recover(&wallet.manager, &gaps(1, 2))), ErrorKind::Busy);
        assert_eq!(kind(wallet.manager.release_issuing(&IssuedBefore::SkipAhead(1))), ErrorKind::Busy);
        go.send(()).unwrap();
        asked.recv_timeout(SOON).unwrap();
        let closing = scope.spawn(|| wallet.manager.close());
        closing.join().unwrap();
        go.send(()).unwrap();
        assert_eq!(run.join().unwrap(), ErrorKind::Closed);
    });
    drop(wallet);
    let node = node.sibling();
    let wallet = start(&directory, &node);
    assert_eq!(issued(&wallet.manager), [(2, 0)], "the first step was stored");
    recover(&wallet.manager, &gaps(1, 2)).unwrap();
    assert_eq!(issued(&wallet.manager), [(4, 0)]);
}

#[test]
fn each_step_is_told() {
    let (directory, node) = used(&[(0, false, 1), (1, true, 0)]);
    let wallet = start(&directory, &node);
    let told = Arc::<Mutex<Vec<RecoveryProgress>>>::default();
    let heard = Arc::clone(&told);
    wallet.manager.subscribe(Box::new(move |notice| {
        if let Notice::Recovery(progress) = &**notice {
            heard.lock().unwrap().push(*progress);
        }
    }));
    recover(&wallet.manager, &gaps(1, 2)).unwrap();
    let steps: Vec<_> = told
        .lock()
        .unwrap()
        .iter()
        .map(|at| {
            ((at.account, at.internal, at.searched), at.looked_at, (at.accounts, at.addresses, at.amount.units()))
        })
        .collect();
    assert_eq!(
        steps,
        [
            ((0, false, 2), 2, (0, 2, 0)),
            ((0, false, 4), 4, (0, 2, 0)),
            ((0, true, 2), 6, (0, 2, 0)),
            ((1, false, 0), 6, (1, 2, 1)),
            ((1, false, 2), 8, (1, 2, 1)),
            ((1, true, 2), 10, (1, 3, 1)),
            ((1, true, 3), 11, (1, 3, 1)),
            ((2, false, 0), 11, (2, 3, 2)),
            ((2, false, 2), 13, (2, 3, 2)),
            ((2, true, 2), 15, (2, 3, 2)),
            ((3, false, 0), 15, (2, 3, 2)),
        ]
    );
}

#[test]
fn other_counts_than_those_of_a_stopped_call_count_from_the_beginning() {
    let (directory, node) = used(&[]);
    let wallet = start(&directory, &node);
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    // the first question is about what the first account's addresses hold
    node.on_index(move || told.store(true, Ordering::Release));
    let by = |first| RecoverBy::Exact(vec![stated(0, first, 0), stated(1, 3, 0)]);
    assert!(!wallet.manager.recover_accounts(&by(5), &stop).unwrap().complete);
    assert_eq!(issued(&wallet.manager), [(5, 0)]);
    node.on_index(|| {});
    assert!(recover(&wallet.manager, &by(8)).unwrap().complete);
    assert_eq!(issued(&wallet.manager), [(8, 0), (3, 0)]);
}

#[test]
fn over_ten_thousand_addresses_the_ledger_is_asked_for_once() {
    let (directory, node) = used(&[(0, false, 10_500)]);
    let node = node.with_whole_set();
    let wallet = start(&directory, &node);
    wallet.sync();
    let before = node.calls().2;
    recover(&wallet.manager, &gaps(1, 11_000)).unwrap();
    assert_eq!(issued(&wallet.manager), [(10_501, 0)]);
    assert_eq!(node.calls().2, before, "no address was asked for by itself");
    assert_eq!(wallet.manager.total_balance().unwrap(), plain_balance(1, 1));
}
