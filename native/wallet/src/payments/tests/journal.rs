//! Nothing is submitted that is not in the key journal.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::world::{World, paying, request, spending, transaction, with_key};
use crate::{
    error::ErrorKind,
    payments::{
        Journal, JournalError, MicroAmount, Payment, PaymentRules, PaymentState, WithdrawalRequest, WithdrawalState,
        journal::{ended, kinds, recover, transactions},
    },
    store::{
        MetaKey, Store, StoreError, meta,
        outgoing::{self, Outgoing},
        output,
        payment::{self, NewPaymentRow},
        restore::{self, Restore},
        withdrawal,
    },
};

const M: u64 = 1_000_000;

fn path(world: &World) -> PathBuf {
    world.directory.path().join("payments.journal")
}

/// The journal opened by itself; the wallet is closed.
fn begin(world: &World) -> Result<(), JournalError> {
    world.wallet.payments.close();
    Journal::new(path(world), Arc::clone(&world.wallet.store)).begin()
}

fn is_sent(world: &World, payment: &Payment) -> bool {
    let payload = world.wallet.read(|conn| crate::store::payment::payload(conn, payment.position));
    world.node.arrived().contains(&payload)
}

#[test]
fn invariant_6_a_payment_is_in_the_journal_before_its_first_byte_leaves() {
    let world = World::with(&[10 * M, 10 * M, 10 * M, 10 * M]);
    let (journal, early) = (path(&world), Arc::<AtomicBool>::default());
    let seen = Arc::clone(&early);
    let arrived = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&arrived);
    *world.node.on_arrival.lock().unwrap() = Some(Box::new(move |_| {
        // each arrival is of another payment, so there is a record for each at least
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        if transactions(&journal).len() < number {
            seen.store(true, Ordering::SeqCst);
        }
    }));
    let sent: Vec<_> = (0..3).map(|_| world.send(paying(M)).unwrap().transaction_id).collect();
    world.withdraw(&[("a", M)]);
    let withdrawn = world.await_withdrawal("a", WithdrawalState::Submitted).transaction_id.unwrap();
    assert!(!early.load(Ordering::SeqCst));
    assert_eq!(transactions(&path(&world)), [sent, vec![withdrawn]].concat());
}

#[test]
#[cfg(unix)]
fn nothing_is_submitted_while_the_journal_cannot_be_written() {
    let world = World::with(&[10 * M, 10 * M]);
    let first = world.send(paying(M)).unwrap();
    // its storage went away, and something else is in its place
    fs::remove_file(path(&world)).unwrap();
    fs::create_dir(path(&world)).unwrap();
    let held = world.send(with_key(M, "k")).unwrap();
    assert_eq!((held.state, held.attachments), (PaymentState::Signed, 0));
    let reason = held.reason.clone().unwrap();
    assert!(reason.contains("key journal") && reason.contains("is not"), "{reason}");
    assert!(!is_sent(&world, &held));
    // what is known of others goes on
    world.confirm(&first);
    assert_eq!(world.find(&first).state, PaymentState::Confirmed);
    assert_eq!(world.send(with_key(M, "k")).unwrap().transaction_id, held.transaction_id);
    fs::remove_dir(path(&world)).unwrap();
    let sent = world.await_payment(&held, |payment| payment.state == PaymentState::Submitted);
    assert_eq!(sent.reason, None);
    // a journal that was not there is made of all that the wallet has paid
    assert_eq!(transactions(&path(&world)), [first.transaction_id, held.transaction_id]);
}

#[test]
fn a_payment_that_was_signed_before_a_crash_is_written_at_the_next_start() {
    // signed and durable, and the thread that would have written it never ran
    let world = World::stopped(&[10 * M]);
    let payment = world.send(paying(M)).unwrap();
    assert!(!path(&world).exists());
    let world = world.restarted();
    world.await_payment(&payment, |payment| payment.state == PaymentState::Submitted);
    assert_eq!(transactions(&path(&world)), [payment.transaction_id]);
    let world = world.restarted();
    let second = world.send(with_key(M, "k"));
    assert!(second.is_err(), "the only output is reserved");
    world.confirm(&payment);
    let second = world.send(with_key(M, "k")).unwrap();
    // and not a second time
    assert_eq!(transactions(&path(&world)), [payment.transaction_id, second.transaction_id]);
}

#[test]
fn a_record_that_was_cut_off_is_removed_and_its_payment_written_again() {
    let world = World::with(&[10 * M, 10 * M]);
    let first = world.send(paying(M)).unwrap();
    let second = world.send(paying(2 * M)).unwrap();
    world.wallet.payments.close();
    let file = fs::OpenOptions::new().write(true).open(path(&world)).unwrap();
    file.set_len(file.metadata().unwrap().len() - 7).unwrap();
    drop(file);
    assert_eq!(transactions(&path(&world)), [first.transaction_id]);
    let world = world.restarted();
    let deadline = Instant::now() + Duration::from_secs(20);
    while transactions(&path(&world)).len() < 2 {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(transactions(&path(&world)), [first.transaction_id, second.transaction_id]);
}

#[test]
fn a_contested_payment_stands_before_its_contest_also_when_it_was_never_submitted() {
    let world = World::with(&[10 * M, 10 * M]);
    let before = world.send(paying(M)).unwrap();
    // from here on the thread that writes does not run
    let world = world.reopened_with(|_| {});
    let payment = world.send(paying(M)).unwrap();
    world.wallet.payments.cancel(&crate::payments::PaymentRef::Transaction(payment.transaction_id)).unwrap();
    let contest = world.contest_of(&payment);
    world.wallet.payments.start().unwrap();
    world.await_payment(&contest, |payment| payment.state == PaymentState::Submitted);
    let ids = [&before, &payment, &contest].map(|payment| payment.transaction_id);
    assert_eq!(transactions(&path(&world)), ids);
    assert!(!is_sent(&world, &payment));
}

#[test]
fn files_that_are_not_this_wallets_journal_are_refused_and_left() {
    let world = World::with(&[10 * M]);
    world.send(paying(M)).unwrap();
    let kind = || begin(&world).map_err(|error| error.kind());
    assert_eq!(kind(), Ok(()));
    let whole = fs::read(path(&world)).unwrap();
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        fs::write(path(&world), &bytes).unwrap();
        let found = kind();
        assert_eq!(fs::read(path(&world)).unwrap(), bytes, "left as it is");
        found
    };
    assert_eq!(with(&|bytes| bytes.clear()), Err(ErrorKind::JournalForeign));
    assert_eq!(with(&|bytes| bytes[0] = b'x'), Err(ErrorKind::JournalForeign));
    assert_eq!(with(&|bytes| bytes[8] = 9), Err(ErrorKind::JournalVersion));
    assert_eq!(with(&|bytes| bytes[20] ^= 1), Err(ErrorKind::JournalDamaged));
    fs::remove_file(path(&world)).unwrap();
    fs::create_dir(path(&world)).unwrap();
    assert_eq!(kind(), Err(ErrorKind::JournalForeign));
    fs::remove_dir(path(&world)).unwrap();
    // nor is a directory made for it: that of other storage is there when it is mounted
    let missing = Journal::new(path(&world).join("no/payments.journal"), Arc::clone(&world.wallet.store));
    assert_eq!(missing.begin().map_err(|error| error.kind()), Err(ErrorKind::JournalIo));

    fs::write(path(&world), &whole).unwrap();
    let first = Journal::new(path(&world), Arc::clone(&world.wallet.store));
    first.begin().unwrap();
    assert_eq!(kind(), Err(ErrorKind::StorageLocked));
    drop(first);
    assert_eq!(kind(), Ok(()));

    let seed = world.address(0);
    let other = |change: fn(&rusqlite::Transaction<'_>) -> Result<(), StoreError>| {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(directory.path()).unwrap());
        store
            .writer()
            .commit(move |tx| {
                meta::put_network(tx, &super::world::testnet())?;
                meta::put(tx, MetaKey::SeedAddress, seed.as_slice())?;
                change(tx)
            })
            .unwrap();
        Journal::new(path(&world), store).begin().map_err(|error| error.kind())
    };
    assert_eq!(other(|tx| meta::put(tx, MetaKey::SeedAddress, &[8; 33])), Err(ErrorKind::JournalForeign));
    let elsewhere = |tx: &rusqlite::Transaction<'_>| {
        meta::put_network(tx, &crate::ledger::Network { id: 5, ..super::world::testnet() })
    };
    assert_eq!(other(elsewhere), Err(ErrorKind::JournalForeign));
    // the same wallet with a database that does not know the payment
    assert_eq!(other(|_| Ok(())), Err(ErrorKind::JournalAhead));
}

#[test]
#[cfg(unix)]
fn only_its_owner_reads_it() {
    let world = World::with(&[10 * M]);
    world.send(paying(M)).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path(&world)).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
#[cfg(unix)]
fn a_cancelled_withdrawal_that_could_not_be_written_is_written_when_asked_again() {
    let world = World::with(&[]);
    world.withdraw(&[("a", M), ("b", M)]);
    world.wallet.payments.cancel_withdrawal("a").unwrap();
    let before = fs::metadata(path(&world)).unwrap().len();
    fs::remove_file(path(&world)).unwrap();
    fs::create_dir(path(&world)).unwrap();
    let failed = world.wallet.payments.cancel_withdrawal("b").map_err(|error| error.kind());
    assert_eq!(failed, Err(ErrorKind::JournalForeign));
    assert_eq!(world.withdrawal("b").state, WithdrawalState::Cancelled);
    assert!(world.wallet.payments.cancel_withdrawal("b").is_err(), "still");
    fs::remove_dir(path(&world)).unwrap();
    world.wallet.payments.cancel_withdrawal("b").unwrap();
    assert!(fs::metadata(path(&world)).unwrap().len() > before);
}

#[test]
#[cfg(unix)]
fn a_journal_that_was_removed_is_made_anew_though_a_snapshot_has_it_by_another_name() {
    let world = World::with(&[10 * M, 10 * M, 10 * M]);
    let first = world.send(paying(M)).unwrap();
    let snapshot = world.directory.path().join("snapshot");
    fs::hard_link(path(&world), &snapshot).unwrap();
    fs::remove_file(path(&world)).unwrap();
    let second = world.send(paying(M)).unwrap();
    let ids = |some: &[&Payment]| some.iter().map(|payment| payment.transaction_id).collect::<Vec<_>>();
    assert_eq!(transactions(&path(&world)), ids(&[&first, &second]));
    assert_eq!(transactions(&snapshot), ids(&[&first]));
    // and what is put in its place, an old copy, has what it lacks before anything is submitted
    let other = world.directory.path().join("other snapshot");
    fs::hard_link(path(&world), &other).unwrap();
    fs::rename(&snapshot, path(&world)).unwrap();
    let third = world.send(paying(M)).unwrap();
    assert!(is_sent(&world, &third));
    assert_eq!(transactions(&path(&world)), ids(&[&first, &second, &third]));
    assert_eq!(transactions(&other), ids(&[&first, &second]));
}

#[test]
fn what_is_signed_stands_before_the_end_of_a_withdrawal_that_could_not_be_written_before() {
    // the thread that writes what is signed does not run
    let world = World::stopped(&[10 * M]);
    world.withdraw(&[("a", 1_000 * M), ("b", 1_000 * M)]);
    let payments = &world.wallet.payments;
    payments.cancel_withdrawal("a").unwrap();
    let payment = world.send(paying(M)).unwrap();
    let journal = &payments.ports.journal;
    journal.replace_file(fs::File::open(path(&world)).unwrap());
    assert_eq!(payments.cancel_withdrawal("b").map_err(|error| error.kind()), Err(ErrorKind::JournalIo));
    journal.replace_file(fs::OpenOptions::new().read(true).write(true).open(path(&world)).unwrap());
    let row = world.wallet.read(|conn| payment::by_row(conn, payment.position)).unwrap();
    journal.write(&[row]).unwrap();
    assert_eq!(kinds(&path(&world)), ["ended", "signed", "ended"]);
    assert_eq!(ended(&path(&world)), ["a", "b"]);
}

/// What has a name cannot be opened: its storage went away and something else is in its place.
#[cfg(unix)]
fn block(world: &World) {
    fs::remove_file(path(world)).unwrap();
    fs::create_dir(path(world)).unwrap();
}

#[test]
#[cfg(unix)]
fn a_cancelled_withdrawal_that_could_not_be_written_is_written_after_a_restart() {
    let world = World::with(&[]);
    world.withdraw(&[("a", M), ("b", M)]);
    world.wallet.payments.cancel_withdrawal("a").unwrap();
    let before = fs::read(path(&world)).unwrap();
    block(&world);
    assert!(world.wallet.payments.cancel_withdrawal("b").is_err());
    let world = world.reopened_with(|_| {});
    assert!(world.wallet.payments.cancel_withdrawal("b").is_err(), "still");
    fs::remove_dir(path(&world)).unwrap();
    fs::write(path(&world), before).unwrap();
    assert_eq!(ended(&path(&world)), ["a"]);
    assert_eq!(world.wallet.payments.cancel_withdrawal("b").unwrap().state, WithdrawalState::Cancelled);
    assert_eq!(ended(&path(&world)), ["a", "b"]);
}

#[test]
fn a_journal_gets_what_it_lacks_when_it_is_opened() {
    let world = World::with(&[10 * M, 10 * M, 10 * M]);
    let first = world.send(paying(M)).unwrap();
    world.wallet.payments.close();
    let older = fs::read(path(&world)).unwrap();
    let world = world.restarted();
    let second = world.send(with_key(M, "k")).unwrap();
    world.withdraw(&[("a", 1_000 * M)]);
    world.wallet.payments.cancel_withdrawal("a").unwrap();
    world.confirm(&second);
    let third = world.send(paying(M)).unwrap();
    let all = [&first, &second, &third].map(|payment| payment.transaction_id);
    for held in [&older[..], &[]] {
        world.wallet.payments.close();
        if held.is_empty() {
            fs::remove_file(path(&world)).unwrap();
        } else {
            fs::write(path(&world), held).unwrap();
        }
        begin(&world).unwrap();
        assert_eq!(transactions(&path(&world)), all);
        assert_eq!(ended(&path(&world)), ["a"]);
        let written = fs::metadata(path(&world)).unwrap().len();
        begin(&world).unwrap();
        assert_eq!(fs::metadata(path(&world)).unwrap().len(), written, "once");
    }
}

#[test]
fn a_payment_in_the_middle_of_the_journal_that_the_database_does_not_know_is_noticed() {
    let world = World::with(&[10 * M, 10 * M]);
    world.send(paying(M)).unwrap();
    let second = world.send(paying(M)).unwrap();
    // as if the first had never been
    world.wallet.payments.close();
    let forget = |tx: &rusqlite::Transaction<'_>| {
        let row = "(SELECT min(id) FROM payment)";
        tx.execute_batch(&format!(
            "DELETE FROM attachment WHERE payment = {row}; DELETE FROM payment_input WHERE payment = {row};
             DELETE FROM payment_output WHERE payment = {row}; DELETE FROM outgoing WHERE payment = {row};
             DELETE FROM payment WHERE id = {row};"
        ))?;
        Ok::<_, StoreError>(())
    };
    world.wallet.store.writer().commit(forget).unwrap();
    assert!(world.wallet.read(|conn| payment::by_transaction(conn, &second.transaction_id)).is_some());
    assert_eq!(begin(&world).map_err(|error| error.kind()), Err(ErrorKind::JournalAhead));
}

#[test]
fn a_journal_that_shows_of_no_time_that_it_is_complete_is_not_taken_for_it() {
    let found = Restore { payments_released: false, journal_found: true, ..restored() };
    assert!(!found.knows_all_signed());
    let shown = Restore { journal_covers: Some(crate::ledger::MilestoneIndex(7)), ..found };
    assert!(shown.knows_all_signed());
    assert!(!Restore { journal_waiting: 1, ..shown.clone() }.knows_all_signed());
    assert!(!Restore { journal_lacks: true, ..shown }.knows_all_signed());
}

#[test]
fn what_the_ledger_shows_and_the_journal_lacks_counts_as_long_as_payments_are_frozen() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let covers = crate::ledger::MilestoneIndex(7);
    let frozen = Restore { checked: false, payments_released: false, journal_covers: Some(covers), ..restored() };
    let found = Restore { journal_found: true, ..frozen.clone() };
    let after = |before: Restore, at: u32| {
        let noted = move |tx: &rusqlite::Transaction<'_>| {
            restore::put(tx, &before)?;
            restore::note_lacking(tx, crate::ledger::MilestoneIndex(at))?;
            restore::present(tx)
        };
        store.writer().commit(noted).unwrap().unwrap()
    };
    assert_eq!(after(found.clone(), 8), Restore { journal_lacks: true, ..found.clone() });
    // it said that it had everything up to there
    assert_eq!(after(found.clone(), 7), Restore { journal_lacks: true, journal_covers: None, ..found.clone() });
    assert_eq!(after(frozen.clone(), 8), frozen);
    let free = Restore { payments_released: true, ..found };
    assert_eq!(after(free.clone(), 8), free);
}

fn restored() -> Restore {
    Restore {
        backup_ms: 1,
        restored_ms: 2,
        cursor: None,
        cursor_time: None,
        log_id_before: String::new(),
        issuing_released: true,
        skip_ahead: 0,
        checked: true,
        payments_released: true,
        unknown_own: None,
        journal_found: false,
        journal_payments: 0,
        journal_waiting: 0,
        journal_covers: None,
        journal_lacks: false,
        disputed: Vec::new(),
        windows: Vec::new(),
        free_from: None,
    }
}

#[test]
fn what_people_and_rules_refused_is_refused_after_a_stale_restore() {
    let rules = PaymentRules { review: true, approval_from: None, ..PaymentRules::default() };
    let limit = PaymentRules { per_payment: Some(crate::ledger::Amount::new(M)), ..rules.clone() };
    let world = World::stopped(&[10 * M]).ruled(limit);
    world.withdraw(&[("person", M), ("reviewer", M), ("waits", M), ("rule", 2 * M)]);
    let payments = &world.wallet.payments;
    payments.refuse("person", "Ann", "no").unwrap();
    payments.review("reviewer", Some("never")).unwrap();
    payments.review("waits", None).unwrap();
    let mut found = ended(&path(&world));
    found.sort();
    assert_eq!(found, ["person", "reviewer", "rule"]);
    let reason = |world: &World, key: &str| (world.withdrawal(key).state, world.withdrawal(key).reason);
    let before = ["person", "reviewer", "rule"].map(|key| reason(&world, key));
    assert!(before.iter().all(|(state, _)| *state == WithdrawalState::Refused));
    world.wallet.payments.close();

    // a database that knows nothing of it, and one in which they wait
    for waits in [false, true] {
        let stale = World::stopped(&[10 * M]);
        let stale = if waits { stale.ruled(rules.clone()) } else { stale };
        if waits {
            stale.withdraw(&[("person", M), ("reviewer", M), ("rule", 2 * M)]);
        }
        let journal = path(&world);
        let job = move |tx: &rusqlite::Transaction<'_>| {
            restore::put(tx, &restored())?;
            recover(tx, &journal)
        };
        stale.wallet.store.writer().commit(job).unwrap();
        stale.withdraw(&[("person", M), ("reviewer", M), ("rule", 2 * M)]);
        assert_eq!(["person", "reviewer", "rule"].map(|key| reason(&stale, key)), before);
    }
}

#[test]
fn what_is_lent_with_a_withdrawal_of_the_journal_counts_when_it_waits_again() {
    let world = World::stopped(&[10 * M]);
    let small = WithdrawalRequest { micro_amount: Some(MicroAmount::default()), ..request("small", 7) };
    world.wallet.payments.withdraw(0, vec![small]).unwrap().remove(0).unwrap();
    world.wallet.payments.start().unwrap();
    world.await_withdrawal("small", WithdrawalState::Submitted);
    let paid = Outgoing { amount: world.payment_of("small").outputs[0].amount, recipients: 1 };
    world.wallet.payments.close();

    let stale = World::stopped(&[10 * M]);
    let journal = path(&world);
    let job = move |tx: &rusqlite::Transaction<'_>| {
        restore::put(tx, &restored())?;
        recover(tx, &journal)
    };
    stale.wallet.store.writer().commit(job).unwrap();
    let sums = || stale.wallet.read(|conn| Ok((outgoing::waiting(conn)?, outgoing::signed_within(conn, 0, u64::MAX)?)));
    assert_eq!(sums(), (Outgoing::default(), paid));
    // as after a contest of its batch
    let batch = stale.payment_of("small").position;
    stale.wallet.store.writer().commit(move |tx| withdrawal::release(tx, batch)).unwrap();
    assert_eq!(sums(), (paid, Outgoing::default()));
}

#[test]
#[cfg(unix)]
fn a_refusal_that_could_not_be_written_is_written_when_asked_again() {
    let world = World::stopped(&[]).ruled(PaymentRules { review: true, ..PaymentRules::default() });
    world.withdraw(&[("a", M)]);
    world.wallet.payments.cancel_withdrawal("a").unwrap();
    world.withdraw(&[("b", M)]);
    block(&world);
    let refuse = || world.wallet.payments.refuse("b", "Ann", "no").map_err(|error| error.kind());
    assert_eq!(refuse().unwrap_err(), ErrorKind::JournalForeign);
    assert_eq!(world.withdrawal("b").state, WithdrawalState::Refused);
    assert!(refuse().is_err(), "still");
    fs::remove_dir(path(&world)).unwrap();
    assert_eq!(refuse().unwrap().state, WithdrawalState::Refused);
    assert!(ended(&path(&world)).contains(&"b".to_owned()));
}

/// Another payment of the journal that spends an output of this one.
fn rival(world: &World, payment: &Payment) -> i64 {
    let new = NewPaymentRow {
        transaction_id: transaction(5),
        account: 0,
        key: None,
        digest: [0; 32],
        payload: vec![1],
        tagged_data: None,
        remainder: crate::ledger::Amount::ZERO,
        contests: None,
        retry: false,
        retries: None,
        note: None,
        created_ms: 1,
        inputs: payment.inputs[..1].to_vec(),
        outputs: Vec::new(),
    };
    world.wallet.store.writer().commit(move |tx| payment::insert(tx, &new)).unwrap()
}

#[test]
fn an_output_that_is_free_again_is_reserved_for_the_other_payment_that_spends_it() {
    let world = World::stopped(&[]);
    let (shared, own) = (world.fund(0, 10 * M), world.fund(0, 10 * M));
    let payment = world.send(spending(15 * M, &[shared, own])).unwrap();
    let shared = payment.inputs[0].output_id;
    let other = payment.inputs[1].output_id;
    let row = rival(&world, &payment);
    world.wallet.store.writer().commit(|tx| restore::put(tx, &restored())).unwrap();
    let owner = || world.wallet.read(|conn| output::by_id(conn, &shared)).unwrap().locked_by;
    assert_eq!(owner(), Some(payment.position));
    // it dies of its other input
    world.milestone(vec![], vec![(other, transaction(66))]);
    assert_eq!(world.find(&payment).state, PaymentState::Dead);
    assert_eq!(owner(), Some(row));
    assert_eq!(world.wallet.holdings(0).locked, crate::ledger::Amount::new(10 * M));
}

#[test]
fn an_output_that_the_user_frees_is_reserved_for_the_payment_that_spends_it() {
    let world = World::stopped(&[]);
    let id = world.fund(0, 10 * M);
    let payment = world.send(spending(M, &[id])).unwrap();
    let free = move |tx: &rusqlite::Transaction<'_>| {
        restore::put(tx, &restored())?;
        output::unlock(tx, &id, payment.position)
    };
    assert!(world.wallet.store.writer().commit(free).unwrap());
    world.wallet.payments.lock_outputs(vec![id]).unwrap();
    world.wallet.payments.unlock_outputs(vec![id]).unwrap();
    assert_eq!(world.wallet.read(|conn| output::by_id(conn, &id)).unwrap().locked_by, Some(payment.position));
}
