//! Where the dependencies come from, and under which licences: the part of `deny.toml` that needs no other program.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

/// All that Cargo.lock holds, for every platform.
fn metadata() -> Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--locked", "--format-version", "1", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The quoted entries of `allow` in `[licenses]`.
fn allowed(config: &str) -> BTreeSet<&str> {
    let section = config.split("\n[licenses]\n").nth(1).unwrap();
    let list = section.split("\nallow = [\n").nth(1).unwrap().split("\n]").next().unwrap();
    list.lines().filter_map(|line| line.split('"').nth(1)).collect()
}

/// Whether an SPDX expression holds for what is allowed; `/` is how old manifests write OR. What is relied on is added
/// to `used`. An OR needs one of its sides, and takes the first that holds.
fn holds<'a>(expression: &'a str, allowed: &BTreeSet<&str>, used: &mut BTreeSet<&'a str>) -> bool {
    let words: Vec<&str> = expression
        .split_inclusive(['(', ')', '/', ' '])
        .flat_map(|part| {
            let word = part.trim_end_matches(['(', ')', '/', ' ']);
            [word, part[word.len()..].trim()]
        })
        .filter(|word| !word.is_empty())
        .collect();
    let mut rest = words.as_slice();
    let holds = either(&mut rest, allowed, used);
    holds && rest.is_empty()
}

fn either<'a>(rest: &mut &[&'a str], allowed: &BTreeSet<&str>, used: &mut BTreeSet<&'a str>) -> bool {
    let mut holds = false;
    loop {
        let mut needed = BTreeSet::new();
        if both(rest, allowed, &mut needed) && !holds {
            holds = true;
            used.append(&mut needed);
        }
        match rest {
            ["OR" | "/", tail @ ..] => *rest = tail,
            _ => return holds,
        }
    }
}

fn both<'a>(rest: &mut &[&'a str], allowed: &BTreeSet<&str>, used: &mut BTreeSet<&'a str>) -> bool {
    let mut holds = true;
    loop {
        holds &= one(rest, allowed, used);
        match rest {
            ["AND", tail @ ..] => *rest = tail,
            _ => return holds,
        }
    }
}

fn one<'a>(rest: &mut &[&'a str], allowed: &BTreeSet<&str>, used: &mut BTreeSet<&'a str>) -> bool {
    match *rest {
        ["(", tail @ ..] => {
            *rest = tail;
            let holds = either(rest, allowed, used);
            let closed = rest.first() == Some(&")");
            *rest = rest.get(1..).unwrap_or_default();
            holds && closed
        }
        // a licence with an exception is another licence than that in the list
        [_, "WITH", _, tail @ ..] => {
            *rest = tail;
            false
        }
        [licence, tail @ ..] => {
            *rest = tail;
            used.insert(licence);
            allowed.contains(licence)
        }
        [] => false,
    }
}

#[test]
fn every_licence_is_in_the_list_and_the_list_in_use() {
    let config = include_str!("../../deny.toml");
    let (allowed, metadata) = (allowed(config), metadata());
    let mut used = BTreeSet::new();
    let refused: Vec<String> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(|licence| holds(licence, &allowed, &mut used)))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "licences that deny.toml does not allow:\n{}", refused.join("\n"));
    let unused: Vec<_> = allowed.difference(&used).collect();
    assert!(unused.is_empty(), "allowed in deny.toml and needed by nothing: {unused:?}");
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    let allowed = BTreeSet::from(["A", "B"]);
    let holds = |expression| holds(expression, &allowed, &mut BTreeSet::new());
    for good in ["A", "A OR X", "X OR A", "X/A", "X / A", "A AND B", "(X OR A) AND B", "A AND X OR B", "((A))"] {
        assert!(holds(good), "{good}");
    }
    for bad in ["", "X", "A AND X", "X OR Y", "A WITH E", "(A OR X) AND X", "(A", "A)", "A B", "X AND A OR Y", "a"] {
        assert!(!holds(bad), "{bad}");
    }
}

#[test]
fn a_side_that_was_not_needed_is_not_in_use() {
    let mut used = BTreeSet::new();
    assert!(holds("X AND B OR A OR B", &BTreeSet::from(["A", "B"]), &mut used));
    assert_eq!(used, BTreeSet::from(["A"]));
}

#[test]
fn everything_comes_from_one_registry_and_is_pinned_by_its_hash() {
    let lock = include_str!("../../Cargo.lock");
    let ours = ["client", "devnet", "inx", "proof", "wallet", "wallet-ffi"].map(|name| format!("stardust-{name}"));
    let mut registries = BTreeSet::new();
    for package in lock.split("[[package]]\n").skip(1) {
        let field = |name| {
            let line = package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""));
            line.and_then(|value| value.strip_suffix('"'))
        };
        let name = field("name").unwrap();
        match field("source") {
            None => assert!(ours.iter().any(|our| our == name), "{name} comes from a directory"),
            Some(source) => {
                assert!(source.starts_with("registry+"), "{name} comes from {source}");
                assert!(field("checksum").is_some_and(|hash| hash.len() == 64), "{name} has no checksum");
                registries.insert(source);
            }
        }
    }
    assert_eq!(registries.len(), 1, "{registries:?}");
}

#[test]
fn what_cannot_be_repaired_any_more_stays_out() {
    let metadata = metadata();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let ids: Vec<&str> = nodes.iter().map(|node| node["id"].as_str().unwrap()).collect();
    for out in ["#h2@0.3.", "#rustls-webpki@0.101.", "#openssl-sys@", "#native-tls@"] {
        assert!(!ids.iter().any(|id| id.contains(out)), "{out}");
    }
    let sdk = nodes.iter().find(|node| node["id"].as_str().unwrap().contains("#iota-sdk@")).unwrap();
    for feature in ["client", "wallet", "tls", "mqtt"] {
        assert!(!sdk["features"].as_array().unwrap().iter().any(|has| has == feature), "iota-sdk's {feature}");
    }
}
