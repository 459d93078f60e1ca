//! The crash matrix: a wallet and a consumer that books deposits are killed again and again while deposits arrive, or a
//! wallet that pays withdrawals and the client that asks for them; and in the end all books must agree.
//!
//! `crash drive [--withdrawals] [KILLS] [--seed N]` runs the whole; `ci/crash` calls it. `crash work DIRECTORY NODE` is
//! the process that is killed, and `crash settle DIRECTORY NODE` the same one that ends by itself when there is nothing
//! left to do; `crash pay` and `crash finish` are those of withdrawals. With `--restores` the
//! wallet is lost now and then, and `crash restore DIRECTORY BACKUP` puts an older backup into its place, together with the key journal. `crash drive --files` is about vaults, backups and
//! imports instead, with `crash file DIRECTORY TASK` as the process that is killed. With `--pay-twice` the verdict of withdrawals must
//! find a payment that was made twice: who doubts that it would can see it fail.

mod bank;
mod driver;
// its wallets need what is compiled in for tests only
#[cfg(feature = "failpoints")]
mod files;
mod plan;
mod process;
mod proxy;
mod traffic;
mod verify;
mod withdrawals;
mod worker;

use std::{
    io::{Write as _, stderr, stdout},
    path::Path,
    process::ExitCode,
};

use plan::Work;
use stardust_proof::{Failure, Random};

const USAGE: &str = "usage: crash drive [--withdrawals [--restores] [--pay-twice] | --files] [KILLS] [--seed N]";
const KILLS: u32 = 500;
#[cfg(feature = "failpoints")]
const KILLS_OF_FILES: u32 = 200;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["drive", rest @ ..] => drive(rest),
        ["work", directory, node] => worker::work(Path::new(directory), node).map(|()| true),
        ["settle", directory, node] => worker::settle(Path::new(directory), node).map(|()| true),
        ["pay", directory, node] => withdrawals::pay(Path::new(directory), node).map(|()| true),
        ["restore", directory, backup] => withdrawals::restore(Path::new(directory), Path::new(backup)).map(|()| true),
        ["finish", directory, node] => withdrawals::finish(Path::new(directory), node).map(|()| true),
        #[cfg(feature = "failpoints")]
        ["file", directory, task] => files::work(Path::new(directory), task).map(|()| true),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            drop(writeln!(stderr(), "crash: {}", stardust_wallet::error::chain(&*error)));
            ExitCode::from(2)
        }
    }
}

fn drive(arguments: &[&str]) -> Result<bool, Failure> {
    let (mut work, mut kills, mut seed) = (Work::Deposits, None, None);
    let (mut pay_twice, mut restores, mut files) = (false, false, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--withdrawals" => work = Work::Withdrawals,
            "--pay-twice" => pay_twice = true,
            "--restores" => restores = true,
            "--files" => files = true,
            "--seed" => seed = Some(rest.next().ok_or(USAGE)?.parse()?),
            number => kills = Some(number.parse().map_err(|_| USAGE)?),
        }
    }
    if !stardust_wallet::fail::compiled_in() {
        return Err("built without the feature failpoints".into());
    }
    if ((pay_twice || restores) && work == Work::Deposits) || (files && work == Work::Withdrawals) {
        return Err(USAGE.into());
    }
    let seed = seed.unwrap_or_else(Random::fresh_seed);
    #[cfg(feature = "failpoints")]
    if files {
        let kills = kills.unwrap_or(KILLS_OF_FILES);
        writeln!(stdout(), "crash: {kills} kills over files, --seed {seed}")?;
        return files::drive(kills, seed);
    }
    let kills = kills.unwrap_or(KILLS);
    writeln!(stdout(), "crash: {kills} kills, --seed {seed}")?;
    let verdict = driver::drive(driver::Orders { work, kills, seed, restores, pay_twice })?;
    for line in &verdict.faults {
        writeln!(stdout(), "crash: FAULT: {line}")?;
    }
    let driver::Verdict { kills, inside, lost, duplicated, .. } = verdict;
    let within = driver::within(work);
    match work {
        Work::Deposits => {
            writeln!(stdout(), "crash: {kills} kills ({inside} {within}), lost {lost}, duplicated {duplicated}")?;
        }
        Work::Withdrawals => {
            writeln!(stdout(), "crash: {kills} kills ({inside} {within}), paid twice {duplicated}, lost {lost}")?;
        }
    }
    Ok(verdict.faults.is_empty() && lost == 0 && duplicated == 0)
}
