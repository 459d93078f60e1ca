//! Which room may use which, as the architecture says; read from the imports themselves.

use std::{collections::BTreeSet, fs, path::Path};

/// A room and the rooms that it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("clock", &[]),
    ("locks", &[]),
    ("ledger", &[]),
    ("stardust", &["ledger"]),
    ("keys", &["error"]),
    ("store", &["ledger"]),
    ("events", &["store"]),
    ("audit", &["store"]),
    ("accounts", &["keys", "store", "events", "audit"]),
    ("sync", &["ledger", "accounts", "events", "store", "payments", "audit"]),
    ("payments", &["ledger", "accounts", "keys", "events", "store", "audit"]),
    ("backup", &["keys", "accounts", "store", "audit"]),
    ("import", &["keys", "accounts", "store", "audit"]),
    (
        "manager",
        &["ledger", "stardust", "keys", "store", "events", "audit", "accounts", "sync", "payments", "backup", "import"],
    ),
];

/// Plain data, vocabulary and small tools without anything of ours behind them: every room may use them.
const VOCABULARY: &[&str] = &["error", "clock", "ledger", "locks"];

/// The rooms that the code of `room` names after `crate::`, tests left out.
fn used(room: &str) -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![source.join(format!("{room}.rs")), source.join(room)];
    let mut rooms = BTreeSet::new();
    while let Some(path) = files.pop() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("tests") || name.starts_with("vectors") {
            continue;
        }
        if path.is_dir() {
            files.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if name.ends_with(".rs") && path.exists() {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            named(&lines.collect::<Vec<_>>().join("\n"), &mut rooms);
        }
    }
    rooms.remove(room);
    rooms
}

/// What follows each `crate::` in `code`: one room, or those at the first level of a `{ … }`.
fn named(code: &str, rooms: &mut BTreeSet<String>) {
    for after in code.split("crate::").skip(1) {
        let Some(list) = after.strip_prefix('{') else {
            rooms.insert(after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
            continue;
        };
        let (mut depth, mut start, mut room) = (0, true, String::new());
        for c in list.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    rooms.insert(std::mem::take(&mut room));
                    start = true;
                }
                c if depth == 0 && start && (c.is_alphanumeric() || c == '_') => room.push(c),
                c if c.is_whitespace() => {}
                _ if depth == 0 => start = false,
                _ => {}
            }
        }
        rooms.insert(room);
    }
    rooms.remove("");
}

#[test]
fn no_room_uses_another_that_is_not_in_its_row() {
    for (room, row) in ROOMS {
        let found = used(room);
        let strange: Vec<_> = found
            .iter()
            .filter(|other| !row.contains(&other.as_str()) && !VOCABULARY.contains(&other.as_str()))
            .collect();
        assert!(strange.is_empty(), "{room} uses {strange:?}");
    }
}

#[test]
fn the_test_reads_imports_as_they_are_written() {
    let mut rooms = BTreeSet::new();
    named(
        "use crate::{\n    accounts::{A, b::C},\n    clock,\n    error::D,\n};\nlet x = crate::store::f();",
        &mut rooms,
    );
    assert_eq!(rooms, ["accounts", "clock", "error", "store"].map(str::to_owned).into());
    assert!(used("manager").contains("payments"), "it looks at the real files");
}

#[test]
fn sync_and_payments_meet_at_one_crossing() {
    let sync = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sync");
    for entry in fs::read_dir(sync).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && path.file_name().unwrap() != "error.rs" {
            let text = fs::read_to_string(&path).unwrap();
            let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            for line in code.iter().filter(|line| line.contains("payments::")) {
                assert_eq!(line.trim(), "payments::settle,", "{}", path.display());
            }
        }
    }
}

#[test]
fn only_one_room_names_the_wire_types_and_only_one_has_sql() {
    for (room, _) in ROOMS {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room);
        let Ok(entries) = fs::read_dir(source) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with("tests") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            assert!(*room == "stardust" || !text.contains("iota_sdk::"), "{}", path.display());
            let sql = ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE "].iter().any(|verb| text.contains(verb));
            assert!(*room == "store" || !sql, "{} has SQL", path.display());
        }
    }
}
