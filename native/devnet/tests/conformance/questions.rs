//! What both nodes are asked: every core and indexer route that a wallet uses, rightly and wrongly.

use serde_json::{Value, json};

use crate::{
    history::History,
    session::{BINARY, JSON, Session},
    wire::{self, Key, bech32, block, block_of, commitment, essence, hash, hex, plain, sealed, tagged, transaction},
};

const CORE: &str = "/api/core/v2";
const INDEXER: &str = "/api/indexer/v1/outputs";

/// Before the history: what is no id, no block and no route.
pub(crate) fn before(session: &mut Session, history: &History) {
    routes(session);
    wrong_ids(session);
    malformed_json(session);
    malformed_binary(session, history);
    huge_bodies(session);
    pending(session, history);
}

/// After the history: everything that it left, on every route.
pub(crate) fn after(session: &mut Session, history: &History) {
    whole_history(session, history);
    json_blocks(session, history);
    indexer(session, history);
    paging(session);
    faucet(session);
}

fn routes(session: &mut Session) {
    for path in ["/health", "/api/routes", "/api/nothing", "/", "/api/core/v2", "/api/core/v2/outputs"] {
        session.get(path);
    }
    for path in
        ["info", "tips", "blocks/", "info/", "INFO", "info?x=1", "milestones", "milestones/by-index", "transactions"]
    {
        session.get(&format!("{CORE}/{path}"));
    }
    for method in ["DELETE", "PUT", "POST"] {
        session.ask("", method, &format!("{CORE}/info"), &[], b"");
    }
    for path in ["blocks", "nothing"] {
        session.get(&format!("{CORE}/{path}"));
        session.ask("", "PUT", &format!("{CORE}/{path}"), &[], b"");
    }
    for accept in ["text/html", JSON, "*/*", BINARY] {
        session.ask("", "GET", &format!("{CORE}/info"), &[("accept", accept)], b"");
    }
    treasury_and_peers(session);
}

fn treasury_and_peers(session: &mut Session) {
    for path in ["treasury", "treasury/", "treasury/x", "receipts", "receipts/", "peers", "peers/"] {
        session.get(&format!("{CORE}/{path}"));
    }
    for index in ["0", "1", "77777", "4294967295", "4294967296", "-1", "x", "1.5", "01", "1/2", "%20"] {
        session.get(&format!("{CORE}/receipts/{index}"));
    }
    // the second is the id of a key that no peer has
    for id in ["x", "12D3KooWSagdVaCrS14GeJhM8CbQr41AW2PiYMgptTyAybCbQuEY"] {
        session.get(&format!("{CORE}/peers/{id}"));
    }
    for path in ["treasury", "receipts", "receipts/1"] {
        session.ask("", "GET", &format!("{CORE}/{path}"), &[("accept", BINARY)], b"");
        for method in ["POST", "PUT", "DELETE"] {
            session.ask("", method, &format!("{CORE}/{path}"), &[], b"");
        }
    }
}

fn wrong_ids(session: &mut Session) {
    let of = |byte: &str, count: usize| format!("0x{}", byte.repeat(count));
    let ids = [
        of("00", 32),
        of("11", 32),
        "0x11".into(),
        "0x".into(),
        "11".repeat(32),
        "0x1".into(),
        "0xzz".into(),
        format!("0X{}", "11".repeat(32)),
        of("11", 33),
        of("AB", 32),
        "abc".into(),
        "%20".into(),
    ];
    for id in ids {
        for path in [
            "blocks/{}",
            "blocks/{}/metadata",
            "transactions/{}/included-block",
            "transactions/{}/included-block/metadata",
            "milestones/{}",
            "milestones/{}/utxo-changes",
        ] {
            session.get(&format!("{CORE}/{}", path.replace("{}", &id)));
        }
    }
    let zero = of("00", 32);
    let ids = [
        format!("{zero}0000"),
        format!("{zero}0100"),
        format!("{zero}8000"),
        of("11", 34),
        format!("{}8000", of("11", 32)),
        format!("{}7f00", of("11", 32)),
        of("11", 32),
        of("11", 35),
        "zz".into(),
        "0x".into(),
        format!("{}0000", of("AB", 32)),
    ];
    for id in ids {
        session.get(&format!("{CORE}/outputs/{id}"));
        session.get(&format!("{CORE}/outputs/{id}/metadata"));
        session.ask("", "GET", &format!("{CORE}/outputs/{id}"), &[("accept", BINARY)], b"");
    }
    for index in ["0", "1", "2", "3", "77777", "-1", "x", "4294967295", "4294967296", "1.5", "+1", "01", "0x1", "1e1"] {
        session.get(&format!("{CORE}/milestones/by-index/{index}"));
        session.get(&format!("{CORE}/milestones/by-index/{index}/utxo-changes"));
        session.ask("", "GET", &format!("{CORE}/milestones/by-index/{index}"), &[("accept", BINARY)], b"");
    }
}

fn malformed_json(session: &mut Session) {
    let bodies = [
        "",
        "{}",
        "[]",
        "null",
        "1",
        "\"\"",
        "{",
        "{}x",
        r#"{"protocolVersion":2}"#,
        r#"{"protocolVersion":1}"#,
        r#"{"protocolVersion":"2"}"#,
        r#"{"protocolVersion":2,"parents":[],"nonce":"0","payload":{"type":99}}"#,
        r#"{"protocolVersion":2,"parents":"x"}"#,
        r#"{"protocolVersion":2,"parents":["x"]}"#,
        r#"{"protocolVersion":2,"nonce":"abc"}"#,
        r#"{"protocolVersion":2,"nonce":5}"#,
        r#"{"protocolVersion":2,"nonce":"-1"}"#,
        r#"{"protocolVersion":2,"nonce":"18446744073709551616"}"#,
        r#"{"protocolVersion":2,"payload":null}"#,
        r#"{"protocolVersion":2,"payload":{}}"#,
        r#"{"protocolVersion":2,"payload":[]}"#,
        r#"{"protocolVersion":2,"payload":{"type":6}}"#,
        r#"{"protocolVersion":2,"payload":{"type":5}}"#,
        r#"{"protocolVersion":2,"payload":{"type":5,"tag":"zz"}}"#,
        r#"{"protocolVersion":2,"payload":{"type":5,"tag":"0x12","data":"0x"}}"#,
        r#"{"protocolVersion":2,"payload":{"type":7}}"#,
        r#"{"protocolVersion":2,"payload":{"type":5,"tag":"0x13","data":"0x"},"more":1}"#,
    ];
    for (number, body) in bodies.into_iter().enumerate() {
        session.submit_as(&format!("JSON {number} {body}"), JSON, body.as_bytes());
    }
    let body = r#"{"protocolVersion":2,"payload":{"type":5,"tag":"0x14","data":"0x"}}"#.as_bytes();
    for kind in [
        "",
        "text/plain",
        "application/octet-stream",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/jsonx",
        "application/vnd.iota.serializer-v2",
        " application/json",
    ] {
        session.submit_as(&format!("content type {kind:?}"), kind, body);
    }
}

fn malformed_binary(session: &mut Session, history: &History) {
    let funding = history.funding();
    let genesis = std::slice::from_ref(&history.genesis);
    let with = |outputs: &[Vec<u8>]| block(&[], &transaction(&history.wallet, genesis, outputs));
    let whole = |amount: u64| plain(amount, &history.alice);
    let other_network = {
        let essence = essence(5, genesis, commitment(genesis), &[whole(1_000_000_000_000)]);
        block(&[], &sealed(&essence, &[history.wallet.unlock(&essence)]))
    };
    let twice =
        transaction(&history.wallet, &[history.genesis.clone(), history.genesis.clone()], &[whole(2_000_000_000_000)]);
    let no_unlock = {
        let essence = essence(wire::network_id(), genesis, commitment(genesis), &[whole(1_000_000_000_000)]);
        block(&[], &sealed(&essence, &[]))
    };
    let good = block(&[], &funding);
    let conditions = |conditions: &[Vec<u8>]| {
        let all = [&[wire::condition::address(&history.alice.address())][..], conditions].concat();
        with(&[wire::basic(1_000_000_000_000, &[], &all, &[])])
    };
    let bodies = [
        ("nothing", vec![]),
        ("one byte", vec![2]),
        ("two bytes", vec![2, 0]),
        ("cut short", good[..good.len() - 1].to_vec()),
        ("one byte more", [&good[..], &[0]].concat()),
        ("version 1", block_of(1, &[], &funding, 0)),
        ("version 3", block_of(3, &[], &funding, 0)),
        ("nonce without parents", block_of(2, &[], &tagged(b"nonce", b""), 7)),
        ("unknown parent", block(&[[7; 32]], &tagged(b"orphan", b""))),
        ("parents out of order", {
            let mut bytes = block(&[[6; 32], [7; 32]], &tagged(b"order", b""));
            bytes[2..34].fill(7);
            bytes[34..66].fill(6);
            bytes
        }),
        ("a parent twice", block(&[[7; 32], [7; 32]], &tagged(b"twice", b""))),
        ("nine parents", {
            let parents: Vec<_> = (1..10).map(|byte| [byte; 32]).collect();
            block(&parents, &tagged(b"nine", b""))
        }),
        ("another network", other_network),
        ("dust", with(&[whole(1), whole(999_999_999_999)])),
        ("amount zero", with(&[whole(0), whole(1_000_000_000_000)])),
        ("an input twice", block(&[], &twice)),
        ("no outputs", with(&[])),
        ("more than the supply", with(&[whole(1 << 63)])),
        ("no unlocks", no_unlock),
        ("129 outputs", with(&vec![whole(1_000_000); 129])),
        ("unknown payload", block(&[], &[9, 0, 0, 0, 1, 1])),
        ("treasury payload", block(&[], &[4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
        ("payload length wrong", {
            let mut bytes = good.clone();
            bytes[2] ^= 1;
            bytes
        }),
        ("timelock zero", conditions(&[wire::condition::timelock(0)])),
        ("return of dust", conditions(&[wire::condition::deposit_return(&history.bob.address(), 1)])),
        (
            "return of more than there is",
            conditions(&[wire::condition::deposit_return(&history.bob.address(), 2_000_000_000_000)]),
        ),
        (
            "conditions out of order",
            conditions(&[
                wire::condition::timelock(9),
                wire::condition::deposit_return(&history.bob.address(), 1_000_000),
            ]),
        ),
        ("expiration zero", conditions(&[wire::condition::expiration(&history.bob.address(), 0)])),
        ("tag too long", block(&[], &tagged(&[1; 65], b""))),
        ("data too long", block(&[], &tagged(b"x", &[7; 32_768]))),
        ("empty tag", block(&[], &tagged(b"", b""))),
    ];
    for (name, body) in bodies {
        session.submit(&format!("binary: {name}"), &body);
    }
}

fn huge_bodies(session: &mut Session) {
    for (size, kinds) in [(40_000, [BINARY, JSON]), (1_000_000, [BINARY, JSON]), (2_000_000, [BINARY, JSON])] {
        for kind in kinds {
            session.submit_as(&format!("{size} bytes, {kind}"), kind, &vec![b'2'; size]);
        }
    }
    session.ask("2000000 bytes", "POST", "faucet:/api/enqueue", &[("content-type", JSON)], &vec![b'2'; 2_000_000]);
}

/// A transaction that no milestone confirms yet.
fn pending(session: &mut Session, history: &History) {
    // not the funding itself: what is submitted stays, and the history has to begin the same way
    let payload = tagged(b"pending", b"data");
    let first = session.submit("pending", &block(&[], &payload)).unwrap();
    session.get(&format!("{CORE}/blocks/{}/metadata", hex(&first)));
    let bytes = session.peek(&format!("{CORE}/blocks/{}", hex(&first))).json();
    session.submit_as("pending again, as JSON", JSON, bytes.to_string().as_bytes());
    let id = hex(&hash(&history.funding()));
    session.name(id.clone(), "transaction fund");
    for path in
        [format!("transactions/{id}/included-block"), format!("outputs/{id}0000"), format!("outputs/{id}0000/metadata")]
    {
        session.get(&format!("{CORE}/{path}"));
    }
}

fn whole_history(session: &mut Session, history: &History) {
    for id in &history.transactions {
        let id = hex(id);
        session.get(&format!("{CORE}/transactions/{id}/included-block"));
        session.get(&format!("{CORE}/transactions/{id}/included-block/metadata"));
    }
    for id in &history.outputs {
        session.get(&format!("{CORE}/outputs/{id}"));
        session.get(&format!("{CORE}/outputs/{id}/metadata"));
        session.ask("", "GET", &format!("{CORE}/outputs/{id}"), &[("accept", BINARY)], b"");
    }
    let (last, _) = session.confirmed();
    for index in (0..60).chain(last - 25..last + 2) {
        session.get(&format!("{CORE}/milestones/by-index/{index}/utxo-changes"));
    }
    for index in [1, 2, 3, 10, last, last + 1] {
        let path = format!("{CORE}/milestones/by-index/{index}");
        let milestone = session.get(&path);
        session.ask("", "GET", &path, &[("accept", BINARY)], b"");
        if index > 1 && milestone.status == 200 {
            let previous = milestone.json()["previousMilestoneId"].as_str().unwrap().to_owned();
            session.get(&format!("{CORE}/milestones/{previous}"));
            session.get(&format!("{CORE}/milestones/{previous}/utxo-changes"));
        }
    }
    session.get(&format!("{CORE}/info"));
    session.get("/health");
}

/// A transaction block in JSON, whole and with one field of it spoilt.
fn json_blocks(session: &mut Session, history: &History) {
    let id = hex(&history.transactions[0]);
    let whole = session.peek(&format!("{CORE}/transactions/{id}/included-block")).json();
    session.submit_as("JSON of the node itself", JSON, whole.to_string().as_bytes());
    let mut no_parents = whole.clone();
    no_parents["parents"] = json!([]);
    no_parents["nonce"] = json!("");
    session.submit_as("JSON without parents", JSON, no_parents.to_string().as_bytes());
    let fields = [
        "protocolVersion",
        "parents",
        "payload",
        "nonce",
        "payload/type",
        "payload/essence",
        "payload/essence/type",
        "payload/essence/networkId",
        "payload/essence/inputs",
        "payload/essence/inputs/0/type",
        "payload/essence/inputs/0/transactionId",
        "payload/essence/inputs/0/transactionOutputIndex",
        "payload/essence/inputsCommitment",
        "payload/essence/outputs",
        "payload/essence/outputs/0/type",
        "payload/essence/outputs/0/amount",
        "payload/essence/outputs/0/unlockConditions",
        "payload/essence/outputs/0/unlockConditions/0/address",
        "payload/essence/outputs/0/unlockConditions/0/address/pubKeyHash",
        "payload/unlocks",
        "payload/unlocks/0/signature",
        "payload/unlocks/0/signature/publicKey",
        "payload/unlocks/0/signature/signature",
    ];
    for field in fields {
        for (what, value) in [
            ("missing", None),
            ("null", Some(Value::Null)),
            ("5", Some(json!(5))),
            ("x", Some(json!("x"))),
            ("[]", Some(json!([]))),
        ] {
            let mut spoilt = whole.clone();
            let (parent, name) =
                field.rsplit_once('/').map_or((String::new(), field), |(parent, name)| (format!("/{parent}"), name));
            let object = spoilt.pointer_mut(&parent).unwrap().as_object_mut().unwrap();
            match value {
                Some(value) => object.insert(name.into(), value),
                None => object.remove(name),
            };
            session.submit_as(&format!("JSON {field} {what}"), JSON, spoilt.to_string().as_bytes());
        }
    }
}

fn indexer(session: &mut Session, history: &History) {
    let (alice, bob) = (history.alice.bech32(), history.bob.bech32());
    let alias = history.chains.iter().find(|(kind, _)| *kind == "alias").unwrap().1.clone();
    let alias = bech32("tst", &[&[8][..], &crate::session::unhex(&alias)].concat());
    session.name(&alias[..], "alias address");
    let foreign = bech32("rms", &history.bob.address());
    let milestone =
        |index: u32| session.peek(&format!("{CORE}/milestones/by-index/{index}")).json()["timestamp"].clone();
    let (early, late, then) = (milestone(8), milestone(40), history.then);
    let mut queries = vec![
        String::new(),
        "pageSize=0".into(),
        "pageSize=x".into(),
        "pageSize=-1".into(),
        "pageSize=5000".into(),
        "cursor=abc".into(),
        "cursor=00.1".into(),
        "cursor=.".into(),
        "unknown=1".into(),
        "tag=0x74616731".into(),
        "tag=0x".into(),
        "tag=74".into(),
        "tag=0xzz".into(),
        "tag=0x7461673".into(),
        "createdAfter=x".into(),
        "createdAfter=-1".into(),
        "createdAfter=4294967296".into(),
        "minNativeTokenCount=1".into(),
        "maxNativeTokenCount=0".into(),
        "minNativeTokenCount=x".into(),
        "createdBefore=0".into(),
        "createdAfter=".into(),
    ];
    for name in [
        "address",
        "unlockableByAddress",
        "stateController",
        "governor",
        "issuer",
        "sender",
        "expirationReturnAddress",
        "storageDepositReturnAddress",
        "aliasAddress",
    ] {
        for value in [&*alice, &bob, &alias, &foreign, &bob.to_uppercase(), "foo", "%20", "tst1"] {
            queries.push(format!("{name}={value}"));
        }
    }
    for name in ["hasTimelock", "hasExpiration", "hasStorageDepositReturn", "hasNativeTokens"] {
        queries.extend(["true", "false", "1", "maybe"].map(|value| format!("{name}={value}")));
    }
    for name in ["timelockedBefore", "timelockedAfter", "expiresBefore", "expiresAfter"] {
        queries.extend([then - 1, then, then + 1].map(|time| format!("{name}={time}")));
    }
    queries.extend([
        format!("createdBefore={early}"),
        format!("createdAfter={early}"),
        format!("createdAfter={early}&createdBefore={late}"),
        format!("address={bob}&hasTimelock=false&hasExpiration=false&hasStorageDepositReturn=false"),
        format!("address={bob}&hasNativeTokens=true"),
        format!("address={alice}&address={bob}"),
        format!("storageDepositReturnAddress={alice}&hasTimelock=true&sender={alice}"),
    ]);
    session.name((then - 1).to_string(), "then - 1");
    session.name((then + 1).to_string(), "then + 1");
    for kind in ["", "/basic", "/alias", "/nft", "/foundry"] {
        for query in &queries {
            session.get(&format!("{INDEXER}{kind}{}{query}", if query.is_empty() { "" } else { "?" }));
        }
    }
    for (kind, id) in &history.chains {
        session.get(&format!("{INDEXER}/{kind}/{id}"));
        session.get(&format!("{INDEXER}/{kind}/{}", id.to_uppercase().replacen("0X", "0x", 1)));
    }
    for kind in ["alias", "nft", "foundry", "basic"] {
        for id in [format!("0x{}", "11".repeat(32)), format!("0x{}", "11".repeat(38)), "0x11".into(), "x".into()] {
            session.get(&format!("{INDEXER}/{kind}/{id}"));
        }
    }
    for path in ["/nothing", "/nothing/x", "/basic/x/y"] {
        session.get(&format!("{INDEXER}{path}"));
    }
    session.get("/api/indexer/v1");
    session.ask("", "POST", INDEXER, &[], b"");
}

/// Every page of a result, one after the other.
fn paging(session: &mut Session) {
    for (kind, size) in [("", 50), ("/basic", 7), ("/basic", 1000), ("/nft", 1)] {
        let mut query = format!("pageSize={size}");
        for page in 0.. {
            assert!(page < 200, "the pages have no end");
            let path = format!("{INDEXER}{kind}?{query}");
            let answer = session.peek(&path).json();
            let cursor = answer["cursor"].as_str().map(str::to_owned);
            if let Some(cursor) = &cursor {
                session.name(cursor.clone(), &format!("cursor {kind} {size} {page}"));
            }
            session.get(&path);
            match cursor {
                Some(cursor) => query = format!("cursor={cursor}"),
                None => break,
            }
        }
    }
}

fn faucet(session: &mut Session) {
    for path in ["/api/info", "/api/enqueue", "/health", "/api/nothing"] {
        session.get(&format!("faucet:{path}"));
    }
    let payee = Key::new([0x23; 32]).bech32();
    let foreign = bech32("rms", &Key::new([0x23; 32]).address());
    let address = |address: &str| json!({"address": address}).to_string();
    for body in [
        "x".into(),
        String::new(),
        "{}".into(),
        "[]".into(),
        address("x"),
        address(""),
        address(&foreign),
        r#"{"address":5}"#.into(),
        address(&payee),
        address(&payee),
    ] {
        session.ask(&body, "POST", "faucet:/api/enqueue", &[("content-type", JSON)], body.as_bytes());
    }
    let path = format!("{INDEXER}/basic?address={payee}");
    for _ in 0..100 {
        session.milestones(1);
        if let Some(id) = session.peek(&path).json()["items"][0].as_str() {
            let output = session.peek(&format!("{CORE}/outputs/{id}")).json()["output"].clone();
            session.answers.push(json!({"request": "what the faucet pays", "body": output}));
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the faucet does not pay {payee}");
}
