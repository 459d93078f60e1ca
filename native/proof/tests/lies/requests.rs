//! Answers that are no answers: errors, refusals, and bodies that are cut, slow or not there.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use stardust_proof::{Random, WalletOptions};
use stardust_wallet::{error::ErrorKind, events::SyncState};

use crate::support::{
    liar::{Answer, Reply, Request, Truth},
    scene::Scene,
};

/// Each way of not answering, and what the wallet says of it.
type Fault = (&'static str, fn(Answer) -> Reply, ErrorKind);

const FAULTS: &[Fault] = &[
    ("500", |_| Reply::Whole(Answer::error(500)), ErrorKind::NodeFailure),
    ("503", |_| Reply::Whole(Answer::error(503)), ErrorKind::NodeFailure),
    ("429", |_| Reply::Whole(Answer::error(429).header("Retry-After: 1")), ErrorKind::NodeRateLimited),
    ("cut", Reply::Cut, ErrorKind::NodeAnswerInvalid),
    ("nothing", |_| Reply::Nothing, ErrorKind::NodeUnreachable),
];

/// The requests of a milestone with a deposit.
const PARTS: &[&str] = &["/utxo-changes", "/milestones/by-index/", "/outputs/"];

/// Whether a request is of that part; the milestone itself is what no other part is.
fn is_of(request: &Request, part: &str) -> bool {
    request.path.contains(part) && (part == PARTS[0] || !request.path.ends_with(PARTS[0]))
}

#[test]
fn a_failing_request_stalls_and_is_made_good() {
    let mut scene = Scene::start();
    for part in PARTS {
        for (name, fault, kind) in FAULTS {
            scene.liar.lie(move |request, truth| match truth.ask(request) {
                Some(answer) if is_of(request, part) => fault(answer),
                Some(answer) => Reply::Whole(answer),
                None => Reply::Nothing,
            });
            scene.deposit(1_000_000);
            eprintln!("{part}: {name}");
            scene.stalls(*kind, SyncState::Stalled);
            scene.liar.be_honest();
            scene.settles();
        }
    }
}

#[test]
fn every_fourth_request_fails_and_nothing_is_lost() {
    let mut scene = Scene::start();
    let random = Mutex::new(Random::new(42));
    scene.liar.lie(move |request, truth| {
        let Some(answer) = truth.ask(request) else { return Reply::Nothing };
        match random.lock().unwrap().below(16) {
            0 => Reply::Whole(Answer::error(500)),
            1 => Reply::Cut(answer),
            2 => Reply::Nothing,
            3 => Reply::Whole(Answer::error(503)),
            _ => Reply::Whole(answer),
        }
    });
    for number in 0..10 {
        scene.deposit(1_000_000 + number);
    }
    let confirmed = scene.confirmed();
    scene.wait_until("it gets through", |scene| scene.cursor() == confirmed);
    scene.books();
}

#[test]
fn a_slow_node_is_waited_for_and_one_that_is_too_slow_is_not() {
    let mut scene = Scene::start();
    let slow = |size, pause| {
        move |request: &Request, truth: &Truth<'_>| match truth.ask(request) {
            Some(answer) => Reply::Slow(answer, size, pause),
            None => Reply::Nothing,
        }
    };
    scene.liar.lie(slow(64, Duration::from_millis(5)));
    scene.deposit(1_000_000);
    scene.settles();

    let hasty = |options| WalletOptions { request_timeout: Duration::from_secs(5), ..options };
    let mut scene = Scene::with(hasty);
    scene.liar.lie(slow(1, Duration::from_secs(2)));
    scene.deposit(2_000_000);
    scene.wait_until("it gives up", |scene| scene.wallet.manager.status().state == SyncState::Stalled);
    let (kind, _) = scene.wallet.manager.status().error.unwrap();
    assert!(matches!(kind, ErrorKind::NodeUnreachable | ErrorKind::NodeAnswerInvalid), "{kind:?}");
    scene.liar.be_honest();
    scene.settles();
}

#[test]
fn an_output_that_is_not_there_yet_is_never_taken_for_nothing() {
    let mut scene = Scene::start();
    let missing = Arc::new(AtomicU32::new(20));
    let left = Arc::clone(&missing);
    scene.liar.lie(move |request, truth| {
        let lacks = is_of(request, "/outputs/")
            && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if lacks { Reply::Whole(Answer::error(404)) } else { truth.tell(request) }
    });
    scene.deposit(1_000_000);
    scene.settles();
    assert_eq!(missing.load(Ordering::SeqCst), 0, "it was asked for until it was there");
}

#[test]
fn a_node_that_restarts_is_found_again() {
    let mut scene = Scene::start();
    for _ in 0..3 {
        scene.liar.stop();
        scene.deposit(1_000_000);
        scene.stalls(ErrorKind::NodeUnreachable, SyncState::Stalled);
        scene.liar.restart();
        scene.settles();
    }
}
