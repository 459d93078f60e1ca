//! Runs a devnet until it is told to stop.

mod args;

use std::{
    io::{Read, Write},
    process::ExitCode,
};

use tokio::signal::unix::{SignalKind, signal};

use crate::args::{Action, Args};

fn main() -> ExitCode {
    let args = match args::parse(std::env::args().skip(1)) {
        Ok(Action::Run(args)) => args,
        Ok(Action::Help) => return print(args::HELP),
        Ok(Action::Version) => return print(concat!("stardust-devnet ", env!("CARGO_PKG_VERSION"), "\n")),
        Err(message) => return fail(&message, 2),
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    match run(*args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&chain(error.as_ref()), 1),
    }
}

fn run(args: Args) -> Result<(), Box<dyn std::error::Error>> {
    // before the devnet is announced, so that no signal is missed
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut terminate, mut interrupt) = runtime.block_on(async {
        Ok::<_, std::io::Error>((signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?))
    })?;
    let devnet = args.devnet.start()?;
    let (node, faucet, inx) = (devnet.node_url(), devnet.faucet_url(), devnet.inx_url());
    writeln!(std::io::stdout(), r#"{{"node":"{node}","faucet":"{faucet}","inx":"{inx}"}}"#)?;
    std::io::stdout().flush()?;

    let (stdin_closed, closed) = tokio::sync::oneshot::channel();
    if args.exit_with_stdin {
        std::thread::spawn(move || {
            wait_for_end(std::io::stdin());
            stdin_closed.send(()).ok();
        });
    } else {
        // the receiver must not see a dropped sender
        std::mem::forget(stdin_closed);
    }
    runtime.block_on(async {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM"),
            _ = interrupt.recv() => tracing::info!("SIGINT"),
            _ = closed => tracing::info!("standard input closed"),
        }
    });
    Ok(())
}

fn wait_for_end(mut input: impl Read) {
    let mut buffer = [0; 256];
    while !matches!(input.read(&mut buffer), Ok(0) | Err(_)) {}
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn fail(message: &str, code: u8) -> ExitCode {
    // nowhere to report that standard error is closed
    writeln!(std::io::stderr(), "stardust-devnet: {message}").ok();
    ExitCode::from(code)
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
