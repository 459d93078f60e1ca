//! A panic in each thread of a wallet: it says that it is halted, answers everybody who waits, its log can be read, and
//! other wallets of the process notice nothing.

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "these tests need less of it than others")]
mod support;

use std::{
    io::{Write as _, stderr},
    sync::{Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use stardust_devnet::Devnet;
use stardust_proof::{Wallet, WalletOptions};
use stardust_wallet::{
    error::ErrorKind,
    events::{SyncState, consumer::Start},
    fail::{self, Action},
    ledger::Amount,
    manager::{AccountManager, WalletError},
    payments::{PaymentState, SendOptions},
};

use crate::support::scene::Scene;

/// No call may take longer, whatever happened.
const SOON: Duration = Duration::from_secs(20);

/// Points are armed for the whole process: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs calls on threads of their own and finds that all of them come back.
fn all_return<'a>(manager: &'a AccountManager, calls: Vec<Box<dyn FnOnce(&'a AccountManager) + Send + 'a>>) {
    thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        let count = calls.len();
        for call in calls {
            let tell = tell.clone();
            scope.spawn(move || {
                call(manager);
                tell.send(()).unwrap();
            });
        }
        let deadline = Instant::now() + SOON;
        for done in 0..count {
            let left = deadline.saturating_duration_since(Instant::now());
            if told.recv_timeout(left).is_err() {
                // the scope would wait for ever
                drop(writeln!(stderr(), "only {done} of {count} calls came back"));
                std::process::abort();
            }
        }
    });
}

fn kind<T>(result: Result<T, WalletError>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

/// Waits until no hot wallet's thread has anything to look at: points are armed for all of the process' wallets.
fn hot_threads_rest() {
    let passed = || (fail::passed("hot:begun"), fail::passed("hot:done"));
    let (mut seen, mut since) = (passed(), Instant::now());
    let end = Instant::now() + Duration::from_secs(120);
    while seen.0 != seen.1 || since.elapsed() < Duration::from_secs(1) {
        assert!(Instant::now() < end, "they do not rest: {seen:?}");
        thread::sleep(Duration::from_millis(10));
        let now = passed();
        if now != seen {
            (seen, since) = (now, Instant::now());
        }
    }
}

/// Halts one of two wallets by a panic at a point that `trigger` leads to.
fn halts_alone(point: &str, trigger: impl FnOnce(&mut Scene), afterwards: impl FnOnce(&Scene)) {
    let mut other = Scene::start();
    let mut scene = Scene::start();
    let log = scene.wallet.log().unwrap();
    scene.wallet.manager.open_consumer("reader", Start::First).unwrap();
    if point == "hot:begun" {
        hot_threads_rest();
    }
    fail::arm(point, Action::Panic, 1);
    trigger(&mut scene);
    scene.wait_until(point, |scene| scene.wallet.manager.status().state == SyncState::Halted);
    fail::disarm();
    let manager = &scene.wallet.manager;
    let account = scene.account.clone();
    all_return(
        manager,
        vec![
            Box::new(|manager| assert_eq!(kind(manager.sync(SOON)), Some(ErrorKind::Halted))),
            Box::new(|manager| assert_eq!(kind(manager.create_account("bob")), Some(ErrorKind::Halted))),
            Box::new(move |manager| {
                assert_eq!(kind(manager.generate_addresses(&account, 1, false, None)), Some(ErrorKind::Halted));
            }),
        ],
    );
    // what was there can be read, by a consumer that was there too
    let batch = manager.poll_consumer("reader", 1_000).unwrap();
    assert_eq!(batch.events[..log.len()], log, "{point}");
    assert!(manager.total_balance().unwrap().total >= Amount::new(1_000_000));
    // the other one lives
    other.deposit(3_000_000);
    other.settles();
    // and so does this one, once it is opened anew
    scene.reopen(vec![scene.liar.url()]);
    afterwards(&scene);
}

/// It is the wallet's from the commit on, whatever happens to the thread.
fn pay(scene: &mut Scene) {
    let (account, address) = (scene.account.clone(), scene.address.clone());
    let payees = vec![(address, Amount::new(1_000_000))];
    let call = move |manager: &AccountManager| {
        manager.send_amount(&account, payees, SendOptions::default()).unwrap();
    };
    all_return(&scene.wallet.manager, vec![Box::new(call)]);
}

#[test]
fn each_thread_of_the_engine() {
    let _alone = alone();
    let milestone = |scene: &mut Scene| drop(scene.deposit(2_000_000));
    // the sync thread, a job on the writer thread, that thread itself before and after COMMIT, memory, and the callers
    for point in [
        "apply:scanned",
        "apply:events",
        "commit:before",
        "commit:after",
        "apply:memory",
        "commit:memory",
        "apply:done",
    ] {
        halts_alone(point, milestone, Scene::settles);
    }
    // the hot wallet's thread
    halts_alone("hot:begun", milestone, Scene::settles);
    // the payments thread
    for point in ["payment:submitting", "payment:answered"] {
        halts_alone(point, pay, is_paid);
    }
}

fn is_paid(scene: &Scene) {
    scene.wait_until("the payment is made", |scene| {
        scene.devnet.issue_milestones(1).unwrap();
        let payments = scene.wallet.manager.payments(None, None, 10).unwrap().items;
        assert_eq!(payments.len(), 1);
        payments[0].state == PaymentState::Confirmed
    });
}

/// Whatever was half done when addresses were made in advance or taken from there, none comes twice and none is left out.
#[test]
fn a_pool_of_addresses() {
    let _alone = alone();
    let devnet = Devnet::builder().start().unwrap();
    let known = {
        let directory = tempfile::tempdir().unwrap();
        let wallet = Wallet::start(directory.path(), WalletOptions::on(devnet.node_url())).unwrap();
        let issued = wallet.manager.generate_addresses(&Wallet::account(), 200, false, None).unwrap();
        issued.into_iter().map(|address| address.address).collect::<Vec<_>>()
    };
    for point in ["pool:derived", "pool:written", "pool:durable", "pool:taken"] {
        let directory = tempfile::tempdir().unwrap();
        let options = || WalletOptions { address_pool: 8, ..WalletOptions::on(devnet.node_url()) };
        let wallet = Wallet::start(directory.path(), options()).unwrap();
        fail::arm(point, Action::Panic, 3);
        let deadline = Instant::now() + Duration::from_secs(120);
        let mut shown = Vec::new();
        while let Ok(address) = wallet.address() {
            shown.push(address);
            assert!(shown.len() < 150 && Instant::now() < deadline, "{point} was not passed");
            // the pool is filled meanwhile
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(wallet.manager.status().state, SyncState::Halted, "{point}");
        fail::disarm();
        drop(wallet);
        let wallet = Wallet::start(directory.path(), options()).unwrap();
        // what was on disk and never shown may be left out, but nothing is issued that was shown
        let listed = wallet.manager.account(&Wallet::account()).unwrap().public_count;
        for _ in 0..20 {
            shown.push(wallet.address().unwrap());
        }
        let listed = usize::try_from(listed).unwrap();
        let before = shown.len() - 20;
        assert!(listed == before || listed == before + 1, "{point}: {listed} issued, {before} shown");
        assert_eq!(shown[..before], known[..before], "{point}");
        assert_eq!(shown[before..], known[listed..listed + 20], "{point}");
    }
}

/// In the node client a panic costs the proof of work in which it happens; it is made again.
#[test]
fn a_proof_of_work() {
    let _alone = alone();
    let mut scene = Scene::on(Devnet::builder().min_pow_score(10).node_pow(false), |options| options);
    fail::arm("client:proof", Action::Panic, 1);
    let before = fail::passed("client:proof");
    pay(&mut scene);
    is_paid(&scene);
    assert!(fail::passed("client:proof") >= before + 2);
    assert_ne!(scene.wallet.manager.status().state, SyncState::Halted);
    scene.wallet.manager.create_account("bob").unwrap();
}

/// The sync thread makes its requests itself.
#[test]
fn a_request_of_the_client() {
    let _alone = alone();
    let mut scene = Scene::start();
    fail::arm("client:request", Action::Panic, 1);
    scene.wait_until("it halts", |scene| scene.wallet.manager.status().state == SyncState::Halted);
    assert_eq!(kind(scene.wallet.manager.sync(SOON)), Some(ErrorKind::Halted));
    assert_eq!(scene.wallet.manager.total_balance().unwrap().total, Amount::new(1_000_000));
    scene.deposit(2_000_000);
    scene.reopen(vec![scene.liar.url()]);
    scene.settles();
}
