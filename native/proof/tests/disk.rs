//! A disk that takes no more: the wallet says so, loses nothing, and goes on when there is space again.

use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_full-disk");

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_disk_that_cannot_be_written_stalls_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    // without the signal that would end the process at its limit
    let script = "trap '' XFSZ; exec \"$0\" \"$1\" limit";
    let output = Command::new("sh").args(["-c", script, PROGRAM]).arg(directory.path()).output().unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{}: {said}", output.status);
    assert!(said.ends_with("full-disk: 601 deposits, none lost\n"), "{said}");
    assert_eq!(said.matches("disk I/O error").count(), 8, "{said}");
}

#[test]
fn a_full_disk_stalls_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    // a file system of its own, where the system lets users have one
    let may = Command::new("unshare").args(["--user", "--map-root-user", "--mount", "true"]).status();
    if !may.is_ok_and(|status| status.success()) {
        eprintln!("not tested: this system lets users mount nothing");
        return;
    }
    let script = "mount -t tmpfs -o size=6m none \"$1\" && exec \"$0\" \"$1\" fill";
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, PROGRAM])
        .arg(directory.path())
        .output()
        .unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{}: {said}", output.status);
    assert!(said.ends_with("full-disk: 301 deposits, none lost\n"), "{said}");
    assert_eq!(said.matches("database or disk is full: Error").count(), 2, "{said}");
}
