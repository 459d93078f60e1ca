use std::{collections::BTreeMap, fs, path::Path};

use super::*;

/// How often each point is named in the sources.
fn in_the_sources() -> BTreeMap<String, usize> {
    let mut named = BTreeMap::new();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = vec![crates.join("wallet/src"), crates.join("client/src")];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("fail/tests.rs") {
            for after in fs::read_to_string(&path).unwrap().split("fail_point!(\"").skip(1) {
                *named.entry(after.split('"').next().unwrap().to_owned()).or_default() += 1;
            }
        }
    }
    named
}

#[test]
fn each_point_is_listed_and_is_in_one_place() {
    let expected: BTreeMap<String, usize> = POINTS.iter().map(|point| ((*point).to_owned(), 1)).collect();
    assert_eq!(in_the_sources(), expected);
}

#[test]
fn names_have_an_area_and_areas_stay_together() {
    let mut areas: Vec<_> = POINTS.iter().map(|point| area(point)).collect();
    areas.dedup();
    let mut sorted = areas.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(areas.len(), sorted.len(), "{areas:?}");
    assert!(POINTS.iter().all(|point| point.split(':').count() == 2 && point.len() < 60));
    assert!(RESTING.iter().all(|point| exists(point)));
    assert!(is_inside("apply:begun") && !is_inside("apply:done") && !is_inside("apply:nothing"));
    assert!(!exists("apply:") && !exists("") && exists("apply:begun"));
}

#[cfg(feature = "failpoints")]
#[test]
fn an_armed_point_panics_once_at_its_time() {
    // no other test of this process passes it
    let point = || std::panic::catch_unwind(|| fail_point!("open:created")).is_err();
    assert!(!point());
    arm("open:created", Action::Panic, 2);
    assert!(!point());
    assert!(point());
    assert!(!point());
    assert_eq!(passed("open:created"), 4);
}
