//! The program: what it prints and how it ends.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

/// Kills what a failing test leaves behind.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Program {
    fn start(arguments: &[&str]) -> (Self, Value) {
        let child = Command::new(env!("CARGO_BIN_EXE_stardust-devnet"))
            .args(["--milestone-interval", "manual"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut program = Self(child);
        let mut line = String::new();
        BufReader::new(program.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        (program, serde_json::from_str(&line).unwrap())
    }

    fn ends_with(&mut self, code: i32) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            if let Some(status) = self.0.try_wait().unwrap() {
                assert_eq!(status.code(), Some(code));
                let mut rest = String::new();
                self.0.stdout.as_mut().unwrap().read_to_string(&mut rest).unwrap();
                assert_eq!(rest, "", "one line on standard output and no more");
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the program did not end");
    }
}

#[test]
fn ends_when_standard_input_closes() {
    let (mut program, urls) = Program::start(&["--exit-with-stdin", "--hrp", "rms"]);
    let info = crate::client::get(&format!("{}/api/core/v2/info", urls["node"].as_str().unwrap()));
    assert_eq!(info["protocol"]["bech32Hrp"], "rms");
    let faucet = crate::client::get(&format!("{}/api/info", urls["faucet"].as_str().unwrap()));
    assert!(faucet["address"].as_str().unwrap().starts_with("rms1"));
    assert!(urls["inx"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    drop(program.0.stdin.take());
    program.ends_with(0);
}

#[test]
fn ends_on_sigterm_and_sigint() {
    for signal in ["TERM", "INT"] {
        let (mut program, _) = Program::start(&[]);
        // the shell's own kill: a trimmed machine has no program of that name
        let kill = format!("kill -{signal} {}", program.0.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        program.ends_with(0);
    }
}

#[test]
fn a_port_in_use_and_wrong_arguments_are_said() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, code, text) in
        [(["--port", port.as_str()], 1, "Address already in use"), (["--colour", "red"], 2, "--colour")]
    {
        let output = Command::new(env!("CARGO_BIN_EXE_stardust-devnet")).args(arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{error}");
        assert!(error.contains(text), "{error}");
        assert!(output.stdout.is_empty());
    }
}
