//! Everything that a node can do wrong has its own kind of error, and is never taken for an answer.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::support::{FakeNode, Ledger, Ours, Reply, Server, address, config, error, json, open, output_id};
use stardust_client::{Auth, NodeClient};
use stardust_wallet::{
    error::ErrorKind,
    ledger::{Feed, FeedAnswer, FeedError},
};

fn status_kind(client: &NodeClient) -> Result<bool, ErrorKind> {
    client.feed().status().map(|status| status.healthy).map_err(|error| error.kind)
}

/// A node with one milestone that answers every request for `info` so.
fn node_that(reply: Reply) -> FakeNode {
    let node = FakeNode::start(Ledger::default());
    node.ledger().milestone(&[], &[]);
    node.ledger().rule("/info", usize::MAX, reply);
    node
}

fn faults() -> Vec<(&'static str, Reply, ErrorKind)> {
    let typed = |content_type: &str, body: &str| Reply::Full {
        status: 200,
        headers: vec![("Content-Type", content_type.to_owned())],
        body: body.as_bytes().to_vec(),
    };
    let raw = |text: &str| Reply::Raw(text.as_bytes().to_vec());
    let limited = Reply::Full { status: 429, headers: vec![], body: vec![] };
    let moved = Reply::Full { status: 301, headers: vec![("Location", "/api/core/v2/elsewhere".into())], body: vec![] };
    vec![
        ("garbage", json(200, "{]"), ErrorKind::NodeAnswerInvalid),
        ("other JSON", json(200, "[1]"), ErrorKind::NodeAnswerInvalid),
        ("a page", typed("text/html", "<html>"), ErrorKind::NodeAnswerInvalid),
        ("no body", typed("application/json", ""), ErrorKind::NodeAnswerInvalid),
        (
            "truncated",
            raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"),
            ErrorKind::NodeAnswerInvalid,
        ),
        ("not HTTP", raw("SSH-2.0-OpenSSH_9.2\r\n\r\n"), ErrorKind::NodeAnswerInvalid),
        ("nothing", raw(""), ErrorKind::NodeUnreachable),
        ("429", limited, ErrorKind::NodeRateLimited),
        ("500", error(500, "oops"), ErrorKind::NodeFailure),
        ("503", error(503, "Service Unavailable"), ErrorKind::NodeFailure),
        ("not synced", error(503, "node is not synced"), ErrorKind::NodeUnhealthy),
        ("400", error(400, "what?"), ErrorKind::NodeFailure),
        ("418", json(418, "{}"), ErrorKind::NodeFailure),
        ("redirect", moved, ErrorKind::NodeFailure),
        ("401", error(401, "who?"), ErrorKind::NodeUnauthorized),
        ("403", error(403, "no"), ErrorKind::NodeUnauthorized),
        ("endless", Reply::Endless { pause: Duration::ZERO }, ErrorKind::NodeAnswerInvalid),
    ]
}

#[test]
fn a_faulty_status_has_its_kind() {
    for (name, reply, kind) in faults() {
        let node = node_that(reply);
        assert_eq!(status_kind(&open(&[node.url()])), Err(kind), "{name}");
        assert!(!node.asked().iter().any(|path| path.contains("elsewhere")), "a redirect was followed");
    }
}

#[test]
fn a_fault_anywhere_in_a_milestone_is_an_error_and_passes() {
    let ours = Ours::watching(&[address(1)]);
    ours.hold(output_id(1, 0));
    let routes = ["/utxo-changes", "/milestones/by-index/2", "/outputs/0x0202", "/metadata"];
    for route in routes {
        for (name, reply, kind) in faults() {
            let node = FakeNode::start(Ledger::default());
            let first = node.ledger().milestone(&[address(1)], &[]);
            node.ledger().milestone(&[address(2), address(1)], &[output_id(1, 0)]);
            let client = open(&[node.url()]);
            let mut feed = client.feed();
            feed.status().unwrap();
            node.ledger().rule(route, usize::MAX, reply);
            match feed.next(&first, &ours) {
                Err(FeedError::Node(error)) => assert_eq!(error.kind, kind, "{route}, {name}"),
                other => panic!("{route}, {name}: {other:?}"),
            }
            node.ledger().rules.clear();
            let FeedAnswer::Diffs(diffs) = feed.next(&first, &ours).unwrap() else { panic!("{route}, {name}") };
            let diff = &diffs[0];
            assert_eq!((diff.created().len(), diff.consumed().len()), (2, 1));
            assert!(diff.consumed()[0].spent_by.is_some());
        }
    }
}

#[test]
fn unreachable() {
    // a port that nobody is given by chance
    let client = open(&["http://127.0.0.1:1".into()]);
    assert_eq!(status_kind(&client), Err(ErrorKind::NodeUnreachable));
    let client = open(&["http://name.invalid".into()]);
    assert_eq!(status_kind(&client), Err(ErrorKind::NodeUnreachable));
}

#[test]
fn slow() {
    let within = |seconds: u64, reply: Reply| {
        let node = node_that(reply);
        let config = config(&[node.url()]).request_timeout(Duration::from_secs(seconds)).build().unwrap();
        status_kind(&NodeClient::open(config).unwrap())
    };
    assert_eq!(within(1, Reply::Silent), Err(ErrorKind::NodeUnreachable));
    // its head has to come in time; of its body, less than an answer may have
    let dripping = Reply::Endless { pause: Duration::from_millis(200) };
    assert_eq!(within(8, dripping), Err(ErrorKind::NodeAnswerInvalid));
}

#[test]
fn a_body_above_the_limit_is_not_read() {
    let node = FakeNode::start(Ledger::default());
    let first = node.ledger().milestone(&[], &[]);
    node.ledger().milestone(&vec![address(1); 100], &[]);
    let client = NodeClient::open(config(&[node.url()]).max_body(4096).build().unwrap()).unwrap();
    let error = client.feed().next(&first, &Ours::default()).unwrap_err();
    assert!(matches!(&error, FeedError::Node(error) if error.kind == ErrorKind::NodeAnswerInvalid), "{error:?}");
}

#[test]
fn outputs_above_the_limit_together_are_not_kept() {
    let mut ledger = Ledger::default();
    let first = ledger.milestone(&[], &[]);
    ledger.milestone(&vec![address(1); 40], &[]);
    for output in ledger.outputs.values_mut() {
        // TIP-18: one feature, metadata (kind 2) with its length
        output.bytes.pop();
        output.bytes.extend([1, 2]);
        output.bytes.extend(2000_u16.to_le_bytes());
        output.bytes.extend([7; 2000]);
    }
    let node = FakeNode::start(ledger);
    let next = |most| {
        let client = NodeClient::open(config(&[node.url()]).max_body(most).build().unwrap()).unwrap();
        client.feed().next(&first, &Ours::default())
    };
    assert!(matches!(next(8192), Ok(FeedAnswer::Diffs(diffs)) if diffs[0].created().len() == 40));
    let error = next(4096).unwrap_err();
    let FeedError::Node(error) = &error else { panic!("{error:?}") };
    assert_eq!(error.kind, ErrorKind::NodeAnswerInvalid);
    assert!(error.message.contains("65536 bytes together"), "{error}");
}

#[test]
fn another_network_or_version_is_refused() {
    let other = |change: fn(&mut Ledger)| {
        let mut ledger = Ledger::default();
        ledger.milestone(&[], &[]);
        let node = FakeNode::start(ledger);
        let client = open(&[node.url()]);
        assert_eq!(status_kind(&client), Ok(true));
        change(&mut node.ledger());
        assert_eq!(status_kind(&client), Err(ErrorKind::NodeWrongNetwork));
    };
    other(|ledger| ledger.name = "other");
    other(|ledger| ledger.hrp = "smr");
    other(|ledger| ledger.version = 3);
}

#[test]
fn the_network_that_the_wallet_states_counts() {
    let mut ledger = Ledger::default();
    ledger.milestone(&[], &[]);
    let node = FakeNode::start(ledger);
    let client = open(&[node.url()]);
    let network = client.feed().status().unwrap().network;
    let mut other = network.clone();
    other.hrp = "smr".into();
    client.expect_network(other);
    assert_eq!(status_kind(&client), Err(ErrorKind::NodeWrongNetwork));
    client.expect_network(network);
    assert_eq!(status_kind(&client), Ok(true));
}

#[test]
fn an_unhealthy_node_says_so_and_is_avoided() {
    let mut ledger = Ledger::default();
    ledger.milestone(&[], &[]);
    ledger.healthy = false;
    let ill = FakeNode::start(ledger);
    assert_eq!(status_kind(&open(&[ill.url()])), Ok(false));
    let mut ledger = Ledger::default();
    ledger.milestone(&[], &[]);
    let well = FakeNode::start(ledger);
    let client = open(&[ill.url(), well.url()]);
    assert_eq!(client.feed().status().unwrap().url, well.url());
    assert_eq!(client.feed().status().unwrap().url, well.url());
}

#[test]
fn retry_after_is_respected() {
    let limited = Reply::Full { status: 429, headers: vec![("Retry-After", "600".into())], body: vec![] };
    let node = node_that(limited);
    let client = NodeClient::open(config(&[node.url()]).retries(5).build().unwrap()).unwrap();
    for _ in 0..3 {
        assert_eq!(status_kind(&client), Err(ErrorKind::NodeRateLimited));
    }
    assert_eq!(node.asked().len(), 1);
    assert_eq!(client.health()[0].errors, 1, "what was not sent is no fault");
}

#[test]
fn a_date_in_retry_after_is_respected() {
    let headers = |retry_after: &str| {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT".to_owned();
        Reply::Full {
            status: 429,
            headers: vec![("Date", date), ("Retry-After", retry_after.to_owned())],
            body: vec![],
        }
    };
    let node = node_that(headers("Sun, 06 Nov 1994 09:49:37 GMT"));
    let client = open(&[node.url()]);
    for _ in 0..3 {
        assert_eq!(status_kind(&client), Err(ErrorKind::NodeRateLimited));
    }
    assert_eq!(node.asked().len(), 1, "an hour is asked for");
    let node = node_that(headers("Sun, 06 Nov 1994 08:49:37 GMT"));
    let client = open(&[node.url()]);
    for _ in 0..3 {
        assert_eq!(status_kind(&client), Err(ErrorKind::NodeRateLimited));
    }
    assert_eq!(node.asked().len(), 3, "nothing is asked for");
}

#[test]
fn credentials_are_sent_and_shown_nowhere() {
    let node = node_that(error(401, "who?"));
    let client = open(&[node.url()]);
    assert_eq!(status_kind(&client), Err(ErrorKind::NodeUnauthorized));
    client.set_auth(&node.url(), Some(Auth::basic("alice".into(), "hunter2".into()))).unwrap();
    let error = client.feed().status().unwrap_err();
    assert!(!format!("{error} {error:?} {client:?}").contains("hunter2"));
    node.ledger().rules.clear();
    assert_eq!(status_kind(&client), Ok(true));
    client.set_auth(&format!("{}/", node.url()), Some(Auth::bearer("ey.token".into()))).unwrap();
    assert_eq!(status_kind(&client), Ok(true));
    client.set_auth(&node.url(), None).unwrap();
    assert_eq!(status_kind(&client), Ok(true));

    let mut sent: Vec<_> =
        node.server.seen().iter().map(|request| request.header("authorization").map(str::to_owned)).collect();
    sent.dedup();
    // RFC 7617: base64 of user, colon, password
    let expected = [None, Some("Basic YWxpY2U6aHVudGVyMg=="), Some("Bearer ey.token"), None];
    assert_eq!(sent, expected.map(|header| header.map(str::to_owned)));
    assert!(client.set_auth("http://other", None).is_err());
    assert!(client.set_auth(&node.url(), Some(Auth::bearer("a\nb".into()))).is_err());
}

#[test]
fn a_server_without_tls_is_no_https_node() {
    let node = FakeNode::start(Ledger::default());
    let client = open(&[node.url().replace("http://", "https://")]);
    assert_eq!(status_kind(&client), Err(ErrorKind::NodeUnreachable));
}

#[test]
fn requests_stay_within_the_configured_limits() {
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut ledger = Ledger::default();
    let first = ledger.milestone(&[], &[]);
    ledger.milestone(&vec![address(1); 40], &[]);
    let (counted, highest) = (under_way.clone(), most.clone());
    let ledger = Mutex::new(ledger);
    let server = Server::start(move |request| {
        highest.fetch_max(counted.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(3));
        counted.fetch_sub(1, Ordering::SeqCst);
        ledger.lock().unwrap().answer(request)
    });
    let config = config(&[server.url()]).max_requests_in_flight(3).requests_per_second(Some(500));
    let client = NodeClient::open(config.build().unwrap()).unwrap();
    let begun = Instant::now();
    assert!(matches!(client.feed().next(&first, &Ours::default()), Ok(FeedAnswer::Diffs(_))));
    assert!((2..=3).contains(&most.load(Ordering::SeqCst)), "{most:?} at once");
    // 43 requests, the first of them at once
    let pace = Duration::from_millis(2) * u32::try_from(client.counters().total - 1).unwrap();
    assert!(begun.elapsed() >= pace, "{:?}", begun.elapsed());
}
